"""The tax of a car for the days somebody owned it (지방세법 §127, 시행령 §122, §126), as expressions."""

from __future__ import annotations

import polars as pl

from eligibility.compiler import FactsOf
from eligibility.logic import (
    all_of,
    choose,
    day,
    days_between,
    earlier,
    first_day,
    floor10,
    later,
    month_of,
    product,
    share,
    year_of,
)
from eligibility.rates import RatesOn


def taxed_by_engine(f: FactsOf) -> pl.Expr:
    """A car that is not electric is taxed by the size of its engine."""
    return f.vehicle_kind == "car"


def falls_with_age(f: FactsOf) -> pl.Expr:
    """Only the tax of private cars taxed by engine size falls with age (§127①2)."""
    return all_of(taxed_by_engine(f), f.use == "private")


def full_tax(f: FactsOf, r: RatesOn) -> pl.Expr:
    """A year's tax before age."""
    private, business = (
        r.brackets.private_tax_per_cc(f.engine_cc),
        r.brackets.business_tax_per_cc(f.engine_cc),
    )
    by_engine = product(f.engine_cc, choose(f.use == "private", private, business))
    return choose(taxed_by_engine(f), by_engine, r.keyed.other_car_tax(f.use))


def age_in_half(f: FactsOf, half: int) -> pl.Expr:
    """The age counted in a half of the tax year: it grows on 1 January, or on 1 July for cars first
    registered in the second half of their year (시행령 §122②)."""
    years = f.tax_year - year_of(f.first_registered)
    return years + (1 if half == 2 else choose(month_of(f.first_registered) <= 6, 1, 0))


def half_tax(f: FactsOf, r: RatesOn, full: pl.Expr, half: int) -> pl.Expr:
    """A half year's bill: half of the full tax, less the reduction for age, below 10 won dropped."""
    before = r.age_reduction_from - 1
    steps = (age_in_half(f, half) - before).clip(0, r.age_reduction_cap - before)
    percent = 100 - choose(falls_with_age(f), steps * r.age_reduction, 0)
    return floor10(share(full, percent, 200))


def halves_of_the_year(f: FactsOf, r: RatesOn) -> pl.Expr:
    """A record of the two half-year bills and what divides them: named values, each reckoned once."""
    year = pl.struct(
        full=full_tax(f, r),
        first=first_day(f.tax_year),
        middle=day(f.tax_year, 7, 1),
        after=first_day(f.tax_year + 1),
    )
    return year.struct.with_fields(
        half_1=half_tax(f, r, pl.field("full"), 1),
        half_2=half_tax(f, r, pl.field("full"), 2),
        reduced=all_of(falls_with_age(f), age_in_half(f, 2) >= r.age_reduction_from),
        start=later(f.acquired_on, pl.field("first")),
        days_1=days_between(pl.field("first"), pl.field("middle")),
        days_2=days_between(pl.field("middle"), pl.field("after")),
    )


def tax_until(end: pl.Expr) -> pl.Expr:
    """The tax of the payer's days in the tax year up to but without `end`, below 10 won dropped.

    Reads the fields of `halves_of_the_year`. By days of the year; by half years and their days once the tax
    falls with age (시행령 §126). The sum of two fractions a/m + b/n is (a·n + b·m) / (m·n), so nothing is
    lost between the halves.
    """
    half_1, half_2, days_1, days_2 = (pl.field(name) for name in ("half_1", "half_2", "days_1", "days_2"))
    start, middle = pl.field("start"), pl.field("middle")
    held_1 = days_between(start, earlier(end, middle)).clip(0)
    held_2 = days_between(later(start, middle), end).clip(0)
    by_halves = (product(half_1, held_1 * days_2) + product(half_2, held_2 * days_1)) // (days_1 * days_2)
    by_year = share(half_1 + half_2, days_between(start, end), days_1 + days_2)
    return floor10(choose(pl.field("reduced"), by_halves, by_year))
