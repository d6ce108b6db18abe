"""Comparisons of what follows from one day, such as a month of birth some years later, with a fixed value:
settled once for all units as a comparison with the day itself.

"The first of the month 780 months after birth has come" is true up to one day of birth and false from the
next. That day is found once, in plain Python; a scan then compares a column instead of reckoning dates.
"""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from typing import Any

from eligibility.facts import DAYS_BELIEVED
from eligibility.reckoning import reckon
from eligibility.terms import Kind, Op, Term, facts_in, rebuilt, term

_FIRST, _LAST = DAYS_BELIEVED
_COMPARISONS = (Op.LESS, Op.AT_MOST)
_IN_EVERY_MONTH = 28


def with_thresholds(root: Term) -> Term:
    """The same term, in which such comparisons are comparisons of a fact.

    The same for every day that is believed, and for an unknown one; other days a sheet never holds.
    """
    return rebuilt(root, _settled)


@lru_cache(maxsize=10_000)
def _settled(one: Term) -> Term:
    if one.op not in _COMPARISONS or one.is_fixed or not any(arg.is_fixed for arg in one.args):
        return one
    (moving,) = (arg for arg in one.args if not arg.is_fixed)
    if moving.op is Op.FACT or not _rises_with_a_day(moving):
        return one
    (fact,) = set(facts_in([moving]))
    truths = [reckon(one, {fact: day}) for day in DAYS_BELIEVED]
    if None in truths:
        return one
    return _compared(moving, one, fact, *truths)


def _compared(moving: Term, one: Term, fact: str, first: bool, last: bool) -> Term:
    """The comparison, by whether it holds on the first and on the last believed day."""
    day = next(each for each in _days_in(moving))
    if first is last:
        return (day <= term(_LAST)) if first else (day < term(_FIRST))
    low, high = _FIRST, _LAST  # it holds on low as on the first day, on high as on the last
    while high - low > timedelta(days=1):
        middle = low + (high - low) // 2
        low, high = (middle, high) if reckon(one, {fact: middle}) is first else (low, middle)
    return (day <= term(low)) if first else (day >= term(high))


def _days_in(moving: Term) -> list[Term]:
    return [moving] if moving.op is Op.FACT else [one for arg in moving.args for one in _days_in(arg)]


def _rises_with_a_day(one: Term) -> bool:
    """A later day never makes it less, and only at the ends of the calendar can it be unknown."""
    if one.op is Op.FACT:
        return one.kind is Kind.DAY
    if one.op is Op.YEAR:
        return _rises_with_a_day(one.args[0])
    if one.op in (Op.MONTHS_AFTER, Op.DAYS_AFTER):
        return one.args[1].is_fixed and _rises_with_a_day(one.args[0])
    if one.op is Op.DAY:
        return _is_a_day_of_its_month_or_year(*one.args)
    if one.op in (Op.LEAST, Op.GREATEST):
        (fixed, moving) = sorted(one.args, key=lambda arg: not arg.is_fixed)
        return fixed.is_fixed and _rises_with_a_day(moving)
    return False


def _is_a_day_of_its_month_or_year(year: Term, month: Term, day: Term) -> bool:
    """The same day, such as the first, of the month or the year in which another day lies."""
    if year.op is not Op.YEAR or not day.is_fixed or not _within(day, _IN_EVERY_MONTH):
        return False
    of_its_month = month.op is Op.MONTH and month.args[0] is year.args[0]
    return (of_its_month or _within(month, 12)) and _rises_with_a_day(year.args[0])


def _within(one: Term, most: int) -> bool:
    value: Any = reckon(one, {}) if one.is_fixed else None
    return value is not None and 1 <= value <= most
