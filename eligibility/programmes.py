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

    @programme.step(label={"ko": "차를 가진 날의 세액", "en": "tax for the days of ownership"}, unit="KRW")
    def due(f, r, on):                 # optional; any rule below reads it as f.due; explain shows it
        return share(f.year_tax, f.days_owned, f.days_in_year)

    @programme.amount_part(law="지방세법 §130③", label={"ko": "자동차세", "en": "vehicle tax"})
    def vehicle_tax(f, r, on):
        return floor10(f.prepaid_amount - f.due)

    @programme.accrual(rate="refund_interest", law="지방세기본법 §62")     # optional
    def interest_from(f, r, on):
        return days_after(f.transferred_on, 1)

    @programme.claim(law="지방세기본법 §64")      # optional; months_lost=True: later it starts with the claim
    def claim_window(f, r, on):
        return f.transferred_on, years_after(f.transferred_on, r.limitation)

    @programme.already(law="기초연금법 §10")      # optional: who has it already is not told of it again
    def receives_it(f, r, on):
        return f.receives_pension

    @programme.offset(law="지방세기본법 §60②")    # optional: arrears that the amount is set off against first
    def arrears(f, r, on):
        return f.unpaid_taxes

    @programme.period                            # optional: the year, where the unit's register names none
    def year(f, r, on):
        return year_of(on)

`f.name` is a fact of the unit or a step of the programme, `r.name` a rate as of the programme's rate day
(see rates.py), `on` the as-of date, each a term (see terms.py and logic.py). A rule never reads a clock and
never sees another unit; what one programme's finding means for another is a fact (`findings_of`).
A unit is entitled when every criterion is true and every part of the amount is known, but for parts that
`may_add`: where one of those is unknown, the amount of the others is a lower bound.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from eligibility.facts import Unit, Words, check_words
from eligibility.terms import PackMistake, Term

RESERVED = frozenset(
    "record_id status amount at_least at_most offset currency per period"
    " accrues_from claim_from claim_by".split()
)
PER = ("once", "day", "week", "month", "year")
CURRENCIES = ("KRW", "USD", "EUR")  # of which it is known into how many parts one is divided
Per = Literal["once", "day", "week", "month", "year"]
# f and r are read by attribute: FactsOf below and eligibility.rates.RatesOn
Rule = Callable[[Any, Any, Term], Term]
DayRule = Callable[[Any, Term], Term]
WindowRule = Callable[[Any, Any, Term], tuple[Term, Term | None]]
NOT_RECEIVED_YET = {"ko": "아직 받고 있지 않습니다", "en": "It is not received yet"}
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
    """One named part of the amount, a number in the currency's smallest unit, with its article.

    A part that `may_add` is never negative: without it the amount is a lower bound.
    """

    name: str
    law: str
    label: Words
    rule: Rule
    may_add: bool = False


@dataclass(frozen=True)
class Step:
    """One named value on the way to the amount, which the programme's rules read as a fact.

    `unit` is its unit of measure, as a fact's is.
    """

    name: str
    label: Words
    rule: Rule
    unit: str = ""


@dataclass(frozen=True)
class Offset:
    """Arrears that an amount is set off against before anything is paid out."""

    law: str
    rule: Rule


class UnknownFact(PackMistake):
    """A rule names a fact that its unit does not declare."""


class FactsOf:
    """`f.name` is a declared fact or a step of the programme; `f["name"]` too, where a rule puts the name
    together. Handed to rules as `f`.
    """

    def __init__(self, unit: Unit, steps: Mapping[str, Callable[[], Term]] | None = None) -> None:
        self._unit, self._steps = unit, {} if steps is None else steps

    def __getattr__(self, name: str) -> Term:
        if name.startswith("_"):
            raise AttributeError(name)
        if name in self._steps:
            return self._steps[name]()
        fact = self._unit.fact(name)
        if fact is None:
            raise UnknownFact(f"unit {self._unit.name} declares no fact {name}")
        return fact.term

    def __getitem__(self, name: str) -> Term:
        return self.__getattr__(name)


@dataclass(frozen=True)
class Accrual:
    """Interest that grows beside the amount: from which day, at which rate (basis points a year)."""

    name: str
    law: str
    rate: str
    rule: Rule


@dataclass(frozen=True)
class Claim:
    """From and by which day it can be claimed.

    With `months_lost` the right goes on after the last day, and what is claimed later is paid only from the
    month of the claim; where there is no last day, that holds from the beginning.
    """

    law: str
    rule: WindowRule
    months_lost: bool = False


