"""The table of text that a file becomes, on its way from the process that opens files."""

from __future__ import annotations

import csv
import io
import os
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data.formats.broken import (
    DIGEST_ALONE,
    HEADERS_ALONE,
    SAVE_AS,
    Broken,
    DigestFound,
    HeadersFound,
    Unreadable,
)
from data.formats.lines import Block
from data.formats.shape import Shape

ROW, SPAN, WHY = "_row", "_span", "_why"
WHYS = tuple(Broken)  # `_why` is a place in here, or -1
Rows = Any  # a whole number or an array of them


class Counts:
    """What became of every physical line; together they are all there are."""

    def __init__(self) -> None:
        self.physical = 0
        self.before = 0  # the header and what stands above it
        self.empty = 0
        self.continued = 0  # lines on which a row goes on that began above
        self.totals = 0  # rows of totals that the contract expects
        self.deleted = 0  # rows that are still in a table's files and no longer in the table

    @property
    def rows(self) -> int:
        elsewhere = self.before + self.empty + self.continued + self.totals + self.deleted
        return self.physical - elsewhere


class Sink:
    """Takes rows in file order and writes them to the table; whoever fills it names no cell in an error.

    The table has `_row` (the line a row begins on), `_span` (lines it runs over after that), `_why`, and a
    column of text for each header asked for, named by its place.
    """

    def __init__(
        self, target: int, lines: int, headers: Sequence[str], shape: Shape, *, most_rows: int
    ) -> None:
        self.headers = tuple(headers)
        self._rows, self._most_rows = 0, most_rows
        self.told: int | None = None  # an open file that says how many rows there are by now
        self.counts = Counts()
        self.broken = 0  # rows in the table that cannot be read
        self.undecoded = 0
        self.first_undecoded: int | None = None
        self.kept: list[tuple[int, int, int]] = []  # first line, offset, bytes
        self._kept_bytes = 0
        self._lines = os.fdopen(lines, "wb", closefd=False)
        self._totals = pa.array([_bare(one) for one in shape.total_rows], pa.string())
        self.expects_totals = shape.total_rows_expected
        kinds = [(ROW, pa.int64()), (SPAN, pa.int16()), (WHY, pa.int8())]
        self.schema = pa.schema([*kinds, *((str(at), pa.string()) for at in range(len(headers)))])
        self._file = os.fdopen(target, "wb", closefd=False)
        self._writer = pa.ipc.new_file(pa.PythonFile(self._file), self.schema)

    @property
    def looks_for_totals(self) -> bool:
        return len(self._totals) > 0

    def batch(self, rows: Rows, cells: Sequence[pa.Array], *, spans: Rows = 0) -> pa.Table:
        """Whole rows, as a part of the table."""
        rows = np.asarray(rows, np.int64)
        spans = np.broadcast_to(np.asarray(spans, np.int16), rows.shape)
        why = np.full(rows.shape, -1, np.int8)
        columns = [pa.array(rows), pa.array(spans), pa.array(why), *cells]
        return pa.table(columns, schema=self.schema)

    def broken_rows(self, rows: Sequence[int], whys: Sequence[Broken], spans: Rows = 0) -> pa.Table:
        """Rows without cells, and why."""
        if not len(rows):
            return self.schema.empty_table()
        for row, why in zip(rows, whys, strict=True):
            if why is Broken.BYTES:
                self.undecoded += 1
                self.first_undecoded = self.first_undecoded or row
        none = pa.nulls(len(rows), pa.string())
        made = self.batch(rows, [none] * len(self.headers), spans=spans)
        codes = pa.array([WHYS.index(why) for why in whys], pa.int8())
        return made.set_column(2, self.schema.field(WHY), codes)

    def write(self, parts: Iterable[pa.Table]) -> None:
        """Add parts; together they hold consecutive rows, in any order."""
        filled = [part for part in parts if part.num_rows]
        if not filled:
            return
        whole = pa.concat_tables(filled)
        self.broken += pc.sum(pc.greater_equal(whole[WHY], 0)).as_py()
        self._count(whole.num_rows)
        if len(filled) > 1 or self.looks_for_totals:
            whole = whole.take(pc.sort_indices(whole[ROW]))
        self._writer.write_table(whole.combine_chunks())

    def _count(self, rows: int) -> None:
        self._rows += rows
        if self.told is not None:
            os.pwrite(self.told, self._rows.to_bytes(8, "little"), 0)
        if self._rows > self._most_rows:
            raise Unreadable(
                f"There are more than {self._most_rows:,} rows.",
                mend="deliver the register in parts, or raise intake.limits.rows in owed.toml",
            )

    def without_totals(self, part: pa.Table, first: pa.Array | pa.ChunkedArray) -> pa.Table:
        """The part without its rows of totals: those are counted, or marked where nobody expects them."""
        if not self.looks_for_totals:
            return part
        totals = pc.fill_null(pc.is_in(_bare_column(first), self._totals), False)
        found = pc.sum(totals).as_py() or 0
        if not found:
            return part
        if self.expects_totals:
            self.counts.totals += found
            return part.filter(pc.invert(totals))
        rest = part.filter(pc.invert(totals))
        return pa.concat_tables([rest, self.marked(part.filter(totals), Broken.TOTAL)])

    def deleted(self, rows: int) -> None:
        """Count rows that were passed over because the table has deleted them."""
        self.counts.physical += rows
        self.counts.deleted += rows

    def marked(self, part: pa.Table, why: Broken) -> pa.Table:
        """Rows that have cells and are broken all the same."""
        codes = pa.array(np.full(part.num_rows, WHYS.index(why), np.int8))
        return part.set_column(2, self.schema.field(WHY), codes)

    def keep(self, block: Block) -> None:
        """Keep the lines of a block as they stood, for the rows that end in quarantine."""
        raw = block.raw()
        self._lines.write(raw)
        self.kept.append((block.first, self._kept_bytes, len(raw)))
        self._kept_bytes += len(raw)

    def keep_row(self, row: int, cells: Sequence[str]) -> None:
        """Keep a row that has no place in the table, from a file that has no lines."""
        text = io.StringIO()
        csv.writer(text, lineterminator="").writerow(cells)
        raw = text.getvalue().encode()
        self._lines.write(raw)
        self.kept.append((row, self._kept_bytes, len(raw)))
        self._kept_bytes += len(raw)

    def is_total(self, cell: str) -> bool:
        return self.looks_for_totals and _bare(cell) in self._totals.to_pylist()

    def close(self) -> None:
        """Finish the table. Raises Unreadable when most rows are no text in the file's encoding."""
        self._writer.close()
        self._file.flush()
        self._lines.flush()
        if self.undecoded * 2 > self.counts.rows:
            raise Unreadable(
                f"Most rows are no text: line {self.first_undecoded} cannot be read.",
                line=self.first_undecoded,
                mend=SAVE_AS,
            )


