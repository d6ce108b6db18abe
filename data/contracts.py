"""Contracts: how one authority's file maps to a register, as TOML in packs.

A contract says which header becomes which column, how its text is parsed, what is checked, on which legal
basis, and which programmes its columns may serve. Nothing about a file is inferred.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any

from data.errors import BadSettings
from data.parsers import Parser, UnknownParser, parser_of

KEEPS = ("person_state", "contact_consent")

Limit = int | date


@dataclass(frozen=True)
class Column:
    """One column of a register: where it stands in the file, how it is read, what it must fulfil."""

    name: str
    in_file: str
    parser: Parser
    required: bool = False
    identity: str | None = None  # the kind of random id that takes its place
    secret: bool = False
    vault: bool = False
    minimum: Limit | None = None
    maximum: Limit | None = None


@dataclass(frozen=True)
class Group:
    """How a row finds the group whose facts may be combined: its own column, or through a register.

    With `register`, the row's `column` is looked up in that register's `key`, and its `group` is taken.
    """

    column: str
    register: str | None = None
    key: str | None = None
    group: str | None = None


class Missing(StrEnum):
    """What becomes of a row that names a key which another register does not have."""

    QUARANTINE = "quarantine"
    NOTE = "note"


@dataclass(frozen=True)
class Foreign:
    """A column whose values are to be found in `key` of another register, once that one is there."""

    column: str
    register: str
    key: str
    missing: Missing


@dataclass(frozen=True)
class Contract:
    """One contract, checked when it is read. `path` is the file it came from."""

    name: str
    register: str
    title: Mapping[str, str]
    source: str
    legal_basis: str
    programmes: tuple[str, ...]
    max_age_days: int
    max_quarantined: float
    complete: bool
    columns: tuple[Column, ...]
    path: Path
    unique: tuple[str, ...] = ()
    keeps: str | None = None
    group: Group | None = None
    foreign: tuple[Foreign, ...] = ()
    parts: tuple[str, ...] = ()  # the register comes as one file for each of these
    max_jump: float = 0.5  # share of rows by which a delivery may differ from the last one
    fewest_rows: int = 0
    most_rows: int | None = None
    constants: Mapping[str, Any] = field(default_factory=dict)
    assumptions: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def column(self, name: str) -> Column:
        return next(one for one in self.columns if one.name == name)

    @property
    def identities(self) -> tuple[Column, ...]:
        """The columns that are replaced by random ids; the first one is the row's subject."""
        return tuple(one for one in self.columns if one.identity is not None)

    @property
    def vaulted(self) -> tuple[Column, ...]:
        """The columns that go to the vault under the row's subject and to no accepted row."""
        return tuple(one for one in self.columns if one.vault)

    @property
    def extra_key(self) -> tuple[str, ...]:
        """The unique columns that tell several vault rows of one subject apart (contacts: the channel)."""
        subject = self.identities[0].name if self.identities else None
        return tuple(name for name in self.unique if name != subject)


def load_contracts(folders: Iterable[Path]) -> dict[str, Contract]:
    """Every contract in the folders (each a pack's `contracts/`), by name; a missing folder holds none.

    Raises BadSettings, naming file and key, for a contract that cannot be understood, and for two of the
    same name.
    """
    contracts: dict[str, Contract] = {}
    for folder in folders:
        for path in sorted(folder.glob("*.toml")):
            contract = read_contract(path)
            if contract.name in contracts:
                first = contracts[contract.name].path
                raise BadSettings(
                    f"Two contracts are named {contract.name}.",
                    where=f"{first} and {path}",
                    mend="rename one",
                )
            contracts[contract.name] = contract
    for contract in contracts.values():
        _check_asked(contract, contracts.values())
    return contracts


def _check_asked(contract: Contract, known: Iterable[Contract]) -> None:
    """Raises BadSettings when the register that a row's group is asked of cannot tell it.

    Its contract may also lie in another pack, unseen here.
    """
    group = contract.group
    asked = [one for one in known if group is not None and one.register == group.register]
    if group is None or not asked:
        return
    if not any({group.key, group.group} <= {one.name for one in other.identities} for other in asked):
        what = f"no contract gives {group.register} the identities {group.key} and {group.group}"
        raise _broken(contract.path, what)


