"""Reckons terms one unit at a time in plain Python: slow, simple, and the reference for every other engine.

None is unknown. Besides known and unknown a fact may be `KNOWN`: known, whatever it says. What then still
comes out unknown would stay so even if that fact were settled.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

from eligibility.rates import Dated, Rate, Shape
from eligibility.terms import INT64, Kind, Op, Term


class _Known:
    def __repr__(self) -> str:
        return "KNOWN"


KNOWN: Final = _Known()


def reckon(one: Term, facts: Mapping[str, Any], memo: dict[int, Any] | None = None) -> Any:
    """The value of a term for one unit; `memo` may be shared between the terms of that unit."""
    memo = {} if memo is None else memo
    if id(one) not in memo:
        memo[id(one)] = _value(one, facts, memo)
    return memo[id(one)]


def _value(one: Term, facts: Mapping[str, Any], memo: dict[int, Any]) -> Any:
    if one.op in (Op.FACT, Op.COLUMN):
        return facts[str(one.param)]
    if one.op in (Op.CONSTANT, Op.UNKNOWN):
        return one.param
    values = [reckon(arg, facts, memo) for arg in one.args]
    if one.op in _OWN_WAY:
        return _OWN_WAY[one.op](one, values)
    if any(value is None for value in values):
        return None
    if any(value is KNOWN for value in values):
        return KNOWN
    return _bounded(one, _PLAIN[one.op](one, *values))


def _bounded(one: Term, value: Any) -> Any:
    if one.kind is Kind.NUMBER and value is not None and not INT64[0] <= value <= INT64[1]:
        return None
    return value


def _all(one: Term, values: Sequence[Any]) -> Any:
    del one
    return _kleene(values, settled=False)


def _any(one: Term, values: Sequence[Any]) -> Any:
    del one
    return _kleene(values, settled=True)


def _kleene(values: Sequence[Any], *, settled: bool) -> Any:
    if any(value is settled for value in values):
        return settled
    if any(value is None for value in values):
        return None
    return KNOWN if any(value is KNOWN for value in values) else not settled


def _choose(one: Term, values: Sequence[Any]) -> Any:
    del one
    condition, yes, no = values
    if condition is None:
        return None
    if condition is not KNOWN:
        return yes if condition else no
    if yes is None or no is None:
        return None
    return yes if yes is not KNOWN and yes == no else KNOWN


def _passes(one: Term, values: Sequence[Any]) -> Any:
    del one
    limit, *given = values
    amounts = [None if isinstance(amount, int) and amount < 0 else amount for amount in given]
    if limit is None or limit is KNOWN:
        return limit if all(amount is not None for amount in amounts) else None
    if sum(amount for amount in amounts if isinstance(amount, int)) > limit:
        return True
    if any(amount is None for amount in amounts):
        return None
    return KNOWN if any(amount is KNOWN for amount in amounts) else False


def _choice(one: Term, values: Sequence[Any]) -> Any:
    day, *ways = values
    if day is None or day is KNOWN:
        return day if all(way is not None for way in ways) else None
    dated = one.param.on(day)
    return None if dated is None else ways[one.param.options.index(dated.choice)]


def _blank(one: Term, values: Sequence[Any]) -> Any:
    del one
    return values[0] is None


def _rate(one: Term, day: date, key: Any = None) -> int | None:
    rate: Rate = one.param
    dated = rate.on(day)
    if dated is None or rate.shape is Shape.VALUE:
        return None if dated is None else dated.value
    return _bracket(dated, key) if rate.shape is Shape.BRACKETS else (dated.keyed or {}).get(key)


def _bracket(dated: Dated, number: int) -> int | None:
    return next((value for up_to, value in dated.brackets if up_to is None or number <= up_to), None)


def _day(one: Term, year: int, month: int, day: int) -> date | None:
    del one
    try:
        return date(year, month, day)
    except (ValueError, OverflowError):
        return None


def _days_after(one: Term, when: date, days: int) -> date | None:
    del one
    try:
        return when + timedelta(days=days)
    except OverflowError:
        return None


def _months_after(one: Term, when: date, months: int) -> date | None:
    year, month = divmod(when.year * 12 + when.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        return None
    return _day(one, year, month + 1, min(when.day, calendar.monthrange(year, month + 1)[1]))


_OWN_WAY: Final[dict[Op, Callable[[Term, Sequence[Any]], Any]]] = {
    Op.ALL: _all,
    Op.ANY: _any,
    Op.CHOOSE: _choose,
    Op.PASSES: _passes,
    Op.CHOICE: _choice,
    Op.BLANK: _blank,
}
_PLAIN: Final[dict[Op, Callable[..., Any]]] = {
    Op.ADD: lambda one, a, b: a + b,
    Op.SUBTRACT: lambda one, a, b: a - b,
    Op.MULTIPLY: lambda one, a, b: a * b,
    Op.DIVIDE: lambda one, a, b: None if b == 0 else a // b,
    Op.REMAINDER: lambda one, a, b: None if b == 0 else a % b,
    Op.SHARE: lambda one, a, n, d: None if d == 0 else a * n // d,
    Op.SHARE_HALF_UP: lambda one, a, n, d: None if d == 0 else (2 * a * n + d) // (2 * d),
    Op.LEAST: lambda one, a, b: min(a, b),
    Op.GREATEST: lambda one, a, b: max(a, b),
    Op.EQUAL: lambda one, a, b: a == b,
    Op.LESS: lambda one, a, b: a < b,
    Op.AT_MOST: lambda one, a, b: a <= b,
    Op.ONE_OF: lambda one, value: value in one.param,
    Op.NOT: lambda one, value: not value,
    Op.DAY: _day,
    Op.YEAR: lambda one, when: when.year,
    Op.MONTH: lambda one, when: when.month,
    Op.DAY_OF_MONTH: lambda one, when: when.day,
    Op.DAYS_BETWEEN: lambda one, start, end: (end - start).days,
    Op.DAYS_AFTER: _days_after,
    Op.MONTHS_AFTER: _months_after,
    Op.RATE: _rate,
}
