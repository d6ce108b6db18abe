"""Columns that a delivery lacks, and the programmes that cannot run without them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from data.registers import Delivery
from eligibility.compiler import Compiled
from eligibility.conditions import belongs, holds
from eligibility.facts import Fact, Fields, How
from eligibility.purposes import Use
from eligibility.relations import days_of
from eligibility.terms import Op, Term


def without_cells(
    compiled: Mapping[str, Compiled], deliveries: Mapping[str, Delivery]
) -> dict[str, dict[str, list[str]]]:
    """By programme and register the columns that its delivery lacks, where a blank cell tells the programme
    something: that a vehicle is still owned, say. Nothing must be read into cells that never came.

    A fact that only takes a cell's value is unknown without it, and its programme runs.
    """
    found: dict[str, dict[str, list[str]]] = {}
    for name, one in compiled.items():
        for register, column in sorted(set(_telling(one))):
            if register in deliveries and column in deliveries[register].lacking:
                found.setdefault(name, {}).setdefault(register, []).append(column)
    return found


def _telling(one: Compiled) -> Iterator[Use]:
    """The columns whose blank cells mean something to a programme."""
    unit = one.unit
    yield from ((unit.register, name) for name in (*unit.where, *days_of(unit)))
    for name in one.read:
        fact = unit.fact(name)
        if fact is not None and fact.opened_by is None:
            yield from ((fact.register(unit), column) for column in _telling_of(fact) if column)
            yield from ((unit.register, column) for column in _asked(fact))


def _telling_of(fact: Fact) -> Iterator[str | None]:
    source, relation = fact.source, fact.source.relation
    if source.how in (How.PRESENT, How.LAST_PRESENT) or fact.when_blank is not None:
        yield source.column
    if relation is not None:
        yield from days_of(relation)
        yield from relation.keys.values()
        yield from _blanks(belongs(relation, Fields("unit."), Fields()))
    yield from _blanks(holds(fact, Fields()))


def _asked(fact: Fact) -> Iterator[str]:
    """The unit's own columns by which rows are found: a blank one finds none, which may mean something."""
    relation = fact.source.relation
    if relation is None:
        return
    yield from relation.keys
    yield from _blanks(belongs(relation, Fields(), Fields("row.")))


def _blanks(condition: Term | None) -> Iterator[str]:
    """The columns that a condition asks whether they are blank."""
    waiting = [] if condition is None else [condition]
    while waiting:
        one = waiting.pop()
        if one.op is Op.BLANK:
            yield from (str(cell.param) for cell in _columns(one.args))
        waiting += one.args


def _columns(terms: Iterable[Term]) -> Iterator[Term]:
    return (one for one in terms if one.op is Op.COLUMN)
