"""Bills of vehicle tax, their payments, and prepayments that sellers passed to buyers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from data.synth.draws import NEVER, Random, Start, Whole, Yes, between, day, happens
from data.synth.identifiers import papers
from data.synth.ownership import TRANSFERRED, Spells
from data.synth.people import DECEASED, People
from data.synth.vehicle_tax import Cars, Half, education_tax, owned_tax, prepaid_tax

PREPAYING_SHARE = 0.38
KINDS = ("annual", "first_half", "second_half")
ANNUAL, FIRST_HALF, SECOND_HALF = range(3)


@dataclass(frozen=True)
class Prepayments:
    """For each spell: whether the year was billed in advance, paid, and passed on to the buyer.

    `asked` says that the seller's answer stands in the register of passed prepayments.
    """

    billed: Yes
    paid: Yes
    asked: Yes
    passed: Yes


@dataclass(frozen=True)
class Bills:
    """One row a bill; `spell` is the row of the spell that is billed, `paid_on` NEVER where nobody paid."""

    spell: Whole
    kind: Whole
    vehicle_tax: Whole
    education_tax: Whole
    billed_on: Whole
    paid_on: Whole


def draw_prepayments(random: Random, people: People, spells: Spells, tax_year: int) -> Prepayments:
    """Who paid the year in January: owners through the whole of it, well over a third of them.

    Of those who sold later, half were asked whether the prepayment goes to the buyer, and nearly
    half of these agreed.
    """
    count = len(spells.car)
    first, last = day(date(tax_year, 1, 1)), day(date(tax_year, 1, 31))
    owned = (spells.acquired < first) & ((spells.ended == NEVER) | (spells.ended > last))
    died_on = np.where(people.status == DECEASED, people.status_day, NEVER)[spells.owner]
    alive = (died_on == NEVER) | (died_on > last)
    billed = owned & alive & happens(random, PREPAYING_SHARE, count)
    paid = billed & happens(random, 0.98, count)
    in_year = spells.ended < day(date(tax_year + 1, 1, 1))
    asked = paid & (spells.reason == TRANSFERRED) & in_year & happens(random, 0.5, count)
    return Prepayments(billed, paid, asked, asked & happens(random, 0.45, count))


def draw_bills(
    random: Random, cars: Cars, spells: Spells, prepayments: Prepayments, *, tax_year: int, as_of: date
) -> Bills:
    """Every bill of the tax year that had gone out by `as_of`, as the law reckons it."""
    paid_ahead = _paid_ahead(spells, prepayments)
    parts = [
        _annual_bills(random, cars, spells, prepayments, tax_year),
        _half_bills(random, cars, spells, paid_ahead, Half(tax_year, 0)),
        _half_bills(random, cars, spells, paid_ahead, Half(tax_year, 1)),
    ]
    columns = (np.concatenate(column) for column in zip(*map(_columns, parts), strict=True))
    spell, kind, vehicle_tax, education, billed_on, paid_on = columns
    paid_on = np.where(paid_on > day(as_of), NEVER, paid_on)
    known = billed_on <= day(as_of)
    return Bills(*(column[known] for column in (spell, kind, vehicle_tax, education, billed_on, paid_on)))


def _columns(bills: Bills) -> tuple[Whole, ...]:
    return bills.spell, bills.kind, bills.vehicle_tax, bills.education_tax, bills.billed_on, bills.paid_on


def _paid_ahead(spells: Spells, prepayments: Prepayments) -> Yes:
    """Spells that owe nothing more this year: prepaid, or bought together with the prepayment."""
    passed_cars = np.zeros(int(spells.car.max(initial=-1)) + 1, dtype=np.bool_)
    passed_cars[spells.car[prepayments.passed]] = True
    return prepayments.paid | passed_cars[spells.car]


def _annual_bills(
    random: Random, cars: Cars, spells: Spells, prepayments: Prepayments, tax_year: int
) -> Bills:
    """Prepayment bills, paid from 16 to 31 January."""
    rows = np.flatnonzero(prepayments.billed)
    of_spell = spells.cars(cars)
    tax = prepaid_tax(of_spell, tax_year)
    start, end = day(date(tax_year, 1, 16)), day(date(tax_year, 1, 31))
    paid_on = np.where(prepayments.paid[rows], between(random, start, end, len(rows)), NEVER)
    return Bills(
        spell=rows,
        kind=np.full(len(rows), ANNUAL),
        vehicle_tax=tax[rows],
        education_tax=education_tax(of_spell, tax)[rows],
        billed_on=np.full(len(rows), start - 3),
        paid_on=paid_on,
    )


def _half_bills(random: Random, cars: Cars, spells: Spells, paid_ahead: Yes, half: Half) -> Bills:
    """Ordinary bills of June or December; an owner who goes earlier is billed on that day."""
    of_spell = spells.cars(cars)
    tax = owned_tax(of_spell, half, owned_from=spells.acquired, owned_to=spells.ended)
    rows = np.flatnonzero((tax > 0) & ~paid_ahead)
    due_month = day(date(half.year, 6 if half.number == 0 else 12, 1))
    gone = (spells.ended != NEVER) & (spells.ended < half.end)
    billed_on = np.where(gone, spells.ended, np.maximum(due_month + 9, spells.acquired))[rows]
    pays = happens(random, 0.96, len(rows))
    paid_on = np.where(pays, between(random, billed_on + 2, billed_on + 20, len(rows)), NEVER)
    return Bills(
        spell=rows,
        kind=np.full(len(rows), FIRST_HALF if half.number == 0 else SECOND_HALF),
        vehicle_tax=tax[rows],
        education_tax=education_tax(of_spell, tax)[rows],
        billed_on=billed_on,
        paid_on=paid_on,
    )


def bills_frame(
    people: People, spells: Spells, bills: Bills, plate: pl.Series, *, tax_year: int, start: Start
) -> pl.DataFrame:
    """The register of bills under its canonical column names, and `paid_on` for the one of payments."""
    return pl.DataFrame(
        {
            "bill": papers("X", tax_year, count=len(bills.spell), start=start.bills),
            "vehicle": plate.gather(spells.car[bills.spell]),
            "payer": people.number.gather(spells.owner[bills.spell]),
            "tax_year": np.full(len(bills.spell), tax_year),
            "kind": pl.Series(KINDS).gather(bills.kind),
            "vehicle_tax": bills.vehicle_tax,
            "education_tax": bills.education_tax,
            "billed_on": bills.billed_on,
            "paid_on": bills.paid_on,
        }
    )


def payments_frame(bills: pl.DataFrame, tax_year: int, start: Start) -> pl.DataFrame:
    """The register of payments: each bill that was paid, in full and once, in the order of payment."""
    paid = bills.filter(pl.col("paid_on") != NEVER).sort("paid_on", "bill")
    receipts = papers("R", tax_year, count=paid.height, start=start.payments)
    paid = paid.with_columns(receipts.alias("payment"))
    return paid.select("payment", "bill", "payer", "vehicle_tax", "education_tax", "paid_on")


def passed_frame(
    people: People, spells: Spells, prepayments: Prepayments, plate: pl.Series, tax_year: int
) -> pl.DataFrame:
    """What sellers answered when they were asked whether their prepayment goes to the buyer."""
    rows = np.flatnonzero(prepayments.asked)
    return pl.DataFrame(
        {
            "vehicle": plate.gather(spells.car[rows]),
            "payer": people.number.gather(spells.owner[rows]),
            "tax_year": np.full(len(rows), tax_year),
            "agreed": prepayments.passed[rows],
            "agreed_on": spells.ended[rows],
        }
    )
