"""The child allowance (아동수당) of one child, a month, and what comes on top by age or by area."""

from __future__ import annotations

from eligibility.logic import (
    UNKNOWN_TRUTH,
    all_of,
    any_of,
    choose,
    days_after,
    first_day,
    first_of_month,
    month_of,
    year_of,
    years_after,
)
from eligibility.programmes import FactsOf, Programme
from eligibility.rates import RatesOn
from eligibility.terms import Term

programme = Programme(
    "kr/child_allowance",
    unit="child",
    recipient="guardian",
    rates="child_allowance.toml",
    law="아동수당법 §4",
    authority={"ko": "시장·군수·구청장", "en": "the mayor or head of the district"},
    title={"ko": "아동수당", "en": "Child allowance"},
    currency="KRW",
    per="month",
    assumptions=("paid_in_money",),
)


@programme.criterion(
    law="아동수당법 §4①, 부칙 <제21489호, 2026. 3. 20.> §2",
    label={"ko": "아이가 그해의 나이 기준에 듭니다", "en": "The child is within the age limit of the year"},
)
def young_enough(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """It is paid up to the month before the one with the birthday, and in some years to all born in 2017."""
    by_age = first_of_month(on) < first_of_month(years_after(f.birth_date, r.age_limit))
    by_birth_year = any_of(by_age, year_of(f.birth_date) == r.birth_year)
    is_born = f.birth_date <= on
    return all_of(is_born, r.choice.whom(by_age=by_age, by_age_or_birth_year=by_birth_year))


@programme.criterion(
    law="아동수당법 §13①1, §13②",
    label={
        "ko": "아이가 국외에 90일 넘게 머물고 있지 않습니다",
        "en": "The child has not been abroad for more than 90 days",
    },
)
def not_long_abroad(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """Payment stops from the month after the one in which the days abroad are full."""
    full = days_after(f.abroad_since, r.days_abroad)
    return any_of(~f.is_abroad, first_of_month(on) <= first_of_month(full))


@programme.already(law="아동수당법 §4①")
def receives_it(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """Paid for this child; what is paid in the guardian's name may be for it or for a sister or brother."""
    return any_of(f.child_allowance_paid, all_of(f.paid_to_the_guardian, UNKNOWN_TRUTH))


@programme.amount_part(law="아동수당법 §4①", label={"ko": "아동수당", "en": "Child allowance"})
def child_allowance(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """Won a month."""
    return r.allowance


@programme.amount_part(
    law="아동수당법 §4⑥; 시행령 §2②",
    label={"ko": "지역 추가분", "en": "Addition by area"},
    may_add=True,
)
def regional_addition(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """Won a month, by where the child lives; not known where the area is not."""
    return r.keyed.regional(f.region_class)


@programme.amount_part(
    law="아동수당법 §4⑤; 시행령 §2①",
    label={"ko": "부모급여", "en": "Parent allowance"},
    may_add=True,
)
def parent_allowance(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """Won a month below the age of two; what vouchers for daycare leave of it, no record shows."""
    none_left = any_of(age_in_months(f, on) >= 24, f.parent_allowance_paid)
    whole = r.keyed.parents(year_of_life(f, on))
    return choose(none_left, 0, choose(any_of(~f.in_daycare, UNKNOWN_TRUTH), whole, 0))


@programme.claim(law="아동수당법 §6, §10", months_lost=True)
def claim_window(f: FactsOf, r: RatesOn, on: Term) -> tuple[Term, Term]:
    """From birth, or from the year that brought the child back in. Within 60 days of birth it is paid
    from the month of birth, later from the month of the claim.

    The days are counted with the day of birth, which is the earlier reading: nobody comes too late.
    """
    return opens_on(f, r), days_after(f.birth_date, r.days_to_apply - 1)


def opens_on(f: FactsOf, r: RatesOn) -> Term:
    """Birth; for whom the former age had ended before more children got it, the day on which they did."""
    widened = first_day(r.widened_from)
    had_ended = first_of_month(years_after(f.birth_date, r.age_before)) <= widened
    return choose(had_ended, widened, f.birth_date)


def age_in_months(f: FactsOf, on: Term) -> Term:
    """Whole months from the month of birth on: the month of birth is the first of twelve."""
    return (year_of(on) - year_of(f.birth_date)) * 12 + month_of(on) - month_of(f.birth_date)


def year_of_life(f: FactsOf, on: Term) -> Term:
    """The column of the parent allowance's table."""
    months = age_in_months(f, on)
    return choose(months < 12, "first_year", choose(months < 24, "second_year", "later"))
