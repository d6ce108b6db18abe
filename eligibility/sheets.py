"""Sheets: one bucket's registers become one row per unit, with every declared fact as a column.

Columns beside the facts: `_unit`, `_group`, `_asset`, `_period` and, for each recipient, `_to_<column>`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import TypeGuard

import polars as pl

from eligibility.doubts import DOUBTED, doubt_about
from eligibility.facts import Fact, Lookup, Rows, Unit
from eligibility.relations import (
    ENGINE,
    UNIT_ROW,
    Register,
    cell,
    check_columns,
    days_of,
    known,
    related,
    relations_of,
    seen,
    typed,
    unit_columns,
)

RECIPIENT, KEY = "_to_", "_key_"
DOUBT_COUNTS = {"register": pl.String, "doubted": pl.Int64, "units": pl.Int64}


def build_sheet(
    unit: Unit,
    registers: Mapping[str, Register],
    as_of: date,
    *,
    recipients: Collection[str],
    wanted: Collection[str],
) -> pl.DataFrame | None:
    """The `wanted` facts of each unit as of a day; None when the unit's own register is missing.

    Facts that are findings of programmes are left out, `add_findings` adds them; the columns of the unit
    by which they are found stand there as `_key_<column>`.
    Raises BadSettings when a fact names a column that its register does not have, Failed when two rows of
    a Lookup stand where one may.
    """
    own = registers.get(unit.register)
    if own is None or own.frame is None:
        return None
    facts = [fact for fact in unit.facts if fact.name in wanted]
    relations = relations_of(facts)
    opened = sorted({name for one in relations if is_findings(one) for name in one.keys})
    named = _own_columns(unit, facts, recipients) + [name for one in relations for name in unit_columns(one)]
    named += [] if own.placed is None else [own.placed.column]
    base = _base(unit, own.frame, as_of, named)
    sheet = base.lazy().select(*_identity(unit, recipients, opened), *_own_facts(unit, facts, base))
    parts = [
        related(unit, base, one, registers=registers, facts=facts, as_of=as_of)
        for one in relations
        if not is_findings(one)
    ]
    collected = pl.collect_all([sheet, *parts], engine=ENGINE)
    return pl.concat(collected, how="horizontal")


def add_findings(
    unit: Unit, sheet: pl.DataFrame, relation: Rows, *, findings: Register | None, wanted: Collection[str]
) -> pl.DataFrame:
    """The sheet with the facts that are `findings` of another programme; None: that programme cannot run."""
    facts = [fact for fact in unit.facts if fact.name in wanted]
    keys = [pl.col(KEY + name).alias(name) for name in relation.keys]
    base = sheet.select("_group", *keys).with_row_index(UNIT_ROW)
    registers = {} if findings is None else {relation.register: findings}
    found = related(unit, base, relation, registers=registers, facts=facts, as_of=date.max)
    return sheet.hstack(found.collect(engine=ENGINE))


def is_findings(relation: Lookup | Rows) -> TypeGuard[Rows]:
    """The rows are findings of a programme, not of a register."""
    return isinstance(relation, Rows) and relation.programme is not None


def count_doubted(unit: Unit, registers: Mapping[str, Register], as_of: date) -> pl.DataFrame:
    """Per register with rows in quarantine: of how many `units` those may be about how many, `doubted`."""
    counts: list[tuple[str, int, int]] = []
    own = registers.get(unit.register)
    relations = [one for one in relations_of(unit.facts) if one.register in registers]
    doubting = {one.register for one in relations if registers[one.register].doubts is not None}
    if own is not None and own.frame is not None and doubting:
        keys = {name for one in relations for name in one.keys}
        base = _base(unit, own.frame, as_of, sorted(keys))
        for name in sorted(doubting):
            doubts = registers[name].doubts
            assert doubts is not None
            about = [doubt_about(base, one, doubts)[DOUBTED] for one in relations if one.register == name]
            doubted = pl.DataFrame(about_one.alias(str(at)) for at, about_one in enumerate(about))
            counts.append((name, int(doubted.select(pl.any_horizontal(pl.all()).sum()).item()), base.height))
    return pl.DataFrame(counts, schema=DOUBT_COUNTS, orient="row")


def count_units(unit: Unit, frame: pl.LazyFrame, as_of: date) -> int:
    """How many units there are among the rows of their own register."""
    chosen = [pl.col(name) == value for name, value in unit.where.items()]
    rows = frame.filter(*chosen, *seen(unit.seen_from, as_of))
    return int(rows.select(pl.len()).collect(engine=ENGINE).item())


def empty_sheet(unit: Unit, recipients: Collection[str]) -> pl.DataFrame:
    """A sheet with no rows: the columns that rules may count on."""
    names = ("_unit", "_group", "_asset", "_period", *(RECIPIENT + name for name in recipients))
    schema: dict[str, pl.DataType] = {name: pl.String() for name in names}
    return pl.DataFrame(schema=schema | {fact.name: fact.type.dtype for fact in unit.facts})


def _base(unit: Unit, frame: pl.LazyFrame, as_of: date, named: Collection[str]) -> pl.DataFrame:
    """The columns that are asked for of the rows that are units."""
    there = frame.collect_schema().names()
    needed = dict.fromkeys(("_group", *named, *unit.where, *unit.known_from, *days_of(unit)))
    check_columns(unit, unit.register, there, needed)
    chosen = [pl.col(name) == value for name, value in unit.where.items()]
    return (
        frame.select(*needed)
        .filter(*chosen, *seen(unit.seen_from, as_of))
        .with_columns(known(unit.known_from, as_of))
        .collect(engine=ENGINE)
        .with_row_index(UNIT_ROW)
    )


def _identity(unit: Unit, recipients: Collection[str], opened: Collection[str]) -> list[pl.Expr]:
    asset = pl.lit("") if unit.asset is None else pl.col(unit.asset)
    period = pl.lit("") if unit.period is None else pl.col(unit.period)
    return [
        pl.col(unit.id).alias("_unit"),
        pl.col("_group"),
        asset.cast(pl.String).fill_null("").alias("_asset"),
        period.cast(pl.String).fill_null("").alias("_period"),
        *(pl.col(name).alias(RECIPIENT + name) for name in recipients),
        *(pl.col(name).alias(KEY + name) for name in opened),
    ]


def _own_columns(unit: Unit, facts: Collection[Fact], recipients: Collection[str]) -> list[str]:
    own = [fact.source.column for fact in facts if fact.source.relation is None]
    named = [unit.id, unit.asset, unit.period, *own, *recipients]
    return [name for name in named if name is not None]


def _own_facts(unit: Unit, facts: Collection[Fact], base: pl.DataFrame) -> list[pl.Expr]:
    schema = base.schema
    own = (fact for fact in facts if fact.source.relation is None)
    return [typed(unit, fact, cell(fact), schema).alias(fact.name) for fact in own]
