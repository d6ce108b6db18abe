"""Conditions of relations: run as rules are, over columns of which it is known what they hold.

`where` and `any` are a pack's Python like a rule: what they ask of Python instead of the records would be
decided once for everybody, so nothing runs them but what stands here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Any, Final

import polars as pl

from data.contract import Contract
from data.errors import BadSettings
from eligibility.facts import Fact, Fields, Lookup, Rows, Unit
from eligibility.packcode import line_in_pack, written_at
from eligibility.terms import Kind, PackMistake, Term, rules_run, truth

_KINDS: Final[dict[type, Kind]] = {bool: Kind.TRUTH, int: Kind.NUMBER, str: Kind.TEXT, date: Kind.DAY}


def belongs(relation: Lookup | Rows, unit: Fields, row: Fields) -> Term | None:
    """Whether a row that the keys find belongs to the unit; None where every one does."""
    where = relation.where if isinstance(relation, Rows) else None
    return None if where is None else _asked(lambda: where(unit, row))


def holds(fact: Fact, row: Fields) -> Term | None:
    """What the fact asks of each row; None where it asks nothing."""
    condition = fact.source.condition
    return None if condition is None else _asked(lambda: condition(row))


def _asked(ask: Callable[[], Term]) -> Term:
    """Raises PackMistake for what is no truth of the records."""
    with rules_run():
        found: object = ask()
    if isinstance(found, bool):
        raise PackMistake(f"it gives Python's own {found}, which is the same for everybody")
    return truth(found)


def check_conditions(unit: Unit, contracts: Iterable[Contract]) -> None:
    """Raises BadSettings, naming unit, fact, file and line, for a condition that cannot be used on what the
    contracts give: one that asks Python, or reckons with a text.
    """
    known = list(contracts)
    own = _kinds_in_contracts(unit.register, known)
    for fact in unit.facts:
        relation = fact.source.relation
        if relation is not None:
            theirs = _kinds_in_contracts(relation.register, known)
            with naming(unit, [fact], getattr(relation, "where", None)):
                belongs(relation, Fields(kinds=own), Fields(kinds=theirs))
            with naming(unit, [fact], fact.source.condition):
                holds(fact, Fields(kinds=theirs))


@contextmanager
def naming(unit: Unit, facts: Iterable[Fact], condition: object) -> Iterator[None]:
    """What goes wrong in the condition of these facts is said with their names; no cell is in it."""
    try:
        yield
    except Exception as error:  # whatever an author's mistake raises, an operator reads one sentence
        line = line_in_pack(error) or written_at(condition)
        names = ", ".join(fact.name for fact in facts)
        raise BadSettings(
            f"A condition on rows cannot be used: {error}.",
            where=f"unit {unit.name}, fact {names}" + (f", {line}" if line else ""),
            mend="mend `where` or `any` in the pack's facts; eligibility/facts.py shows the form",
        ) from error


def kinds_in(schema: Mapping[str, Any]) -> dict[str, Kind]:
    """What the columns of a frame hold; what stands for an identity may only be compared."""
    return {name: _kind_of(dtype) for name, dtype in schema.items()}


def _kind_of(dtype: Any) -> Kind:
    if dtype.is_integer():
        return Kind.NUMBER
    known = {pl.String: Kind.TEXT, pl.Date: Kind.DAY, pl.Boolean: Kind.TRUTH}
    return next((kind for one, kind in known.items() if dtype == one), Kind.ANY)


def _kinds_in_contracts(register: str, contracts: Iterable[Contract]) -> dict[str, Kind]:
    """What all contracts of a register say that its columns hold."""
    found: dict[str, set[Kind]] = {}
    for contract in (one for one in contracts if one.register == register):
        for column in contract.columns:
            kind = Kind.ANY if column.identity else _kind_of(column.parser.dtype)
            found.setdefault(column.name, set()).add(kind)
        for name, value in contract.constants.items():
            found.setdefault(name, set()).add(_KINDS.get(type(value), Kind.ANY))
    return {name: kinds.pop() if len(kinds) == 1 else Kind.ANY for name, kinds in found.items()}
