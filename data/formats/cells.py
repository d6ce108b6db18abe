"""Rows that come one by one as lists of cells, with a header row among them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from data.formats.broken import SAVE_AS, Broken, Unreadable
from data.formats.shape import Shape
from data.formats.table import Sink, header_cell, places_of

_AT_ONCE = 50_000


class Cells:
    """Puts rows into the table; the header row is the shape's. A row without any text is no row."""

    def __init__(self, sink: Sink, shape: Shape) -> None:
        self._sink, self._header_row = sink, shape.header_row
        self._places: list[int] | None = None
        self._width = 0
        self._rows: list[int] = []
        self._cells: list[Sequence[str]] = []
        self._broken: list[tuple[int, Broken]] = []

    def add(self, number: int, row: Sequence[str], *, why: Broken | None = None) -> None:
        """The row `number`; `why` where its cells cannot be believed."""
        self._sink.counts.physical += 1
        if number < self._header_row:
            self._sink.counts.before += 1
        elif self._places is None:
            self._sink.counts.before += 1
            names = [header_cell(cell) for cell in row]
            self._places, self._width = places_of(self._sink.headers, names, line=number), len(names)
        elif why is None and not any(row):
            self._sink.counts.empty += 1
        else:
            self._row(number, row, why)

    def _row(self, number: int, row: Sequence[str], why: Broken | None) -> None:
        if why is not None:
            self._set_aside(number, row, why)
        elif self._sink.is_total(row[0]):
            if self._sink.expects_totals:
                self._sink.counts.totals += 1
            else:
                self._set_aside(number, row, Broken.TOTAL)
        elif len(row) == self._width:
            self._rows.append(number)
            self._cells.append(row)
        else:
            self._set_aside(number, row, Broken.SHORT if len(row) < self._width else Broken.LONG)
        if len(self._rows) + len(self._broken) >= _AT_ONCE:
            self._flush()

    def _set_aside(self, number: int, row: Sequence[str], why: Broken) -> None:
        self._broken.append((number, why))
        self._sink.keep_row(number, row)

    def _flush(self) -> None:
        columns = [pa.array([row[at] for row in self._cells], pa.string()) for at in self._places or ()]
        whole = self._sink.batch(np.array(self._rows, np.int64), columns)
        broken = self._sink.broken_rows([row for row, _ in self._broken], [why for _, why in self._broken])
        self._sink.write([whole, broken])
        self._rows, self._cells, self._broken = [], [], []

    def finish(self) -> None:
        """Write what is left. Raises Unreadable when there was no header row."""
        if self._places is None:
            raise Unreadable("There is no header row.", line=self._header_row, mend=SAVE_AS)
        self._flush()
