"""Draws from tables of shares, and the types of columns that are drawn."""

from __future__ import annotations

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
