"""Draws from tables of shares, and the types of columns that are drawn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import ArrayLike, NDArray

Whole = NDArray[np.int64]
Yes = NDArray[np.bool_]
Random = np.random.Generator

NEVER = -1_000_000
"""Stands where a day does not exist: a spell that lasts, a person who has not moved. No real day is it."""


def day(moment: date) -> int:
    """Days since 1970-01-01: how days are reckoned here and how Polars keeps a date."""
    return moment.toordinal() - date(1970, 1, 1).toordinal()


@dataclass(frozen=True)
class Start:
    """Where a block of the city begins: how many of each kind the blocks before it hold."""

    block: int = 0
    residents: int = 0
    households: int = 0
    vehicles: int = 0
    bills: int = 0
    payments: int = 0
    arrears: int = 0
    copayments: int = 0
    employers: int = 0
    measures: int = 0
    farms: int = 0


def pick(random: Random, shares: ArrayLike, count: int) -> Whole:
    """`count` positions in `shares`, each as often as its share; shares need not add up to one."""
    if count == 0:
        return np.zeros(0, dtype=np.int64)
    edges = np.cumsum(np.asarray(shares, dtype=np.float64))
    chosen: Whole = np.searchsorted(edges, random.random(count) * edges[-1], side="right").astype(np.int64)
    return chosen


def happens(random: Random, chance: NDArray[np.float64] | float, count: int) -> Yes:
    """Whether something with this chance happens, for each of `count`."""
    return np.asarray(random.random(count) < chance)


def between(random: Random, first: Whole | int, last: Whole | int, count: int) -> Whole:
    """Whole numbers from `first` to `last`, both included; where last < first, `first`."""
    span = np.maximum(np.asarray(last) - np.asarray(first), 0) + 1
    return np.asarray(first + np.floor(random.random(count) * span)).astype(np.int64)


def months(days: Whole) -> Whole:
    """Months since January 1970 of each day."""
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def first_of(month: Whole) -> Whole:
    """The first day of each month (counted from January 1970)."""
    return month.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)


def birthday(birth: Whole, years: int) -> Whole:
    """The day somebody turns `years`; born on 29 February, 1 March where the year has no such day."""
    month = months(birth)
    return first_of(month + 12 * years) + (birth - first_of(month))


def lognormal(random: Random, median: float, spread: float, count: int) -> Whole:
    """Amounts around `median`, rounded to a thousand won."""
    drawn = median * np.exp(spread * random.standard_normal(count))
    return (np.round(drawn / 1_000) * 1_000).astype(np.int64)
