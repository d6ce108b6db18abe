"""A made-up city's registers in memory, grouped as a scan groups them, without files or intake."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
import polars as pl

from data.contract import Column, Contract, Group
from data.samples import US_TAX_UNITS
from data.synth.draws import NEVER
from data.synth.headers import DAYS
from data.synth.registers import blocks
from eligibility.relations import Register
from tests.eligibility.packs.verdicts import built_in

TAX_UNITS = 2_000


def made_up_city(residents: int, *, seed: int, as_of: date) -> dict[str, Register]:
    """Every register of both packs as of a day, all of them whole."""
    contracts = {one.register: one for name in ("kr", "us") for one in built_in(name).contracts.values()}
    (frames,) = blocks(residents, seed=seed, as_of=as_of, tax_year=as_of.year)
    frames["tax_units"] = pl.read_csv(US_TAX_UNITS).head(TAX_UNITS)
    rows = {name: _canonical(contracts[name], frame) for name, frame in frames.items() if name in contracts}
    groups = {name: one.group for name, one in contracts.items() if one.group is not None}
    return {name: Register(_grouped(name, rows, groups).lazy(), complete=True) for name in rows}


def _canonical(contract: Contract, frame: pl.DataFrame) -> pl.DataFrame:
    """The columns that decisions may read, in the types of the contract."""
    columns = [one for one in contract.columns if not one.vault and one.name in frame.columns]
    cells = [_cell(one.name, one.parser.dtype, frame.schema[one.name]) for one in columns]
    return frame.select(
        *cells, *(pl.lit(value).cast(pl.Int64).alias(name) for name, value in contract.constants.items())
    )


def _cell(name: str, wanted: pl.DataType | type[pl.DataType], kind: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if name in DAYS and kind.is_integer():
        column = pl.when(column != NEVER).then(column).cast(pl.Int32)
    return column.cast(wanted).alias(name)


def _grouped(name: str, rows: Mapping[str, pl.DataFrame], groups: Mapping[str, Group]) -> pl.DataFrame:
    frame, group = rows[name], groups[name]
    if group.register is None:
        return frame.with_columns(pl.col(group.column).alias("_group"))
    told = (
        _grouped(group.register, rows, groups)
        if group.group is None
        else rows[group.register].with_columns(pl.col(group.group).alias("_group"))
    )
    homes = told.select(pl.col(str(group.key)).alias(group.column), "_group")
    return frame.join(homes, on=group.column, how="left")


def stained(registers: Mapping[str, pl.DataFrame], *, seed: int) -> dict[str, pl.DataFrame]:
    """The same registers as worse offices keep them: cells blank where a contract lets them be, numbers and
    days one off, cells of another row; every cell still what its contract allows, every key still unique."""
    contracts = {one.register: one for name in ("kr", "us") for one in built_in(name).contracts.values()}
    random = np.random.default_rng(seed)
    return {name: _stain(contracts[name], rows, random) for name, rows in registers.items()}


def _stain(contract: Contract, rows: pl.DataFrame, random: np.random.Generator) -> pl.DataFrame:
    columns = [one for one in contract.columns if one.name in rows.columns and not one.identity]
    changed = rows.with_columns(_stained(one, rows[one.name], random) for one in columns)
    return changed.unique(contract.unique, keep="first", maintain_order=True)


def _stained(column: Column, cells: pl.Series, random: np.random.Generator) -> pl.Series:
    """One cell in twenty is another row's, one in twenty one off, one in twenty blank."""
    lot = pl.Series(random.random(len(cells)))
    others = cells.sample(len(cells), with_replacement=True, seed=int(random.integers(2**32)))
    name = pl.lit(cells)
    moved = name
    if cells.dtype == pl.Int64:
        moved = (name + pl.lit(random.choice([-1, 1], len(cells)))).clip(column.minimum, column.maximum)
    if cells.dtype == pl.Date:
        moved = name + pl.duration(days=pl.lit(random.choice([-1, 1], len(cells))))
    blank = name if column.required else pl.lit(None, dtype=cells.dtype)
    share = pl.lit(lot)
    stained = pl.when(share < 0.05).then(pl.lit(others)).when(share < 0.1).then(moved)
    return pl.select(stained.when(share < 0.15).then(blank).otherwise(name).alias(cells.name)).to_series()
