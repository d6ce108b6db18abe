"""The federal earned income credit (26 USC §32) of a tax unit."""

from __future__ import annotations

from eligibility.logic import (
    UNKNOWN_TRUTH,
    all_of,
    any_of,
    at_least,
    between,
    choose,
    day,
    first_day,
    greater,
    in_time,
    last_day,
    lesser,
    one_of,
)
from eligibility.programmes import FactsOf, Programme
from eligibility.rates import RatesOn
from eligibility.terms import Term

programme = Programme(
    "us/eitc",
    unit="tax_unit",
    recipient="record_id",
    rates="eitc.toml",
    law="26 USC §32",
    authority={"ko": "미국 국세청(IRS)", "en": "Internal Revenue Service"},
    title={"ko": "미국 근로소득세액공제(EITC)", "en": "Earned income credit"},
    currency="USD",
    assumptions=(
        "residence",
        "social_security_numbers",
        "citizenship",
        "foreign_income",
        "qualifying_children",
        "no_earlier_ban",
        "not_claimed_yet",
    ),
)


@programme.rate_day
def end_of_the_tax_year(f: FactsOf, on: Term) -> Term:
    """The year's own table."""
    return last_day(f.tax_year)


@programme.criterion(
    law="26 USC §32(a)(1), (c)(2)",
    label={"ko": "일해서 번 소득이 있습니다", "en": "There is income from work"},
)
def has_earned_income(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """Wages and net earnings from self-employment are above zero."""
    return f.earned_income > 0


@programme.criterion(
    law="26 USC §32(i)",
    label={"ko": "투자소득이 한도를 넘지 않습니다", "en": "Investment income is within the limit"},
)
def investment_within_limit(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """Interest, dividends, gains and the like are at most the year's limit."""
    return f.investment_income <= r.investment_limit


@programme.criterion(
    law="26 USC §32(c)(1)(A)",
    label={
        "ko": "적격 자녀가 있거나, 신고자나 배우자가 25세에서 64세입니다",
        "en": "There is a qualifying child, or a filer aged 25 to 64",
    },
)
def has_child_or_right_age(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """Without a child, one of the filers has reached the lower age and not passed the upper one."""
    spouse = all_of(f.filing_status == "joint", between(f.age_spouse, r.youngest, r.oldest))
    return any_of(f.qualifying_children > 0, between(f.age_head, r.youngest, r.oldest), spouse)


@programme.criterion(
    law="26 USC §32(d)",
    label={
        "ko": "부부가 함께 신고하거나, 자녀와 살며 배우자와 떨어져 지냅니다",
        "en": "Files jointly if married, or lives with a child and apart from the spouse",
    },
)
def may_file_this_way(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """A separate filer's exception needs a child and two homes; no record shows the homes."""
    return any_of(one_of(f.filing_status, "single", "joint", "head_of_household"), open_with_a_child(f))


@programme.criterion(
    law="26 USC §32(c)(1)(A)(ii)(III), (c)(1)(B)",
    label={
        "ko": "다른 사람의 부양가족이나 적격 자녀가 아닙니다",
        "en": "Is nobody else's dependent or qualifying child",
    },
)
def stands_alone(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """A dependant without a child is barred; one with a child only as somebody's qualifying child."""
    return any_of(f.dependent_of_another == 0, open_with_a_child(f))


@programme.criterion(
    law="26 USC §32(a)(2), (b)",
    label={"ko": "소득에 따라 계산한 공제액이 있습니다", "en": "A credit is left at this income"},
)
def credit_remains(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """What the credit grows by earnings it has not lost again by income."""
    return f.reckoned > 0


@programme.criterion(
    law="26 USC §6511(a), §7503",
    label={"ko": "환급을 청구할 수 있는 기한이 남았습니다", "en": "The time to claim it is not over"},
)
def still_claimable(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """The as-of date is not after the last day to claim, nor after the days by which it may move (§7503)."""
    return in_time(on, claim_window(f, r, on)[1], may_move=r.last_day_may_move)


@programme.step(
    label={"ko": "근로소득에 따라 늘어난 금액", "en": "What the credit grows to by earnings"}, unit="USD bp"
)
def rising(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """Earned income times the rate, up to the limit, in cents and hundredths of them."""
    size = family(f)
    return lesser(r.keyed.max_credit(size) * 10_000, f.earned_income * r.keyed.credit_rate(size))


@programme.step(
    label={"ko": "소득이 높아 줄어드는 금액", "en": "What higher income takes away"}, unit="USD bp"
)
def falling(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """What the income above the start takes away, in cents and hundredths of them."""
    size = family(f)
    alone, joint = r.keyed.phase_out_start(size), r.keyed.phase_out_start_joint(size)
    income = greater(f.adjusted_gross_income, f.earned_income)
    over = income - choose(f.filing_status == "joint", joint, alone)
    return at_least(over, 0) * r.keyed.phase_out_rate(size)


@programme.step(label={"ko": "남는 공제액", "en": "Credit that is left"}, unit="USD cent")
def reckoned(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """§32(a): what grows by earnings less what income takes away, in cents.

    Dollars times basis points are ten-thousandths of a dollar, exact; rounded to the nearest cent, half a
    cent dropped.
    """
    return (at_least(f.rising - f.falling, 0) + 49) // 100


@programme.amount_part(law="26 USC §32(a)", label={"ko": "근로소득세액공제", "en": "Earned income credit"})
def credit(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """In cents, by the statute's formula; the tables of §32(f) go by bands and differ by up to 5 dollars."""
    return f.reckoned


@programme.claim(law="26 USC §6072(a), §6511(a), §6513(a)")
def claim_window(f: FactsOf, r: RatesOn, on: Term) -> tuple[Term, Term]:
    """From the end of the tax year; for three years after the return was due on 15 April.

    A weekend or holiday moves the last day (§7503); the earlier day is given, so that nobody comes too late,
    and nobody is refused before the later one.
    """
    return first_day(f.tax_year + 1), day(f.tax_year + 1 + r.years_to_claim, 4, 15)


def open_with_a_child(f: FactsOf) -> Term:
    """False without a qualifying child; with one, what decides it is in no record: unknown."""
    return all_of(f.qualifying_children > 0, UNKNOWN_TRUTH)


def family(f: FactsOf) -> Term:
    """The column of the law's table: none, one, two, or more children."""
    children = f.qualifying_children
    return choose(
        children == 0,
        "none",
        choose(children == 1, "one", choose(children == 2, "two", "more")),
    )
