"""A second reading of 26 USC §32 in plain Python; it shares no line with the pack it judges.

Exact arithmetic over one tax unit at a time. Dollars come in, cents go out, rounded to the nearest;
half a cent is dropped.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

# year: (credit limit by children, phase-out start by children: alone and joint, limit on investment income)
# Rev. Proc. 2023-34 and Rev. Proc. 2024-40
YEARS = {
    2024: ((632, 4213, 6960, 7830), (10_330, 22_720), (17_250, 29_640), 11_600),
    2025: ((649, 4328, 7152, 8046), (10_620, 23_350), (17_730, 30_470), 11_950),
}
CREDIT_RATES = tuple(Fraction(rate, 10_000) for rate in (765, 3400, 4000, 4500))
PHASE_OUT_RATES = tuple(Fraction(rate, 10_000) for rate in (765, 1598, 2106, 2106))


@dataclass(frozen=True)
class TaxUnit:
    """What §32 asks about a tax unit; an age of None is not known."""

    year: int
    filing_status: str
    age_head: int | None
    age_spouse: int | None
    children: int
    earned_income: int
    adjusted_gross_income: int
    investment_income: int = 0
    dependent_of_another: bool = False


@dataclass(frozen=True)
class Answer:
    """The credit in cents, or None where the records do not decide it."""

    cents: int | None


def credit(unit: TaxUnit) -> int:
    """§32(a) and (b): the credit in cents for one who is eligible."""
    limits, alone, joint, _ = YEARS[unit.year]
    children = min(unit.children, 3)
    start = (joint if unit.filing_status == "joint" else alone)[1 if children else 0]
    earned = max(0, unit.earned_income)
    rising = min(Fraction(limits[children]), CREDIT_RATES[children] * earned)
    over = max(0, max(unit.adjusted_gross_income, earned) - start)
    dollars = max(Fraction(0), rising - PHASE_OUT_RATES[children] * over)
    return math.ceil(dollars * 100 - Fraction(1, 2))


def answer(unit: TaxUnit) -> Answer:
    """The credit, 0 where a condition of §32(c), (d) or (i) fails, None where one is open and none fails."""
    if unit.investment_income > YEARS[unit.year][3] or credit(unit) == 0:
        return Answer(0)
    doors = [_age(unit), _filing(unit), _own_person(unit)]
    if False in doors:
        return Answer(0)
    return Answer(None if None in doors else credit(unit))


def _age(unit: TaxUnit) -> bool | None:
    """§32(c)(1)(A)(ii)(II): without a child, one of the filers is 25 to 64 at the end of the year."""
    if unit.children > 0:
        return True
    ages = [unit.age_head] + ([unit.age_spouse] if unit.filing_status == "joint" else [])
    if any(age is not None and 25 <= age <= 64 for age in ages):
        return True
    return None if None in ages else False


def _filing(unit: TaxUnit) -> bool | None:
    """§32(d): a married person files jointly, unless parted and with a child, which nobody recorded."""
    if unit.filing_status != "separate":
        return True
    return None if unit.children > 0 else False


def _own_person(unit: TaxUnit) -> bool | None:
    """§32(c)(1)(A)(ii)(III) bars a childless dependant, (c)(1)(B) anybody's qualifying child."""
    if not unit.dependent_of_another:
        return True
    return None if unit.children > 0 else False
