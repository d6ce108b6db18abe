"""The helpers through which rules branch, compare and reckon: none of them turns unknown into no.

Besides them rules use `+ - * // %`, comparisons and `& | ~` of terms. All numbers are whole; money is in
the smallest unit the law uses. A number that does not fit 64 bits is unknown.
"""

from __future__ import annotations

from functools import reduce
from operator import add

from eligibility.terms import (
    Kind,
    Op,
    PackMistake,
    Span,
    Term,
    Value,
    make,
    number,
    same_kind,
    term,
    truth,
    union,
    unknown,
)
from eligibility.terms import day as as_day

UNKNOWN_TRUTH = unknown(Kind.TRUTH)
"""A truth that no record shows."""

_YEARS = (-300_000, 300_000)
_DAYS = (-(10**8), 10**8)


def choose(condition: Value, then: Value, otherwise: Value) -> Term:
    """`then` where the condition holds, `otherwise` where it does not, unknown where it is unknown."""
    kind, (yes, no) = same_kind((then, otherwise))
    return make(Op.CHOOSE, kind, truth(condition), yes, no, span=union(yes.span, no.span))


def one_of(value: Term, *options: int | str) -> Term:
    """The value is one of the options."""
    if not options or len({type(option) for option in options}) > 1:
        raise PackMistake("one_of needs options, all numbers or all texts")
    same_kind((value, options[0]))
    return make(Op.ONE_OF, Kind.TRUTH, value, param=options)


def between(value: Value, low: Value, high: Value) -> Term:
    """low ≤ value ≤ high."""
    return (term(value) >= low) & (term(value) <= high)


def all_of(*conditions: Value) -> Term:
    """False as soon as one is false, else unknown as soon as one is unknown, else true."""
    return make(Op.ALL, Kind.TRUTH, *map(truth, conditions)) if conditions else term(True)


def any_of(*conditions: Value) -> Term:
    """True as soon as one is true, else unknown as soon as one is unknown, else false."""
    return make(Op.ANY, Kind.TRUTH, *map(truth, conditions)) if conditions else term(False)


def total(*amounts: Value) -> Term:
    """The sum; unknown as soon as one amount is."""
    return reduce(add, map(number, amounts))


def passes(limit: Value, *amounts: Value) -> Term:
    """The sum of amounts that are never negative lies above the limit.

    What is known may already pass it: then this is true though an amount is unknown. An amount below 0, which
    none may be, is taken for unknown: else a sum that passes could fall below the limit once it is known.
    """
    return make(Op.PASSES, Kind.TRUTH, number(limit), *map(number, amounts))


def lesser(one: Value, other: Value) -> Term:
    """The smaller of two numbers; unknown when one is."""
    return _extreme(Op.LEAST, number(one), number(other))


def greater(one: Value, other: Value) -> Term:
    """The larger of two numbers; unknown when one is."""
    return _extreme(Op.GREATEST, number(one), number(other))


def at_least(value: Value, low: Value) -> Term:
    """The number, or `low` where it is smaller."""
    return greater(value, low)


def at_most(value: Value, high: Value) -> Term:
    """The number, or `high` where it is larger."""
    return lesser(value, high)


def earlier(one: Value, other: Value) -> Term:
    """The earlier of two days; unknown when one is."""
    return _extreme(Op.LEAST, as_day(one), as_day(other))


def later(one: Value, other: Value) -> Term:
    """The later of two days; unknown when one is."""
    return _extreme(Op.GREATEST, as_day(one), as_day(other))


def _extreme(op: Op, one: Term, other: Term) -> Term:
    pick = min if op is Op.LEAST else max
    span: Span = (pick(one.span[0], other.span[0]), pick(one.span[1], other.span[1]))
    kind, terms = same_kind((one, other))
    return make(op, kind, *terms, span=span)


def share(amount: Value, numerator: Value, denominator: Value) -> Term:
    """amount × numerator ÷ denominator, exact, fractions dropped (toward minus infinity).

    Unknown when the denominator is 0 or the answer does not fit 64 bits.
    """
    return _shared(Op.SHARE, amount, numerator, denominator)


def share_half_up(amount: Value, numerator: Value, denominator: Value) -> Term:
    """amount × numerator ÷ denominator, exact, a half or more rounded up; the denominator is positive."""
    return _shared(Op.SHARE_HALF_UP, amount, numerator, denominator)


