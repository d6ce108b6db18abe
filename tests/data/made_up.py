"""A made-up city, made once and read back as any program would."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from data.checks import judge
from data.contract import Contract
from data.contracts import read_contract
from data.reading import read_table
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


@dataclass(frozen=True)
class Verdict:
    """What became of the rows of a file: `refused` has the reasons of each line in quarantine, as codes."""

    rows_in: int
    accepted: pl.DataFrame
    refused: dict[int, set[str]]
    duplicates: int


def verdict(folder: Path, register: str) -> Verdict:
    """A register's file, read and held against its contract."""
    return verdict_by(read_contract(contract_file(register)), folder / f"{register}.csv")


def verdict_by(contract: Contract, file: Path) -> Verdict:
    table = read_table(file, [column.in_file for column in contract.columns])
    judged = judge(contract, table.parts, table.broken)
    refused = {line: {reason["code"] for reason in reasons} for line, reasons in judged.refused.iter_rows()}
    return Verdict(table.rows_in, judged.accepted, refused, judged.duplicates)
