"""Lowers terms to Polars: expressions over the columns of a sheet, in steps that reckon nothing twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import reduce
from typing import Any, Final

import polars as pl

from eligibility.rates import Dated, Rate, Shape
from eligibility.reckoning import reckon
from eligibility.terms import INT64, Kind, Op, Term, fits, raw_span

DTYPES: Final[dict[Kind, pl.DataType]] = {
    Kind.NUMBER: pl.Int64(),
    Kind.TEXT: pl.String(),
    Kind.DAY: pl.Date(),
    Kind.TRUTH: pl.Boolean(),
}
_LEAVES = frozenset({Op.FACT, Op.COLUMN, Op.CONSTANT, Op.UNKNOWN})
_READ_TWICE = frozenset(
    {Op.CHOOSE, Op.LEAST, Op.GREATEST, Op.RATE, Op.CHOICE, Op.DAY, Op.DAYS_AFTER, Op.MONTHS_AFTER, Op.PASSES}
)
"""Where an argument stands more than once in the expression: it gets a column of its own, or else expressions
would grow with the power of how deep such terms stand in one another."""

Lower = Callable[[Term], pl.Expr]


def lower(one: Term) -> pl.Expr:
    """One expression for the whole term, for small terms such as the condition of a relation."""
    return _lowered(one, lower)


def _lowered(one: Term, read: Lower) -> pl.Expr:
    """A term that reads no fact is reckoned here and now, once for all units."""
    return _literal(reckon(one, {}), one.kind) if one.is_fixed else _OPS[one.op](one, read)


@dataclass
class Steps:
    """Puts terms into columns, step by step: what several of them read becomes a column first.

    `uses` counts how often each term is read by all that will ever be asked for.
    """

    uses: Mapping[int, int]
    _columns: dict[int, str] = field(default_factory=dict)
    _kept: list[Term] = field(default_factory=list)  # so that no id is given to another term

    @classmethod
    def over(cls, roots: Sequence[Term]) -> Steps:
        return cls(_count_uses(roots))

    def columns(self, named: Mapping[str, Term]) -> list[list[pl.Expr]]:
        """The columns to add, one list after the other; those `named` stand in the last."""
        levels: dict[int, list[pl.Expr]] = {}
        known = dict.fromkeys(self._columns, 0)
        for root in named.values():
            self._place(root, known, levels)
        last = [self.read(root).alias(name) for name, root in named.items()]
        return [*(levels[level] for level in sorted(levels)), last]

    def read(self, one: Term) -> pl.Expr:
        """The term over the columns there are."""
        name = self._columns.get(id(one))
        return _lowered(one, self.read) if name is None else pl.col(name)

    def _place(self, one: Term, known: dict[int, int], levels: dict[int, list[pl.Expr]]) -> int:
        """How many steps come before the term can be read; those it needs are added."""
        if id(one) in known:
            return known[id(one)]
        below = max((self._place(arg, known, levels) for arg in one.args), default=0)
        if one.op not in _LEAVES and not one.is_fixed and self.uses[id(one)] > 1:
            name = f"_t{len(self._columns)}"
            levels.setdefault(below + 1, []).append(self.read(one).alias(name))
            self._columns[id(one)] = name
            self._kept.append(one)
            below += 1
        known[id(one)] = below
        return below


def _count_uses(roots: Sequence[Term]) -> Counter[int]:
    uses: Counter[int] = Counter(id(root) for root in roots)
    pending, seen = list(roots), set()
    while pending:
        one = pending.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        for arg in one.args:
            uses[id(arg)] += 2 if one.op in _READ_TWICE and not _with_constant(one) else 1
            pending.append(arg)
    return uses


def _with_constant(one: Term) -> bool:
    """A bound by a constant reads its number once."""
    return one.op in (Op.LEAST, Op.GREATEST) and any(arg.is_fixed for arg in one.args)


def _literal(value: Any, kind: Kind) -> pl.Expr:
    return pl.lit(value, dtype=DTYPES[kind])


def _named(one: Term, read: Lower) -> pl.Expr:
    del read
    return pl.col(str(one.param))


def _constant(one: Term, read: Lower) -> pl.Expr:
    del read
    return _literal(one.param, one.kind)


def _blank(one: Term, read: Lower) -> pl.Expr:
    return read(one.args[0]).is_null()


def _arithmetic(plain: Callable[[pl.Expr, pl.Expr], pl.Expr]) -> Callable[[Term, Lower], pl.Expr]:
    """In 64 bits where no number of the spans can overflow them, else in 128 with the rest unknown."""

    def lowered(one: Term, read: Lower) -> pl.Expr:
        a, b = map(read, one.args)
        if fits(raw_span(one)):
            return plain(a, b)
        return plain(a.cast(pl.Int128), b.cast(pl.Int128)).cast(pl.Int64, strict=False)

    return lowered


def _share(one: Term, read: Lower) -> pl.Expr:
    amount, numerator, denominator = one.args
    largest = max(abs(a) * abs(n) for a in amount.span for n in numerator.span)
    doubled = 2 if one.op is Op.SHARE_HALF_UP else 1
    narrow = doubled * largest + max(map(abs, denominator.span)) <= INT64[1]
    a, n, d = (read(arg) if narrow else read(arg).cast(pl.Int128) for arg in one.args)
    answer = (2 * a * n + d) // (2 * d) if doubled == 2 else a * n // d
    return answer if narrow else answer.cast(pl.Int64, strict=False)


def _extreme(one: Term, read: Lower) -> pl.Expr:
    least = one.op is Op.LEAST
    if any(arg.is_fixed for arg in one.args):
        fixed, other = sorted(one.args, key=lambda arg: arg.is_fixed, reverse=True)
        bound = read(fixed)
        if reckon(fixed, {}) is None:  # a bound that is not there bounds nothing; here it is unknown
            return bound
        return read(other).clip(upper_bound=bound) if least else read(other).clip(lower_bound=bound)
    a, b = map(read, one.args)
    first, second = (a, b) if least else (b, a)
    return pl.when(a <= b).then(first).when(a > b).then(second)


def _compared(one: Term, read: Lower) -> pl.Expr:
    """A constant stands on the right: to its left Polars makes one row of a column that is all unknown."""
    left, right = one.args
    turned = left.is_fixed
    a, b = (read(right), read(left)) if turned else (read(left), read(right))
    if one.op is Op.EQUAL:
        return a == b
    if one.op is Op.LESS:
        return a > b if turned else a < b
    return a >= b if turned else a <= b


def _one_of(one: Term, read: Lower) -> pl.Expr:
    return read(one.args[0]).is_in(list(one.param))


def _all(one: Term, read: Lower) -> pl.Expr:
    return reduce(lambda a, b: a & b, map(read, one.args))


def _any(one: Term, read: Lower) -> pl.Expr:
    return reduce(lambda a, b: a | b, map(read, one.args))


def _passes(one: Term, read: Lower) -> pl.Expr:
    limit, *given = map(read, one.args)
    amounts = [
        amount if arg.span[0] >= 0 else pl.when(amount >= 0).then(amount)
        for amount, arg in zip(given, one.args[1:], strict=True)
    ]
    known = reduce(lambda a, b: a + b, (amount.fill_null(0).cast(pl.Int128) for amount in amounts))
    every = reduce(lambda a, b: a & b, (amount.is_not_null() for amount in amounts))
    over = known > limit
    return pl.when(over).then(True).when(every).then(over)


def _choose(one: Term, read: Lower) -> pl.Expr:
    condition, yes, no = map(read, one.args)
    return pl.when(condition).then(yes).when(~condition).then(no)


def _day(one: Term, read: Lower) -> pl.Expr:
    if (when := _month_kept(one)) is not None:
        return read(when).dt.month_start().dt.offset_by(f"{one.args[2].param - 1}d")
    year, month, day = map(read, one.args)
    first = _first_of_month(_within(year, 1, 9999) * 12 + _within(month, 1, 12) - 3)
    found = (first + _within(day, 1, 31) - 1).cast(pl.Int32).cast(pl.Date)
    return found if _is_in_every_year(one) else pl.when(found.dt.month() == month).then(found)


def _month_kept(one: Term) -> Term | None:
    """The day in whose month the term lies, for one such as the first of the same month."""
    year, month, day = one.args
    same = year.op is Op.YEAR and month.op is Op.MONTH and year.args[0] is month.args[0]
    return year.args[0] if same and day.op is Op.CONSTANT and 1 <= day.param <= 28 else None


def _is_in_every_year(one: Term) -> bool:
    """A day such as 1 July."""
    _, month, day = one.args
    constant = month.op is Op.CONSTANT and day.op is Op.CONSTANT
    return constant and 1 <= month.param <= 12 and 1 <= day.param <= 28


def _within(number: pl.Expr, low: int, high: int) -> pl.Expr:
    """The number where it lies within."""
    return pl.when(number.is_between(low, high)).then(number)


def _first_of_month(count: pl.Expr) -> pl.Expr:
    """Days from 1970-01-01 to the first of a month, counted from March of the year 0: so a leap day is the
    last of its year, and months of 31, 30, 31, 30, 31 days follow one another.

    Polars' own `pl.date` stops at the first date that does not exist.
    """
    years = 365 * (count // 12) + count // 48 - count // 1200 + count // 4800
    return years + (153 * (count % 12) + 2) // 5 + _MARCH_OF_YEAR_0


def _days(day: pl.Expr) -> pl.Expr:
    """Days since 1970-01-01, as Polars keeps a day."""
    return day.cast(pl.Int32).cast(pl.Int64)


def _from_days(days: pl.Expr) -> pl.Expr:
    """The day; unknown outside the years 1 to 9999."""
    first, last = (date(1, 1, 1) - _EPOCH).days, (date(9999, 12, 31) - _EPOCH).days
    return pl.when(days.is_between(first, last)).then(days).cast(pl.Int32).cast(pl.Date)


_EPOCH: Final = date(1970, 1, 1)
_MARCH_OF_YEAR_0: Final = (date(1, 3, 1) - _EPOCH).days - 365
_FARTHEST: Final = 10**7  # days; no date lies farther from another
_FARTHEST_MONTHS: Final = 120_000


def _days_after(one: Term, read: Lower) -> pl.Expr:
    when, days = one.args
    return _from_days(_days(read(when)) + _within(read(days), -_FARTHEST, _FARTHEST))


def _months_after(one: Term, read: Lower) -> pl.Expr:
    """By Polars' calendar, which takes the month's last day where there is no such day."""
    when, months = one.args
    if months.is_fixed:
        count = reckon(months, {})
        if count is None or abs(count) > _FARTHEST_MONTHS:
            return _literal(None, Kind.DAY)
        moved = read(when).dt.offset_by(f"{count}mo")
    else:
        near = _within(read(months), -_FARTHEST_MONTHS, _FARTHEST_MONTHS)
        moved = read(when).dt.offset_by(pl.format("{}mo", near))
    return pl.when(moved.is_between(date.min, date.max)).then(moved)


def _rate(one: Term, read: Lower) -> pl.Expr:
    rate: Rate = one.param
    if rate.shape is Shape.VALUE:
        return _dated(one, read, [_literal(dated.value, Kind.NUMBER) for dated in rate.values])
    key = read(one.args[1])
    by = _by_bracket if rate.shape is Shape.BRACKETS else _by_key
    return _dated(one, read, [by(dated, key) for dated in rate.values])


def _choice(one: Term, read: Lower) -> pl.Expr:
    ways = dict(zip(one.param.options, map(read, one.args[1:]), strict=True))
    return _dated(one, read, [ways[str(dated.choice)] for dated in one.param.values])


def _dated(one: Term, read: Lower, answers: Sequence[pl.Expr]) -> pl.Expr:
    """The answer of the value that is in force on the day; unknown before, after and where it is."""
    rate: Rate = one.param
    if one.args[0].is_fixed:
        day = reckon(one.args[0], {})
        chosen = None if day is None else rate.on(day)
        return _literal(None, one.kind) if chosen is None else answers[rate.values.index(chosen)]
    when = read(one.args[0])
    cases: list[tuple[pl.Expr, pl.Expr | None]] = []
    for dated, answer in zip(reversed(rate.values), reversed(answers), strict=True):
        if dated.until is not None:
            cases.append((when > dated.until, None))
        cases.append((when >= dated.since, answer))
    return _first_of(cases, one.kind)


def _first_of(cases: Sequence[tuple[pl.Expr, pl.Expr | None]], kind: Kind) -> pl.Expr:
    chain: Any = pl
    for condition, answer in cases:
        chain = chain.when(condition).then(_literal(None, kind) if answer is None else answer)
    return chain  # type: ignore[no-any-return]


def _by_bracket(dated: Dated, value: pl.Expr) -> pl.Expr:
    cases: list[tuple[pl.Expr, pl.Expr | None]] = []
    for up_to, amount in dated.brackets:
        holds = value.is_not_null() if up_to is None else value <= up_to
        cases.append((holds, _literal(amount, Kind.NUMBER)))
    return _first_of(cases, Kind.NUMBER)


def _by_key(dated: Dated, value: pl.Expr) -> pl.Expr:
    keyed = dated.keyed or {}
    return _first_of(
        [(value == key, _literal(amount, Kind.NUMBER)) for key, amount in keyed.items()], Kind.NUMBER
    )


def _part(name: str) -> Callable[[Term, Lower], pl.Expr]:
    def lowered(one: Term, read: Lower) -> pl.Expr:
        found: pl.Expr = getattr(read(one.args[0]).dt, name)()
        return found.cast(pl.Int64)

    return lowered


def _days_between(one: Term, read: Lower) -> pl.Expr:
    start, end = map(read, one.args)
    return _days(end) - _days(start)


_OPS: Final[dict[Op, Callable[[Term, Lower], pl.Expr]]] = {
    Op.FACT: _named,
    Op.COLUMN: _named,
    Op.CONSTANT: _constant,
    Op.UNKNOWN: _constant,
    Op.BLANK: _blank,
    Op.ADD: _arithmetic(lambda a, b: a + b),
    Op.SUBTRACT: _arithmetic(lambda a, b: a - b),
    Op.MULTIPLY: _arithmetic(lambda a, b: a * b),
    Op.DIVIDE: _arithmetic(lambda a, b: a // b),
    Op.REMAINDER: _arithmetic(lambda a, b: a % b),
    Op.SHARE: _share,
    Op.SHARE_HALF_UP: _share,
    Op.LEAST: _extreme,
    Op.GREATEST: _extreme,
    Op.EQUAL: _compared,
    Op.LESS: _compared,
    Op.AT_MOST: _compared,
    Op.ONE_OF: _one_of,
    Op.ALL: _all,
    Op.ANY: _any,
    Op.NOT: lambda one, read: ~read(one.args[0]),
    Op.PASSES: _passes,
    Op.CHOOSE: _choose,
    Op.DAY: _day,
    Op.YEAR: _part("year"),
    Op.MONTH: _part("month"),
    Op.DAY_OF_MONTH: _part("day"),
    Op.DAYS_BETWEEN: _days_between,
    Op.DAYS_AFTER: _days_after,
    Op.MONTHS_AFTER: _months_after,
    Op.RATE: _rate,
    Op.CHOICE: _choice,
}
