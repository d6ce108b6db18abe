"""Small registers of any pack, made up by hypothesis: blanks, duplicates, ties, absurd amounts and days.

The columns are those of the pack's contracts. Ids come from a few, so that rows meet; numbers and days lie at
and around those that the pack's own rates and stories name, so that conditions are met as often as not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import polars as pl
from hypothesis import strategies as st

from data.contract import Column, Contract
from eligibility.compiler import Compiled
from eligibility.pack import Pack
from eligibility.placing import Placed
from eligibility.purposes import uses_of
from eligibility.relations import Register
from tests.eligibility.near_stories import stories_in

Row = dict[str, Any]
Tables = dict[str, Register]

GROUPS = ("00000000h", "40000000h", "80000000h")
"""Ids whose first digits lie in different buckets."""
ODD_DAYS = (
    *(date(2024, 2, 29), date(1960, 2, 29), date(1899, 12, 31), date(1900, 3, 1), date(1880, 1, 1)),
    *(date(1879, 12, 31), date(2200, 12, 31), date(9999, 12, 31), date(1, 1, 1)),
)
ODD_NUMBERS = (0, 1, 2, 5, -1, 10**13, 10**13 + 1, -(10**13), 9 * 10**12, 2**63 - 1, -(2**63))
MOST_ROWS = 4


@st.composite
def registers_of(draw: st.DrawFn, pack: Pack, compiled: Mapping[str, Compiled]) -> Tables:
    """Registers that the programmes read: each delivered, missing or partial, with rows in quarantine."""
    read: dict[str, set[str]] = {}
    for one in compiled.values():
        for register, column in uses_of(one.unit, one.read, recipient=one.programme.recipient):
            read.setdefault(register, set()).add(column)
    contracts = {one.register: one for one in pack.contracts.values()}
    odd = _days(pack), _numbers(pack)
    drawn = {
        name: draw(_register(contracts[name], sorted(columns | _by_which(contracts[name])), odd))
        for name, columns in sorted(read.items())
        if name in contracts
    }
    return {name: replace(one, placed=_placed(contracts[name], drawn)) for name, one in drawn.items()}


def _by_which(contract: Contract) -> set[str]:
    """The column by which another register is asked for the group of a row."""
    group = contract.group
    return set() if group is None or group.register is None else {group.column}


def _placed(contract: Contract, drawn: Tables) -> Placed | None:
    """As if the groups of its rows had been looked up in another of the registers."""
    group = contract.group
    if group is None or group.register is None:
        return None
    asked = drawn.get(group.register, Register(None, complete=False))
    whole = asked.frame is not None and asked.complete
    gaps = None if asked.doubts is None else asked.doubts.select("_group", _key=str(group.key))
    homes = None if asked.frame is None else asked.frame.select("_group", _key=str(group.key))
    return Placed(group.column, group.register, str(group.key), whole, gaps, homes)


@st.composite
def _register(
    draw: st.DrawFn, contract: Contract, names: list[str], odd: tuple[list[date], list[int]]
) -> Register:
    columns = [column for column in contract.columns if column.name in names]
    cells = {column.name: _cell(column, *odd) for column in columns}
    constants = {name: value for name, value in contract.constants.items() if name in names}
    row = st.fixed_dictionaries({"_group": st.sampled_from(GROUPS), **cells})
    rows = [one | constants for one in draw(st.lists(row, max_size=MOST_ROWS))]
    if draw(st.integers(0, 4)):
        rows = list({tuple(row.get(name) for name in contract.unique): row for row in rows}.values())
    schema = {"_group": pl.String(), **{column.name: column.parser.dtype for column in columns}}
    frame = pl.DataFrame(rows, schema=schema | {name: pl.Int64() for name in constants}).lazy()
    state = draw(st.sampled_from([*["whole"] * 10, "partial", "missing"]))
    doubts = draw(_doubts([column for column in contract.columns if column.identity]))
    return Register(None if state == "missing" else frame, complete=state == "whole", doubts=doubts)


@st.composite
def _doubts(draw: st.DrawFn, columns: list[Column]) -> pl.DataFrame | None:
    """A row in quarantine, now and then, of which not every id can be read."""
    if draw(st.integers(0, 7)):
        return None
    ids = {column.name: st.sampled_from([*_ids(column), None]) for column in columns}
    row = draw(st.fixed_dictionaries({"_group": st.sampled_from([*GROUPS, None]), **ids}))
    return pl.DataFrame([row], schema=dict.fromkeys(row, pl.String))


def _cell(column: Column, days: Sequence[date], numbers: Sequence[int]) -> st.SearchStrategy[Any]:
    """Blank at times; an id that the contract requires, never."""
    if column.identity:
        return st.sampled_from(_ids(column) if column.required else [*_ids(column), None])
    values: Sequence[Any] = _values(column, days, numbers)
    return st.sampled_from([*values, None])


def _ids(column: Column) -> list[str]:
    """One of them is also a group: a row that names it may lie by itself."""
    return [*(f"{column.identity} {number}" for number in (1, 2)), GROUPS[0]]


def _values(column: Column, days: Sequence[date], numbers: Sequence[int]) -> Sequence[Any]:
    dtype, spec = column.parser.dtype, column.parser.spec
    if dtype == pl.Boolean:
        return (True, False)
    if dtype == pl.Date:
        return days
    if dtype == pl.String:
        return (
            spec.removeprefix("one_of:").split(",") if spec.startswith("one_of:") else ("x", "가|나\n=~", "")
        )
    in_bounds = [n for n in numbers if _is_within(column, n)]
    return (*in_bounds, *in_bounds, *ODD_NUMBERS)


def _is_within(column: Column, value: Any) -> bool:
    low: Any = column.minimum
    high: Any = column.maximum
    return (low is None or low <= value) and (high is None or value <= high)


def _days(pack: Pack) -> list[date]:
    """Days of the pack's stories and the days beside them, and odd ones."""
    told = {value for story in stories_in(pack) for value in story.facts.values() if type(value) is date}
    near = {day + timedelta(days=by) for day in sorted(told)[:40] for by in (-1, 0, 1)}
    return [*sorted(near), *ODD_DAYS]


