"""On whose unconfirmed rates an amount rests beside its own: those of the programmes whose amounts it reads.

That another programme is found at all, as `exists()` asks, rests on no amount.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from eligibility.compiler import Compiled
from eligibility.conditions import holds
from eligibility.facts import Fact, FactType, Fields
from eligibility.rates import Dated, Rate, picked_in
from eligibility.reckoning import reckon
from eligibility.terms import Term, facts_in

AMOUNT = "amount"


class OpenRate(NamedTuple):
    """A value of a rate that nobody has confirmed, and the programme whose amount rests on it."""

    programme: str
    rate: Rate
    dated: Dated

    @property
    def name(self) -> str:
        """Told apart from a rate that the reading programme has under the same name."""
        return f"{self.rate.name} of {self.programme}"


def open_rates_of_others(
    compiled: Compiled,
    roots: Sequence[Term],
    others: Mapping[str, Compiled],
    *,
    row: Mapping[str, Any] | None = None,
) -> list[OpenRate]:
    """What `roots` rest on by the amounts of `others`, by id, each value once and in order.

    Which day picks the rate of another's finding is not known here: then every value may be the one. Of a
    `row` only those amounts count that are there.
    """
    found: dict[tuple[str, str, str], OpenRate] = {}
    for one in _read(compiled, roots, others, row):
        found[one.programme, one.rate.name, one.dated.since.isoformat()] = one
    return [found[key] for key in sorted(found)]


def _read(
    compiled: Compiled, roots: Sequence[Term], others: Mapping[str, Compiled], row: Mapping[str, Any] | None
) -> Iterator[OpenRate]:
    for name in facts_in(roots):
        fact = compiled.unit.fact(name)
        other = None if fact is None or fact.opened_by is None else others.get(fact.opened_by)
        if fact is not None and other is not None and _reads_amount(fact) and _is_there(fact, row):
            parts = tuple(other.parts.values())
            yield from (OpenRate(other.programme.id, *one) for one in _open_values(parts))
            yield from _read(other, parts, others, None)


def _reads_amount(fact: Fact) -> bool:
    asked = Fields()
    holds(fact, asked)
    return AMOUNT in (fact.source.column, *asked._named)


def _is_there(fact: Fact, row: Mapping[str, Any] | None) -> bool:
    """A sum of nothing rests on nothing; what a condition says of no row cannot be told from a row's no."""
    if row is None or fact.type is FactType.BOOL:
        return True
    return row[fact.name] not in (None, 0)


def _open_values(parts: Sequence[Term]) -> Iterator[tuple[Rate, Dated]]:
    for rate, day in picked_in(parts):
        picked = (rate.on(reckon(day, {})),) if day.is_fixed else rate.values
        yield from ((rate, one) for one in picked if one is not None and one.confirmed_by is None)
