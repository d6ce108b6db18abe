"""Typed columns are the text that the same register would have in a CSV file, cell by cell."""

from __future__ import annotations

import io
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pyarrow as pa
from pyarrow import parquet

from data.formats.shape import Shape
from tests.data.filing import read_here

SEOUL = timezone(timedelta(hours=9))


def cells(column: pa.Array, *, form: str | None = "%Y%m%d") -> list[str]:
    file = io.BytesIO()
    parquet.write_table(pa.table({"a": column}), file)
    shape = Shape(day_forms={"a": form} if form else {})
    return read_here(file.getvalue(), ["a"], shape).cells["a"].to_list()


def test_a_whole_decimal_is_a_whole_number() -> None:
    numbers = [Decimal("1234.00"), Decimal("-5.50"), None, Decimal("100.00")]
    assert ["1234", "-5.50", "", "100"] == cells(pa.array(numbers, pa.decimal128(10, 2)))


def test_a_moment_at_midnight_is_a_day_whatever_its_neighbours_are() -> None:
    moments = [datetime(2024, 1, 2), datetime(2024, 1, 3, 5), None]
    column = pa.array(moments, pa.timestamp("us"))
    assert ["20240102", "2024-01-03 05:00:00.000000", ""] == cells(column)
    assert ["2024-01-02", "2024-01-03 05:00:00.000000", ""] == cells(column, form=None)


def test_a_moment_with_a_zone_is_a_day_there() -> None:
    column = pa.array([datetime(2024, 1, 2, tzinfo=SEOUL)], pa.timestamp("us", "Asia/Seoul"))
    assert ["20240102"] == cells(column)
