"""Income and property, disabilities and pregnancies of the people of the made-up city.

Shares are those of Korea's public statistics of 2024 and 2025, rounded: recipients of livelihood benefit 3.3
per cent of residents, of housing benefit alone about 1.5 (국민기초생활보장 수급자 현황); registered disabled
5.1 per cent, of these 37 in a hundred severely (등록장애인 현황); about 70 per cent of those of 65 and more
below the selection amount of the basic pension (기초연금법 §3②), more than half of them with a national
pension (국민연금 통계연보); births about 240,000 a year (인구동향조사).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from data.synth.draws import NEVER, Random, Whole, Yes, between, birthday, day, happens, lognormal
from data.synth.people import ADULT, People

NONE, HOUSING, LIVELIHOOD = range(3)
PENSION_AGE = 65
SOON = 183  # days before the 65th birthday from which some have been looked at


@dataclass(frozen=True)
class Welfare:
    """One row a person. Incomes are won a month; `tested` says that the office has looked at them."""

    level: Whole
    tested: Yes
    couple: Yes
    income: Whole
    national_pension: Whole
    special_pension: Yes
    assessed_on: Whole
    disabled: Yes
    severe: Yes
    registered_on: Whole
    due_on: Whole


def draw_welfare(random: Random, people: People, as_of: date) -> Welfare:
    count = len(people.age)
    level = _levels(random, people)[people.household]
    couple = (people.spouse >= 0) & people.lives_here & people.lives_here[people.spouse]
    old = people.lives_here & (birthday(people.birth, PENSION_AGE) <= day(as_of) + SOON)
    asked = happens(random, 0.9, int(people.household[-1]) + 1)[people.household]
    special = _of_both(people, couple, happens(random, 0.05, count) & old)
    pensioner = old & ~special & happens(random, 0.55, count)
    pension = np.clip(lognormal(random, 560_000, 0.55, count), 100_000, 2_400_000)
    disabled, severe = _disabilities(random, people)
    return Welfare(
        level=level,
        tested=people.lives_here & (people.age >= ADULT) & ((level != NONE) | (old & asked)),
        couple=couple,
        income=_incomes(random, people, level, couple),
        national_pension=np.where(pensioner, pension, 0),
        special_pension=special,
        assessed_on=day(as_of) - between(random, 10, 700, count),
        disabled=disabled,
        severe=severe,
        registered_on=between(random, np.maximum(people.birth + 200, day(as_of) - 12_000), day(as_of), count),
        due_on=_due_days(random, people, as_of),
    )


def _levels(random: Random, people: People) -> Whole:
    """By household: none, help with housing alone, or livelihood; those who live alone, old ones first."""
    first = people.position == 0
    size = np.bincount(people.household)
    old = people.age[first] >= PENSION_AGE
    chance = np.where(size == 1, np.where(old, 0.12, 0.07), 0.02)
    drawn = random.random(len(size))
    return np.select([drawn < chance, drawn < chance + 0.017], [LIVELIHOOD, HOUSING], NONE)


def _of_both(people: People, couple: Yes, own: Yes) -> Yes:
    """Of husband and wife, what either has."""
    return own | (couple & own[people.spouse])


def _incomes(random: Random, people: People, level: Whole, couple: Yes) -> Whole:
    """Recognised income, of a couple that of both together; the poor have little."""
    count = len(people.age)
    single, both = (lognormal(random, median, 0.95, count) for median in (1_450_000, 2_300_000))
    drawn = np.where(couple, both, single)
    drawn = np.where(level != NONE, between(random, 0, 700, count) * 1_000, drawn)
    drawn = np.where(couple, drawn[np.minimum(np.arange(count), people.spouse)], drawn)
    return np.minimum(drawn, 60_000_000)


def _disabilities(random: Random, people: People) -> tuple[Yes, Yes]:
    age, count = people.age, len(people.age)
    chance = np.select(
        [age < 1, age < 19, age < 45, age < 65, age < 80], [0, 0.011, 0.021, 0.056, 0.125], 0.19
    )
    disabled = people.lives_here & happens(random, chance, count)
    return disabled, disabled & happens(random, 0.37, count)


def _due_days(random: Random, people: People, as_of: date) -> Whole:
    """The day a child is due, from a week ago to eight months ahead; NEVER for who expects none."""
    age, count = people.age, len(people.age)
    chance = np.select([age < 20, age < 28, age < 38, age < 43], [0.0, 0.010, 0.040, 0.012], 0.0)
    expecting = people.female & people.lives_here & happens(random, chance, count)
    return np.where(expecting, between(random, day(as_of) - 7, day(as_of) + 240, count), NEVER)


def means_tests_frame(people: People, welfare: Welfare, pensioners: Whole) -> pl.DataFrame:
    """The register of means tests; `pensioners` are the rows of those who have the basic pension."""
    receives = np.zeros(len(people.age), dtype=np.bool_)
    receives[pensioners] = True
    frame = pl.DataFrame(
        {
            "resident": people.number,
            "assessed_on": welfare.assessed_on,
            "couple": welfare.couple,
            "recognised_income": welfare.income,
            "national_pension": welfare.national_pension,
            "special_pension": welfare.special_pension,
            "spouse_birth_date": np.where(welfare.couple, people.birth[people.spouse], NEVER),
            "spouse_receives": welfare.couple & receives[people.spouse],
        }
    )
    return frame.filter(pl.Series(welfare.tested))


def disabilities_frame(people: People, welfare: Welfare) -> pl.DataFrame:
    """The register of disabled people."""
    frame = pl.DataFrame(
        {"resident": people.number, "severe": welfare.severe, "registered_on": welfare.registered_on}
    )
    return frame.filter(pl.Series(welfare.disabled))


def pregnancies_frame(people: People, welfare: Welfare) -> pl.DataFrame:
    """The register of pregnancies."""
    frame = pl.DataFrame({"resident": people.number, "due_on": welfare.due_on})
    return frame.filter(pl.col("due_on") != NEVER)
