"""Buckets judged by the fast engine and by the plain one, which must agree on every cell."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

from eligibility.bucket import Bucket
from eligibility.compiler import Compiled
from eligibility.findings import FINDING_SCHEMA
from eligibility.placing import Placed
from eligibility.plain_facts import Table, Through
from eligibility.reference import Reference
from eligibility.relations import Register


def table_of(register: Register) -> Table:
    """The same register as rows."""
    rows = None if register.frame is None else register.frame.collect().to_dicts()
    doubts = [] if register.doubts is None else register.doubts.to_dicts()
    return Table(rows, register.complete, doubts, _through(register.placed))


def _through(placed: Placed | None) -> Through | None:
    if placed is None:
        return None
    gaps = [] if placed.gaps is None else placed.gaps.to_dicts()
    homes = None if placed.homes is None else placed.homes.select("_key", "_group").collect().to_dicts()
    return Through(placed.column, placed.register, placed.key, placed.whole, gaps, homes)


def by_frames(
    registers: Mapping[str, Register], compiled: Mapping[str, Compiled], as_of: date
) -> list[dict[str, Any]]:
    """The findings of one bucket as the scan makes them."""
    return Bucket(registers, compiled, as_of).findings().to_dicts()


def by_rows(
    registers: Mapping[str, Register], compiled: Mapping[str, Compiled], as_of: date
) -> list[dict[str, Any]]:
    """The findings of one bucket as the plain engine makes them."""
    tables = {name: table_of(one) for name, one in registers.items()}
    found = Reference(tables, compiled, as_of).findings()
    return pl.DataFrame(found, schema=FINDING_SCHEMA).to_dicts()


def agreed(
    registers: Mapping[str, Register], compiled: Mapping[str, Compiled], as_of: date
) -> list[dict[str, Any]]:
    """The findings of one bucket, the same by both."""
    expected = by_rows(registers, compiled, as_of)
    assert expected == by_frames(registers, compiled, as_of)
    return expected
