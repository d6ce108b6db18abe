"""A second reading of the livestock forage programme in plain Python, animal lot by animal lot.

7 USC 9081(c) and 7 CFR 1416.201–207; it shares no line with the pack it judges. Lots held in time are counted
one by one here, so that it shows what the pack's lower bound must never exceed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

FEED = {"beef_cow": 3000, "beef_500": 2250, "dairy_cow": 7800, "sheep": 750, "goat": 750}  # cents a month
LIMIT = 125_000 * 100


@dataclass(frozen=True)
class Lot:
    """So many animals of a kind, held since a day."""

    kind: str
    head: int
    since: date


@dataclass(frozen=True)
class Spell:
    """Consecutive weeks of drought at a level."""

    level: str
    weeks: int
    began: date


@dataclass(frozen=True)
class Farm:
    """A farm in a year, with the spells of its county in that year."""

    year: int
    acres: int
    acres_per_animal: int
    lots: tuple[Lot, ...]
    spells: tuple[Spell, ...]


def months(level: str, *, in_a_row: int, in_all: int, year: int) -> int:
    """Monthly payments for a level; §9081(c)(3)(D)(ii), as amended for 2025."""
    if level == "D2" and year >= 2025:
        return 2 if in_a_row >= 7 else 1 if in_a_row >= 4 else 0
    if level == "D2":
        return 1 if in_a_row >= 8 else 0
    short, long = (3, 4) if level == "D3" else (4, 5)
    return 0 if in_all == 0 else long if in_all >= 4 else short


def payment(farm: Farm) -> int:
    """What the best level gives, in cents, every lot looked at by itself."""
    return min(LIMIT, max((_at(farm, level) for level in ("D2", "D3", "D4")), default=0))


def qualifies(farm: Farm) -> bool:
    """Grazing land, a drought that pays, and an animal held sixty days before that drought began."""
    return farm.acres > 0 and any(_held(farm, level) for level in ("D2", "D3", "D4"))


def is_mixed(farm: Farm) -> bool:
    """At a level that pays, some lots of a kind were held in time and others of the same kind were not."""
    return any(
        0 < len([one for one in _held(farm, level) if one.kind == kind]) < _lots_of(farm, kind)
        for level in ("D2", "D3", "D4")
        for kind in FEED
    )


def _lots_of(farm: Farm, kind: str) -> int:
    return len([one for one in farm.lots if one.kind == kind and one.head])


def _at(farm: Farm, level: str) -> int:
    feed = sum(one.head * FEED[one.kind] for one in _held(farm, level))
    land = int(Fraction(farm.acres * FEED["beef_cow"], farm.acres_per_animal))
    return int(Fraction(60 * min(feed, land), 100)) * _months_at(farm, level)


def _months_at(farm: Farm, level: str) -> int:
    weeks = [one.weeks for one in farm.spells if one.level == level]
    return months(level, in_a_row=max(weeks, default=0), in_all=sum(weeks), year=farm.year)


def _held(farm: Farm, level: str) -> list[Lot]:
    spells = [one for one in farm.spells if one.level == level]
    if not _months_at(farm, level):
        return []
    began = max(spells, key=lambda one: one.weeks).began
    return [one for one in farm.lots if one.head and one.since <= began - timedelta(days=60)]
