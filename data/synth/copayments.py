"""What the people of the made-up city paid for covered medical care, against the yearly cap."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from data.synth.draws import Random, Whole, Yes, between, day, happens
from data.synth.identifiers import papers
from data.synth.people import People
from data.synth.welfare import LIVELIHOOD, NONE, Welfare

LEAST = 500_000  # who paid less is not in the register
SETTLED = (8, 25)  # month and day in the following year on which the caps are settled
DECILES = 10
# 본인부담상한액, in ten thousand won for each decile of premiums (국민건강보험법 시행령 별표 3 and its
# yearly notices), and for more than 120 days in a nursing hospital.
CAPS = {
    2023: (87, 108, 108, 162, 162, 303, 303, 414, 497, 780),
    2024: (87, 108, 108, 167, 167, 313, 313, 428, 514, 808),
    2025: (89, 110, 110, 170, 170, 320, 320, 437, 525, 826),
    2026: (90, 112, 112, 173, 173, 326, 326, 446, 536, 843),
}
LONG_STAY_CAPS = {
    2023: (134, 168, 168, 227, 227, 375, 375, 538, 646, 1_014),
    2024: (138, 174, 174, 235, 235, 388, 388, 557, 669, 1_050),
    2025: (141, 178, 178, 240, 240, 396, 396, 569, 684, 1_074),
    2026: (143, 181, 181, 245, 245, 404, 404, 580, 698, 1_096),
}


def copayments_frame(random: Random, people: People, welfare: Welfare, as_of: date) -> pl.DataFrame:
    """The two years settled last, for those with health insurance who paid much.

    Some three in a hundred are above their cap (본인부담상한제 지급 통계: 2 million of 51 in 2024); of the
    newer year one in five has not been paid back yet, of the older one in twenty.
    """
    settled = date(as_of.year, *SETTLED) <= as_of
    last = as_of.year - 1 if settled else as_of.year - 2
    decile = _deciles(random, people, welfare)
    frame = pl.concat(
        [
            _year(random, people, welfare, decile, year=last, paid_back=0.78, as_of=as_of),
            _year(random, people, welfare, decile, year=last - 1, paid_back=0.95, as_of=as_of),
        ]
    )
    start = people.start.copayments
    return frame.with_columns(settlement=papers("C", as_of.year, count=frame.height, start=start))


def _deciles(random: Random, people: People, welfare: Welfare) -> Whole:
    """One a household; old people who live alone and the poor more often have a low one."""
    homes = int(people.household[-1]) + 1
    old_alone = (people.age[people.position == 0] >= 65) & (np.bincount(people.household) == 1)
    drawn = np.floor(DECILES * random.random(homes) ** np.where(old_alone, 1.8, 1.0)).astype(np.int64) + 1
    return np.where(welfare.level != NONE, np.minimum(drawn[people.household], 2), drawn[people.household])


def _year(
    random: Random,
    people: People,
    welfare: Welfare,
    decile: Whole,
    *,
    year: int,
    paid_back: float,
    as_of: date,
) -> pl.DataFrame:
    rows = np.flatnonzero(_paid_much(random, people, welfare, year))
    count = len(rows)
    paid = (LEAST * np.exp(random.exponential(0.75, count))).astype(np.int64) // 10 * 10
    paid = np.minimum(paid, 60_000_000)
    long_stay = (people.age[rows] >= 70) & happens(random, 0.03, count)
    paid = np.where(long_stay, np.maximum(paid, 2_000_000), paid)
    over = np.maximum(paid - _caps(year, decile[rows], long_stay), 0)
    drawn = random.random(count)
    refunded = np.select([drawn < paid_back, drawn < paid_back + 0.02], [over, over // 20 * 10], 0)
    first = day(date(year + 1, *SETTLED))
    return pl.DataFrame(
        {
            "resident": people.number.gather(rows),
            "year": np.full(count, year),
            "covered_paid": paid,
            "decile": decile[rows],
            "long_stay": long_stay,
            "refunded": refunded,
            "settled_on": between(random, first, min(first + 14, day(as_of)), count),
        }
    )


def _paid_much(random: Random, people: People, welfare: Welfare, year: int) -> Yes:
    """Those in livelihood benefit have medical aid in place of insurance, and no such cap."""
    age, count = people.age, len(people.age)
    chance = np.select([age < 19, age < 45, age < 65, age < 80], [0.05, 0.07, 0.16, 0.35], 0.5)
    born = people.birth < day(date(year, 12, 1))
    return np.asarray(born & (welfare.level != LIVELIHOOD) & happens(random, chance, count))


def _caps(year: int, decile: Whole, long_stay: Yes) -> Whole:
    """The cap in won; years outside the table have its nearest one."""
    known = min(max(year, min(CAPS)), max(CAPS))
    usual, long = (np.array(table[known]) * 10_000 for table in (CAPS, LONG_STAY_CAPS))
    return np.where(long_stay, long[decile - 1], usual[decile - 1])
