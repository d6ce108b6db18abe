"""The refund of what a person paid for covered treatment in a year beyond the cap (본인부담상한제)."""

from __future__ import annotations

from eligibility.logic import at_least, choose, end_of_period, last_day
from eligibility.programmes import FactsOf, Programme
from eligibility.rates import RatesOn
from eligibility.terms import Term

programme = Programme(
    "kr/medical_cap_refund",
    unit="insured_year",
    recipient="resident",
    rates="medical_cap_refund.toml",
    law="국민건강보험법 §44②",
    authority={"ko": "국민건강보험공단", "en": "the National Health Insurance Service"},
    title={"ko": "본인부담상한액 초과금", "en": "Refund above the yearly cap on medical costs"},
    currency="KRW",
)


@programme.rate_day
def end_of_the_year(f: FactsOf, on: Term) -> Term:
    """The caps of the year of treatment."""
    return last_day(f.year)


@programme.criterion(
    law="국민건강보험법 §44②; 시행령 §19④, 별표 3",
    label={
        "ko": "한 해 동안 낸 본인부담금이 상한액을 넘었습니다",
        "en": "The own share of covered costs in the year passed the cap",
    },
)
def passed_the_cap(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """Covered costs alone count; the register leaves out what 시행령 §19③ leaves out."""
    return f.covered_paid > f.cap


@programme.criterion(
    law="국민건강보험법 §44② 후단",
    label={"ko": "넘은 금액을 아직 다 돌려받지 못했습니다", "en": "Not all of it has been given back yet"},
)
def something_is_left(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """What lies above the cap is more than what was given back or never collected."""
    return f.left > 0


@programme.criterion(
    law="국민건강보험법 §91①",
    label={"ko": "돌려받을 수 있는 기한이 남았습니다", "en": "The time to claim it is not over"},
)
def still_claimable(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """The as-of date is not after the last day to claim."""
    return on <= claim_window(f, r, on)[1]


@programme.step(label={"ko": "본인부담상한액", "en": "Cap of the year"}, unit="KRW")
def cap(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """By decile; higher for who was in a nursing hospital for more than 120 days."""
    return choose(f.long_stay, r.brackets.cap_long_stay(f.decile), r.brackets.cap(f.decile))


@programme.step(label={"ko": "상한액을 넘어 남은 금액", "en": "Left of what lies above the cap"}, unit="KRW")
def left(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """In won, never negative."""
    return at_least(f.covered_paid - f.cap - f.refunded, 0)


@programme.amount_part(
    law="국민건강보험법 §44②; 시행령 §19④, 별표 3",
    label={"ko": "상한액을 넘은 진료비", "en": "Costs above the cap"},
)
def above_the_cap(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """What is left to give back, in won."""
    return f.left


@programme.claim(law="국민건강보험법 §91①; 민법 §157, §160")
def claim_window(f: FactsOf, r: RatesOn, on: Term) -> tuple[Term, Term]:
    """From the day on which the year was settled, for three years."""
    return f.settled_on, end_of_period(f.settled_on, r.limitation)