def _shared(op: Op, *values: Value) -> Term:
    amount, numerator, denominator = map(number, values)
    corners = [a * b for a in amount.span for b in numerator.span]
    low = denominator.span[0]
    least = low if low > 0 else 1
    farthest = max(map(abs, corners)) // least + 1
    signs = (-farthest if min(corners) < 0 or low < 0 else 0, farthest)
    return make(op, Kind.NUMBER, amount, numerator, denominator, span=signs)


def floor_to(amount: Value, step: int) -> Term:
    """What is below a multiple of `step` is dropped."""
    return number(amount) // step * step


def floor10(amount: Value) -> Term:
    """Amounts below 10 are dropped, as Korean tax law does with won (국고금관리법 §47)."""
    return floor_to(amount, 10)


def ceil_to(amount: Value, step: int) -> Term:
    """Rounded up to a multiple of `step`."""
    return (number(amount) + (step - 1)) // step * step


def day(year: Value, month: Value, day_of_month: Value) -> Term:
    """The date; unknown when a part is or the date does not exist."""
    return make(Op.DAY, Kind.DAY, number(year), number(month), number(day_of_month))


def year_of(when: Value) -> Term:
    return make(Op.YEAR, Kind.NUMBER, as_day(when), span=_YEARS)


def month_of(when: Value) -> Term:
    return make(Op.MONTH, Kind.NUMBER, as_day(when), span=(1, 12))


def day_of_month(when: Value) -> Term:
    return make(Op.DAY_OF_MONTH, Kind.NUMBER, as_day(when), span=(1, 31))


def first_day(year: Value) -> Term:
    """1 January of the year."""
    return day(year, 1, 1)


def last_day(year: Value) -> Term:
    """31 December of the year."""
    return day(year, 12, 31)


def first_of_month(when: Value) -> Term:
    """The first day of the month in which the day lies."""
    return day(year_of(when), month_of(when), 1)


def days_between(start: Value, end: Value) -> Term:
    """Days from `start` up to but not including `end`; negative when `end` comes first."""
    return make(Op.DAYS_BETWEEN, Kind.NUMBER, as_day(start), as_day(end), span=_DAYS)


def days_in_year(year: Value) -> Term:
    """365 or 366."""
    return days_between(first_day(year), first_day(number(year) + 1))


def days_after(when: Value, days: Value) -> Term:
    """The day so many days later, or earlier where the number is negative."""
    return make(Op.DAYS_AFTER, Kind.DAY, as_day(when), number(days))


def months_after(when: Value, months: Value) -> Term:
    """The same day of a later (or earlier) month; the month's last day where it has no such day."""
    return make(Op.MONTHS_AFTER, Kind.DAY, as_day(when), number(months))


def years_after(when: Value, years: Value) -> Term:
    """The same day of a later year; 29 February becomes the 28th where there is none (민법 §160③)."""
    return months_after(when, number(years) * 12)


def end_of_period(event: Value, years: Value) -> Term:
    """The last day of a period of years, of which the day of the event is no part (민법 §157, §160).

    It is the same day of a later year, but of a period that begins on 1 March the last day of February, and
    of one that begins on 29 February the 28th where there is no other.
    """
    from_the_next_day = days_after(years_after(days_after(event, 1), years), -1)
    return later(years_after(event, years), from_the_next_day)


def in_time(on: Value, last_day: Value, *, may_move: Value) -> Term:
    """The day is not after the last one; unknown for so many days more.

    By these a weekend or a holiday may put off the last day, in a calendar that no register has.
    """
    put_off = days_after(last_day, may_move)
    return any_of(as_day(on) <= last_day, all_of(as_day(on) <= put_off, UNKNOWN_TRUTH))


def age_on(birth: Value, when: Value) -> Term:
    """Full years of age on a day, reached on the birthday; one born on 29 February reaches it on 1 March."""
    born, then = as_day(birth), as_day(when)
    birthday_past = month_of(then) * 100 + day_of_month(then) >= month_of(born) * 100 + day_of_month(born)
    return year_of(then) - year_of(born) - choose(birthday_past, 0, 1)


def blank(cell: Term) -> Term:
    """A cell of a register is blank: only where a relation is declared, since there blank has a meaning."""
    if cell.op is not Op.COLUMN:
        raise PackMistake("blank asks a cell of a register; what a fact's blank means, the fact declares")
    return make(Op.BLANK, Kind.TRUTH, cell)
