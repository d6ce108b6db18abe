"""Registers of vehicles, bills and payments with every blank, tie and oddity that real ones have."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import polars as pl

Row = dict[str, Any]
SCHEMAS: dict[str, dict[str, Any]] = {
    "vehicles": {
        "vehicle": pl.String, "owner": pl.String, "engine_cc": pl.Int64, "use": pl.String, "kind": pl.String,
        "first_registered": pl.Date, "acquired_on": pl.Date, "ended_on": pl.Date, "end_reason": pl.String,
    },
    "bills": {
        "bill": pl.String, "vehicle": pl.String, "payer": pl.String, "tax_year": pl.Int64, "kind": pl.String,
        "vehicle_tax": pl.Int64, "education_tax": pl.Int64, "billed_on": pl.Date,
    },
    "payments": {
        "bill": pl.String, "payer": pl.String, "vehicle_tax": pl.Int64, "education_tax": pl.Int64,
        "paid_on": pl.Date,
    },
    "passed_prepayments": {
        "vehicle": pl.String, "payer": pl.String, "tax_year": pl.Int64, "agreed": pl.Boolean,
        "agreed_on": pl.Date,
    },
}  # fmt: skip


def made_up_registers(count: int, *, seed: int) -> dict[str, pl.LazyFrame]:
    """The four registers of `count` owners with one vehicle each, `_group` being the owner's household."""
    draw = random.Random(seed)
    tables: dict[str, list[Row]] = {name: [] for name in SCHEMAS}
    for number in range(count):
        owner, vehicle = f"person-{number}", f"vehicle-{number}"
        group = {"_group": f"household-{number // 3}"}
        spells = list(_spells(draw, owner, vehicle))
        tables["vehicles"] += [group | row for row in spells]
        for bill in _bills(draw, owner, vehicle):
            if not _held(spells, bill["billed_on"]) and draw.random() < 0.9:
                continue
            tables["bills"].append(group | bill)
            tables["payments"] += [group | row for row in _payments(draw, bill)]
            tables["passed_prepayments"] += [group | row for row in _consent(draw, bill)]
    return {
        name: pl.LazyFrame(rows, schema={"_group": pl.String, **SCHEMAS[name]})
        for name, rows in tables.items()
    }


def _spells(draw: random.Random, owner: str, vehicle: str) -> Iterator[Row]:
    first = _day(draw, 2008, 2023)
    electric = draw.random() < 0.2
    engine = 0 if electric else draw.choice((998, 1000, 1001, 1600, 1998, 2501))
    car = {
        "vehicle": vehicle,
        "owner": owner,
        "engine_cc": _or_blank(draw, engine),
        "use": _or_blank(draw, draw.choice(("private", "private", "private", "business"))),
        "kind": _or_blank(draw, "electric" if electric else "car"),
        "first_registered": _or_blank(draw, first),
    }
    acquired = max(first, _day(draw, 2018, 2025))
    for _ in range(draw.choice((1, 1, 1, 2))):
        ended = draw.choice((None, acquired + timedelta(days=draw.randrange(900)), _day(draw, 2024, 2027)))
        if ended is not None and ended < acquired:
            ended = acquired
        reason = None if ended is None else _or_blank(draw, draw.choice(("transferred", "scrapped")))
        yield car | {"acquired_on": acquired, "ended_on": ended, "end_reason": reason}
        if ended is None:
            return
        acquired = ended + timedelta(days=draw.choice((0, 5, 200)))


def _held(spells: list[Row], day: date) -> bool:
    return any(
        spell["acquired_on"] <= day and (spell["ended_on"] is None or spell["ended_on"] >= day)
        for spell in spells
    )


def _bills(draw: random.Random, owner: str, vehicle: str) -> Iterator[Row]:
    for year in (2023, 2024, 2025, 2026):
        tax = draw.choice((0, 38_180, 95_420, 190_840, 305_050, 381_690))
        yield {
            "bill": f"bill-{owner}-{year}",
            "vehicle": vehicle,
            "payer": owner,
            "tax_year": year,
            "kind": draw.choice(("annual", "annual", "first_half")),
            "vehicle_tax": tax,
            "education_tax": tax * 3 // 100 * 10,
            "billed_on": date(year, draw.choice((1, 3)), 16),
        }


def _payments(draw: random.Random, bill: Row) -> Iterator[Row]:
    paid = {name: bill[name] for name in ("bill", "payer", "vehicle_tax", "education_tax")}
    paid |= {"paid_on": bill["billed_on"] + timedelta(days=draw.randrange(40))}
    how = draw.random()
    if how < 0.1:
        return
    if how < 0.2:
        yield paid | {"vehicle_tax": bill["vehicle_tax"] // 2}
    else:
        yield paid
    if how > 0.9:
        yield paid | {"paid_on": bill["billed_on"] + timedelta(days=30)}


def _consent(draw: random.Random, bill: Row) -> Iterator[Row]:
    if draw.random() < 0.3:
        yield {
            "vehicle": bill["vehicle"],
            "payer": bill["payer"],
            "tax_year": bill["tax_year"],
            "agreed": draw.choice((True, False, None)),
            "agreed_on": draw.choice((None, bill["billed_on"] + timedelta(days=draw.randrange(700)))),
        }


def _or_blank(draw: random.Random, value: Any) -> Any:
    return None if draw.random() < 0.04 else value


def _day(draw: random.Random, first_year: int, last_year: int) -> date:
    span = (date(last_year, 12, 31) - date(first_year, 1, 1)).days
    return date(first_year, 1, 1) + timedelta(days=draw.randrange(span + 1))
