"""Children of the made-up city, and who looks after them."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from data.synth.draws import NEVER, Random, Whole, between, day, happens
from data.synth.people import ADULT, People

FULL_AGE = 18
_DAYCARE = np.array([0.20, 0.80, 0.92, 0.85, 0.6, 0.5, 0.4, 0.0])  # by age, rounded (보육통계)


def children_frame(random: Random, people: People, as_of: date) -> pl.DataFrame:
    """The register of children: each with a grown-up of the same household.

    Births are reported within a month, a few later; one child in 150 is abroad (출입국 통계, rounded).
    """
    rows = np.flatnonzero(people.lives_here & (people.age < FULL_AGE))
    count = len(rows)
    birth = people.birth[rows]
    late = np.where(
        happens(random, 0.03, count), between(random, 30, 400, count), between(random, 0, 28, count)
    )
    gone = day(as_of) - between(random, 1, 500, count)
    abroad = happens(random, 1 / 150, count) & (gone > birth)
    return pl.DataFrame(
        {
            "child": people.number.gather(rows),
            "guardian": people.number.gather(_guardians(random, people, rows)),
            "birth_date": birth,
            "reported_on": np.minimum(birth + late, day(as_of)),
            "in_daycare": happens(random, _DAYCARE[np.minimum(people.age[rows], len(_DAYCARE) - 1)], count),
            "abroad_since": np.where(abroad, gone, NEVER),
        }
    )


def _guardians(random: Random, people: People, rows: Whole) -> Whole:
    """The head of the household or, as often, the head's husband or wife."""
    heads = people.heads
    spouse = people.spouse[heads]
    other = np.where((spouse >= 0) & people.lives_here[spouse] & (people.age[spouse] >= ADULT), spouse, heads)
    chosen = np.where(happens(random, 0.6, len(heads)), other, heads)
    return chosen[people.household[rows]]
