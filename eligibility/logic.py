"""The helpers through which rules branch, compare and reckon: none of them turns unknown into no.

`&`, `|`, `~`, comparisons and `+ - *` of expressions keep unknown unknown by themselves and may be used
as they are. Polars' own `when`, `is_in`, `fill_null`, `min_horizontal` and aggregates do not: rules use
these instead. All numbers are integers; money is in the smallest unit the law uses.
"""

from __future__ import annotations

from datetime import date
from functools import reduce
from operator import add

import polars as pl

Number = pl.Expr | int
Day = pl.Expr | date


def choose(
    condition: pl.Expr, then: pl.Expr | int | str | date, otherwise: pl.Expr | int | str | date
) -> pl.Expr:
    """`then` where the condition holds, `otherwise` where it does not, unknown where it is unknown."""
    yes, no = expression(then), expression(otherwise)
    return pl.when(condition).then(yes).when(condition.is_not_null()).then(no).otherwise(None)


def expression(value: pl.Expr | int | str | date | bool) -> pl.Expr:
    """A plain value as an expression; whole numbers become 64-bit."""
    if isinstance(value, pl.Expr):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return pl.lit(value, dtype=pl.Int64)
    return pl.lit(value)


def one_of(value: pl.Expr, *options: int | str) -> pl.Expr:
    """The value is one of the options."""
    if not options:
        raise ValueError("one_of needs options")
    return value.is_in(list(options))


def between(value: pl.Expr, low: Number | Day, high: Number | Day) -> pl.Expr:
    """low ≤ value ≤ high."""
    return (value >= expression(low)) & (value <= expression(high))


def all_of(*conditions: pl.Expr) -> pl.Expr:
    """False as soon as one is false, else unknown as soon as one is unknown, else true."""
    return pl.all_horizontal(*conditions)


def any_of(*conditions: pl.Expr) -> pl.Expr:
    """True as soon as one is true, else unknown as soon as one is unknown, else false."""
    return pl.any_horizontal(*conditions)


def total(*amounts: Number) -> pl.Expr:
    """The sum; unknown as soon as one amount is."""
    return reduce(add, map(expression, amounts))


def passes(limit: Number, *amounts: pl.Expr) -> pl.Expr:
    """The sum of amounts that are never negative lies above the limit.

    What is known may already pass it: then this is true though an amount is unknown.
    """
    bound = expression(limit)
    known = reduce(add, (amount.fill_null(0) for amount in amounts))
    return any_of(known > bound, total(*amounts) > bound)


def lesser(one: Number, other: Number) -> pl.Expr:
    """The smaller of two numbers; unknown when one is."""
    a, b = expression(one), expression(other)
    return choose(a <= b, a, b)


def greater(one: Number, other: Number) -> pl.Expr:
    """The larger of two numbers; unknown when one is."""
    a, b = expression(one), expression(other)
    return choose(a >= b, a, b)


def earlier(one: Day, other: Day) -> pl.Expr:
    """The earlier of two days; unknown when one is."""
    a, b = expression(one), expression(other)
    return choose(a <= b, a, b)


def later(one: Day, other: Day) -> pl.Expr:
    """The later of two days; unknown when one is."""
    a, b = expression(one), expression(other)
    return choose(a >= b, a, b)


def share(amount: Number, numerator: Number, denominator: Number) -> pl.Expr:
    """amount × numerator ÷ denominator, exact, fractions dropped (toward minus infinity).

    Reckoned in 128 bits; unknown when the denominator is 0 or the answer does not fit 64 bits.
    """
    return (_wide(amount) * _wide(numerator) // _wide(denominator)).cast(pl.Int64, strict=False)


def share_half_up(amount: Number, numerator: Number, denominator: Number) -> pl.Expr:
    """amount × numerator ÷ denominator, exact, a half or more rounded up; the denominator is positive."""
    doubled = 2 * _wide(amount) * _wide(numerator) + _wide(denominator)
    return (doubled // (2 * _wide(denominator))).cast(pl.Int64, strict=False)


def product(one: Number, other: Number) -> pl.Expr:
    """one × other; unknown when the answer does not fit 64 bits."""
    return (_wide(one) * _wide(other)).cast(pl.Int64, strict=False)


def floor_to(amount: pl.Expr, step: int) -> pl.Expr:
    """What is below a multiple of `step` is dropped."""
    return amount // step * step


def floor10(amount: pl.Expr) -> pl.Expr:
    """Amounts below 10 are dropped, as Korean tax law does with won (국고금관리법 §47)."""
    return floor_to(amount, 10)


def ceil_to(amount: pl.Expr, step: int) -> pl.Expr:
    """Rounded up to a multiple of `step`."""
    return -(-amount // step) * step


def day(year: Number, month: Number, day_of_month: Number) -> pl.Expr:
    """The date; unknown when a part is or the date does not exist."""
    return pl.date(expression(year), expression(month), expression(day_of_month))


def year_of(when: Day) -> pl.Expr:
    return expression(when).dt.year().cast(pl.Int64)


def month_of(when: Day) -> pl.Expr:
    return expression(when).dt.month().cast(pl.Int64)


def first_day(year: Number) -> pl.Expr:
    """1 January of the year."""
    return day(year, 1, 1)


def last_day(year: Number) -> pl.Expr:
    """31 December of the year."""
    return day(year, 12, 31)


def days_between(start: Day, end: Day) -> pl.Expr:
    """Days from `start` up to but not including `end`; negative when `end` comes first."""
    return (expression(end) - expression(start)).dt.total_days().cast(pl.Int64)


def days_in_year(year: Number) -> pl.Expr:
    """365 or 366."""
    return days_between(first_day(year), first_day(expression(year) + 1))


def days_after(when: Day, days: int) -> pl.Expr:
    return expression(when).dt.offset_by(f"{days}d")


def years_after(when: Day, years: int) -> pl.Expr:
    """The same day of a later year; 29 February becomes the 28th where there is none (민법 §160③)."""
    return expression(when).dt.offset_by(f"{years}y")


def age_on(birth: Day, when: Day) -> pl.Expr:
    """Full years of age on a day, reached on the birthday; one born on 29 February reaches it on 1 March."""
    born, then = expression(birth), expression(when)
    had_birthday = (month_of(then) * 100 + then.dt.day().cast(pl.Int64)) >= (
        month_of(born) * 100 + born.dt.day().cast(pl.Int64)
    )
    return year_of(then) - year_of(born) - choose(had_birthday, 0, 1)


def _wide(value: Number) -> pl.Expr:
    return expression(value).cast(pl.Int128)
