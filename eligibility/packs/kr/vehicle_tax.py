"""The tax of a car for the days somebody owned it (지방세법 §127, 시행령 §122, §126), as terms."""

from __future__ import annotations

from eligibility.logic import (
    all_of,
    at_least,
    choose,
    day,
    days_between,
    days_in_year,
    earlier,
    first_day,
    floor10,
    later,
    lesser,
    month_of,
    share,
    year_of,
)
from eligibility.programmes import FactsOf
from eligibility.rates import RatesOn
from eligibility.terms import Term


def taxed_by_engine(f: FactsOf) -> Term:
    """A car that is not electric is taxed by the size of its engine."""
    return f.vehicle_kind == "car"


def falls_with_age(f: FactsOf) -> Term:
    """Only the tax of private cars taxed by engine size falls with age (§127①2)."""
    return all_of(taxed_by_engine(f), f.use == "private")


def full_tax(f: FactsOf, r: RatesOn) -> Term:
    """A year's tax before age."""
    private = r.brackets.private_tax_per_cc(f.engine_cc)
    business = r.brackets.business_tax_per_cc(f.engine_cc)
    by_engine = f.engine_cc * choose(f.use == "private", private, business)
    return choose(taxed_by_engine(f), by_engine, r.keyed.other_car_tax(f.use))


def age_in_half(f: FactsOf, half: int) -> Term:
    """The age counted in a half of the tax year: it grows on 1 January, or on 1 July for cars first
    registered in the second half of their year (시행령 §122②)."""
    years = f.tax_year - year_of(f.first_registered)
    return years + (1 if half == 2 else choose(month_of(f.first_registered) <= 6, 1, 0))


def half_tax(f: FactsOf, r: RatesOn, half: int) -> Term:
    """A half year's bill: half of the full tax, less the reduction for age, below 10 won dropped."""
    before = r.age_reduction_from - 1
    steps = at_least(lesser(age_in_half(f, half), r.age_reduction_cap) - before, 0)
    percent = 100 - choose(falls_with_age(f), steps * r.age_reduction, 0)
    return floor10(share(full_tax(f, r), percent, 200))


def tax_until(f: FactsOf, r: RatesOn, end: Term) -> Term:
    """The tax of the payer's days in the tax year up to but without `end`, below 10 won dropped.

    By days of the year; by half years and their days once the tax falls with age (시행령 §126). The sum of
    two fractions a/m + b/n is (a·n + b·m) / (m·n), so nothing is lost between the halves.
    """
    first, middle = first_day(f.tax_year), day(f.tax_year, 7, 1)
    days_1, days_2 = days_between(first, middle), days_between(middle, first_day(f.tax_year + 1))
    half_1, half_2 = half_tax(f, r, 1), half_tax(f, r, 2)
    start = later(f.acquired_on, first)
    held_1 = at_least(days_between(start, earlier(end, middle)), 0)
    held_2 = at_least(days_between(later(start, middle), end), 0)
    by_halves = (half_1 * held_1 * days_2 + half_2 * held_2 * days_1) // (days_1 * days_2)
    by_year = share(half_1 + half_2, days_between(start, end), days_in_year(f.tax_year))
    reduced = all_of(falls_with_age(f), age_in_half(f, 2) >= r.age_reduction_from)
    return floor10(choose(reduced, by_halves, by_year))
