"""Cars, and who owned each from when to when."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import polars as pl

from data.synth.draws import NEVER, Random, Start, Whole, Yes, between, day, happens, pick
from data.synth.identifiers import plates
from data.synth.people import ALIVE, People
from data.synth.vehicle_tax import Cars

CARS_PER_GROWN_UP = 0.44
GROWN_UP = 20
TRANSFERRED_SHARE = 0.09  # of all cars, within the year before the extract
SCRAPPED_SHARE = 0.03
YEAR = 365
LASTS, TRANSFERRED, SCRAPPED = range(3)
END_REASONS = (None, "transferred", "scrapped")

# Displacements on Korean roads and about how many of a hundred cars have each.
ENGINES = {
    998: 12, 1368: 4, 1497: 4, 1591: 13, 1598: 15, 1998: 16, 1999: 12, 2151: 6, 2199: 6, 2359: 3,
    2497: 4, 2656: 1, 2999: 1.5, 3342: 1.5, 3470: 0.7, 3778: 0.3,
}  # fmt: skip


@dataclass(frozen=True)
class Spells:
    """One row for each time that somebody owned a car; `car` and `owner` are rows of cars and people."""

    car: Whole
    owner: Whole
    acquired: Whole
    ended: Whole
    reason: Whole

    def cars(self, cars: Cars) -> Cars:
        """Each spell's car."""
        return Cars(
            engine_cc=cars.engine_cc[self.car],
            business=cars.business[self.car],
            electric=cars.electric[self.car],
            first_registered=cars.first_registered[self.car],
        )


def draw_cars(random: Random, people: People, as_of: date) -> Cars:
    """About 0.44 cars for each resident aged 20 or more, from new to 18 years old."""
    count = int(np.count_nonzero(people.age >= GROWN_UP) * CARS_PER_GROWN_UP)
    age_in_days = np.floor(18 * YEAR * random.random(count) ** 1.25).astype(np.int64)
    registered = day(as_of) - age_in_days
    business = happens(random, 0.025, count)
    chance = np.where(age_in_days < 4 * YEAR, 0.09, np.where(age_in_days < 8 * YEAR, 0.02, 0.0))
    electric = happens(random, chance, count)
    engine = np.array(list(ENGINES), dtype=np.int64)[pick(random, list(ENGINES.values()), count)]
    return Cars(np.where(electric, 0, engine), business, electric, registered)


def draw_spells(random: Random, people: People, cars: Cars, as_of: date) -> Spells:
    """One spell a car, and a second one for each car that was transferred within the year before `as_of`."""
    first = _first_spells(random, people, cars, as_of)
    first = _end_some(random, cars, first, as_of)
    first = first if len(_living_grown_ups(people)) > 1 else _lasting(first)  # who would buy?
    sold = np.flatnonzero(first.reason == TRANSFERRED)
    bought = Spells(
        car=first.car[sold],
        owner=_buyers(random, people, first.owner[sold]),
        acquired=first.ended[sold],
        ended=np.full(len(sold), NEVER),
        reason=np.full(len(sold), LASTS),
    )
    return Spells(
        *(np.concatenate(columns) for columns in zip(_columns(first), _columns(bought), strict=True))
    )


def _columns(spells: Spells) -> tuple[Whole, ...]:
    return spells.car, spells.owner, spells.acquired, spells.ended, spells.reason


def _first_spells(random: Random, people: People, cars: Cars, as_of: date) -> Spells:
    """Owners of full age; six of ten bought their car new, the others more than a year ago."""
    count = len(cars.engine_cc)
    grown_up = np.flatnonzero(people.age >= GROWN_UP)
    wish = np.select([people.age[grown_up] < 30, people.age[grown_up] < 70], [0.4, 1.0], 0.5)
    owner = grown_up[pick(random, wish, count)]
    second_hand = between(random, cars.first_registered, day(as_of) - YEAR - 1, count)
    bought_new = happens(random, 0.6, count)
    of_age = people.birth[owner] + 6_940  # a little over nineteen years
    acquired = np.maximum(np.where(bought_new, cars.first_registered, second_hand), of_age)
    return Spells(np.arange(count), owner, acquired, np.full(count, NEVER), np.full(count, LASTS))


def _end_some(random: Random, cars: Cars, spells: Spells, as_of: date) -> Spells:
    """9 of 100 spells end by a transfer, 3 by scrapping (old cars first) within the year before `as_of`."""
    count = len(spells.car)
    settled = spells.acquired < day(as_of) - YEAR
    old = cars.first_registered < day(as_of) - 8 * YEAR
    scrapped = settled & old & happens(random, _share(SCRAPPED_SHARE, settled & old), count)
    rest = settled & ~scrapped
    transferred = rest & happens(random, _share(TRANSFERRED_SHARE, rest), count)
    reason = np.select([scrapped, transferred], [SCRAPPED, TRANSFERRED], LASTS)
    when = between(random, day(as_of) - YEAR + 1, day(as_of), count)
    return replace(spells, ended=np.where(reason == LASTS, NEVER, when), reason=reason)


def _share(of_all: float, among: Yes) -> float:
    """The chance that gives a share of all rows when only some of them can be hit."""
    return min(of_all * len(among) / max(int(np.count_nonzero(among)), 1), 1.0)


def _buyers(random: Random, people: People, sellers: Whole) -> Whole:
    """A living resident of full age for each seller, never the seller."""
    grown_up = _living_grown_ups(people)
    place = between(random, 0, len(grown_up) - 1, len(sellers))
    same = grown_up[place] == sellers
    buyers: Whole = grown_up[(place + same) % max(len(grown_up), 1)]
    return buyers


def _living_grown_ups(people: People) -> Whole:
    return np.flatnonzero((people.age >= GROWN_UP) & (people.status == ALIVE))


def _lasting(spells: Spells) -> Spells:
    return replace(spells, ended=np.full_like(spells.ended, NEVER), reason=np.full_like(spells.reason, LASTS))


def vehicles_frame(people: People, cars: Cars, spells: Spells, plate: pl.Series) -> pl.DataFrame:
    """The register of vehicles under its canonical column names, one row a spell."""
    of_spell = spells.cars(cars)
    return pl.DataFrame(
        {
            "vehicle": plate.gather(spells.car),
            "owner": people.number.gather(spells.owner),
            "engine_cc": of_spell.engine_cc,
            "use": pl.Series(["private", "business"]).gather(of_spell.business.astype(np.int64)),
            "kind": pl.Series(["car", "electric"]).gather(of_spell.electric.astype(np.int64)),
            "first_registered": of_spell.first_registered,
            "acquired_on": spells.acquired,
            "ended_on": spells.ended,
            "end_reason": pl.Series(END_REASONS, dtype=pl.String).gather(spells.reason),
        }
    )


def car_plates(cars: Cars, start: Start) -> pl.Series:
    """A plate for each car."""
    return plates(len(cars.engine_cc), start.vehicles)
