"""Korea's vehicle tax on passenger cars since 2024, over whole columns, to write bills as the law has them.

The registers need bills before any programme has looked at them; programmes reckon the tax again from their
own dated rates. Amounts are won, days are days since 1970-01-01.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from data.synth.draws import NEVER, Whole, Yes, day

FIRST_TAX_YEAR = 2024
"""지방세법 시행령 §125⑥: 5 per cent for paying in advance, since 2024 (the discount before was larger)."""

PREPAYMENT_PER_CENT = 5
EDUCATION_PER_CENT = 30  # 지방세법 §151①7, of private cars only
LEAST_PRORATED = 2_000  # 지방세법 §130④: less is not collected when a year is divided between owners


@dataclass(frozen=True)
class Cars:
    """One row a car: what its tax is reckoned from."""

    engine_cc: Whole
    business: Yes
    electric: Yes
    first_registered: Whole


@dataclass(frozen=True)
class Half:
    """January to June (0) or July to December (1) of a year: from `first` up to but not with `end`."""

    year: int
    number: int

    @property
    def first(self) -> int:
        return day(date(self.year, 1 if self.number == 0 else 7, 1))

    @property
    def end(self) -> int:
        return day(date(self.year, 7, 1) if self.number == 0 else date(self.year + 1, 1, 1))


def down_to_ten(amount: Whole) -> Whole:
    """Nothing below 10 won is asked for (국고금 관리법 §47)."""
    return amount // 10 * 10


def gross_tax(cars: Cars) -> Whole:
    """A whole year's tax before any reduction for age (지방세법 §127①1, ①3; 시행령 §123)."""
    cc = cars.engine_cc
    private = cc * np.select([cc <= 1_000, cc <= 1_600], [80, 140], 200)
    business = cc * np.select([cc <= 1_600, cc <= 2_500], [18, 19], 24)
    flat = np.where(cars.business, 20_000, 100_000)
    return np.asarray(np.where(cars.electric, flat, np.where(cars.business, business, private)))


def age(cars: Cars, half: Half) -> Whole:
    """A car's age in a half year as the tax counts it (시행령 §122②), at least 0."""
    months = cars.first_registered.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    year, month = months // 12 + 1970, months % 12 + 1
    counted_from_january = month <= 6
    return np.maximum(half.year - year + (counted_from_january | (half.number == 1)), 0)


def reduced_by_age(cars: Cars, half: Half) -> Yes:
    """Private cars with an engine from their third year on (지방세법 §127①2)."""
    return ~cars.business & ~cars.electric & (age(cars, half) >= 3)


def half_tax(cars: Cars, half: Half) -> Whole:
    """The tax of one half year: 5 per cent less for each year from the third to the twelfth."""
    years = np.clip(age(cars, half) - 2, 0, 10) * reduced_by_age(cars, half)
    return gross_tax(cars) * (100 - 5 * years) // 2_000 * 10


def annual_tax(cars: Cars, year: int) -> Whole:
    """The two halves together."""
    return half_tax(cars, Half(year, 0)) + half_tax(cars, Half(year, 1))


def prepaid_tax(cars: Cars, year: int) -> Whole:
    """What is payable in January for the whole year: 5 per cent off for 1 February to 31 December (§128③)."""
    days = day(date(year + 1, 1, 1)) - day(date(year, 1, 1))
    discounted = days - 31
    whole = annual_tax(cars, year)
    return whole * (100 * days - PREPAYMENT_PER_CENT * discounted) // (1_000 * days) * 10


def owned_tax(cars: Cars, half: Half, *, owned_from: Whole, owned_to: Whole) -> Whole:
    """The tax of a half year for the days owned (시행령 §126); the day it ended counts to the next owner.

    `owned_to` is NEVER where the car is still owned. Nothing where the car was not owned in the half, or
    where a part of it comes to less than 2,000 won.
    """
    last = np.where(owned_to == NEVER, half.end, np.minimum(owned_to, half.end))
    days = np.maximum(last - np.maximum(owned_from, half.first), 0)
    in_half = half.end - half.first
    in_year = Half(half.year, 1).end - Half(half.year, 0).first
    by_half = half_tax(cars, half) * days // (in_half * 10) * 10
    by_year = gross_tax(cars) * days // (in_year * 10) * 10
    part = np.where(reduced_by_age(cars, half), by_half, by_year)
    return np.where(days == in_half, half_tax(cars, half), np.where(part < LEAST_PRORATED, 0, part))


def education_tax(cars: Cars, tax: Whole) -> Whole:
    """지방교육세 on a bill of `tax`: 30 per cent for private cars, nothing for business ones (§151①7)."""
    return np.where(cars.business, 0, down_to_ten(tax * EDUCATION_PER_CENT // 100))
