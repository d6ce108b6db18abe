"""Local taxes that people of the made-up city have not paid."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from data.synth.draws import NEVER, Random, between, day, happens, lognormal
from data.synth.identifiers import papers
from data.synth.people import ADULT, People

DUE_AFTER = 20  # days from a bill to the day it is due


def arrears_frame(random: Random, people: People, bills: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Vehicle tax that is overdue, and other taxes of the last years that some three in a hundred owe.

    A prepayment that was not made is no arrear: the ordinary bills take its place.
    """
    overdue = bills.filter(pl.col("paid_on") == NEVER, pl.col("kind") != "annual").select(
        "payer",
        (pl.col("vehicle_tax") + pl.col("education_tax")).alias("amount"),
        (pl.col("billed_on") + DUE_AFTER).alias("due_on"),
    )
    overdue = overdue.filter(pl.col("due_on") < day(as_of))
    rows = np.flatnonzero((people.age >= ADULT) & happens(random, 0.03, len(people.age)))
    older = pl.DataFrame(
        {
            "payer": people.number.gather(rows),
            "amount": np.clip(lognormal(random, 180_000, 1.1, len(rows)), 1_000, 50_000_000),
            "due_on": day(as_of) - between(random, 1, 1_800, len(rows)),
        }
    )
    frame = pl.concat([overdue, older])
    return frame.with_columns(arrear=papers("A", as_of.year, count=frame.height, start=people.start.arrears))
