"""The livestock forage programme, from registers to findings, against triggers and a second reading."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from eligibility.relations import Register
from tests.eligibility.judged import agreed
from tests.eligibility.packs.judge_livestock_forage import (
    FEED,
    Farm,
    Lot,
    Spell,
    is_mixed,
    months,
    payment,
    qualifies,
)
from tests.eligibility.packs.monotone import shrunk, turned_to_no
from tests.eligibility.packs.published_cases import published_cases
from tests.eligibility.packs.verdicts import built_in, verdicts

PROGRAMME = "us/livestock_forage"
SCHEMAS: dict[str, dict[str, Any]] = {
    "farms": {
        "farm": pl.String, "operator": pl.String, "year": pl.Int64, "grazing_acres": pl.Int64,
        "acres_per_animal": pl.Int64,
    },
    "herds": {"farm": pl.String, "kind": pl.String, "head": pl.Int64, "held_since": pl.Date},
    "droughts": {"farm": pl.String, "level": pl.String, "began_on": pl.Date, "weeks": pl.Int64},
}  # fmt: skip
NO_DROUGHT: dict[str, Any] = {
    f"{level}_{what}": 0 for level in ("d2", "d3", "d4") for what in ("weeks", "weeks_in_a_row")
}
COWS: dict[str, Any] = NO_DROUGHT | dict.fromkeys(FEED, 0) | {
    "year": 2024, "grazing_acres": 2000, "acres_per_animal": 10, "beef_cow": 100,
    "beef_cow_first_held": date(2019, 3, 1), "beef_cow_last_held": date(2019, 3, 1),
}  # fmt: skip


def drought(level: str, weeks: int, year: int = 2024) -> dict[str, Any]:
    """The facts of one spell of a level."""
    name = level.lower()
    return {f"{name}_weeks": weeks, f"{name}_weeks_in_a_row": weeks, f"{name}_began_on": date(year, 6, 1)}


def made_up_farms(count: int) -> list[Farm]:
    """Farms around every edge of the rules, the same ones in every run."""
    draw = random.Random(853)
    return [_farm(draw) for _ in range(count)]


def _farm(draw: random.Random) -> Farm:
    year = draw.choice((2024, 2025))
    spells = tuple(
        Spell(level, weeks, date(year, 4, 1) + timedelta(days=draw.randrange(150)))
        for level in ("D2", "D3", "D4")
        for weeks in draw.choice(((), (), (1,), (3,), (4,), (6,), (7,), (8,), (12,), (3, 2), (5, 9)))
    )
    edge = draw.choice(spells).began if spells else date(year, 6, 1)
    lots = tuple(
        Lot(
            kind,
            draw.choice((0, 5, 60, 400)),
            edge - timedelta(days=draw.choice((59, 60, 61, 300, 300, 900))),
        )
        for kind in FEED
        for _ in range(draw.choice((0, 0, 1, 1, 2)))
    )
    return Farm(year, draw.choice((0, 40, 900, 5000)), draw.choice((3, 7, 25)), lots, spells)


def registers_of(farms: list[Farm]) -> dict[str, Register]:
    """The registers that say all that, each farm a group; a drought of another year must not count."""
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in SCHEMAS}
    for at, one in enumerate(farms):
        of = {"_group": f"f{at}", "farm": f"f{at}"}
        rows["farms"].append(
            of | {
                "operator": f"p{at}", "year": one.year, "grazing_acres": one.acres,
                "acres_per_animal": one.acres_per_animal,
            }
        )  # fmt: skip
        rows["herds"] += [
            of | {"kind": x.kind, "head": x.head, "held_since": x.since} for x in one.lots if x.head
        ]
        rows["droughts"] += [
            of | {"level": x.level, "began_on": x.began, "weeks": x.weeks} for x in one.spells
        ]
        rows["droughts"].append(of | {"level": "D4", "began_on": date(one.year - 1, 7, 1), "weeks": 20})
    return {
        name: Register(pl.LazyFrame(rows[name], schema={"_group": pl.String, **schema}), complete=True)
        for name, schema in SCHEMAS.items()
    }


def findings(registers: dict[str, Register], on: date) -> dict[str, dict[str, Any]]:
    """What both engines find, by farm."""
    pack = built_in("us")
    compiled = pack.compile(pack.programmes[PROGRAMME], on)
    return {one["unit_id"]: one for one in agreed(registers, {PROGRAMME: compiled}, on)}


@pytest.mark.parametrize("case", published_cases("us_livestock_forage"), ids=lambda case: case["id"])
def test_a_published_trigger_gives_its_monthly_payments(case: dict[str, Any]) -> None:
    level, weeks = case["inputs"]["level"], case["inputs"]["weeks_in_grazing_period"]

    (found,) = verdicts(PROGRAMME, [COWS | drought(level, weeks)], date(2024, 11, 10))

    expected = case["expected"]["monthly_payments"]
    in_months = (found.amount or 0) // 180_000 if found.status == "entitled" else 0
    assert (expected, expected) == (months(level, in_a_row=weeks, in_all=weeks, year=2024), in_months)


def test_eight_hundred_farms_get_from_their_registers_what_the_judge_reckons() -> None:
    farms = [one for one in made_up_farms(800) if not is_mixed(one)]

    found = findings(registers_of(farms), date(2025, 1, 15))

    words = [found[f"f{at}"]["amount"] if f"f{at}" in found else None for at in range(len(farms))]
    assert [payment(one) if qualifies(one) else None for one in farms] == words


def test_where_only_some_of_a_kind_were_held_in_time_the_amount_is_a_lower_bound_or_open() -> None:
    farms = [one for one in made_up_farms(800) if is_mixed(one) and qualifies(one)]

    found = findings(registers_of(farms), date(2025, 1, 15))

    rows = [found[f"f{at}"] for at in range(len(farms))]
    over = [one for one, row in zip(farms, rows, strict=True) if (row["amount"] or 0) > payment(one)]
    assert ([], {True}, {"entitled", "unknown"}) == (
        over,
        {row["at_least"] for row in rows},
        {row["status"] for row in rows},
    )


@pytest.mark.parametrize("without", ["herds", "droughts"])
def test_a_register_that_is_missing_ends_nobody(without: str) -> None:
    registers = registers_of(made_up_farms(200))
    before = findings(registers, date(2025, 1, 15))

    after = findings(registers | {without: Register(None, complete=False)}, date(2025, 1, 15))

    assert set() == set(before) - set(after)


def test_land_without_livestock_is_not_entitled() -> None:
    farm = Farm(2024, 5000, 5, (), (Spell("D4", 10, date(2024, 6, 1)),))

    assert {} == findings(registers_of([farm]), date(2024, 11, 10))


def test_taking_any_fact_away_never_turns_a_finding_into_a_no_nor_promises_more() -> None:
    late = {"beef_cow_last_held": date(2024, 5, 20)}
    sheep = {"sheep": 40, "sheep_first_held": date(2020, 1, 1), "sheep_last_held": date(2020, 1, 1)}
    droughts = [drought("D2", 8), drought("D3", 2), drought("D4", 5), drought("D2", 9) | drought("D3", 1)]
    units = [COWS | one | more for one in droughts for more in ({}, sheep, late | sheep)]

    assert [] == turned_to_no(PROGRAMME, units, date(2024, 11, 10))


@pytest.mark.parametrize(
    "more",
    [{"beef_cow": 150}, {"grazing_acres": 4000}, {"acres_per_animal": 5}, drought("D3", 4), drought("D4", 4)],
)
def test_more_animals_land_or_drought_never_bring_less(more: dict[str, Any]) -> None:
    units = [COWS | drought(*one) for one in (("D2", 8), ("D3", 1), ("D4", 1))]

    assert [] == shrunk(PROGRAMME, units, [more] * len(units), date(2024, 11, 10))
