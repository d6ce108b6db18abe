"""The files that are measured: a made-up city, and the shipped tax units repeated until they are as many."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl

from data.samples import US_TAX_UNITS
from data.synth.headers import CONTRACTS as MADE_UP
from data.synth.registers import make

EXTRACTED_ON = date(2026, 11, 10)
SEED = 1
CONTRACTS = (*MADE_UP.values(), "us/tax_units")


def make_files(folder: Path, residents: int) -> dict[str, int]:
    """Write one CSV file per register into `folder`; the rows of each."""
    rows = make(folder, residents=residents, seed=SEED, as_of=EXTRACTED_ON, tax_year=EXTRACTED_ON.year)
    return rows | {"tax_units": _repeat_tax_units(file_of(folder, "us/tax_units"), rows["households"])}


def file_of(folder: Path, contract: str) -> Path:
    return folder / f"{contract.split('/')[1]}.csv"


def _repeat_tax_units(target: Path, wanted: int) -> int:
    """The sample over and over under new ids, cut off at `wanted` rows; the rows written."""
    sample = pl.read_csv(US_TAX_UNITS, infer_schema=False)
    times = -(-wanted // sample.height)
    copies = [
        sample.lazy().with_columns(
            pl.concat_str([pl.lit(f"{copy}-"), pl.col(name)]).alias(name)
            for name in ("record_id", "household_id")
        )
        for copy in range(times)
    ]
    pl.concat(copies).head(wanted).sink_csv(target)
    return wanted
