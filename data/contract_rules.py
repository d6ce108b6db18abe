"""What ties the keys of a contract together."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from data.contract import KEEPS, Column, Contract
from data.formats.shape import Format


def check_keys(table: Mapping[str, Any], known: Iterable[str], where: str) -> None:
    """Raises ValueError when a table has a key that nobody reads."""
    unknown = sorted(set(table) - set(known))
    if unknown:
        raise ValueError(f"{where} has a key that means nothing: {', '.join(unknown)}")


def check_contract(contract: Contract) -> None:
    """Every rule that ties keys of a contract together; raises ValueError with the one that is broken."""
    names = [one.name for one in contract.columns] + list(contract.constants)
    headers = [one.in_file for one in contract.columns]
    for rule, holds in _RULES.items():
        if not holds(contract):
            raise ValueError(rule)
    for what, all_of in (("name", names), ("header", headers)):
        twice = sorted({one for one in all_of if all_of.count(one) > 1})
        if twice:
            raise ValueError(f"two columns have the same {what}: {', '.join(twice)}")
    check_keys(dict.fromkeys(contract.unique), names, "unique")
    for column in contract.columns:
        _check_column(column, names)
        if not set(column.programmes or ()) <= set(contract.programmes):
            raise ValueError(f"column {column.name} may serve a programme that the contract does not serve")
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
    "max_age_days must be above 0, and at most 36500": lambda c: 0 < c.max_age_days <= 36_500,
    "name, source and legal_basis must not be empty": lambda c: all(
        one.strip() for one in (c.name, c.source, c.legal_basis)
    ),
    "the name of a constant must not begin with _": lambda c: (
        not any(name.startswith("_") for name in c.constants)
    ),
    "file.total_rows_expected needs file.total_rows": lambda c: (
        not c.shape.total_rows_expected or bool(c.shape.total_rows)
    ),
    "file.query needs file.format query": lambda c: (
        not c.shape.query or c.shape.format in (None, Format.QUERY)
    ),
    "unique names a column twice": lambda c: len(set(c.unique)) == len(c.unique),
    "foreign names a column and a register twice": lambda c: (
        len({(one.column, one.register, one.key) for one in c.foreign}) == len(c.foreign)
    ),
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
    "a resident number is secret: it is a national id": lambda c: all(
        one.secret for one in c.columns if one.parser.spec == "kr_resident_number"
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
    if not column.name.strip() or not column.in_file.strip():
        raise ValueError(f"column {column.name}: name and in_file must not be empty")
    if unicodedata.normalize("NFC", column.in_file) != column.in_file:
        raise ValueError(f"column {column.name}: in_file must be written in composed letters (NFC)")
    if column.parser.by is not None and column.parser.by not in names:
        raise ValueError(f"column {column.name}: its parser asks a column that is not there")
    for limit in (column.minimum, column.maximum):
        if limit is not None and not column.parser.takes(limit):
            raise ValueError(f"column {column.name}: min and max must be of the column's own kind")
    for limit in (column.minimum, column.maximum):
        if isinstance(limit, int) and abs(limit) >= 2**63:
            raise ValueError(f"column {column.name}: min and max must fit into 64 bits")
    if column.minimum is not None and column.maximum is not None and column.minimum > column.maximum:  # type: ignore[operator]
        raise ValueError(f"column {column.name}: min is above max")
    if column.identity is not None and not column.parser.is_text:
        raise ValueError(f"column {column.name}: an identity must be read as text")
