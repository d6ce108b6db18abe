"""Contracts: how one authority's file maps to a register, as TOML in packs.

A contract says which header becomes which column, how its text is parsed, what is checked, on which legal
basis, and which programmes its columns may serve. Nothing about a file is inferred.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from data.contract import Column, Contract, Foreign, Group, Missing
from data.contract_rules import check_contract, check_keys
from data.errors import BadSettings
from data.formats.shape import Place, Shape, of_kind, shape_of
from data.parsers import UnknownParser, day_form, parser_of

FILL_IN = "fill in"
"""Stands in a draft wherever only a person can say what belongs there."""


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
        _check_foreign(contract, contracts.values())
        _check_circle(contract, contracts.values())
    _check_secrets(contracts.values())
    return {name: _with_titles(one, contracts.values()) for name, one in contracts.items()}


def _with_titles(contract: Contract, known: Iterable[Contract]) -> Contract:
    """The contract, with what people call the registers it points into, where that is known."""
    asked = {one.register for one in contract.foreign}
    return replace(contract, titles={one.register: one.title for one in known if one.register in asked})


def _check_circle(contract: Contract, known: Iterable[Contract]) -> None:
    """Raises BadSettings when a register's group is asked of one whose own is asked of it again."""
    asked = {one.register: one.group.register for one in known if one.group is not None}
    way, next_one = [contract.register], asked.get(contract.register)
    while next_one is not None and next_one not in way:
        way.append(next_one)
        next_one = asked.get(next_one)
    if next_one is not None:
        raise _broken(contract.path, f"group goes in a circle: {' → '.join([*way, next_one])}")


def _check_secrets(known: Iterable[Contract]) -> None:
    """Raises BadSettings when contracts of one folder differ in whether a kind of identity is secret."""
    seen: dict[tuple[Path, str], tuple[bool, str]] = {}
    for contract in known:
        for column in contract.identities:
            first, name = seen.setdefault(
                (contract.path.parent, str(column.identity)), (column.secret, contract.name)
            )
            if first != column.secret:
                what = f"column {column.name}: the identity {column.identity} is secret in one of"
                raise _broken(contract.path, f"{what} {name} and {contract.name}, and not in the other")


def _check_asked(contract: Contract, known: Iterable[Contract]) -> None:
    """Raises BadSettings when the register that a row's group is asked of cannot tell it.

    Its contract may also lie in another pack, unseen here.
    """
    group = contract.group
    asked = [one for one in known if group is not None and one.register == group.register]
    if group is None or not asked:
        return
    told = {str(group.key)} | ({group.group} if group.group is not None else set())
    if not any(told <= {one.name for one in other.identities} for other in asked):
        of_kind = "the identities" if len(told) > 1 else "the identity"
        what = f"no contract gives {group.register} {of_kind} {' and '.join(sorted(told))}"
        raise _broken(contract.path, what)
    if group.group is None and all(other.group is None for other in asked):
        raise _broken(contract.path, f"group has no group, and no contract says where {group.register} lies")


def _check_foreign(contract: Contract, known: Iterable[Contract]) -> None:
    """Raises BadSettings when a column points to a key that is not of its own kind: nothing would be found.

    Its contract may also lie in another pack, unseen here.
    """
    for one in contract.foreign:
        kind = contract.column(one.column).identity
        asked = [other for other in known if other.register == one.register]
        keys = [(each.name, each.identity) for other in asked for each in other.columns]
        if asked and (one.key, kind) not in keys:
            of_kind = f"of the kind {kind}" if kind else "that is no identity"
            what = f"{one.column} points to {one.key} {of_kind}, which no contract gives {one.register}"
            raise _broken(contract.path, what)


