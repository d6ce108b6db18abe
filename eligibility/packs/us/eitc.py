"""The federal earned income credit (26 USC §32) of a tax unit."""

from __future__ import annotations

import polars as pl

from eligibility.compiler import FactsOf
from eligibility.logic import (
    all_of,
    any_of,
    between,
    choose,
    day,
    first_day,
    greater,
    last_day,
    lesser,
    one_of,
    product,
)
from eligibility.programmes import Programme
from eligibility.rates import RatesOn

programme = Programme(
    "us/eitc",
    unit="tax_unit",
    recipient="record_id",
    rates="eitc.toml",
    law="26 USC §32",
    authority={"ko": "미국 국세청(IRS)", "en": "Internal Revenue Service"},
    title={"ko": "미국 근로소득세액공제(EITC)", "en": "Earned income credit"},
    currency="USD",
    per="year",
    assumptions=(
        "residence",
        "social_security_numbers",
        "citizenship",
        "foreign_income",
        "qualifying_children",
        "no_earlier_ban",
    ),
)


@programme.rate_day
def end_of_the_tax_year(f: FactsOf, on: pl.Expr) -> pl.Expr:
    """The year's own table."""
    return last_day(f.tax_year)


@programme.criterion(
    law="26 USC §32(a)(1), (c)(2)",
    label={"ko": "일해서 번 소득이 있습니다", "en": "There is income from work"},
)
def has_earned_income(f: FactsOf, r: RatesOn, on: pl.Expr) -> pl.Expr:
    """Wages and net earnings from self-employment are above zero."""
    return f.earned_income > 0


@programme.criterion(
    law="26 USC §32(i)",
    label={"ko": "투자소득이 한도를 넘지 않습니다", "en": "Investment income is within the limit"},
)
def investment_within_limit(f: FactsOf, r: RatesOn, on: pl.Expr) -> pl.Expr:
    """Interest, dividends, gains and the like are at most the year's limit."""
    return f.investment_income <= r.investment_limit


@programme.criterion(
    law="26 USC §32(c)(1)(A)",
    label={
        "ko": "적격 자녀가 있거나, 신고자나 배우자가 25세에서 64세입니다",
        "en": "There is a qualifying child, or a filer aged 25 to 64",
    },
)
def has_child_or_right_age(f: FactsOf, r: RatesOn, on: pl.Expr) -> pl.Expr:
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
def may_file_this_way(f: FactsOf, r: RatesOn, on: pl.Expr) -> pl.Expr:
    """A separate filer's exception needs a child and two homes; no record shows the homes."""
    return any_of(one_of(f.filing_status, "single", "joint", "head_of_household"), open_with_a_child(f))


@programme.criterion(
    law="26 USC §32(c)(1)(A)(ii)(III), (c)(1)(B)",
    label={
        "ko": "다른 사람의 부양가족이나 적격 자녀가 아닙니다",
        "en": "Is nobody else's dependent or qualifying child",
    },
)
def stands_alone(f: FactsOf, r: RatesOn, on: pl.Expr) -> pl.Expr:
    """A dependant without a child is barred; one with a child only as somebody's qualifying child."""
    return any_of(f.dependent_of_another == 0, open_with_a_child(f))


@programme.criterion(
    law="26 USC §32(a)(2), (b)",
    label={"ko": "소득에 따라 계산한 공제액이 있습니다", "en": "A credit is left at this income"},
)
def credit_remains(f: FactsOf, r: RatesOn, on: pl.Expr) -> pl.Expr:
    """What the credit grows by earnings it has not lost again by income."""
    return reckoned(f, r) > 0


@programme.criterion(
    law="26 USC §6511(a)",
    label={"ko": "환급을 청구할 수 있는 기한이 남았습니다", "en": "The time to claim it is not over"},
)
def still_claimable(f: FactsOf, r: RatesOn, on: pl.Expr) -> pl.Expr:
    """The as-of date is not after the last day to claim."""
    return on <= claim_window(f, r, on)[1]


@programme.amount_part(law="26 USC §32(a)", label={"ko": "근로소득세액공제", "en": "Earned income credit"})
def credit(f: FactsOf, r: RatesOn, on: pl.Expr) -> pl.Expr:
    """In cents, by the statute's formula; the tables of §32(f) go by bands and differ by up to 5 dollars."""
    return reckoned(f, r)


@programme.claim(law="26 USC §6072(a), §6511(a), §6513(a)")
def claim_window(f: FactsOf, r: RatesOn, on: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """From the end of the tax year; for three years after the return was due on 15 April.

    A weekend or holiday moves the last day (§7503); the earlier day is given, so nobody comes too late.
    """
    return first_day(f.tax_year + 1), day(f.tax_year + 1 + r.years_to_claim, 4, 15)


def open_with_a_child(f: FactsOf) -> pl.Expr:
    """False without a qualifying child; with one, what decides it is in no record: unknown."""
    unknown = pl.lit(None, dtype=pl.Boolean)
    return all_of(f.qualifying_children > 0, unknown)


def family(f: FactsOf) -> pl.Expr:
    """The column of the law's table: none, one, two, or more children."""
    children = f.qualifying_children
    return choose(
        children == 0,
        "none",
        choose(children == 1, "one", choose(children == 2, "two", "more")),
    )


def reckoned(f: FactsOf, r: RatesOn) -> pl.Expr:
    """§32(a): earned income times the rate, up to the limit, less what income above the start takes away.

    Dollars times basis points are ten-thousandths of a dollar, exact; rounded to the nearest cent, half a
    cent dropped. Named values in a record are reckoned once and read as fields.
    """
    size = pl.field("size")
    alone, joint = r.keyed.phase_out_start(size), r.keyed.phase_out_start_joint(size)
    table = pl.struct(size=family(f)).struct.with_fields(
        most=product(r.keyed.max_credit(size), 10_000),
        earned=product(f.earned_income, r.keyed.credit_rate(size)),
        over=greater(f.adjusted_gross_income, f.earned_income)
        - choose(f.filing_status == "joint", joint, alone),
    )
    rising, over = lesser(pl.field("most"), pl.field("earned")), pl.field("over").clip(0)
    steps = table.struct.with_fields(rising=rising, falling=product(over, r.keyed.phase_out_rate(size)))
    left = (pl.field("rising") - pl.field("falling")).clip(0)
    return steps.struct.with_fields(cents=(left + 49) // 100).struct.field("cents")
