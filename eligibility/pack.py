"""Packs: the facts, programmes and rates of one country or authority, loaded from a trusted folder.

A pack is code. `owed.toml` names it with the sha256 of its files; nothing loads by being installed, and
a folder that is not the one named is refused before a line of it runs.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any

from data.contract import Contract
from data.contracts import load_contracts
from data.digests import file_sha256, folder_sha256
from data.errors import BadSettings, Refused
from data.workspace import PackSource, Settings
from eligibility.amending import amendment_refused, amendments
from eligibility.compiler import Compiled, compile_programme
from eligibility.conditions import check_conditions
from eligibility.facts import Unit, Words
from eligibility.packcode import load_modules
from eligibility.packfolder import check_rates, check_within
from eligibility.programmes import Programme
from eligibility.ratefiles import amend_rates, read_rates
from eligibility.rates import RateBook

VERSION_LENGTH = 16


@dataclass(frozen=True)
class Pack:
    """One loaded pack. `books` and `versions` go by programme id."""

    name: str
    folder: Path
    sha256: str
    units: Mapping[str, Unit]
    programmes: Mapping[str, Programme]
    books: Mapping[str, RateBook]
    versions: Mapping[str, str]
    contracts: Mapping[str, Contract]
    unamended: Pack | None = None  # as its own files have it, where another pack amends its rates
    amended_by: Mapping[str, str] = field(default_factory=dict)  # programme id to the pack that does

    def unit_of(self, programme: Programme) -> Unit:
        return self.units[programme.unit]

    def compile(self, programme: Programme, as_of: date, *, law_on: date | None = None) -> Compiled:
        """The programme's rules for a day; `law_on` is a day that picks every rate instead of the rules'."""
        unit, version = self.unit_of(programme), self.versions[programme.id]
        book = self.books[programme.id]
        return compile_programme(programme, unit, book, version=version, as_of=as_of, law_on=law_on)

    def amended(self, by: str, path: Path) -> Pack:
        """The pack with the rates of a file that the pack `by` has for it.

        Raises BadSettings for a file that it does not have, and for rates that cannot be right then.
        """
        files = sorted({one.rates for one in self.programmes.values() if one.rates})
        if path.name not in files:
            what = f"The pack {self.name} has no rates {path.name}; it has {', '.join(files)}."
            raise amendment_refused(what, path)
        changed = [one.id for one in self.programmes.values() if one.rates == path.name]
        digest = file_sha256(path)
        versions = {name: _version_with(self.versions[name], digest) for name in changed}
        books = dict.fromkeys(changed, amend_rates(self.folder / path.name, path))
        return replace(
            self,
            books={**self.books, **books},
            versions={**self.versions, **versions},
            unamended=self.unamended or self,
            amended_by={**self.amended_by, **dict.fromkeys(changed, by)},
        )

    def assumptions(self, programme: Programme) -> dict[str, Words]:
        """What the records cannot show and the programme takes for granted, in words."""
        register = self.unit_of(programme).register
        known = {
            name: words
            for contract in self.contracts.values()
            if contract.register == register
            for name, words in contract.assumptions.items()
        }
        return {name: known[name] for name in programme.assumptions}


@dataclass(frozen=True)
class Packs:
    """All packs that `owed.toml` names; programme ids are unique among them."""

    packs: tuple[Pack, ...]

    def __iter__(self) -> Iterator[tuple[Pack, Programme]]:
        """Every programme with its pack, by id."""
        pairs = [(pack, programme) for pack in self.packs for programme in pack.programmes.values()]
        return iter(sorted(pairs, key=lambda pair: pair[1].id))

    def find(self, programme_id: str) -> tuple[Pack, Programme]:
        """Raises BadSettings, naming the nearest ids, when there is none."""
        known = {programme.id: (pack, programme) for pack, programme in self}
        if programme_id not in known:
            near = difflib.get_close_matches(programme_id, known, n=3, cutoff=0.4) or list(known)
            raise BadSettings(
                f"No programme is called {programme_id}.",
                where="owed.toml [[pack]]",
                mend=f"did you mean {', '.join(near)}? `owed programmes list` shows all",
            )
        return known[programme_id]

    def needed(self, chosen: Iterable[tuple[Pack, Programme]]) -> list[tuple[Pack, Programme]]:
        """The chosen programmes, and those whose findings they read, by id."""
        found: dict[str, tuple[Pack, Programme]] = {}
        waiting = list(chosen)
        while waiting:
            pack, programme = waiting.pop()
            if programme.id not in found:
                found[programme.id] = pack, programme
                opened = {fact.opened_by for fact in pack.unit_of(programme).facts} - {None}
                compiled = pack.compile(programme, date.max) if opened else None
                waiting += [self.find(other) for other in (compiled.opened_by.values() if compiled else ())]
        return [found[name] for name in sorted(found)]

    @property
    def contracts(self) -> dict[str, Contract]:
        return {name: contract for pack in self.packs for name, contract in pack.contracts.items()}


def load_packs(settings: Settings, built_in: Path) -> Packs:
    """The packs that `owed.toml` names. Raises Refused when a folder's sha256 is not the one named there, and
    BadSettings for two packs of one name: each owns the programmes whose ids begin with its name."""
    names = [source.name for source in settings.packs]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise BadSettings(
            f"Two packs are called {twice[0]}.",
            where="owed.toml [[pack]]",
            mend="keep one of them; a pack of your own has a name of its own",
        )
    packs = tuple(
        load_pack(source.name, source.resolve(built_in), expected=source) for source in settings.packs
    )
    _check_secrets(packs)
    contracts = [one for pack in packs for one in pack.contracts.values()]
    for unit in (one for pack in packs for one in pack.units.values()):
        check_conditions(unit, contracts)
    return Packs(with_amendments(packs))


def with_amendments(packs: Sequence[Pack]) -> tuple[Pack, ...]:
    """The packs, with the amendments that are in some of them for others.

    Raises BadSettings for an amendment that is not of a pack and file that are there, for one that two packs
    make, and for rates that cannot be right then.
    """
    known = {pack.name: pack for pack in packs}
    for one in amendments({pack.name: pack.folder for pack in packs}):
        known[one.of] = known[one.of].amended(one.by, one.path)
    return tuple(known[pack.name] for pack in packs)


def _check_secrets(packs: Iterable[Pack]) -> None:
    """Raises BadSettings for a kind of identity that is secret in one contract and not in another.

    A kind has one index, whoever delivered it: what one contract calls a record id would give away another
    one's national ids.
    """
    first: dict[str, tuple[bool, Path]] = {}
    for contract in (one for pack in packs for one in pack.contracts.values()):
        for column in contract.identities:
            secret, path = first.setdefault(column.identity or "", (column.secret, contract.path))
            if secret != column.secret:
                raise BadSettings(
                    f"The identity {column.identity} is secret in one contract and not in another.",
                    where=f"{path} and {contract.path}",
                    mend="write `secret = true` in both, or give the identity another name in one",
                )


def load_pack(name: str, folder: Path, *, expected: PackSource | None = None) -> Pack:
    """Load one pack from its folder. Raises BadSettings that names file and cause when it does not load,
    and Refused when its files are not those of the digest that is expected.
    """
    if not folder.is_dir():
        raise BadSettings(f"There is no pack {name}.", where=str(folder), mend="mend [[pack]] in owed.toml")
    check_within(name, folder)
    digest = folder_sha256(folder)
    if expected is not None and digest != expected.sha256:
        given = name if expected.folder is None else folder
        raise Refused(
            f"The pack {name} is not the one that owed.toml names: a file of it changed.",
            where=str(folder),
            mend=f"read what changed; if you accept it, run `owed programmes accept {given}`",
        )
    modules = load_modules(name, folder, digest)
    units = {unit.name: unit for unit in _all_of(modules, Unit)}
    programmes = {programme.id: programme for programme in _all_of(modules, Programme)}
    check_rates(name, folder, programmes.values())
    books = {one.id: read_rates(folder / one.rates) if one.rates else {} for one in programmes.values()}
    pack = Pack(
        name=name,
        folder=folder,
        sha256=digest,
        units=units,
        programmes=programmes,
        books=books,
        versions={one.id: _version(folder, one) for one in programmes.values()},
        contracts=load_contracts([folder / "contracts"]),
    )
    _check(pack, modules)
    return pack


def _all_of(modules: Iterable[ModuleType], kind: type) -> list[Any]:
    found = {id(value): value for module in modules for value in vars(module).values()}
    return [value for value in found.values() if isinstance(value, kind)]


def _version(folder: Path, programme: Programme) -> str:
    """A digest of all that decides: the pack's code and the programme's rates."""
    files = [*sorted(folder.rglob("*.py")), *([folder / programme.rates] if programme.rates else [])]
    lines = [f"{path.relative_to(folder).as_posix()} {file_sha256(path)}" for path in files]
    return sha256("\n".join(lines).encode()).hexdigest()[:VERSION_LENGTH]


def _version_with(before: str, amendment: str) -> str:
    return sha256(f"{before} {amendment}".encode()).hexdigest()[: len(before)]


def _check(pack: Pack, modules: Sequence[ModuleType]) -> None:
    """Raises BadSettings when the pack's declarations do not fit together."""
    units, programmes = _all_of(modules, Unit), _all_of(modules, Programme)
    for what, names in (("unit", [one.name for one in units]), ("programme", [one.id for one in programmes])):
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise _broken(pack, f"declares the {what} {twice[0]} twice")
    for unit in pack.units.values():
        check_conditions(unit, pack.contracts.values())
    for programme in pack.programmes.values():
        if programme.pack != pack.name:
            raise _broken(pack, f"declares {programme.id}, whose id names another pack")
        if programme.unit not in pack.units:
            raise _broken(pack, f"has no unit {programme.unit}, which {programme.id} names")
        facts = {fact.name for fact in pack.unit_of(programme).facts}
        hidden = [step.name for step in programme.steps if step.name in facts]
        if hidden:
            raise _broken(pack, f"has a step {hidden[0]} of {programme.id} that hides the fact of that name")
        try:
            pack.assumptions(programme)
        except KeyError as error:
            raise _broken(
                pack, f"names the assumption {error} in no contract; {programme.id} needs it"
            ) from None


def _broken(pack: Pack, what: str) -> BadSettings:
    return BadSettings(f"The pack {pack.name} {what}.", where=str(pack.folder), mend="mend the pack's files")
