"""Amendments: values of another pack's rates that an authority sets by law of its own, such as an ordinance.

A pack holds them in `amends/<pack>/<file of rates>.toml`:

    [private_tax_per_cc]
    law = "가온시 시세 조례 §7"
    confirmed_by = "세정과, 2026-01-02"
    values = [{ since = 2026-01-01, brackets = [{ up_to = 1000, value = 88 }, { value = 220 }] }]

The amended pack itself is not touched; a programme that reads the rate has a rule version of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from data.digests import file_sha256
from data.errors import BadSettings
from eligibility.ratefiles import amend_rates

if TYPE_CHECKING:
    from eligibility.pack import Pack

FOLDER = "amends"


def amend(packs: Sequence[Pack]) -> tuple[Pack, ...]:
    """The packs, with the amendments that are in some of them for others.

    Raises BadSettings for an amendment of a pack or file that is not there, for one that two packs make,
    and for rates that cannot be right then.
    """
    known = {pack.name: pack for pack in packs}
    makers: dict[tuple[str, str], Path] = {}
    for pack in packs:
        for path in sorted((pack.folder / FOLDER).rglob("*.toml")):
            name, file = path.parent.name, path.name
            if (name, file) in makers:
                raise _refused(f"Two packs amend {name}/{file}.", makers[name, file], path)
            if name not in known:
                raise _refused(f"No pack {name} is named in owed.toml.", path)
            makers[name, file] = path
            known[name] = _amended(known[name], path)
    return tuple(known[pack.name] for pack in packs)


def _amended(pack: Pack, path: Path) -> Pack:
    files = sorted({one.rates for one in pack.programmes.values() if one.rates})
    if path.name not in files:
        raise _refused(f"The pack {pack.name} has no rates {path.name}; it has {', '.join(files)}.", path)
    book = amend_rates(pack.folder / path.name, path)
    changed = [one.id for one in pack.programmes.values() if one.rates == path.name]
    digest = file_sha256(path)
    versions = {name: _version(pack.versions[name], digest) for name in changed}
    books = dict.fromkeys(changed, book)
    return replace(
        pack,
        books={**pack.books, **books},
        versions={**pack.versions, **versions},
        unamended=pack.unamended or pack,
    )


def _version(before: str, amendment: str) -> str:
    return sha256(f"{before} {amendment}".encode()).hexdigest()[: len(before)]


def _refused(what: str, *places: Path) -> BadSettings:
    where = " and ".join(map(str, places))
    return BadSettings(what, where=where, mend="mend or remove the amendment; eligibility/amending.py shows")
