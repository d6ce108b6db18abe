"""Compiles a programme for an as-of date: runs each rule once, and keeps the terms that it gives.

The same terms serve the scan (findings that matter, as masks), the explanation of one unit, the stories
and the plain engine that judges the others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property, partial
from typing import Any

from data.errors import BadSettings
from eligibility.facts import Fact, FactType, Unit
from eligibility.logic import all_of, between, choose, year_of
from eligibility.packcode import line_in_pack
from eligibility.programmes import Criterion, FactsOf, Programme
from eligibility.rates import Rate, RateBook, RatesOn, picked_in
from eligibility.terms import Kind, Term, Value, facts_in, rules_run, term, unknown, with_facts

ENTITLED, NOT_ENTITLED, UNKNOWN = "entitled", "not_entitled", "unknown"
MOST_CRITERIA = 64
IN_EFFECT = {"ko": "제도가 시행되는 해에 해당함", "en": "The programme is in effect in that year"}


@dataclass(frozen=True, eq=False)
class Compiled:
    """A programme ready to judge units as of a day: one term for each of its rules, by name."""

    programme: Programme
    unit: Unit
    book: RateBook
    version: str
    as_of: date
    criteria: tuple[Criterion, ...]
    conditions: Mapping[str, Term]
    parts: Mapping[str, Term]
    steps: Mapping[str, Term]
    arrears: Term | None
    accrues_from: Term | None
    claim_from: Term | None
    last_day: Term | None
    period: Term | None

    @cached_property
    def claim_by(self) -> Term | None:
        """The last day as a finding says it: one that only bounds what is paid for earlier months is no more
        said once it has passed."""
        claim, last = self.programme.claim_rule, self.last_day
        if claim is None or last is None or not claim.months_lost:
            return last
        return choose(term(self.as_of) <= last, last, unknown(Kind.DAY))

    @cached_property
    def roots(self) -> tuple[Term, ...]:
        """Every term that decides what a person is told, criteria first."""
        ends = (self.arrears, self.accrues_from, self.claim_from, self.claim_by, self.period)
        return (*self.conditions.values(), *self.parts.values(), *(one for one in ends if one is not None))

    @cached_property
    def facts(self) -> tuple[str, ...]:
        """Every fact that the finding rests on, by name."""
        return tuple(sorted(facts_in(self.roots)))

    @cached_property
    def read(self) -> tuple[str, ...]:
        """The facts that its rules read, those of steps included that decide nothing."""
        return tuple(sorted(facts_in((*self.roots, *self.steps.values()))))

    @cached_property
    def rates(self) -> tuple[tuple[Rate, Term], ...]:
        """Every rate it rests on, with the day that picks it; the accrual's as of the scan."""
        found = picked_in(self.roots)
        accrual = self.programme.accrual_rule
        interest = () if accrual is None else ((self.book[accrual.rate], term(self.as_of)),)
        return (*found, *interest)

    @cached_property
    def opened_by(self) -> Mapping[str, str]:
        """The facts that are findings of other programmes: fact to programme."""
        read = (self.unit.fact(name) for name in self.facts)
        return {one.name: one.opened_by for one in read if isinstance(one, Fact) and one.opened_by}

    @cached_property
    def without(self) -> Mapping[str, Term]:
        """For each programme whose findings it reads: whether all is the same without them."""
        return {one: self._same_without(one) for one in dict.fromkeys(self.opened_by.values())}

    def _same_without(self, programme: str) -> Term:
        names = [name for name, other in self.opened_by.items() if other == programme]
        facts = [fact for fact in self.unit.facts if fact.name in names]
        nothing: dict[str, Value] = {one.name: False if one.type is FactType.BOOL else 0 for one in facts}
        parts = [(part, with_facts(part, nothing)) for part in self.parts.values()]
        return all_of(
            *(with_facts(condition, nothing) for condition in self.conditions.values()),
            *(after == before for before, after in parts if after is not before),
        )

    @property
    def sure_parts(self) -> list[str]:
        """The parts without which there is no amount, not even a lower bound."""
        return [part.name for part in self.programme.parts if not part.may_add]


