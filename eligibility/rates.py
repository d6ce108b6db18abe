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
A change of law adds a value and never edits one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

import polars as pl

from eligibility.facts import Words
from eligibility.logic import expression

UNITS = (
    *("KRW", "USD", "USD cent", "EUR", "EUR cent"),
    *("KRW/cc", "bp", "percent", "permille"),
    *("years", "months", "days", "count", "choice"),
)


class Shape(StrEnum):
    """What a value of a rate looks like."""

    VALUE = "value"
    BRACKETS = "brackets"
    KEYED = "keyed"
    CHOICE = "choice"


@dataclass(frozen=True)
class Dated:
    """One value of a rate: from which day (and until which), by which law, confirmed by whom."""

    since: date
    until: date | None
    law: str
    confirmed_by: str | None
    value: int | None = None
    brackets: tuple[tuple[int | None, int], ...] = ()  # (up to and including, value); the last is open
    keyed: Mapping[str, int] | None = None
    choice: str | None = None

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


@dataclass(frozen=True)
class Rate:
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


class Picked(NamedTuple):
    """A rate that a rule reads, and the day that picks its value."""

    name: str
    day: pl.Expr


class RatesOn:
    """The rates on a day that may differ from row to row. Handed to rules as `r`."""

    def __init__(self, book: RateBook, day: pl.Expr, used: list[Picked]) -> None:
        self._book, self._day, self._used = book, day, used
        self.brackets = _Shaped(self, _by_bracket, Shape.BRACKETS)
        self.keyed = _Shaped(self, _by_key, Shape.KEYED)
        self.choice = _Choices(self)

    def __getattr__(self, name: str) -> pl.Expr:
        if name.startswith("_"):
            raise AttributeError(name)
        return self._pick(name, Shape.VALUE, lambda dated: expression(dated.value or 0))

    def on(self, day: pl.Expr) -> RatesOn:
        """The same rates on another day."""
        return RatesOn(self._book, day, self._used)

    def _pick(self, name: str, shape: Shape, then: Callable[[Dated], pl.Expr]) -> pl.Expr:
        rate = self._book.get(name)
        if rate is None:
            raise UnknownRate(f"no rate is called {name}")
        if rate.shape is not shape:
            raise UnknownRate(f"rate {name} holds a {rate.shape.value}, not a {shape.value}")
        self._used.append(Picked(name, self._day))
        chain: _Chain = pl.when(self._day.is_null()).then(None)
        for dated in reversed(rate.values):
            found = then(dated)
            if dated.until is not None:
                found = pl.when(self._day <= dated.until).then(found)
            chain = chain.when(self._day >= dated.since).then(found)
        return chain.otherwise(None)


_Chain = pl.expr.whenthen.Then | pl.expr.whenthen.ChainedThen


class UnknownRate(AttributeError):
    """A rule names a rate that its file does not hold, or reads it in the wrong shape."""


class _Shaped:
    def __init__(self, rates: RatesOn, reader: Callable[[Dated, pl.Expr], pl.Expr], shape: Shape) -> None:
        self._rates, self._reader, self._shape = rates, reader, shape

    def __getattr__(self, name: str) -> Callable[[pl.Expr], pl.Expr]:
        def read(value: pl.Expr) -> pl.Expr:
            return self._rates._pick(name, self._shape, lambda dated: self._reader(dated, value))

        return read


class _Choices:
    def __init__(self, rates: RatesOn) -> None:
        self._rates = rates

    def __getattr__(self, name: str) -> Callable[..., pl.Expr]:
        def choose_by_law(**ways: pl.Expr) -> pl.Expr:
            rate = self._rates._book.get(name)
            if rate is not None and set(ways) != set(rate.options):
                raise UnknownRate(f"rate {name} chooses between {', '.join(rate.options)}")
            return self._rates._pick(name, Shape.CHOICE, lambda dated: ways[str(dated.choice)])

        return choose_by_law


def _by_bracket(dated: Dated, value: pl.Expr) -> pl.Expr:
    chain: _Chain = pl.when(value.is_null()).then(None)
    for up_to, amount in dated.brackets:
        holds = pl.lit(True) if up_to is None else value <= up_to
        chain = chain.when(holds).then(expression(amount))
    return chain.otherwise(None)


def _by_key(dated: Dated, value: pl.Expr) -> pl.Expr:
    chain: _Chain = pl.when(value.is_null()).then(None)
    for key, amount in (dated.keyed or {}).items():
        chain = chain.when(value == key).then(expression(amount))
    return chain.otherwise(None)
