"""Parquet files, as the text that the same register would have in a CSV file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from data.formats.broken import SAVE_AS, Unreadable
from data.formats.columns import as_text
from data.formats.shape import Shape
from data.formats.table import Sink, header_cell, places_of

AT_ONCE = 100_000


def read_parquet(source: IO[bytes], sink: Sink, shape: Shape) -> None:
    """Read the columns asked for; the rows are counted from 2, as below a header."""
    try:
        file = parquet.ParquetFile(source)
        names = file.schema_arrow.names
        places = places_of(sink.headers, [header_cell(name) for name in names], line=1)
        wanted = [names[at] for at in places]
        sink.counts.physical = sink.counts.before = 1
        extra = [names[0]] if sink.looks_for_totals else []
        for batch in file.iter_batches(AT_ONCE, columns=list(dict.fromkeys([*wanted, *extra]))):
            write_rows(batch, wanted, sink, shape, first=names[0])
    except (pa.ArrowException, OSError) as error:
        raise Unreadable("The Parquet file is damaged, cut off or encrypted.", mend=SAVE_AS) from error


def write_rows(batch: pa.RecordBatch, wanted: Sequence[str], sink: Sink, shape: Shape, *, first: str) -> None:
    """Write rows as text: the columns `wanted`, for the sink's headers. Raises Unreadable.

    The column `first` is where a row of totals says so; it need only be there when such rows are looked for.
    """
    rows = sink.counts.physical + 1 + np.arange(batch.num_rows)
    sink.counts.physical += batch.num_rows
    cells = [
        as_text(batch.column(name), header=header, day_form=shape.day_forms.get(header))
        for name, header in zip(wanted, sink.headers, strict=True)
    ]
    part = sink.batch(rows, cells)
    if sink.looks_for_totals:
        part = sink.without_totals(part, as_text(batch.column(first), header=first, day_form=None))
    sink.write([part])