def compile_programme(
    programme: Programme,
    unit: Unit,
    book: RateBook,
    *,
    version: str,
    as_of: date,
    law_on: date | None = None,
) -> Compiled:
    """Raises BadSettings naming programme and rule when a rule does not give what it must.

    `law_on` is a day that picks every rate, whatever day the rules name: what a law alone does.
    """
    maker = _Maker(programme, unit, book, as_of, law_on)
    criteria = (*_in_effect(programme, law_on), *programme.criteria)
    if not criteria or len(criteria) > MOST_CRITERIA:
        raise BadSettings(f"{programme.id} has {len(criteria)} criteria; 1 to {MOST_CRITERIA} are possible.")
    accrual, offset, year = programme.accrual_rule, programme.offset_rule, programme.period_rule
    if accrual is not None:
        maker.check_rate(accrual.rate)
    return Compiled(
        programme=programme,
        unit=unit,
        book=book,
        version=version,
        as_of=as_of,
        criteria=criteria,
        conditions={one.name: maker.run(one.name, one.rule, Kind.TRUTH) for one in criteria},
        parts={one.name: maker.run(one.name, one.rule, Kind.NUMBER) for one in programme.parts},
        steps={one.name: maker.run(one.name, one.rule, None) for one in programme.steps},
        arrears=maker.run("offset", offset.rule, Kind.NUMBER) if offset else None,
        accrues_from=maker.run("accrual", accrual.rule, Kind.DAY) if accrual else None,
        claim_from=maker.end_of_claim(0),
        last_day=maker.end_of_claim(1),
        period=maker.run("period", year, Kind.NUMBER) if year else None,
    )


def _in_effect(programme: Programme, law_on: date | None) -> tuple[Criterion, ...]:
    """The criterion that a programme's years imply."""
    first, last = programme.years
    if first is None and last is None:
        return ()

    def in_effect(f: Any, r: Any, on: Term) -> Term:
        del r
        rule = programme.rate_day_rule
        day = law_on if law_on is not None else on if rule is None else rule(f, on)
        return between(year_of(day), first or 0, last or 9999)

    return (Criterion("in_effect", programme.law, IN_EFFECT, in_effect),)


@dataclass(frozen=True)
class _Maker:
    """Runs rules over the facts of a unit."""

    programme: Programme
    unit: Unit
    book: RateBook
    as_of: date
    law_on: date | None

    def run(self, name: str, rule: Callable[..., Term], kind: Kind | None) -> Term:
        found = self._given(name, rule)
        if kind is Kind.TRUTH and isinstance(found, bool):
            raise self._broken(name, f"gives Python's own {found}, which is the same for everybody")
        return self._of_kind(name, self._given(name, lambda f, r, on: term(found)), kind)

    def end_of_claim(self, which: int) -> Term | None:
        """The first (0) or the last day (1) on which one can claim, where there is one."""
        window = self.programme.claim_rule
        if window is None:
            return None
        day = self._given("claim", lambda f, r, on: window.rule(f, r, on)[which])
        return None if day is None else self._of_kind("claim", day, Kind.DAY)

    def _of_kind(self, name: str, found: Term, kind: Kind | None) -> Term:
        if kind is not None and found.kind is not kind:
            raise self._broken(name, f"gives a {found.kind.value} where a {kind.value} is needed")
        return found

    def _given(self, name: str, rule: Callable[..., Any]) -> Any:
        on = term(self.as_of)
        rates = RatesOn(self.book, self._rate_day(on), fixed=self.law_on)
        return self._ran(name, lambda: rule(self._facts(rates, on), rates, on))

    def _ran(self, name: str, rule: Callable[[], Any]) -> Any:
        try:
            with rules_run():
                return rule()
        except Exception as error:
            raise self._broken(name, f"cannot be compiled: {error}", line_in_pack(error)) from error

    def check_rate(self, name: str) -> None:
        if name not in self.book:
            raise self._broken("accrual", f"names a rate that does not exist: {name}")

    def _rate_day(self, on: Term) -> Term:
        rule = self.programme.rate_day_rule
        if rule is None:
            return on
        found = self._ran("rate_day", lambda: rule(FactsOf(self.unit), on))
        if not isinstance(found, Term):
            raise self._broken("rate_day", f"gives Python's own {found}, which is the same for everybody")
        return self._of_kind("rate_day", found, Kind.DAY)

    def _facts(self, rates: RatesOn, on: Term) -> FactsOf:
        steps: dict[str, Callable[[], Term]] = {}
        facts = FactsOf(self.unit, steps)
        for one in self.programme.steps:
            steps[one.name] = partial(one.rule, facts, rates, on)
        return facts

    def _broken(self, name: str, what: str, line: str | None = None) -> BadSettings:
        return BadSettings(
            f"A rule of {self.programme.id} {what}.",
            where=f"{self.programme.id} {name}" + (f", {line}" if line else ""),
            mend="mend the rule; eligibility/programmes.py shows the form",
        )
