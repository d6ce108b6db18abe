"""The people of the made-up city, in whole households."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from data.synth.draws import NEVER, Random, Start, Whole, Yes, between, day, happens, pick
from data.synth.identifiers import resident_numbers
from data.synth.names import full_names, surnames

# Shares of households with one, two, … six persons, about those of Korea in the 2020s.
HOUSEHOLD_SIZES = (0.36, 0.29, 0.19, 0.13, 0.025, 0.005)
# Shares of heads by age, fitted so that groups of ten years come within two points of the Korean ones
# (주민등록 인구통계 2025: 6, 9, 12, 13, 15, 17, 15, 8 and, from 80, 5 of a hundred).
HEADS_OF_ONE = (0.34, 0.28, 0.23, 0.15)
HEADS_OF_TWO = (0.08, 0.33, 0.41, 0.18)
HEADS_OF_MORE = (0.31, 0.48, 0.21)
STATUSES = ("alive", "deceased", "moved_out")
ALIVE, DECEASED, MOVED_OUT = range(3)
ADULT = 19


@dataclass(frozen=True)
class People:
    """One row a person in each column; `household` counts from 0 and the rows stand in its order.

    `spouse` is the row of the husband or wife in the same household, -1 where there is none.
    """

    household: Whole
    position: Whole
    spouse: Whole
    birth: Whole
    age: Whole
    female: Yes
    surname: Whole
    status: Whole
    status_day: Whole
    protected: Yes
    english: Yes
    number: pl.Series
    start: Start

    @property
    def lives_here(self) -> Yes:
        return np.asarray(self.status == ALIVE)

    @property
    def heads(self) -> Whole:
        """The row of each household's head: its first grown-up who lives there, else its first person."""
        first = np.flatnonzero(self.position == 0)
        able = np.where(self.lives_here & (self.age >= ADULT), np.arange(len(self.age)), len(self.age))
        found = np.minimum.reduceat(able, first)
        return np.where(found == len(self.age), first, found)


def draw_people(random: Random, count: int, as_of: date, start: Start | None = None) -> People:
    """`count` persons in whole households, as a register knows them on `as_of`."""
    start = start or Start()
    household, position = _households(random, count)
    age, lone = _ages(random, household, position)
    birth = day(as_of) - np.floor(age * 365.2425 + random.random(count) * 365).astype(np.int64)
    status, status_day = _statuses(random, age, as_of)
    return People(
        household=household,
        position=position,
        spouse=_spouses(position, lone),
        birth=birth,
        age=age,
        female=_sexes(random, household, position, lone),
        surname=_surnames(random, household, position),
        status=status,
        status_day=status_day,
        protected=happens(random, 0.003, count),
        english=happens(random, 0.02, int(household[-1]) + 1)[household],
        number=resident_numbers(birth, start.block),
        start=start,
    )


def _households(random: Random, count: int) -> tuple[Whole, Whole]:
    """For each person the household, and the position in it: 0 head, 1 spouse or other adult, 2 and up."""
    sizes = pick(random, HOUSEHOLD_SIZES, count) + 1  # at most one household a person is needed
    ends = np.cumsum(sizes)
    households = int(np.searchsorted(ends, count)) + 1
    household = np.repeat(np.arange(households), sizes[:households])[:count]
    starts = np.r_[0, ends[: households - 1]]
    return household, np.arange(count) - starts[household]


def _ages(random: Random, household: Whole, position: Whole) -> tuple[Whole, Yes]:
    """Full years: heads by the size of their household, the others by their head's age; who has no spouse."""
    size = np.bincount(household)
    count, persons = len(size), len(household)
    of_one, of_two = (_of_heads(random, shares, count) for shares in (HEADS_OF_ONE, HEADS_OF_TWO))
    of_more = np.choose(
        pick(random, HEADS_OF_MORE, count),
        [between(random, *span, count) for span in ((32, 44), (45, 56), (57, 70))],
    )
    head = np.select([size == 1, size == 2], [of_one, of_two], of_more)[household]
    spouse = np.maximum(head + between(random, -4, 3, persons), ADULT)
    child = np.maximum(head - between(random, 27, 35, persons), 0)
    parent = head + between(random, 22, 34, persons)
    third_age = happens(random, 0.06, persons)
    lone = happens(random, 0.2, persons)  # a head without spouse who lives with a child
    second = np.where(lone, child, spouse)
    later = np.where(third_age, parent, child)
    return np.select([position == 0, position == 1], [head, second], later), lone


def _of_heads(random: Random, shares: Sequence[float], count: int) -> Whole:
    """Ages from 20 to 39, 40 to 59, 60 to 74, and from 75, where each year has fewer."""
    younger = [between(random, *span, count) for span in ((20, 39), (40, 59), (60, 74))]
    oldest = 75 + np.floor(20 * random.random(count) ** 1.6).astype(np.int64)
    return np.choose(pick(random, shares, count), [*younger, oldest])


def _spouses(position: Whole, lone: Yes) -> Whole:
    """The first two of a household are husband and wife, unless the second is a child."""
    rows = np.arange(len(position))
    second = np.flatnonzero((position == 1) & ~lone)
    spouse = np.full(len(position), -1)
    spouse[second], spouse[second - 1] = rows[second - 1], rows[second]
    return spouse


def _sexes(random: Random, household: Whole, position: Whole, lone: Yes) -> Yes:
    """Heads of families are more often men, husband and wife of both sexes; others by halves."""
    size = np.bincount(household)
    head_female = happens(random, np.where(size == 1, 0.55, 0.35), len(size))[household]
    others = happens(random, 0.49, len(household))
    return np.asarray(
        np.select([position == 0, (position == 1) & ~lone], [head_female, ~head_female], others)
    )


def _surnames(random: Random, household: Whole, position: Whole) -> Whole:
    """The family name of the household, and another one for its second person."""
    family = surnames(random, int(household[-1]) + 1)[household]
    return np.where(position == 1, surnames(random, len(household)), family)


def _statuses(random: Random, age: Whole, as_of: date) -> tuple[Whole, Whole]:
    """Who died or moved out within the year before `as_of`, and on which day."""
    count = len(age)
    chance = np.select([age < 1, age < 60, age < 80], [0.0, 0.0008, 0.012], 0.06)
    deceased = happens(random, chance, count)
    moved = happens(random, 0.01, count) & (age >= 1)
    status = np.select([deceased, moved], [DECEASED, MOVED_OUT], ALIVE)
    when = between(random, day(as_of) - 364, day(as_of), count)
    return status, np.where(status == ALIVE, NEVER, when)


def residents_frame(
    random: Random, people: People, *, household: pl.Series, address: pl.Series
) -> pl.DataFrame:
    """The register of residents; `household` and `address` have one row a household."""
    return pl.DataFrame(
        {
            "resident": people.number,
            "household": household.gather(people.household),
            "birth_date": people.birth,
            "sex": pl.Series(["M", "F"]).gather(people.female.astype(np.int64)),
            "status": pl.Series(STATUSES).gather(people.status),
            "status_date": people.status_day,
            "protected": people.protected,
            "language": pl.Series(["ko", "en"]).gather(people.english.astype(np.int64)),
            "name": full_names(random, people.surname, people.female),
            "address": address.gather(people.household),
        }
    )
