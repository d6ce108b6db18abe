"""Makes the registers of a city of residents who do not exist, all agreeing with each other.

The city is made in blocks of whole households, and one block at a time is held in memory: ids go on where
those of the block before it ended, and each kind of draw goes on far behind it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import BinaryIO

import numpy as np
import polars as pl

from data.files import atomic_path
from data.synth import (
    arrears,
    benefits,
    bills,
    children,
    copayments,
    employers,
    farms,
    homes,
    ownership,
    people,
)
from data.synth import welfare as wellbeing
from data.synth.draws import NEVER, Random, Start
from data.synth.headers import CONTRACTS, DAYS, HEADERS
from data.synth.vehicle_tax import FIRST_TAX_YEAR

__all__ = ["BLOCK", "CONTRACTS", "HEADERS", "make"]

BLOCK = 250_000  # residents held in memory at once
EMPLOYERS_PER_RESIDENT = 0.03
FARMS_PER_RESIDENT = 0.002
STREAMS = 9

Frames = dict[str, pl.DataFrame]


def make(folder: Path, *, residents: int, seed: int, as_of: date, tax_year: int) -> dict[str, int]:
    """Write `<register>.csv` for each register into `folder`, as extracts of `as_of`; the rows of each.

    The same arguments give the same bytes. Bills are those of `tax_year` (2024 or later) that had gone
    out by `as_of`. Raises ValueError for fewer than one resident or an earlier tax year.
    """
    if residents < 1 or tax_year < FIRST_TAX_YEAR:
        raise ValueError(f"at least one resident and a tax year from {FIRST_TAX_YEAR} on")
    folder.mkdir(parents=True, exist_ok=True)
    rows = dict.fromkeys(HEADERS, 0)
    with ExitStack() as stack:
        files = {name: _opened(stack, folder / f"{name}.csv") for name in HEADERS}
        for number, frames in enumerate(blocks(residents, seed=seed, as_of=as_of, tax_year=tax_year)):
            for register, frame in frames.items():
                _write(files[register], frame, HEADERS[register], header=number == 0)
                rows[register] += frame.height
    return rows


def blocks(residents: int, *, seed: int, as_of: date, tax_year: int) -> Iterator[Frames]:
    """Every register under its canonical column names, one block of the city after the other."""
    start = Start()
    while start.residents < residents:
        count = min(BLOCK, residents - start.residents)
        frames = _frames(count, _streams(seed, start.block), start, as_of=as_of, tax_year=tax_year)
        yield frames
        start = _after(start, frames)


def _streams(seed: int, block: int) -> list[Random]:
    """A generator for each kind of draw; those of a later block go on far behind those of an earlier one."""
    seeds = np.random.SeedSequence(seed).spawn(STREAMS)
    return [np.random.Generator(np.random.PCG64(one).jumped(block)) for one in seeds]


def _after(start: Start, frames: Frames) -> Start:
    return Start(
        block=start.block + 1,
        vehicles=start.vehicles + frames["vehicles"]["vehicle"].n_unique(),
        **{
            name: getattr(start, name) + frames[name].height
            for name in (
                "residents", "households", "bills", "payments", "arrears", "copayments", "employers",
                "measures", "farms",
            )
        },
    )  # fmt: skip


def _frames(count: int, streams: Sequence[Random], start: Start, *, as_of: date, tax_year: int) -> Frames:
    of_people, of_names, of_cars, of_spells, of_bills, of_contacts, *later = streams
    city = people.draw_people(of_people, count, as_of, start)
    cars = ownership.draw_cars(of_cars, city, as_of)
    plate = ownership.car_plates(cars, start)
    spells = ownership.draw_spells(of_spells, city, cars, as_of)
    ahead = bills.draw_prepayments(of_bills, city, spells, tax_year)
    drawn = bills.draw_bills(of_bills, cars, spells, ahead, tax_year=tax_year, as_of=as_of)
    billed = bills.bills_frame(city, spells, drawn, plate, tax_year=tax_year, start=start)
    address = homes.home_addresses(of_names, city)
    return {
        "residents": people.residents_frame(
            of_names, city, household=homes.household_numbers(city), address=address
        ),
        "households": homes.households_frame(city),
        "vehicles": ownership.vehicles_frame(city, cars, spells, plate),
        "bills": billed,
        "payments": bills.payments_frame(billed, tax_year, start),
        "passed_prepayments": bills.passed_frame(city, spells, ahead, plate, tax_year),
        "contacts": homes.contacts_frame(of_contacts, city),
        **_personal(later[0], city, billed, as_of),
        **_employment(later[1], city, as_of),
        **_farming(later[2], count, start, as_of),
    }


def _personal(random: Random, city: people.People, billed: pl.DataFrame, as_of: date) -> Frames:
    welfare = wellbeing.draw_welfare(random, city, as_of)
    pension = benefits.basic_pensions(random, city, welfare, as_of)
    return {
        "means_tests": wellbeing.means_tests_frame(city, welfare, pension.person),
        "benefits": benefits.benefits_frame(random, city, welfare, pension, as_of),
        "disabilities": wellbeing.disabilities_frame(city, welfare),
        "pregnancies": wellbeing.pregnancies_frame(city, welfare),
        "children": children.children_frame(random, city, as_of),
        "copayments": copayments.copayments_frame(random, city, welfare, as_of),
        "arrears": arrears.arrears_frame(random, city, billed, as_of),
    }


def _employment(random: Random, city: people.People, as_of: date) -> Frames:
    count = int(len(city.age) * EMPLOYERS_PER_RESIDENT)
    staff = employers.draw_staff(random, city, count, as_of)
    start = city.start
    workplaces = employers.draw_workplaces(random, staff, count, start=start.employers, as_of=as_of)
    return {
        "employers": employers.employers_frame(random, workplaces),
        "measures": employers.measures_frame(random, workplaces, start=start.measures, as_of=as_of),
        "staff_months": employers.staff_months_frame(random, city, workplaces, staff, as_of),
        "departures": employers.departures_frame(random, city, workplaces, staff),
    }


def _farming(random: Random, residents: int, start: Start, as_of: date) -> Frames:
    count = int(residents * FARMS_PER_RESIDENT)
    land = farms.draw_farms(count, start=start.farms, as_of=as_of)
    return {
        "farms": farms.farms_frame(random, land),
        "herds": farms.herds_frame(random, land, as_of),
        "droughts": farms.droughts_frame(random, land, as_of),
    }


def _opened(stack: ExitStack, target: Path) -> BinaryIO:
    """The file that becomes `target` when all registers are whole."""
    return stack.enter_context(stack.enter_context(atomic_path(target)).open("wb"))


def _write(file: BinaryIO, frame: pl.DataFrame, headers: Mapping[str, str], *, header: bool) -> None:
    """UTF-8 with the authority's headers; days as YYYYMMDD, yes and no as Y and N, nothing as nothing."""
    columns = [_as_text(name, frame.schema[name]).alias(title) for name, title in headers.items()]
    frame.select(columns).write_csv(file, include_header=header)


def _as_text(name: str, dtype: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if name in DAYS:
        day = pl.when(column != NEVER).then(column).cast(pl.Int32).cast(pl.Date)
        return day.dt.strftime("%Y%m%d")
    if dtype == pl.Boolean:
        return pl.when(column).then(pl.lit("Y")).otherwise(pl.lit("N"))
    return column
