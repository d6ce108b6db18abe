"""Boundaries: the days on which law changes or a claim begins and ends, and whether stories stand on both
sides of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from eligibility.compiler import Compiled
from eligibility.logic import days_after, months_after
from eligibility.pack import Pack
from eligibility.plain import judge_unit
from eligibility.programmes import FactsOf, Programme
from eligibility.rates import Rate
from eligibility.reckoning import reckon
from eligibility.stories import Story
from eligibility.terms import Op, Term, term

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class _Told:
    """One story of a programme, compiled for its day, with every fact of the unit."""

    story: Story
    compiled: Compiled
    facts: Mapping[str, Any]


def lacking(pack: Pack, programme: Programme, stories: Iterable[Story]) -> Iterator[str]:
    """In words, each boundary that lacks its story of the day before or of the day itself."""
    told = [_told(pack, programme, one) for one in stories if one.programme == programme.id]
    if not told:
        yield "there is no story"
        return
    for rate in _rates(told):
        yield from _around_rate(rate, told)
    yield from _around_last_day(told)
    yield from _around_first_day(programme, told)
    yield from _around_years(programme, told)


def _told(pack: Pack, programme: Programme, story: Story) -> _Told:
    compiled = pack.compile(programme, story.as_of)
    facts = {fact.name: story.facts.get(fact.name) for fact in compiled.unit.facts}
    return _Told(story, compiled, facts)


def _rates(told: Sequence[_Told]) -> list[Rate]:
    return sorted({rate.name: rate for rate, _ in told[0].compiled.rates}.values(), key=lambda one: one.name)


def _around_rate(rate: Rate, told: Sequence[_Told]) -> Iterator[str]:
    """A change of a rate needs a story whose day picks the value before, and one the value from then on."""
    picks = [_Pick.of(term, one.facts) for one in told for used, term in one.compiled.rates if used is rate]
    known = [pick for pick in picks if pick is not None]
    changes = [dated.since for dated in rate.values]
    changes += [dated.until + ONE_DAY for dated in rate.values if dated.until is not None]
    for change in sorted(set(changes)):
        if not any(pick.is_just_before(change) for pick in known):
            yield f"rate {rate.name}: no story of the day before {change}"
        if not any(pick.is_just_from(change) for pick in known):
            yield f"rate {rate.name}: no story of {change}"


@dataclass(frozen=True)
class _Pick:
    """The day that picks a rate in a story, and the nearest days that could have done so instead."""

    day: date
    earlier: date
    later: date

    @classmethod
    def of(cls, term: Term, facts: Mapping[str, Any]) -> _Pick | None:
        day = reckon(term, facts)
        if day is None:
            return None
        step = _step(term)
        move = days_after if step is None else months_after
        earlier, later = (reckon(move(day, sign * (step or 1)), {}) for sign in (-1, 1))
        return cls(day, earlier or date.min, later or date.max)  # the calendar ends there

    def is_just_before(self, change: date) -> bool:
        return self.day < change <= self.later

    def is_just_from(self, change: date) -> bool:
        return self.earlier < change <= self.day


def _step(term: Term) -> int | None:
    """How many months lie between two days that the term can give; None when it can give any day."""
    if term.op is not Op.DAY:
        return None
    _, month, day = term.args
    return None if not day.is_fixed else 12 if month.is_fixed else 1


def _around_last_day(told: Sequence[_Told]) -> Iterator[str]:
    """The last day to claim needs a story as of that day and one as of the next."""
    ends = [(one, one.compiled.last_day) for one in told]
    days = [(one.story.as_of, reckon(end, one.facts)) for one, end in ends if end is not None]
    if days:
        if not any(as_of == last for as_of, last in days):
            yield "no story of the last day to claim"
        if not any(last and as_of - ONE_DAY == last for as_of, last in days):
            yield "no story of the day after the last day to claim"


def _around_first_day(programme: Programme, told: Sequence[_Told]) -> Iterator[str]:
    """The first day to claim needs a story as of that day and, of the same facts, one as of the day before.

    The day of an event that is among the facts needs none of the day before, when no record has it, and that
    of the event which picks the rates no story of its own.
    """
    begins = [(one, judge_unit(one.compiled, one.facts).claim_from) for one in told]
    firsts = [(one, first) for one, first in begins if first and not _is_rate_day(programme, one, first)]
    if firsts and not any(one.story.as_of == first for one, first in firsts):
        yield "no story of the first day on which one can claim"
    reckoned = [(one, first) for one, first in firsts if first not in one.facts.values()]
    before = [(one.facts, one.story.as_of + ONE_DAY) for one in told]
    if reckoned and not any((one.facts, first) in before for one, first in reckoned):
        yield "no story of the day before one can claim"


def _is_rate_day(programme: Programme, told: _Told, day: date) -> bool:
    return programme.rate_day_rule is not None and day == _law_day(programme, told)


def _around_years(programme: Programme, told: Sequence[_Told]) -> Iterator[str]:
    """The first and last year of a programme need a story within and one beyond."""
    days = [_law_day(programme, one) for one in told]
    years = {day.year for day in days if day is not None}
    first, last = programme.years
    if first is not None and not {first - 1, first} <= years:
        yield f"no stories of {first - 1} and {first}, before and after it takes effect"
    if last is not None and not {last, last + 1} <= years:
        yield f"no stories of {last} and {last + 1}, before and after it ends"


def _law_day(programme: Programme, told: _Told) -> date | None:
    rule = programme.rate_day_rule
    if rule is None:
        return told.story.as_of
    found: date | None = reckon(rule(FactsOf(told.compiled.unit), term(told.story.as_of)), told.facts)
    return found
