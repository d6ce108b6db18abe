"""Accepted rows of a made-up city of any size, written without intake: scans of ten million are measured
without first taking in as many. Names, contacts and numbers of people are left out, as the vault would
have them; ids are made from the generated numbers, which are nobody's."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import polars_hash as plh
from sqlalchemy import Engine, insert

from bench.registers import EXTRACTED_ON, SEED
from data.clock import micros
from data.contract import Contract
from data.contract_digest import contract_sha256
from data.keys import KeyUse
from data.rowfiles import accepted_path, context
from data.samples import US_TAX_UNITS
from data.store.engine import writing
from data.store.tables import batch
from data.synth.draws import NEVER
from data.synth.headers import CONTRACTS, DAYS
from data.synth.registers import blocks
from data.workspace import Workspace

TAX_UNITS = "us/tax_units"
NOW = datetime(2026, 11, 10, tzinfo=UTC)


def write_accepted(
    workspace: Workspace, engine: Engine, contracts: Mapping[str, Contract], residents: int
) -> dict[str, int]:
    """Write the newest batch of every register; the rows of each."""
    pieces = workspace.root / "pieces"
    pieces.mkdir()
    for number, frames in enumerate(_frames(residents)):
        for name, frame in frames.items():
            rows = frame.select(_canonical(contracts[name], frame))
            rows.write_parquet(pieces / f"{contracts[name].register}.{number}.parquet", compression="lz4")
    return {
        name: _join(workspace, engine, contracts[name], pieces) for name in (*CONTRACTS.values(), TAX_UNITS)
    }


def _frames(residents: int) -> Iterator[dict[str, pl.DataFrame]]:
    """By contract, one block of the city after the other, with as many tax units as households."""
    sample = pl.read_csv(US_TAX_UNITS)
    city = blocks(residents, seed=SEED, as_of=EXTRACTED_ON, tax_year=EXTRACTED_ON.year)
    for number, frames in enumerate(city):
        households = frames["households"].height
        copies = [
            sample.with_columns(
                pl.concat_str([pl.lit(f"{number}-{copy}-"), pl.col(name)]).alias(name)
                for name in ("record_id", "household_id")
            )
            for copy in range(-(-households // sample.height))
        ]
        named = {CONTRACTS[register]: frame for register, frame in frames.items()}
        yield named | {TAX_UNITS: pl.concat(copies).head(households)}


def _canonical(contract: Contract, frame: pl.DataFrame) -> list[pl.Expr]:
    columns = [one for one in contract.columns if not one.vault and one.name in frame.columns]
    constants = [pl.lit(value).alias(name) for name, value in contract.constants.items()]
    values = [
        _id(one.identity, one.name) if one.identity else _value(one.name, frame.schema[one.name])
        for one in columns
    ]
    return [*values, *constants, pl.int_range(2, pl.len() + 2, dtype=pl.Int64).alias("_row")]


def _id(kind: str, name: str) -> pl.Expr:
    text = plh.concat_str([pl.lit(kind), pl.col(name).cast(pl.String)], separator=":")
    found: pl.Expr = text.chash.sha2_256().str.slice(0, 32).alias(name)
    return found


def _value(name: str, kind: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if name in DAYS and kind.is_integer():
        return pl.when(column != NEVER).then(column).cast(pl.Int32).cast(pl.Date).alias(name)
    return column.cast(pl.Int64) if kind.is_integer() else column


def _join(workspace: Workspace, engine: Engine, contract: Contract, pieces: Path) -> int:
    rows = pl.scan_parquet(sorted(pieces.glob(f"{contract.register}.*.parquet")))
    return write_batch(workspace, engine, contract, rows)


def write_batch(
    workspace: Workspace, engine: Engine, contract: Contract, rows: pl.LazyFrame, *, again: bool = False
) -> int:
    """Accepted rows of a register as a batch of their own, `again` as a later one; how many there are."""
    register = contract.register
    batch_id = f"{register}-{'again' if again else 'made-up'}"
    path = accepted_path(workspace, register, batch_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    sealed = pl.ParquetEncryptionProperties(
        footer_key=workspace.key(KeyUse.REGISTERS), aad_prefix=context(register, batch_id)
    )
    rows.sink_parquet(path, encryption=sealed, compression="lz4")
    count = int(rows.select(pl.len()).collect().item())
    nothing = {"part": "", "parts": "[]", "mends": None, "quarantined": 0, "duplicates": 0, "complete": True}
    pages = dict.fromkeys(("reading", "reasons", "notes", "identities"), json.dumps({}))
    named = {
        "batch_id": batch_id,
        "contract": contract.name,
        "register": register,
        "file_name": f"{register}.csv",
        "sha256": batch_id,
        "contract_sha256": contract_sha256(contract),
        "extracted_on": EXTRACTED_ON,
        "rows_in": count,
        "accepted": count,
        "taken_in_at": micros(NOW) + again,
    }
    with writing(engine) as connection:
        connection.execute(insert(batch), {**nothing, **pages, **named})
    return count
