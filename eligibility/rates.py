"""Rates: dated amounts, thresholds and choices of law, each with its article and who confirmed it.

    [refund_interest]
    label = { ko = "환급가산금 이율", en = "interest on refunds" }
    unit = "bp"                               # basis points a year; see UNITS
    law = "국세기본법 시행규칙 §19의3"
    confirmed_by = "읽음: 2025-03-21 시행 규칙"  # or  confirmed = false
    values = [
      { since = 2024-03-22, value = 350 },
      { since = 2025-03-21, value = 310, law = "…", confirmed = false },   # until = … ends it
    ]

    [tax_per_cc]                              # r.brackets.tax_per_cc(f.engine_cc)
    values = [ { since = 2012-03-15, brackets = [ { up_to = 1000, value = 80 }, { value = 200 } ] } ]

    [max_credit]                              # r.keyed.max_credit(f.filing_status)
    names = { single = { ko = "독신", en = "single" }, … }   # the keys, or the options of a choice, in words
    values = [ { since = 2025-01-01, keyed = { single = 64900, joint = 71900 } } ]

    [refund_basis]                            # r.choice.refund_basis(pro_rata=…, gross_minus_due=…)
    unit = "choice"
    options = ["pro_rata", "gross_minus_due"]
    values = [ { since = 2011-01-01, choice = "pro_rata" } ]

In a rule `r.refund_interest` is the value on the programme's rate day, `r.on(some_day).refund_interest`
on another. A day before the first value, after the last one's `until`, or unknown, gives unknown.
A change of law adds a value and never edits one; a later value says itself who confirmed it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from eligibility.facts import Words
from eligibility.terms import Kind, Op, PackMistake, Term, Value, make, number, same_kind, term, union, walk
from eligibility.terms import day as as_day

UNITS = (
    *("KRW", "USD", "USD cent", "EUR", "EUR cent"),
    *("KRW/cc", "bp", "percent", "permille"),
    *("years", "months", "days", "count", "choice"),
    *("age", "year", "month day", "sixths"),
)
"""`year` is a year of the calendar (2026), `month day` a day of any year (1231 is 31 December)."""

MAY_BE_NEGATIVE = ("years", "months", "days", "count")
"""Units of which a rate may be below 0: so many days before. Money, shares and ages never are."""


_ISO_DAY = re.compile(r"\b\d{4}-\d\d-\d\d\b")


class Shape(StrEnum):
    """What a value of a rate looks like."""

    VALUE = "value"
    BRACKETS = "brackets"
    KEYED = "keyed"
    CHOICE = "choice"


@dataclass(frozen=True)
class Dated:
    """One value of a rate: from which day (and until which), by which law, confirmed by whom.

    `by_table`: it is not the first, and what its table says of all its values confirms it.
    """

    since: date
    until: date | None
    law: str
    confirmed_by: str | None
    value: int | None = None
    brackets: tuple[tuple[int | None, int], ...] = ()  # (up to and including, value); the last is open
    keyed: Mapping[str, int] | None = None
    choice: str | None = None
    by_table: bool = field(default=False, compare=False)

    def is_presumed(self, today: date) -> bool:
        """It is called confirmed only with its table, and begins after the day that the confirmation names,
        or after today where it names none: it may have been added since."""
        named = _ISO_DAY.findall(self.confirmed_by or "")
        return self.by_table and max(named, default=str(today)) < str(self.since)

    @property
    def content(self) -> Any:
        """The value as JSON: a number, a name, or a table of numbers."""
        if self.brackets:
            return [{"up_to": up_to, "value": value} for up_to, value in self.brackets]
        return (
            dict(self.keyed)
            if self.keyed is not None
            else (self.value if self.choice is None else self.choice)
        )

    @property
    def numbers(self) -> list[int]:
        """Every number it holds."""
        table = [value for _, value in self.brackets] + list((self.keyed or {}).values())
        return table if self.value is None else [self.value]


@dataclass(frozen=True, eq=False)
class Rate:
    """A named rate and its values, earliest first."""

    name: str
    label: Words
    unit: str
    shape: Shape
    values: tuple[Dated, ...]
    options: tuple[str, ...] = ()
    names: Mapping[str, Words] = field(default_factory=dict)

    def on(self, day: date) -> Dated | None:
        """The value in force on a day."""
        begun = [one for one in self.values if one.since <= day]
        if not begun or (begun[-1].until is not None and begun[-1].until < day):
            return None
        return begun[-1]


RateBook = Mapping[str, Rate]


class UnknownRate(PackMistake):
    """A rule names a rate that its file does not hold, or reads it in the wrong shape."""


class RatesOn:
    """The rates on a day that may differ from unit to unit. Handed to rules as `r`.

    `fixed` is a day that picks every rate whatever day a rule names, to see what a law alone does.
    """

    def __init__(self, book: RateBook, day: Term, *, fixed: date | None = None) -> None:
        self._book, self._day, self._fixed = book, day if fixed is None else term(fixed), fixed
        self.brackets = _Shaped(self, Shape.BRACKETS)
        self.keyed = _Shaped(self, Shape.KEYED)
        self.choice = _Choices(self)

    def __getattr__(self, name: str) -> Term:
        if name.startswith("_"):
            raise AttributeError(name)
        return self._pick(name, Shape.VALUE)

    def on(self, day: Term) -> RatesOn:
        """The same rates on another day. Raises PackMistake for what is no day."""
        return RatesOn(self._book, as_day(day), fixed=self._fixed)

    def _pick(self, name: str, shape: Shape, key: Term | None = None) -> Term:
        rate = self._rate(name, shape)
        numbers = [number for dated in rate.values for number in dated.numbers]
        args = (self._day,) if key is None else (self._day, key)
        return make(Op.RATE, Kind.NUMBER, *args, param=rate, span=(min(numbers), max(numbers)))

    def _rate(self, name: str, shape: Shape) -> Rate:
        rate = self._book.get(name)
        if rate is None:
            raise UnknownRate(f"no rate is called {name}")
        if rate.shape is not shape:
            raise UnknownRate(f"rate {name} holds a {rate.shape.value}, not a {shape.value}")
        return rate


class _Shaped:
    """`r.keyed.name(key)` and `r.brackets.name(number)`."""

    def __init__(self, rates: RatesOn, shape: Shape) -> None:
        self._rates, self._shape = rates, shape

    def __getattr__(self, name: str) -> Callable[[Value], Term]:
        def read(value: Value) -> Term:
            key = number(value) if self._shape is Shape.BRACKETS else same_kind((value, ""))[1][0]
            return self._rates._pick(name, self._shape, key)

        return read


class _Choices:
    """`r.choice.name(one_way=…, other_way=…)`."""

    def __init__(self, rates: RatesOn) -> None:
        self._rates = rates

    def __getattr__(self, name: str) -> Callable[..., Term]:
        def choose_by_law(**ways: Value) -> Term:
            rate = self._rates._rate(name, Shape.CHOICE)
            if set(ways) != set(rate.options):
                raise UnknownRate(f"rate {name} chooses between {', '.join(rate.options)}")
            kind, terms = same_kind([ways[option] for option in rate.options])
            span = union(*(one.span for one in terms))
            return make(Op.CHOICE, kind, self._rates._day, *terms, param=rate, span=span)

        return choose_by_law


def picked_in(roots: Sequence[Term]) -> tuple[tuple[Rate, Term], ...]:
    """The rates that the terms read, each with the day that picks it, each pair once."""
    found = {(one.param.name, id(one.args[0])): one for one in walk(roots) if one.op in (Op.RATE, Op.CHOICE)}
    return tuple((one.param, one.args[0]) for one in found.values())
