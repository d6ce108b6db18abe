"""Parquet files, as the text that the same register would have in a CSV file."""

from __future__ import annotations

from typing import IO

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from data.formats.broken import SAVE_AS, Unreadable
from data.formats.columns import as_text
from data.formats.shape import Shape
from data.formats.table import Sink, header_cell, places_of

_AT_ONCE = 100_000


def read_parquet(source: IO[bytes], sink: Sink, shape: Shape) -> None:
    """Read the columns asked for; the rows are counted from 2, as below a header."""
    try:
        file = parquet.ParquetFile(source)
        names = file.schema_arrow.names
        places = places_of(sink.headers, [header_cell(name) for name in names], line=1)
        wanted = [names[at] for at in places]
        sink.counts.physical = sink.counts.before = 1
        extra = [names[0]] if sink.looks_for_totals else []
        for batch in file.iter_batches(_AT_ONCE, columns=list(dict.fromkeys([*wanted, *extra]))):
            _write(batch, wanted, sink, shape, first=names[0])
    except (pa.ArrowException, OSError) as error:
        raise Unreadable("The Parquet file is damaged, cut off or encrypted.", mend=SAVE_AS) from error


def _write(batch: pa.RecordBatch, wanted: list[str], sink: Sink, shape: Shape, *, first: str) -> None:
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
