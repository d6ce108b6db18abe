"""The subsidy for keeping staff (고용유지지원금) of one employer's report for one month."""

from __future__ import annotations

from eligibility.logic import (
    UNKNOWN_TRUTH,
    all_of,
    any_of,
    at_least,
    choose,
    days_after,
    days_between,
    first_of_month,
    lesser,
    months_after,
    share,
    years_after,
)
from eligibility.programmes import FactsOf, Programme
from eligibility.rates import RatesOn
from eligibility.terms import Term

programme = Programme(
    "kr/employment_retention",
    unit="measure",
    recipient="employer",
    rates="employment_retention.toml",
    law="고용보험법 §21①",
    authority={
        "ko": "고용노동부 고용센터",
        "en": "the Employment Centre of the Ministry of Employment and Labor",
    },
    title={"ko": "고용유지지원금", "en": "Subsidy for keeping staff"},
    currency="KRW",
    per="once",
    assumptions=("staff_consulted", "nobody_hired", "not_three_years_running", "even_days"),
)


@programme.rate_day
def start_of_the_month(f: FactsOf, on: Term) -> Term:
    """The law of the first day of the month, on which the measure began."""
    return first_of_month(f.month)


@programme.criterion(
    law="고용보험법 시행령 §20",
    label={"ko": "조치를 제때 신고했습니다", "en": "The measure was reported in time"},
)
def reported_in_time(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """By the day before; in a disaster area, under an order to close, or for a cause other than the state of
    the business, within the days of grace of each.
    """
    struck = all_of(f.cause == "disaster", f.filed_on <= days_after(f.month, r.days_late_disaster))
    other = all_of(f.cause == "other", f.filed_on <= days_after(f.month, r.days_late))
    return any_of(f.filed_on < f.month, struck, other)


@programme.criterion(
    law="고용보험법 시행령 §19",
    label={
        "ko": "보험에 든 직원의 근로시간을 20% 이상 줄였습니다",
        "en": "The hours of insured staff were cut by a fifth or more",
    },
)
def cut_the_hours(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """Of all hours agreed with staff who count, at least the least share was not worked."""
    return all_of(f.hours_agreed > 0, f.hours_lost * 100 >= f.hours_agreed * r.least_cut)


@programme.criterion(
    law="고용보험법 시행령 §19; 근로기준법 §46",
    label={"ko": "줄인 시간에 휴업수당을 주었습니다", "en": "Compensation was paid for the lost hours"},
)
def paid_compensation(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """Something was paid to staff who count."""
    return f.compensation > 0


@programme.criterion(
    law="고용보험법 시행령 §19",
    label={
        "ko": "그달과 다음 한 달 동안 고용조정으로 내보낸 사람이 없습니다",
        "en": "Nobody was dismissed in that month and the month after",
    },
)
def kept_everybody(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """One dismissal rules it out; until the guarded time is over, that there was none proves nothing yet."""
    end = guarded_until(f, r)
    dismissed = all_of(f.somebody_dismissed, f.first_dismissal_on < end)
    return all_of(~dismissed, any_of(on >= end, UNKNOWN_TRUTH))


@programme.criterion(
    law="고용보험법 시행령 §21",
    label={"ko": "한 해 지원 한도가 남았습니다", "en": "Days of support are left in the year"},
)
def days_left(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """Not all days of the year are used up before the month."""
    return f.days_used < r.days_a_year


@programme.already(law="고용보험법 §21①")
def was_asked_for(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """The employer has claimed the month."""
    return f.was_claimed


@programme.criterion(
    law="고용보험법 §107①",
    label={"ko": "지원금을 받을 권리가 남아 있습니다", "en": "The right to it has not lapsed"},
)
def still_claimable(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """The as-of date is not after the last day to claim."""
    return on <= claim_window(f, r, on)[1]


@programme.step(label={"ko": "줄인 근로시간", "en": "Hours not worked"}, unit="hours")
def hours_lost(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """Of the hours agreed, those not worked."""
    return f.hours_agreed - f.hours_worked


@programme.step(label={"ko": "지원하는 몫 (6분의 몇)", "en": "Share that is paid, in sixths"}, unit="sixths")
def sixths(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """By the size of the firm, or after a deep cut the same for all."""
    deep = f.hours_lost * 100 >= f.hours_agreed * r.deep_cut
    return choose(deep, r.share_after_deep_cut, r.keyed.share(f.size_class))


@programme.step(
    label={"ko": "그달에 지원하는 날수", "en": "Days of the month that are supported"}, unit="days"
)
def days_supported(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """All of its days, or those that are left of the year's."""
    return at_least(lesser(days_of_the_month(f), r.days_a_year - f.days_used), 0)


@programme.step(label={"ko": "1일 한도에 걸리는 사람이 없음", "en": "The daily limit touches nobody"})
def nobody_is_capped(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """Even the best paid, in the fewest days, stays within the limit."""
    return f.highest_compensation * f.sixths <= r.daily_cap * f.fewest_days * 6


@programme.amount_part(
    law="고용보험법 시행령 §21", label={"ko": "고용유지지원금", "en": "Subsidy for keeping staff"}
)
def subsidy(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """In won. Where the daily limit touches somebody, what is sure at least: what everybody would get if all
    were cut in the proportion of the one whom it touches most; nobody gets less than that.
    """
    days, left = days_of_the_month(f), f.days_supported
    whole = share(f.compensation, left * f.sixths, days * 6)
    sure = share(f.compensation, left * r.daily_cap * f.fewest_days, days * f.highest_compensation)
    return at_least(choose(f.nobody_is_capped, whole, sure), 0)


@programme.amount_part(
    law="고용보험법 시행령 §21",
    label={"ko": "1일 한도를 따져 더해질 금액", "en": "What the daily limit leaves on top"},
    may_add=True,
)
def beyond_the_sure(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """Nothing where the limit touches nobody; else it takes each person's days, which the office has."""
    return choose(any_of(f.nobody_is_capped, UNKNOWN_TRUTH), 0, 0)


@programme.claim(law="고용보험법 §107①; 시행령 §21")
def claim_window(f: FactsOf, r: RatesOn, on: Term) -> tuple[Term, Term]:
    """From the end of the guarded time; until the right lapses, counted from the end of the month itself."""
    after = months_after(f.month, 1)
    return guarded_until(f, r), days_after(years_after(after, r.limitation), -1)


def guarded_until(f: FactsOf, r: RatesOn) -> Term:
    """The first day on which a dismissal does no harm."""
    return months_after(f.month, 1 + r.guarded_months)


def days_of_the_month(f: FactsOf) -> Term:
    """28 to 31."""
    return days_between(f.month, months_after(f.month, 1))
