"""A made-up city, made once and read back as any program would."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl

from data.synth.headers import CONTRACTS, HEADERS
from data.synth.registers import make

AS_OF = date(2026, 11, 9)
PACKS = Path(__file__).parents[2] / "eligibility/packs"
Registers = dict[str, pl.DataFrame]


def made(folder: Path, *, seed: int = 7, residents: int = 20_000, as_of: date = AS_OF) -> dict[str, int]:
    return make(folder, residents=residents, seed=seed, as_of=as_of, tax_year=2026)


def read(folder: Path) -> Registers:
    """Each file under its canonical column names, everything as text."""
    return {
        register: pl.read_csv(folder / f"{register}.csv", infer_schema=False).rename(
            {header: name for name, header in headers.items()}
        )
        for register, headers in HEADERS.items()
    }


def contract_file(register: str) -> Path:
    pack, name = CONTRACTS[register].split("/")
    return PACKS / pack / "contracts" / f"{name}.toml"
