"""Programmes: a benefit or refund in law, its criteria, the parts of its amount and its days.

    programme = Programme(
        "kr/vehicle_tax_refund", unit="vehicle", recipient="payer", rates="vehicle_tax.toml",
        law="지방세법 §130③", authority={"ko": "시장·군수·구청장", "en": "the mayor"},
        title={"ko": "자동차세 연납 환급", "en": "Vehicle tax refund"}, currency="KRW",
    )

    @programme.rate_day
    def event(f, on):
        return f.transferred_on

    @programme.criterion(law="지방세법 §128③", label={"ko": "1년 치를 미리 냄", "en": "The year was prepaid"})
    def prepaid_the_year(f, r, on):
        return f.prepaid_amount > 0

    @programme.amount_part(law="지방세법 §130③", label={"ko": "자동차세", "en": "vehicle tax"})
    def vehicle_tax(f, r, on):
        return floor10(share(f.prepaid_amount, annual(f, r) - due(f, r), annual(f, r)))

    @programme.accrual(rate="refund_interest", law="지방세기본법 §62")     # optional
    def interest_from(f, r, on):
        return days_after(f.transferred_on, 1)

    @programme.claim(law="지방세기본법 §64")                                # optional
    def claim_window(f, r, on):
        return f.transferred_on, years_after(f.transferred_on, 5)

`f.name` is a fact of the unit, `r.name` a rate as of the programme's rate day (see rates.py), `on` the
as-of date, each a Polars expression. A rule never reads a clock and never sees another unit.
A unit is entitled when every criterion is true and every part of the amount is known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

import polars as pl

from eligibility.facts import PackMistake, Words, check_words

RESERVED = frozenset(
    ("record_id", "status", "amount", "currency", "period", "accrues_from", "claim_from", "claim_by")
)
PER = ("once", "day", "week", "month", "year")
Per = Literal["once", "day", "week", "month", "year"]
# f and r are read by attribute: eligibility.compiler.FactsOf and eligibility.rates.RatesOn
Rule = Callable[[Any, Any, pl.Expr], pl.Expr]
DayRule = Callable[[Any, pl.Expr], pl.Expr]
WindowRule = Callable[[Any, Any, pl.Expr], tuple[pl.Expr, pl.Expr]]
SomeRule = TypeVar("SomeRule", bound=Rule)
SomeDayRule = TypeVar("SomeDayRule", bound=DayRule)
SomeWindowRule = TypeVar("SomeWindowRule", bound=WindowRule)


@dataclass(frozen=True)
class Criterion:
    """One named condition, a truth in the affirmative, with its article."""

    name: str
    law: str
    label: Words
    rule: Rule


@dataclass(frozen=True)
class Part:
    """One named part of the amount, an Int64 in the currency's smallest unit, with its article."""

    name: str
    law: str
    label: Words
    rule: Rule


@dataclass(frozen=True)
class Accrual:
    """Interest that grows beside the amount: from which day, at which rate (basis points a year)."""

    name: str
    law: str
    rate: str
    rule: Rule


@dataclass(frozen=True)
class Claim:
    """From and by which day it can be claimed."""

    law: str
    rule: WindowRule


@dataclass(eq=False)
class Programme:
    """What the law gives to whom. `unit` is declared in the pack's facts.py, `recipient` names the unit's
    column with the person (or other subject) it is due to, `rates` a TOML file in the pack's folder.

    `currency` is an ISO 4217 code; amounts are whole numbers of its smallest unit (won, cents).
    `years` bounds the years of the rate day in which the programme is in effect, ends included, None open.
    `assumptions` are names of the contract of the unit's register: what its records cannot show.
    """

    id: str
    unit: str
    recipient: str
    law: str
    authority: Words
    title: Words
    currency: str
    rates: str | None = None
    per: Per = "once"
    years: tuple[int | None, int | None] = (None, None)
    assumptions: tuple[str, ...] = ()
    criteria: list[Criterion] = field(default_factory=list, init=False)
    parts: list[Part] = field(default_factory=list, init=False)
    rate_day_rule: DayRule | None = field(default=None, init=False)
    accrual_rule: Accrual | None = field(default=None, init=False)
    claim_rule: Claim | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        if self.id.count("/") != 1:
            raise PackMistake(f"programme {self.id!r}: an id is pack/name")
        check_words(self.title, f"the title of {self.id}")
        check_words(self.authority, f"the authority of {self.id}")
        if self.per not in PER:
            raise PackMistake(f"programme {self.id}: per is one of {', '.join(PER)}")

    def criterion(self, *, law: str, label: Words) -> Callable[[SomeRule], SomeRule]:
        """The function's name becomes the criterion's; it returns a Boolean expression."""

        def register(rule: SomeRule) -> SomeRule:
            self._add(self.criteria, Criterion(_name(rule), law, self._words(rule, label), rule))
            return rule

        return register

    def amount_part(self, *, law: str, label: Words) -> Callable[[SomeRule], SomeRule]:
        """The function returns an Int64 expression; the amount is the sum of the parts, in this order."""

        def register(rule: SomeRule) -> SomeRule:
            self._add(self.parts, Part(_name(rule), law, self._words(rule, label), rule))
            return rule

        return register

    def rate_day(self, rule: SomeDayRule) -> SomeDayRule:
        """The day that picks the rates: event, payment, end of period. Without one, the as-of date."""
        self.rate_day_rule = rule
        return rule

    def accrual(self, *, rate: str, law: str) -> Callable[[SomeRule], SomeRule]:
        """The function returns the first day for which interest at `rate` (unit bp) is due."""

        def register(rule: SomeRule) -> SomeRule:
            self.accrual_rule = Accrual(_name(rule), law, rate, rule)
            return rule

        return register

    def claim(self, *, law: str) -> Callable[[SomeWindowRule], SomeWindowRule]:
        """The function returns the first and the last day on which one can claim."""

        def register(rule: SomeWindowRule) -> SomeWindowRule:
            self.claim_rule = Claim(law, rule)
            return rule

        return register

    @property
    def pack(self) -> str:
        return self.id.split("/")[0]

    def _words(self, rule: object, label: Words) -> Words:
        check_words(label, f"the label of {self.id} {_name(rule)}")
        return dict(label)

    def _add(self, into: list[Any], one: Criterion | Part) -> None:
        taken = {*(other.name for other in self.criteria), *(other.name for other in self.parts), *RESERVED}
        if one.name in taken:  # the names become columns of the export
            raise PackMistake(f"programme {self.id}: the name {one.name} is taken")
        into.append(one)


def _name(rule: object) -> str:
    return str(getattr(rule, "__name__", ""))


def describe(programme: Programme) -> Mapping[str, Any]:
    """What `owed programmes list` says of it."""
    return {
        "id": programme.id,
        "title": dict(programme.title),
        "authority": dict(programme.authority),
        "law": programme.law,
        "unit": programme.unit,
    }
