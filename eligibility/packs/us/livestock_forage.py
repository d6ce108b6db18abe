"""Payments for grazing lost to drought in a farm's year (Livestock Forage Disaster Program)."""

from __future__ import annotations

from functools import reduce

from eligibility.logic import (
    UNKNOWN_TRUTH,
    all_of,
    any_of,
    at_least,
    choose,
    days_after,
    greater,
    last_day,
    lesser,
    share,
    total,
)
from eligibility.programmes import FactsOf, Programme
from eligibility.rates import RatesOn
from eligibility.terms import Term

from .facts_farm import KINDS, LEVELS

programme = Programme(
    "us/livestock_forage",
    unit="farm_year",
    recipient="operator",
    rates="livestock_forage.toml",
    law="7 USC 9081(c)",
    authority={"ko": "미국 농무부 농업지원청(FSA)", "en": "USDA Farm Service Agency"},
    title={"ko": "가뭄 방목 손실 지원금(LFP)", "en": "Livestock forage disaster payment"},
    currency="USD",
    per="year",
    assumptions=("grazed_in_the_county", "income_within_limit", "no_earlier_sale", "one_payment_limit"),
)


@programme.rate_day
def end_of_the_year(f: FactsOf, on: Term) -> Term:
    """The rules of the year in which grazing was lost."""
    return last_day(f.year)


@programme.criterion(
    law="7 USC 9081(c)(3)(D); 7 CFR 1416.207",
    label={
        "ko": "카운티에 지급 기준에 이르는 가뭄이 들었습니다",
        "en": "The drought in the county was bad and long enough",
    },
)
def drought_qualifies(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """Some level lasted long enough in the grazing period for a payment."""
    return any_of(*(months_at(f, level) > 0 for level in LEVELS))


@programme.criterion(
    law="7 USC 9081(c)(1)(A); 7 CFR 1416.203, 1416.204",
    label={
        "ko": "가뭄이 시작되기 60일 전부터 가축이 있었습니다",
        "en": "Livestock was held 60 days before the drought began",
    },
)
def held_livestock(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """Some of some kind, before a level that gives a payment; land alone gives nothing."""
    pairs = [(kind, level) for kind in KINDS for level in LEVELS]
    return any_of(*(all_of(months_at(f, level) > 0, some_held(f, r, kind, level)) for kind, level in pairs))


@programme.criterion(
    law="7 USC 9081(c)(1)(A)(i); 7 CFR 1416.205",
    label={"ko": "방목지가 있습니다", "en": "There is grazing land"},
)
def has_grazing_land(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """Of the year, in acres."""
    return f.grazing_acres > 0


@programme.criterion(
    law="7 CFR 1416.206", label={"ko": "신청 기한이 남았습니다", "en": "The time to apply is not over"}
)
def still_claimable(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """The as-of date is not after the last day to apply."""
    return on <= claim_window(f, r, on)[1]


@programme.step(label={"ko": "D2 가뭄으로 받는 개월", "en": "Monthly payments for D2 drought"}, unit="months")
def d2_months(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """By the weeks in a row."""
    return r.brackets.d2_payments(f.d2_weeks_in_a_row)


@programme.step(label={"ko": "D3 가뭄으로 받는 개월", "en": "Monthly payments for D3 drought"}, unit="months")
def d3_months(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """By the weeks, which need not follow each other."""
    return r.brackets.d3_payments(f.d3_weeks)


@programme.step(label={"ko": "D4 가뭄으로 받는 개월", "en": "Monthly payments for D4 drought"}, unit="months")
def d4_months(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """By the weeks, which need not follow each other."""
    return r.brackets.d4_payments(f.d4_weeks)


@programme.step(
    label={"ko": "방목지로 따진 한 달 사료비", "en": "Feed cost by the grazing land a month"}, unit="USD cent"
)
def feed_by_land(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """In cents: of as many beef cows as the land feeds."""
    return share(f.grazing_acres, r.keyed.feed_cost("beef_cow"), f.acres_per_animal)


@programme.amount_part(
    law="7 USC 9081(c)(3)(B)(i)", label={"ko": "가뭄 방목 손실 지원금", "en": "Payment for lost forage"}
)
def payment(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """In cents, within the year's limit: what the best level gives. Unknown where nothing of it is sure."""
    best = at_least(reduce(greater, (paid_at(f, r, level) for level in LEVELS)), 0)
    sure = any_of(best > 0, each_kind_is_clear(f, r), UNKNOWN_TRUTH)
    return choose(sure, lesser(best, r.payment_limit * 100), 0)


@programme.amount_part(
    law="7 USC 9081(c)(3)(B)(i)",
    label={"ko": "일부만 제때 보유한 가축의 몫", "en": "For kinds of which only some were held in time"},
    may_add=True,
)
def for_mixed_kinds(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """Nothing where each kind was held in time as a whole or not at all; else the office has to count."""
    return choose(any_of(each_kind_is_clear(f, r), UNKNOWN_TRUTH), 0, 0)


@programme.claim(law="7 CFR 1416.206")
def claim_window(f: FactsOf, r: RatesOn, on: Term) -> tuple[Term, Term]:
    """From the first drought that gives a payment; for some days after the end of its year."""
    at_worse = choose(f.d3_months > 0, f.d3_began_on, f.d4_began_on)
    began = choose(f.d2_months > 0, f.d2_began_on, at_worse)
    return began, days_after(last_day(f.year), r.days_to_apply)


def months_at(f: FactsOf, level: str) -> Term:
    """The monthly payments that a level gives."""
    return f[f"{level.lower()}_months"]


def held_by(f: FactsOf, r: RatesOn, level: str) -> Term:
    """The day by which livestock must have been held: so many days before the level's drought began."""
    return days_after(f[f"{level.lower()}_began_on"], -r.days_held)


def head(f: FactsOf, kind: str) -> Term:
    """How many of the kind there are."""
    return f[kind]


def some_held(f: FactsOf, r: RatesOn, kind: str, level: str) -> Term:
    """At least one animal of the kind was held in time."""
    return all_of(head(f, kind) > 0, f[f"{kind}_first_held"] <= held_by(f, r, level))


def all_held(f: FactsOf, r: RatesOn, kind: str, level: str) -> Term:
    """There are some, and every animal of the kind was held in time."""
    return all_of(head(f, kind) > 0, f[f"{kind}_last_held"] <= held_by(f, r, level))


def each_kind_is_clear(f: FactsOf, r: RatesOn) -> Term:
    """At each level that pays, each kind was held in time as a whole or not at all."""
    pairs = [(kind, level) for kind in KINDS for level in LEVELS]
    return all_of(
        *(
            any_of(months_at(f, level) == 0, all_held(f, r, kind, level), ~some_held(f, r, kind, level))
            for kind, level in pairs
        )
    )


def paid_at(f: FactsOf, r: RatesOn, level: str) -> Term:
    """What a level gives for kinds held in time as a whole: in cents, a share of the lesser cost."""
    feed = total(
        *(choose(all_held(f, r, kind, level), head(f, kind) * r.keyed.feed_cost(kind), 0) for kind in KINDS)
    )
    paid = share(lesser(feed, f.feed_by_land), r.share, 100) * months_at(f, level)
    return choose(months_at(f, level) > 0, paid, 0)