@dataclass(eq=False)
class Programme:
    """What the law gives to whom. `unit` is declared in the pack's facts.py, `recipient` names the unit's
    column with the person (or other subject) it is due to, `rates` a TOML file in the pack's folder.

    `currency` is one of CURRENCIES; amounts are whole numbers of its smallest unit (won, cents).
    `years` bounds the years of the rate day in which the programme is in effect, ends included, None open.
    `assumptions` are names of the contract of the unit's register: what its records cannot show.
    `instead_of` are programmes that nobody may have together with this one: one or the other.
    `at_most`: the amount is a ceiling; what it comes to, no record has (a share of a bill).
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
    instead_of: tuple[str, ...] = ()
    at_most: bool = False
    criteria: list[Criterion] = field(default_factory=list, init=False)
    parts: list[Part] = field(default_factory=list, init=False)
    steps: list[Step] = field(default_factory=list, init=False)
    offset_rule: Offset | None = field(default=None, init=False)
    rate_day_rule: DayRule | None = field(default=None, init=False)
    period_rule: Rule | None = field(default=None, init=False)
    accrual_rule: Accrual | None = field(default=None, init=False)
    claim_rule: Claim | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        if self.id.count("/") != 1:
            raise PackMistake(f"programme {self.id!r}: an id is pack/name")
        _check_law(self.law, self.id)
        check_words(self.title, f"the title of {self.id}")
        check_words(self.authority, f"the authority of {self.id}")
        if self.currency not in CURRENCIES:
            known = ", ".join(CURRENCIES)
            raise PackMistake(f"programme {self.id}: its currency is one of {known}, not {self.currency!r}")
        if self.per not in PER:
            raise PackMistake(f"programme {self.id}: per is one of {', '.join(PER)}")

    def criterion(self, *, law: str, label: Words) -> Callable[[SomeRule], SomeRule]:
        """The function's name becomes the criterion's; it returns a truth."""
        _check_law(law, f"a criterion of {self.id}")

        def register(rule: SomeRule) -> SomeRule:
            self._add(self.criteria, Criterion(_name(rule), law, self._words(rule, label), rule))
            return rule

        return register

    def amount_part(self, *, law: str, label: Words, may_add: bool = False) -> Callable[[SomeRule], SomeRule]:
        """The function returns a number; the amount is the sum of the parts, in this order."""
        _check_law(law, f"a part of {self.id}")

        def register(rule: SomeRule) -> SomeRule:
            part = Part(_name(rule), law, self._words(rule, label), rule, may_add)
            self._add(self.parts, part)
            return rule

        return register

    def step(self, *, label: Words, unit: str = "") -> Callable[[SomeRule], SomeRule]:
        """The function returns a value that the rules read as `f.<its name>`, steps below it included."""

        def register(rule: SomeRule) -> SomeRule:
            self._add(self.steps, Step(_name(rule), self._words(rule, label), rule, unit))
            return rule

        return register

    def already(self, *, law: str) -> Callable[[SomeRule], SomeRule]:
        """The function is true of who receives it already: then `not_received_yet` is not met."""
        _check_law(law, f"what {self.id} says of who has it")

        def register(rule: SomeRule) -> SomeRule:
            def not_received_yet(f: Any, r: Any, on: Term) -> Term:
                return ~rule(f, r, on)

            self._add(
                self.criteria, Criterion(_name(not_received_yet), law, NOT_RECEIVED_YET, not_received_yet)
            )
            return rule

        return register

    def offset(self, *, law: str) -> Callable[[SomeRule], SomeRule]:
        """The function returns the arrears, never negative, that the amount is set off against first."""
        _check_law(law, f"the offset of {self.id}")

        def register(rule: SomeRule) -> SomeRule:
            self.offset_rule = Offset(law, rule)
            return rule

        return register

    def rate_day(self, rule: SomeDayRule) -> SomeDayRule:
        """The day that picks the rates: event, payment, end of period. Without one, the as-of date."""
        self.rate_day_rule = rule
        return rule

    def period(self, rule: SomeRule) -> SomeRule:
        """The year the finding is about, as a number: another year's is another entitlement.

        Where it is unknown so is the finding, and what was known of the unit is unseen.
        """
        self.period_rule = rule
        return rule

    def accrual(self, *, rate: str, law: str) -> Callable[[SomeRule], SomeRule]:
        """The function returns the first day for which interest at `rate` (unit bp) is due."""
        _check_law(law, f"the accrual of {self.id}")

        def register(rule: SomeRule) -> SomeRule:
            self.accrual_rule = Accrual(_name(rule), law, rate, rule)
            return rule

        return register

    def claim(self, *, law: str, months_lost: bool = False) -> Callable[[SomeWindowRule], SomeWindowRule]:
        """The function returns the first and the last day on which one can claim; None: there is no last.

        With `months_lost` the last day is that of claiming without a loss: later the right goes on, from the
        month of the claim, and findings name no last day any more.
        """
        _check_law(law, f"the claim of {self.id}")

        def register(rule: SomeWindowRule) -> SomeWindowRule:
            self.claim_rule = Claim(law, rule, months_lost)
            return rule

        return register

    @property
    def pack(self) -> str:
        return self.id.split("/")[0]

    def _words(self, rule: object, label: Words) -> Words:
        check_words(label, f"the label of {self.id} {_name(rule)}")
        return dict(label)

    def _add(self, into: list[Any], one: Criterion | Part | Step) -> None:
        named: list[Criterion | Part | Step] = [*self.criteria, *self.parts, *self.steps]
        taken = {*(other.name for other in named), *RESERVED}
        if one.name in taken:  # the names become columns of the export
            raise PackMistake(f"programme {self.id}: the name {one.name} is taken")
        into.append(one)


def _check_law(law: object, what: str) -> None:
    if not isinstance(law, str):
        raise PackMistake(f"{what} names its article of law in quotes, not {law!r}")


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
