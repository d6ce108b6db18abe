"""A second reading of the Korean basic pension in plain Python; it shares no line with the pack it judges.

기초연금법 §3, §5 to §8, §24 and 시행령 §4, §9 to §11, in exact arithmetic for one household at a time. Unlike
the pack it is told what no register has: which part of a national pension redistributes, and what the
spouse gets.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

# year: (selection amount of a single person, base amount), won a month
YEARS = {2023: (2_020_000, 323_180), 2024: (2_130_000, 334_810), 2025: (2_280_000, 342_510),
         2026: (2_470_000, 349_700)}  # fmt: skip


@dataclass(frozen=True)
class Pensioner:
    """One spouse: the national pension a month, and the part of it that redistributes (A)."""

    national_pension: int = 0
    redistributed: int = 0
    basic_living: bool = False


@dataclass(frozen=True)
class Household:
    """Who receives the pension in a household; of a couple `second` is set where both do."""

    year: int
    couple: bool
    income: int
    first: Pensioner
    second: Pensioner | None = None

    @property
    def limit(self) -> int:
        """시행령 §4②: of a couple 160 in a hundred of that of a single person."""
        return YEARS[self.year][0] * (160 if self.couple else 100) // 100


def own_amount(one: Pensioner, year: int) -> Fraction:
    """§5 to §7: the amount of one person before anything is taken off."""
    base = Fraction(YEARS[year][1])
    if one.basic_living or one.national_pension <= base * 3 / 2:
        return base
    by_part = max(base - Fraction(2, 3) * one.redistributed, Fraction(0)) + base / 2
    if one.national_pension <= base * 2:
        return min(base, max(base * 5 / 2 - one.national_pension, min(by_part, base)))
    return min(base, by_part)


def amounts(household: Household) -> tuple[Fraction, ...]:
    """§8, 시행령 §11: what each receives, before what lies below ten won is dropped."""
    base = Fraction(YEARS[household.year][1])
    left = Fraction(household.limit - household.income)
    if household.second is None:
        whole = own_amount(household.first, household.year)
        return (whole if whole <= left else min(whole, max(left, base / 10)),)
    cut = [own_amount(one, household.year) * 4 / 5 for one in (household.first, household.second)]
    if sum(cut) <= left:
        return tuple(cut)
    of_both = min(sum(cut), max(left, base / 5))
    return tuple(min(one, max(of_both * one / sum(cut), base / 10)) for one in cut)


def paid(amount: Fraction) -> int:
    """§24: below ten won nothing is reckoned."""
    return int(amount // 10) * 10


def is_entitled(household: Household) -> bool:
    """§3①, once of age and without a special pension."""
    return household.income <= household.limit


def first_day_to_apply(birth: date) -> date:
    """The first day of the month before the one of the 65th birthday, in the days of the act."""
    year, month = birth.year + 65, birth.month
    by_age = date(year - 1, 12, 1) if month == 1 else date(year, month - 1, 1)
    return max(by_age, date(2014, 7, 1))