def _bare(cell: str) -> str:
    return "".join(unicodedata.normalize("NFKC", cell).split())


def _bare_column(cells: pa.Array | pa.ChunkedArray) -> Any:
    return pc.replace_substring_regex(pc.utf8_normalize(cells, form="NFKC"), r"\s+", "")


def places_of(headers: Sequence[str], found: Sequence[str], *, line: int) -> list[int]:
    """Where each header that is asked for stands among those of the file.

    Raises Unreadable, and HeadersFound when only the headers are asked for. A header that is not ours is
    never named: it is a cell where the header is missing.
    """
    if tuple(headers) == HEADERS_ALONE:
        raise HeadersFound(found)
    missing = [header for header in headers if header not in found]
    if missing:
        raise Unreadable(
            f"The file lacks {'the column' if len(missing) == 1 else 'the columns'} {', '.join(missing)}.",
            line=line,
            mend="ask for the full export, or let the contract name the new header, the line it stands on "
            "(file.header_row) and what stands between cells (file.delimiter)",
        )
    twice = [place for place, header in enumerate(found, 1) if header and found.count(header) > 1]
    if twice:
        raise Unreadable(
            f"Columns {', '.join(map(str, twice))} share their header with another column.",
            line=line,
            mend="give every column a header of its own",
        )
    return [found.index(header) for header in headers]


def places_for(sink: Sink, names: Sequence[str], sha256: Callable[[], str]) -> list[int]:
    """Where each header that is asked for stands among the columns of a table.

    Raises Unreadable, HeadersFound when only the headers are asked for, DigestFound when only `sha256` is.
    """
    if sink.headers == DIGEST_ALONE:
        raise DigestFound(sha256())
    return places_of(sink.headers, [header_cell(name) for name in names], line=1)


def header_cell(cell: str | None) -> str:
    """A header as contracts name it."""
    return " ".join(unicodedata.normalize("NFC", cell or "").split())
