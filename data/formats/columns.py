"""Typed columns as the text that the same register would have in a CSV file."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from data.formats.broken import Unreadable

_ISO = "%Y-%m-%d"


def as_text(column: pa.Array, *, header: str, day_form: str | None) -> pa.Array:
    """A column as text, empty where it is null: whole numbers without a point, days as `day_form`.

    Raises Unreadable, naming the header, for a kind that is no cell: lists, structures.
    """
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
        kind = column.type
    text: Any
    if pa.types.is_date(kind):
        text = pc.strftime(column.cast(pa.date32()), format=day_form or _ISO)
    elif pa.types.is_timestamp(kind):
        text = _moments(column, day_form or _ISO)
    elif pa.types.is_decimal(kind):
        text = pc.replace_substring_regex(column.cast(pa.string()), r"\.0+$", "")
    elif pa.types.is_floating(kind):
        text = _numbers(column)
    elif pa.types.is_nested(kind) or pa.types.is_null(kind):
        if not pa.types.is_null(kind):
            raise Unreadable(f"The column {header} holds lists or structures, not single cells.")
        text = column.cast(pa.string())
    else:
        try:
            text = column.cast(pa.string())
            text.validate(full=True)  # what calls itself text may hold bytes that are none
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            raise Unreadable(f"The column {header} is {kind}, which cannot be read as text.") from error
    return pc.fill_null(text, "")


def _moments(column: pa.Array, form: str) -> pa.Array:
    """A moment at midnight is a day, whatever its neighbours are; any other keeps its time."""
    written = column.cast(pa.string())
    if column.type.tz is not None:
        column = pc.local_timestamp(column)  # the day where the office is, not in Greenwich
    days = pc.floor_temporal(column, unit="day")
    return pc.if_else(pc.equal(column, days), pc.strftime(days, format=form), written)


def _numbers(column: pa.Array) -> pa.Array:
    """Floats; a whole number that floats hold exactly is written as one."""
    whole = pc.and_(pc.equal(column, pc.round(column)), pc.less(pc.abs(column), 2.0**53))
    integers = pc.if_else(whole, column, None).cast(pa.int64(), safe=False).cast(pa.string())
    return pc.coalesce(integers, column.cast(pa.string()))
