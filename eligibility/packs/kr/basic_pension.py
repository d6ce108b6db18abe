"""The basic pension (기초연금) of one person of 65 or more with little income and property, a month."""

from __future__ import annotations

from eligibility.logic import (
    all_of,
    any_of,
    at_least,
    choose,
    day,
    first_of_month,
    floor10,
    greater,
    later,
    lesser,
    months_after,
    share,
    years_after,
)
from eligibility.programmes import FactsOf, Programme
from eligibility.rates import RatesOn
from eligibility.terms import Kind, Term, unknown

programme = Programme(
    "kr/basic_pension",
    unit="person",
    recipient="resident",
    rates="basic_pension.toml",
    law="기초연금법 §3①",
    authority={"ko": "시장·군수·구청장", "en": "the mayor or head of the district"},
    title={"ko": "기초연금", "en": "Basic pension"},
    currency="KRW",
    per="month",
    assumptions=("means_as_assessed", "national_in_korea", "married_as_assessed"),
)

THE_ACT = (2014, 7, 1)
"""The day on which the act took effect (기초연금법 부칙 §1). No rate: no later law replaces it."""


@programme.criterion(
    law="기초연금법 §3①, §10①",
    label={
        "ko": "65세 생일이 있는 달의 앞 달부터로, 신청할 수 있는 나이입니다",
        "en": "Old enough to apply: from the month before that of the 65th birthday",
    },
)
def old_enough(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """The as-of date is not before the first day on which one may apply."""
    return on >= f.opens_on


@programme.criterion(
    law="기초연금법 §3①; 시행령 §4",
    label={
        "ko": "소득인정액이 선정기준액을 넘지 않습니다",
        "en": "The recognised income does not exceed the selection amount",
    },
)
def little_income(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """The income of the person, or of both spouses, is at most that of the first month paid."""
    return f.recognised_income <= f.selection_amount


@programme.criterion(
    law="기초연금법 §3③",
    label={
        "ko": "본인과 배우자 모두 직역연금 대상이 아닙니다",
        "en": "Neither the person nor the spouse has a special pension",
    },
)
def no_special_pension(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """Pensions of public servants, private school teachers, soldiers and special post offices bar both."""
    return ~f.special_pension


@programme.already(law="기초연금법 §10①")
def receives_it(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """It was granted and has not ended."""
    return f.has_basic_pension


@programme.step(label={"ko": "신청할 수 있는 첫날", "en": "First day on which one may apply"})
def opens_on(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """The first day of the month before the one of the 65th birthday, and not before there was the act."""
    return later(months_after(month_of_age(f.birth_date, r), -r.months_before), day(*THE_ACT))


@programme.step(
    label={"ko": "처음 받는 달의 기준일", "en": "Day whose amounts apply to the first month paid"}
)
def paid_from(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """It is paid from the month of the claim (§14①), and not before the month of the 65th birthday."""
    return later(on, month_of_age(f.birth_date, r))


@programme.step(label={"ko": "선정기준액", "en": "Selection amount"}, unit="KRW")
def selection_amount(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """In won a month; of a couple that of both together."""
    return r.on(f.paid_from).keyed.selection_amount(choose(f.couple, "couple", "single"))


@programme.step(label={"ko": "기준연금액", "en": "Base amount"}, unit="KRW")
def base(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """In won a month."""
    return r.on(f.paid_from).base_amount


@programme.step(label={"ko": "선정기준액까지 남은 금액", "en": "Room up to the selection amount"}, unit="KRW")
def room(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """Pension and income together are not to pass the selection amount (§8②)."""
    return at_least(f.selection_amount - f.recognised_income, 0)


@programme.step(
    label={
        "ko": "국민연금과 상관없이 기준연금액 전부인지",
        "en": "The whole base amount, whatever the national pension",
    }
)
def whole_base(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """A small national pension or none (§6①), or a benefit for basic living (§5⑥2다, 시행령 §9①)."""
    small = f.national_pension * 100 <= f.base * r.full_up_to
    return any_of(small, f.has_living_or_medical, f.has_housing_or_education)


@programme.step(
    label={"ko": "국민연금을 본 금액(최소)", "en": "Amount by national pension (at least)"}, unit="KRW"
)
def own(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """Before what marriage and income take off. What no record has is which part of a larger national
    pension redistributes (소득재분배급여금액); without it the supplement of §5④3 and 시행령 §10 1호 are what
    is sure, since the difference of §5④1 and 2 is never below 0.
    """
    by_total = share(f.base, r.total_pension, 100) - f.national_pension
    return choose(f.whole_base, f.base, greater(by_total, share(f.base, r.supplement, 100)))


@programme.step(
    label={"ko": "한 사람만 받을 때의 금액", "en": "Amount when one person alone receives it"}, unit="KRW"
)
def alone(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """시행령 §11①: no more than the room that is left, but a tenth of the base amount at least."""
    return floor10(lesser(f.own, greater(f.room, share(f.base, r.least_single, 100))))


@programme.step(
    label={"ko": "부부가 모두 받을 때의 금액", "en": "Amount when both spouses receive it"}, unit="KRW"
)
def beside_spouse(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """A fifth less for each (§8①). What the room leaves for both, a fifth of the base amount at least, is
    split by what each would get, with a tenth at least for one (시행령 §11②, ⑤).

    Reckoned with a spouse who would get all: with any other spouse this one's portion is as much or more.
    """
    of_both = greater(f.room, share(f.base, r.least_couple, 100))
    portion = greater(share(of_both, f.own, f.own + f.base), share(f.base, r.least_single, 100))
    return floor10(lesser(share(f.own, 100 - r.couple_cut, 100), portion))


@programme.amount_part(
    law="기초연금법 §5, §6, §8; 시행령 §10, §11", label={"ko": "기초연금", "en": "Basic pension"}
)
def pension(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """What is sure a month, in won; 10 won are the smallest step (§24)."""
    return choose(f.couple, f.beside_spouse, f.alone)


@programme.amount_part(
    law="기초연금법 §8①; 시행령 §11⑤",
    label={
        "ko": "배우자가 받지 않거나 적게 받아 더해지는 금액",
        "en": "More because the spouse does not get it, or gets less",
    },
    may_add=True,
)
def for_the_spouse(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """Known with a spouse too young for it, and with one who has it where income cuts neither."""
    too_young = month_of_age(f.spouse_birth_date, r) > f.paid_from
    uncut = f.room * 100 >= (f.own + f.base) * (100 - r.couple_cut)
    beside_one = choose(all_of(f.spouse_receives, uncut), 0, unknown(Kind.NUMBER))
    return choose(f.couple, choose(too_young, f.alone - f.beside_spouse, beside_one), 0)


@programme.amount_part(
    law="기초연금법 §5④, ⑤; 시행령 §10 2호",
    label={
        "ko": "국민연금 가입 내역에 따라 더해지는 금액",
        "en": "More by how the national pension was earned",
    },
    may_add=True,
)
def by_contributions(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """Nothing for whom the whole base amount is sure; else no record has it."""
    return choose(f.whole_base, 0, unknown(Kind.NUMBER))


@programme.claim(law="기초연금법 §10①, §14①", months_lost=True)
def claim_window(f: FactsOf, r: RatesOn, on: Term) -> tuple[Term, None]:
    """It can be claimed for life. Each month without a claim is lost."""
    return f.opens_on, None


def month_of_age(birth_date: Term, r: RatesOn) -> Term:
    """The first day of the month in which somebody reaches the age of the pension."""
    return first_of_month(years_after(birth_date, r.pension_age))