def read_contract(path: Path) -> Contract:
    """One contract file. Raises BadSettings with what is wrong and where."""
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise BadSettings(f"The contract cannot be read: {error.strerror}.", where=str(path)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSettings(f"The contract is not valid TOML: {error}.", where=str(path)) from error
    try:
        contract = _contract(document, path)
        _check(contract)
    except KeyError as error:
        raise _broken(path, f"the key {error} is missing") from error
    except (TypeError, AttributeError, ValueError, UnknownParser) as error:
        raise _broken(path, str(error)) from error
    return contract


def _broken(path: Path, what: str) -> BadSettings:
    return BadSettings(
        f"The contract cannot be understood: {what}.",
        where=str(path),
        mend="compare with docs/reference/contracts.md",
    )


def _known(table: Mapping[str, Any], known: Iterable[str], where: str) -> None:
    unknown = sorted(set(table) - set(known))
    if unknown:
        raise ValueError(f"{where} has a key that means nothing: {', '.join(unknown)}")


_CONTRACT_KEYS = (
    "name register title source legal_basis programmes max_age_days max_quarantined complete unique keeps "
    "group foreign parts max_jump expected_rows constants assumptions column"
).split()
_COLUMN_KEYS = "name in_file parser required identity secret vault min max".split()


def _contract(document: dict[str, Any], path: Path) -> Contract:
    _known(document, _CONTRACT_KEYS, "the contract")
    expected = _expected(document.get("expected_rows", {}))
    return Contract(
        name=_as(str, document, "name"),
        register=_as(str, document, "register"),
        title=dict(_as(dict, document, "title")),
        source=_as(str, document, "source"),
        legal_basis=_as(str, document, "legal_basis"),
        programmes=tuple(_as(list, document, "programmes")),
        max_age_days=_as(int, document, "max_age_days"),
        max_quarantined=float(document["max_quarantined"]),
        complete=_as(bool, document, "complete"),
        columns=tuple(_column(one) for one in _as(list, document, "column")),
        path=path,
        unique=tuple(document.get("unique", ())),
        keeps=document.get("keeps"),
        group=_group(document["group"]) if "group" in document else None,
        foreign=tuple(_foreign(one) for one in document.get("foreign", ())),
        parts=tuple(document.get("parts", ())),
        max_jump=float(document.get("max_jump", Contract.max_jump)),
        fewest_rows=expected.get("min", 0),
        most_rows=expected.get("max"),
        constants=dict(document.get("constants", {})),
        assumptions=dict(document.get("assumptions", {})),
    )


def _as(kind: type, table: Mapping[str, Any], key: str) -> Any:
    value = table[key]
    if type(value) is not kind:
        raise TypeError(f"{key} must be {kind.__name__}, not {type(value).__name__}")
    return value


def _column(table: dict[str, Any]) -> Column:
    name = _as(str, table, "name")
    _known(table, _COLUMN_KEYS, f"column {name}")
    return Column(
        name=name,
        in_file=_as(str, table, "in_file"),
        parser=parser_of(table["parser"]),
        required=bool(table.get("required", False)),
        identity=table.get("identity"),
        secret=bool(table.get("secret", False)),
        vault=bool(table.get("vault", False)),
        minimum=table.get("min"),
        maximum=table.get("max"),
    )


def _group(table: dict[str, Any]) -> Group:
    _known(table, ("column", "register", "key", "group"), "group")
    if "register" not in table:
        return Group(column=table["column"])
    return Group(table["column"], table["register"], table["key"], table["group"])


def _foreign(table: dict[str, Any]) -> Foreign:
    _known(table, ("column", "register", "key", "missing"), "foreign")
    return Foreign(table["column"], table["register"], table["key"], Missing(table["missing"]))


def _expected(table: dict[str, Any]) -> dict[str, int]:
    _known(table, ("min", "max"), "expected_rows")
    return {name: _as(int, table, name) for name in table}


def _check(contract: Contract) -> None:
    """Every rule that ties keys of a contract together; raises ValueError with the one that is broken."""
    names = [one.name for one in contract.columns] + list(contract.constants)
    headers = [one.in_file for one in contract.columns]
    for rule, holds in _RULES.items():
        if not holds(contract):
            raise ValueError(rule)
    if len(set(names)) != len(names) or len(set(headers)) != len(headers):
        raise ValueError("two columns have the same name or the same header")
    _known(dict.fromkeys(contract.unique), names, "unique")
    for column in contract.columns:
        _check_column(column, names)
    if contract.group and contract.group.column not in [one.name for one in contract.identities]:
        raise ValueError(f"group names a column that is no identity: {contract.group.column}")


_Rule = Callable[[Contract], bool]
_RULES: dict[str, _Rule] = {
    "max_quarantined must lie between 0 and 1": lambda c: 0 <= c.max_quarantined <= 1,
    "max_jump must be above 0": lambda c: c.max_jump > 0,
    "expected_rows needs 0 <= min <= max": lambda c: (
        0 <= c.fewest_rows and (c.most_rows is None or c.fewest_rows <= c.most_rows)
    ),
    "parts are several words, each once": lambda c: (
        all(isinstance(one, str) and one.strip() == one != "" for one in c.parts)
        and len(set(c.parts)) == len(c.parts) != 1
    ),
    "foreign names a column that is not there, or one of the vault": lambda c: (
        {one.column for one in c.foreign} <= {one.name for one in c.columns if not one.vault}
    ),
    "max_age_days must be above 0": lambda c: c.max_age_days > 0,
    "there is no column": lambda c: bool(c.columns),
    f"keeps must be one of {', '.join(KEEPS)}": lambda c: c.keeps in (None, *KEEPS),
    "person_state needs the columns status and protected": lambda c: (
        c.keeps != "person_state" or {"status", "protected"} <= _names(c)
    ),
    "contact_consent needs the columns channel and consent": lambda c: (
        c.keeps != "contact_consent" or {"channel", "consent"} <= _names(c)
    ),
    "a register that is kept needs an identity column": lambda c: not c.keeps or bool(c.identities),
    "vault columns need `unique` to hold the first identity column": lambda c: (
        not c.vaulted or (bool(c.identities) and c.identities[0].name in c.unique)
    ),
    "an identity column is never a vault column": lambda c: not any(one.vault for one in c.identities),
    "a secret column must be an identity": lambda c: (
        not any(one.secret and one.identity is None for one in c.columns)
    ),
    "the name is not a plain one, such as kr/residents": lambda c: (
        c.name.replace("/", "").replace("_", "").isalnum() and c.register.replace("_", "").isalnum()
    ),
    "no register is named buckets: its folder is taken": lambda c: c.register != "buckets",
    "the title, and each assumption, is in ko and en": lambda c: all(
        isinstance(words, dict) and words.get("ko") and words.get("en")
        for words in (c.title, *c.assumptions.values())
    ),
    "a constant is a text, a whole number, a day or true or false": lambda c: all(
        type(value) in (str, int, bool, date) and (type(value) is not int or abs(value) < 2**63)
        for value in c.constants.values()
    ),
    "a kind of identity is one short word": lambda c: all(
        isinstance(one.identity, str) and one.identity.isascii() and 0 < len(one.identity) < 64
        for one in c.identities
    ),
}


def _names(contract: Contract) -> set[str]:
    return {one.name for one in contract.columns}


def _check_column(column: Column, names: list[str]) -> None:
    if column.name.startswith("_"):
        raise ValueError(f"column {column.name}: names that begin with _ are taken")
    if column.parser.by is not None and column.parser.by not in names:
        raise ValueError(f"column {column.name}: its parser asks a column that is not there")
    for limit in (column.minimum, column.maximum):
        if limit is not None and not column.parser.takes(limit):
            raise ValueError(f"column {column.name}: min and max must be of the column's own kind")
    if column.identity is not None and not column.parser.is_text:
        raise ValueError(f"column {column.name}: an identity must be read as text")
