"""The engines that find facts, each as a function of the same tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from eligibility.facts import Unit
from eligibility.plain_facts import Table
from eligibility.reference import Reference
from eligibility.relations import Register
from eligibility.sheets import build_sheet
from tests.spec.tables import GROUP, Row

DTYPES = {str: pl.String, int: pl.Int64, bool: pl.Boolean, date: pl.Date}


@dataclass(frozen=True)
class Given:
    """One register: its rows (None: it was never delivered), and the ids of those in quarantine."""

    types: Mapping[str, type]
    rows: list[Row] | None
    complete: bool = True
    doubts: list[Row] | None = None


FactsOf = Callable[[Unit, Mapping[str, Given], date], list[dict[str, Any]]]


def by_frames(unit: Unit, registers: Mapping[str, Given], as_of: date) -> list[dict[str, Any]]:
    """The facts of each unit as Polars finds them."""
    names = [fact.name for fact in unit.facts]
    given = {name: _framed(one) for name, one in registers.items()}
    sheet = build_sheet(unit, given, as_of, recipients=[], wanted=names)
    return [] if sheet is None else sheet.select(names).to_dicts()


def by_rows(unit: Unit, registers: Mapping[str, Given], as_of: date) -> list[dict[str, Any]]:
    """The facts of each unit as the plain engine finds them."""
    whole = {name: _whole(one) for name, one in registers.items()}
    reference = Reference(whole, {}, as_of)
    names = [fact.name for fact in unit.facts]
    return [reference.facts(unit, row, names) for row in reference.units(unit)]


ENGINES: dict[str, FactsOf] = {"polars": by_frames, "plain": by_rows}


def _framed(given: Given) -> Register:
    schema = {GROUP: pl.String, **{name: DTYPES[kind] for name, kind in given.types.items()}}
    frame = None if given.rows is None else pl.DataFrame(given.rows, schema=schema).lazy()
    texts = {name: kind for name, kind in schema.items() if kind is pl.String}
    doubts = None if given.doubts is None else pl.DataFrame(given.doubts, schema=texts)
    return Register(frame, given.complete, doubts)


def _whole(given: Given) -> Table:
    """The rows with every column, as a register has them."""
    blank: Row = dict.fromkeys(given.types)
    rows = None if given.rows is None else [blank | row for row in given.rows]
    return Table(rows, given.complete, given.doubts or [])