def _numbers(pack: Pack) -> list[int]:
    """Numbers of the pack's rates and stories and the numbers beside them."""
    rates = [rate for book in pack.books.values() for rate in book.values()]
    told = {number for rate in rates for dated in rate.values for number in dated.numbers}
    told |= {value for story in stories_in(pack) for value in story.facts.values() if type(value) is int}
    return sorted({number + by for number in told for by in (-1, 0, 1)})


def as_ofs(pack: Pack) -> st.SearchStrategy[date]:
    """Days of which the pack's stories tell, and 29 February."""
    return st.sampled_from(sorted({story.as_of for story in stories_in(pack)} | {date(2024, 2, 29)}))


def shuffled(tables: Tables, seed: int) -> Tables:
    """The same registers with their rows in another order."""

    def mixed(rows: pl.DataFrame) -> pl.DataFrame:
        return rows.sample(fraction=1, shuffle=True, seed=seed)

    return {name: _with_rows(one, mixed) for name, one in tables.items()}


def bucket_of(tables: Tables, number: int, count: int) -> Tables:
    """The rows of one bucket, where there are so many; rows in quarantine of no known group lie in each."""
    mine = pl.col("_group").str.head(8).str.to_integer(base=16) % count == number

    return {
        name: replace(
            _with_rows(one, lambda rows: rows.filter(mine)),
            doubts=None if one.doubts is None else one.doubts.filter(mine.fill_null(True)),
        )
        for name, one in tables.items()
    }


def _with_rows(register: Register, change: Callable[[pl.DataFrame], pl.DataFrame]) -> Register:
    frame = None if register.frame is None else change(register.frame.collect()).lazy()
    return replace(register, frame=frame)
