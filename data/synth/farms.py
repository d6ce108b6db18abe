"""American farms that do not exist: land, livestock, and droughts of their counties.

Two for a thousand residents, five a county; about half of the counties have a drought in a grazing season,
as in the dry years of the US Drought Monitor. Everybody in a county has the same drought.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from data.synth.draws import Random, Whole, Yes, between, day, happens, pick

OF_A_COUNTY = 5
WORST = (0.50, 0.20, 0.18, 0.12)  # no drought, D2, D3, D4
LEVELS = ("D2", "D3", "D4")
KINDS = {"beef_cow": 0.42, "beef_500": 0.22, "dairy_cow": 0.06, "sheep": 0.17, "goat": 0.13}
LAST_STATE = 99  # states are numbered down from here
SEASON = (4, 1)  # grazing begins


@dataclass(frozen=True)
class Farms:
    """One row a farm; `county` is the number of its county within the block."""

    name: pl.Series
    county: Whole
    code: pl.Series
    year: int


def draw_farms(count: int, *, start: int, as_of: date) -> Farms:
    """Farms of the grazing season that has begun; `start` of them are in the blocks before."""
    position = start + np.arange(count)
    county = position // OF_A_COUNTY
    code = pl.Series(LAST_STATE * 1_000 - county // 1_000 * 1_000 + county % 1_000).cast(pl.String)
    return Farms(
        name="F-99-" + pl.Series(position).cast(pl.String).str.zfill(7),
        county=county - start // OF_A_COUNTY,
        code=code,
        year=as_of.year if as_of >= date(as_of.year, *SEASON) else as_of.year - 1,
    )


def farms_frame(random: Random, farms: Farms) -> pl.DataFrame:
    """The register of farms; one in twelve is run by the producer of the farm before it."""
    count = len(farms.county)
    own = np.arange(count)
    runs = np.where(happens(random, 1 / 12, count), np.maximum(own - 1, 0), own)
    acres = np.round(300 * np.exp(1.2 * random.standard_normal(count))).astype(np.int64)
    return pl.DataFrame(
        {
            "farm": farms.name,
            "operator": farms.name.str.replace("F-", "P-", literal=True).gather(runs),
            "county": farms.code,
            "year": np.full(count, farms.year),
            "grazing_acres": np.where(happens(random, 0.9, count), np.maximum(acres, 5), 0),
            "acres_per_animal": between(random, 3, 25, int(farms.county.max(initial=-1)) + 1)[farms.county],
        }
    )


def herds_frame(random: Random, farms: Farms, as_of: date) -> pl.DataFrame:
    """The register of livestock: none on one farm in seven, up to three kinds on the others."""
    count = len(farms.county)
    kinds = random.permuted(np.tile(np.arange(len(KINDS)), (count, 1)), axis=1)[:, :3]
    kinds[:, 0] = pick(random, list(KINDS.values()), count)
    has = np.column_stack([happens(random, share, count) for share in (0.86, 0.3, 0.1)])
    has &= np.column_stack([np.ones(count, np.bool_), kinds[:, 1] != kinds[:, 0], kinds[:, 2] != kinds[:, 0]])
    farm, place = np.nonzero(has & has[:, :1])
    rows = len(farm)
    recent = happens(random, 0.08, rows)
    ago = np.where(recent, between(random, 5, 200, rows), between(random, 200, 3_000, rows))
    head = np.ceil(45 * np.exp(0.9 * random.standard_normal(rows))).astype(np.int64)
    return pl.DataFrame(
        {
            "farm": farms.name.gather(farm),
            "kind": pl.Series(list(KINDS)).gather(kinds[farm, place]),
            "head": head,
            "held_since": day(as_of) - ago,
        }
    )


def droughts_frame(random: Random, farms: Farms, as_of: date) -> pl.DataFrame:
    """The register of droughts: each level a county reached, from its first day in the season on."""
    counties = int(farms.county.max(initial=-1)) + 1
    worst = pick(random, WORST, counties)
    season = day(date(farms.year, *SEASON))
    began = between(random, season, season + 100, counties)
    lasted = between(random, 5, 22, counties)
    parts = []
    for level, name in enumerate(LEVELS, start=1):
        reached, first, weeks = worst >= level, began + 21 * (level - 1), lasted - 4 * (level - 1)
        known = np.minimum(weeks, (day(as_of) - first) // 7)
        parts.append(_of_level(farms, name, reached & (known > 0), first=first, weeks=known))
    return pl.concat(parts)


def _of_level(farms: Farms, level: str, reached: Yes, *, first: Whole, weeks: Whole) -> pl.DataFrame:
    rows = np.flatnonzero(reached[farms.county])
    county = farms.county[rows]
    return pl.DataFrame(
        {
            "farm": farms.name.gather(rows),
            "level": pl.Series([level]).gather(np.zeros(len(rows), np.int64)),
            "began_on": first[county],
            "weeks": weeks[county],
        }
    )
