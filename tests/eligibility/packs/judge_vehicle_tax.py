"""A second reading of the Korean vehicle tax law in plain Python; it shares no line with the pack it judges.

Exact arithmetic (Fraction), one vehicle at a time, in the order of the articles: 지방세법 §127 (rates),
시행령 §122 (age), §128③ with 시행령 §125 (prepayment), §126 (days of ownership), §130③ (refund),
§151①7 (education tax), 지방세기본법 §62 (interest).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

PRIVATE_PER_CC = ((1000, 80), (1600, 140), (None, 200))
BUSINESS_PER_CC = ((1600, 18), (2500, 19), (None, 24))
PREPAYMENT_PERCENT = {2021: 10, 2022: 10, 2023: 7, 2024: 5, 2025: 5, 2026: 5}
DEADLINES = {"january": (1, 31), "march": (3, 31), "june": (6, 30), "september": (9, 30)}
INTEREST_RATES = (
    (date(2018, 3, 19), Fraction(18, 1000)),
    (date(2019, 3, 20), Fraction(21, 1000)),
    (date(2020, 3, 13), Fraction(18, 1000)),
    (date(2021, 3, 16), Fraction(12, 1000)),
    (date(2023, 3, 20), Fraction(29, 1000)),
    (date(2024, 3, 22), Fraction(35, 1000)),
    (date(2025, 3, 21), Fraction(31, 1000)),
)


@dataclass(frozen=True)
class Vehicle:
    """What the tax needs to know about a vehicle."""

    first_registered: date | None = None
    engine_cc: int | None = None
    business: bool = False
    electric: bool = False

    @property
    def is_private_by_engine(self) -> bool:
        """Whether its tax falls with age: a private car taxed by its engine."""
        return not self.business and not self.electric


def floor10(amount: Fraction | int) -> int:
    """The amount with what lies below 10 won dropped."""
    return int(amount // 10) * 10


def base_tax(vehicle: Vehicle) -> int:
    """A year's tax before age, in won."""
    if vehicle.electric:
        return 20_000 if vehicle.business else 100_000
    assert vehicle.engine_cc is not None
    bands = BUSINESS_PER_CC if vehicle.business else PRIVATE_PER_CC
    rate = next(won for upto, won in bands if upto is None or vehicle.engine_cc <= upto)
    return vehicle.engine_cc * rate


def age_in_half(first_registered: date, year: int, half: int) -> int:
    """The age the law counts in a half (1 or 2) of a year: it grows on 1 January or on 1 July."""
    if first_registered.month <= 6:
        return year - first_registered.year + 1
    return year - first_registered.year + (1 if half == 2 else 0)


def half_tax(vehicle: Vehicle, year: int, half: int) -> Fraction:
    """The exact tax of a half year, with the reduction for age and before any rounding."""
    tax = Fraction(base_tax(vehicle), 2)
    if not vehicle.is_private_by_engine or vehicle.first_registered is None:
        return tax
    age = min(12, age_in_half(vehicle.first_registered, year, half))
    return tax if age < 3 else tax * Fraction(100 - 5 * (age - 2), 100)


def annual_tax(vehicle: Vehicle, year: int) -> int:
    """The year's tax in won: its two bills, each rounded down to 10."""
    return floor10(half_tax(vehicle, year, 1)) + floor10(half_tax(vehicle, year, 2))


def prepaid_tax(vehicle: Vehicle, year: int, month: str) -> int:
    """What is paid when the whole year is paid at once in one of the four windows."""
    rate = Fraction(PREPAYMENT_PERCENT[year], 100)
    second_half = floor10(half_tax(vehicle, year, 2))
    last_day = date(year, 12, 31)
    if month == "september":
        discount = second_half * Fraction(92, 184) * rate
    elif month == "june" and year >= 2026:
        discount = second_half * rate
    else:
        left = (last_day - date(year, *DEADLINES[month])).days
        discount = annual_tax(vehicle, year) * Fraction(left, days_of(year)) * rate
    return floor10(annual_tax(vehicle, year) - discount)


def education_tax(vehicle: Vehicle, vehicle_tax: int) -> int:
    """30 % of a bill's vehicle tax, for private cars only."""
    return 0 if vehicle.business else floor10(Fraction(30 * vehicle_tax, 100))


def days_of(year: int) -> int:
    """365 or 366."""
    return (date(year + 1, 1, 1) - date(year, 1, 1)).days


def tax_for_days(vehicle: Vehicle, year: int, *, start: date, end: date) -> int:
    """The tax of the days from `start` up to but without `end`, rounded down to 10 won once."""
    middle = date(year, 7, 1)
    reduced = vehicle.is_private_by_engine and any(
        vehicle.first_registered and age_in_half(vehicle.first_registered, year, half) >= 3 for half in (1, 2)
    )
    if not reduced:
        return floor10(Fraction(annual_tax(vehicle, year) * (end - start).days, days_of(year)))
    total = Fraction(0)
    for half, first, after in ((1, date(year, 1, 1), middle), (2, middle, date(year + 1, 1, 1))):
        days = max(0, (min(end, after) - max(start, first)).days)
        total += floor10(half_tax(vehicle, year, half)) * Fraction(days, (after - first).days)
    return floor10(total)


@dataclass(frozen=True)
class Refund:
    """What goes back, in won."""

    vehicle_tax: int
    education_tax: int

    @property
    def amount(self) -> int:
        """Both parts together."""
        return self.vehicle_tax + self.education_tax


def refund(
    vehicle: Vehicle, event: date, *, prepaid: int, pro_rata: bool = True, acquired: date | None = None
) -> Refund:
    """What goes back of `prepaid` when the vehicle changed hands or was scrapped on `event`."""
    start = max(acquired or date(event.year, 1, 1), date(event.year, 1, 1))
    whole = tax_for_days(vehicle, event.year, start=start, end=date(event.year + 1, 1, 1))
    due = tax_for_days(vehicle, event.year, start=start, end=event)
    back = floor10(Fraction(prepaid * (whole - due), whole)) if pro_rata else max(0, prepaid - due)
    return Refund(vehicle_tax=back, education_tax=education_tax(vehicle, back))


def interest(amount: int, *, start: date, decided: date) -> int:
    """Interest on a refund from `start` to the day of decision, both counted, by the rate of each day."""
    total = Fraction(0)
    for index, (since, rate) in enumerate(INTEREST_RATES):
        until = INTEREST_RATES[index + 1][0] if index + 1 < len(INTEREST_RATES) else date.max
        days = (min(decided + timedelta(days=1), until) - max(start, since)).days
        total += amount * rate * Fraction(max(0, days), 365)
    return floor10(total)