def read_contract(path: Path) -> Contract:
    """One contract file. Raises BadSettings with what is wrong and where."""
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise BadSettings(f"The contract cannot be read: {error.strerror}.", where=str(path)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSettings(f"The contract is not valid TOML: {error}.", where=str(path)) from error
    _check_finished(document, path)
    try:
        contract = _contract(document, path)
        check_contract(contract)
    except KeyError as error:
        raise _broken(path, f"the key {error} is missing") from error
    except (TypeError, AttributeError, ValueError, UnknownParser) as error:
        raise _broken(path, str(error)) from error
    return contract


def _check_finished(document: Mapping[str, Any], path: Path) -> None:
    """Raises BadSettings for a draft that nobody has finished."""
    open_keys = list(_unfilled(document))
    if open_keys:
        some = ", ".join(open_keys[:8]) + (", …" if len(open_keys) > 8 else "")
        raise BadSettings(
            f"The contract is a draft: {len(open_keys)} of its values are still to be filled in: {some}.",
            where=str(path),
            mend=f'put a value where it says "{FILL_IN}"; see docs/reference/contracts.md',
        )


def _unfilled(value: Any, at: str = "") -> Iterator[str]:
    """Where in a document it still says `FILL_IN`, such as `column 3 name`."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _unfilled(inner, f"{at} {name}".lstrip())
    elif isinstance(value, list):
        for number, inner in enumerate(value, start=1):
            yield from _unfilled(inner, f"{at} {number}".lstrip())
    elif isinstance(value, str) and " ".join(value.split()) == FILL_IN:
        yield at


def _broken(path: Path, what: str) -> BadSettings:
    missing = what.endswith("is missing")
    return BadSettings(
        f"The contract cannot be understood: {what}.",
        where=str(path),
        mend=f"{'add the key' if missing else 'mend what is named'}; see docs/reference/contracts.md",
    )


_CONTRACT_KEYS = (
    "name register title source legal_basis programmes max_age_days max_quarantined complete unique keeps "
    "group foreign parts max_jump expected_rows file constants assumptions column"
).split()
_COLUMN_KEYS = (
    "name in_file parser required identity secret vault programmes min max zeros start length".split()
)


def _contract(document: dict[str, Any], path: Path) -> Contract:
    check_keys(document, _CONTRACT_KEYS, "the contract")
    expected = _expected(document)
    return Contract(
        name=_as(str, document, "name"),
        register=_as(str, document, "register"),
        title=dict(_as(dict, document, "title")),
        source=_as(str, document, "source"),
        legal_basis=_as(str, document, "legal_basis"),
        programmes=tuple(_as(list, document, "programmes")),
        max_age_days=_as(int, document, "max_age_days"),
        max_quarantined=_share(document, "max_quarantined"),
        complete=_as(bool, document, "complete"),
        columns=tuple(_columns(document)),
        path=path,
        unique=_listed(document, "unique"),
        keeps=document.get("keeps"),
        group=_group(document),
        foreign=tuple(_foreign(document)),
        parts=_listed(document, "parts"),
        max_jump=_share(document, "max_jump") if "max_jump" in document else Contract.max_jump,
        fewest_rows=expected.get("min", 0),
        most_rows=expected.get("max"),
        shape=_shape(document),
        constants=dict(document.get("constants", {})),
        assumptions=dict(document.get("assumptions", {})),
    )


def _shape(document: dict[str, Any]) -> Shape:
    """How the file comes: `[file]`, the places of fixed-width columns, how days are written."""
    columns = _as(list, document, "column")
    places = {
        one["in_file"]: Place(_as(int, one, "start"), _as(int, one, "length"))
        for one in columns
        if {"start", "length"} & set(one)
    }
    days = {one["in_file"]: form for one in columns if (form := day_form(one["parser"])) is not None}
    return shape_of(_as(dict, document, "file") if "file" in document else {}, places, days)


def _as(kind: type, table: Mapping[str, Any], key: str) -> Any:
    return of_kind(kind, table[key], key)


def _share(table: Mapping[str, Any], key: str) -> float:
    if type(table[key]) not in (int, float):
        raise TypeError(f"{key} must be a number such as 0.05, not {type(table[key]).__name__}")
    return float(table[key])


def _listed(table: Mapping[str, Any], key: str) -> tuple[Any, ...]:
    return tuple(_as(list, table, key)) if key in table else ()


def _flag(table: Mapping[str, Any], key: str) -> bool:
    return bool(_as(bool, table, key)) if key in table else False


def _columns(document: Mapping[str, Any]) -> Iterator[Column]:
    for number, table in enumerate(_as(list, document, "column"), start=1):
        with _within(f"column {number} ({table.get('name', 'without a name')})"):
            yield _column(table)


@contextmanager
def _within(called: str) -> Iterator[None]:
    """What is wrong with a table of the contract is said with its place."""
    try:
        yield
    except KeyError as error:
        raise ValueError(f"{called}: the key {error} is missing") from error
    except (TypeError, AttributeError, ValueError, UnknownParser) as error:
        raise ValueError(f"{called}: {error}") from error


def _column(table: dict[str, Any]) -> Column:
    check_keys(table, _COLUMN_KEYS, "it")
    return Column(
        name=_as(str, table, "name"),
        in_file=_as(str, table, "in_file"),
        parser=parser_of(table["parser"]),
        required=_flag(table, "required"),
        identity=table.get("identity"),
        secret=_flag(table, "secret"),
        vault=_flag(table, "vault"),
        programmes=_programmes(table),
        minimum=table.get("min"),
        maximum=table.get("max"),
        zeros=_zeros(table),
    )


def _zeros(table: dict[str, Any]) -> int | None:
    """The digits a spreadsheet may have shortened; one loses no more than it keeps."""
    if "zeros" not in table:
        return None
    digits: int = _as(int, table, "zeros")
    if not 2 <= digits <= 15 or not parser_of(table["parser"]).is_text:
        raise ValueError("zeros is a number of digits, 2 to 15, in a column of text")
    return digits


def _programmes(table: dict[str, Any]) -> tuple[str, ...] | None:
    return tuple(_as(list, table, "programmes")) if "programmes" in table else None


def _group(document: Mapping[str, Any]) -> Group | None:
    if "group" not in document:
        return None
    table = _as(dict, document, "group")
    with _within("group"):
        check_keys(table, ("column", "register", "key", "group"), "it")
        needed = ("column",) if set(table) <= {"column"} else ("column", "register", "key")
        return Group(**{key: _as(str, table, key) for key in dict.fromkeys((*needed, *table))})


def _foreign(document: Mapping[str, Any]) -> Iterator[Foreign]:
    for number, table in enumerate(_listed(document, "foreign"), start=1):
        with _within(f"foreign {number}"):
            check_keys(table, ("column", "register", "key", "missing"), "it")
            column, register, key = (_as(str, table, key) for key in ("column", "register", "key"))
            if table["missing"] not in list(Missing):
                raise ValueError(f"missing must be one of {', '.join(Missing)}")
            yield Foreign(column, register, key, Missing(table["missing"]))


def _expected(document: Mapping[str, Any]) -> dict[str, int]:
    table = _as(dict, document, "expected_rows") if "expected_rows" in document else {}
    with _within("expected_rows"):
        check_keys(table, ("min", "max"), "it")
        return {name: _as(int, table, name) for name in table}
