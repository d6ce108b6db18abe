"""Holds the earned income credit against Tax-Calculator's answers for the same real tax units."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from eligibility.judging import judge
from eligibility.relations import Register
from eligibility.sheets import build_sheet
from tests.eligibility.packs.verdicts import built_in

TOLERANCE = 500  # cents: the tables of 26 USC §32(f) go by bands, a formula differs from them by less
AS_OF = date(2026, 3, 2)


@dataclass(frozen=True)
class Agreement:
    """How many tax units get the answer, within the tolerance; an open finding counts as none."""

    units: int
    agreeing: int
    due: int
    due_agreeing: int
    unknown: int

    @property
    def overall(self) -> float:
        """Share of all units that agree."""
        return self.agreeing / self.units

    @property
    def among_due(self) -> float:
        """Share of those to whom the answers give something."""
        return self.due_agreeing / self.due

    def __str__(self) -> str:
        return (
            f"EITC within 5 dollars: {self.agreeing:,} of {self.units:,} ({self.overall:.4%}); "
            f"of those due something {self.due_agreeing:,} of {self.due:,} ({self.among_due:.4%}); "
            f"{self.unknown} unknown"
        )


def judged(tax_units: Path) -> pl.DataFrame:
    """The programme's status and amount for every record of a file of 2025 tax units."""
    pack = built_in("us")
    programme = pack.programmes["us/eitc"]
    unit = pack.unit_of(programme)
    # the whole file in one group: no fact of a tax unit comes from another row
    frame = pl.read_csv(tax_units).with_columns(tax_year=2025, _group=pl.lit("all")).lazy()
    compiled = pack.compile(programme, AS_OF)
    registers = {unit.register: Register(frame, complete=True)}
    sheet = build_sheet(unit, registers, AS_OF, recipients=[], wanted=compiled.read)
    assert sheet is not None
    answers = judge(compiled, sheet.lazy())
    return answers.select(pl.col("_unit").alias("record_id"), "status", "amount").collect()


def agreement(tax_units: Path, answers: Path) -> Agreement:
    """Compare the programme with a file of `record_id` and `eitc` in dollars."""
    theirs = pl.read_csv(answers).select("record_id", due=(pl.col("eitc") * 100).round().cast(pl.Int64))
    both = judged(tax_units).join(theirs, on="record_id", validate="1:1")
    ours = pl.when(pl.col("status") == "entitled").then("amount").otherwise(0)
    agrees = (ours - pl.col("due")).abs() <= TOLERANCE
    due = pl.col("due") > 0
    counts = both.select(
        units=pl.len(), agreeing=agrees.sum(), due=due.sum(), due_agreeing=(agrees & due).sum(),
        unknown=(pl.col("status") == "unknown").sum(),
    )  # fmt: skip
    return Agreement(**counts.row(0, named=True))
