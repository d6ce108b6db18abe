"""Less to pay for one's own telephone (통신요금 감면): who is poor, disabled or has the basic pension."""

from __future__ import annotations

from eligibility.logic import all_of, any_of, choose
from eligibility.programmes import FactsOf, Programme
from eligibility.rates import RatesOn
from eligibility.terms import Kind, Term, unknown

programme = Programme(
    "kr/telecom_discount",
    unit="person",
    recipient="resident",
    rates="telecom_discount.toml",
    law="전기통신사업법 시행령 §2③",
    authority={"ko": "전기통신사업자", "en": "the telephone company"},
    title={"ko": "통신요금 감면", "en": "Lower telephone charges"},
    currency="KRW",
    per="month",
    at_most=True,
    assumptions=("own_telephone", "high_enough_bill", "few_in_the_household"),
)


@programme.criterion(
    law="전기통신사업법 시행령 §2③1, 4, 9, 10",
    label={
        "ko": "장애인, 기초생활 수급자 또는 기초연금 수급자입니다",
        "en": "Disabled, on a benefit for basic living, or with the basic pension",
    },
)
def in_a_group(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """One group is enough. An entitlement to the basic pension opens it once the pension is granted."""
    return any_of(f.disabled, on_any_benefit(f), f.basic_pension_found)


@programme.already(law="전기통신사업법 시행령 §2④")
def receives_it(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """The company takes it off already."""
    return f.has_telecom_discount


@programme.amount_part(
    law="전기통신사업법 시행령 §2⑤",
    label={"ko": "한 달 감면 한도(기초연금 수급자)", "en": "Less to pay a month, at most (basic pension)"},
    may_add=True,
)
def of_a_pensioner(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """The least that any group with a ceiling has; the parts below add what better groups have more.

    A pension that is found but not granted yet counts only for whom nothing else opens it.
    """
    opened = any_of(on_any_benefit(f), all_of(~f.disabled, f.basic_pension_found))
    return choose(opened, r.keyed.ceiling("basic_pension"), 0)


@programme.amount_part(
    law="전기통신사업법 시행령 §2⑤",
    label={
        "ko": "주거·교육급여 수급자라서 더해지는 한도",
        "en": "More at most, with housing or education benefit",
    },
    may_add=True,
)
def of_housing_or_education(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """One person has one reduction, the best: livelihood and medical benefit have at least this much."""
    helped = any_of(f.has_housing_or_education, f.has_living_or_medical)
    return choose(helped, r.keyed.ceiling("housing_or_education") - r.keyed.ceiling("basic_pension"), 0)


@programme.amount_part(
    law="전기통신사업법 시행령 §2⑤",
    label={
        "ko": "생계·의료급여 수급자라서 더해지는 한도",
        "en": "More at most, with livelihood or medical benefit",
    },
    may_add=True,
)
def of_living_or_medical(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """What this group has more than the one before."""
    more = r.keyed.ceiling("living_or_medical") - r.keyed.ceiling("housing_or_education")
    return choose(f.has_living_or_medical, more, 0)


@programme.amount_part(
    law="전기통신사업법 시행령 §2⑤",
    label={
        "ko": "장애인 감면이 더 유리할 때 더해지는 금액",
        "en": "More where the reduction for the disabled is better",
    },
    may_add=True,
)
def of_the_disabled(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """A share of the bill without a ceiling; no record has the bill."""
    return choose(f.disabled, unknown(Kind.NUMBER), 0)


def on_any_benefit(f: FactsOf) -> Term:
    """A benefit in payment opens it."""
    return any_of(f.has_living_or_medical, f.has_housing_or_education, f.has_basic_pension)
