"""A table of text in a file without a name, and the lines that it was read from."""

from __future__ import annotations

import csv
import io
import mmap
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import IO, Any

import numpy as np
import polars as pl
import pyarrow as pa

from data.broken_rows import BrokenRow, BrokenRows
from data.formats.shape import Format

_LF = 10


class Mapped:
    """A table that lies in a file: what was looked at leaves memory again."""

    def __init__(self, file: IO[bytes]) -> None:
        self._bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self.size = len(self._bytes)
        self.rows: pa.Table = pa.ipc.open_file(pa.BufferReader(pa.py_buffer(self._bytes))).read_all()

    def batches(self, *columns: str) -> Iterator[pa.RecordBatch]:
        for batch in (self.rows.select(columns) if columns else self.rows).to_batches():
            yield batch
            self._bytes.madvise(mmap.MADV_DONTNEED)


class Table:
    """The rows of one file. Nothing of it is held in memory before it is asked for."""

    def __init__(self, headers: Sequence[str], rows: Mapped, lines: Lines, answer: Mapping[str, Any]) -> None:
        self.headers = tuple(headers)
        self.rows_in = int(answer["rows"])  # counted by lines, before they are split into cells
        self.encoding: str | None = answer["encoding"]
        self.format = Format(answer["format"])
        self.sha256: str | None = answer["sha256"]  # of what was read, where it is known
        self.broken_count = int(answer["broken"])
        self._answer = answer
        self._rows, self._lines = rows, lines

    @property
    def reading(self) -> dict[str, Any]:
        """What the file turned out to be and what became of its lines, for the batch's record."""
        lines = {name: count for name, count in self._answer["lines"].items() if count}
        names = ("format", "encoding", "packing", "snapshot", "files")
        named = {name: self._answer[name] for name in names if self._answer[name]}
        return {**named, "lines": lines}

    @property
    def size(self) -> int:
        """Bytes of the table."""
        return self._rows.size

    @property
    def height(self) -> int:
        """How many rows have cells."""
        return int(self._rows.rows.num_rows) - self.broken_count

    @cached_property
    def broken(self) -> Sequence[BrokenRow]:
        """The lines that are no row, in file order."""
        return self.first_broken(self.broken_count)

    def first_broken(self, most: int) -> BrokenRows:
        """The first of them, at most so many."""
        found, count = [(np.empty(0, np.int64), np.empty(0, np.int8))], 0
        for batch in self._rows.batches("_row", "_why") if most else ():
            lines, whys = _numbers(batch.column(0), np.int64), _numbers(batch.column(1), np.int8)
            marked = np.flatnonzero(whys >= 0)[: most - count]
            found.append((lines[marked], whys[marked]))
            count += len(marked)
            if count == most:
                break
        return BrokenRows(*(np.concatenate(several) for several in zip(*found, strict=True)))

    @property
    def cells(self) -> pl.DataFrame:
        """All rows in file order: the headers asked for, as raw text, and `_row`, the line each begins on."""
        empty = pl.DataFrame(schema={"_row": pl.Int64, **dict.fromkeys(self.headers, pl.String)})
        return pl.concat([empty, *self.parts()])

    def parts(self) -> Iterator[pl.DataFrame]:
        """`cells` in pieces of bounded size."""
        names = {str(at): header for at, header in enumerate(self.headers)}
        for batch in self._rows.batches():
            frame = pl.from_arrow(batch)
            assert isinstance(frame, pl.DataFrame)
            whole = frame.filter(pl.col("_why") < 0) if self.broken_count else frame
            yield whole.drop("_why", "_span").rename(names)

    @property
    def header(self) -> str:
        """The header line as it stood in the file; as CSV where the file has none."""
        found = self._answer["header"]
        return found if isinstance(found, str) else _as_csv(self.headers)

    def raws(self, lines: Sequence[int]) -> list[str]:
        """`raw` of many lines."""
        if not self.format.has_lines:
            return [self.raw(line) for line in lines]
        spans, wanted = dict.fromkeys(lines, 0), np.array(lines, np.int64)
        for batch in self._rows.batches("_row", "_span"):
            rows, runs = _numbers(batch.column(0), np.int64), _numbers(batch.column(1), np.int16)
            long = (runs > 0) & np.isin(rows, wanted)
            spans |= dict(zip(rows[long].tolist(), runs[long].tolist(), strict=True))
        if not any(spans.values()):
            return self._lines.single(wanted)
        return [self._lines.text(line, line + spans[line]) for line in lines]

    def raw(self, line: int) -> str:
        """The row that begins on `line` as it stood in the file; as CSV where the file has no lines."""
        batch, place = self._place(line)
        if self.format.has_lines:
            return self._lines.text(line, line + int(batch.column("_span")[place].as_py()))
        kept = self._lines.row(line)
        if kept is not None:
            return kept
        return _as_csv([batch.column(str(at))[place].as_py() or "" for at in range(len(self.headers))])

    def _place(self, line: int) -> tuple[pa.RecordBatch, int]:
        batch = self._batches[bisect_right(self._starts, line) - 1]
        return batch, int(_numbers(batch.column("_row"), np.int64).searchsorted(line))

    @cached_property
    def _batches(self) -> list[pa.RecordBatch]:
        return [batch for batch in self._rows.batches() if batch.num_rows]

    @cached_property
    def _starts(self) -> list[int]:
        return [batch.column("_row")[0].as_py() for batch in self._batches]


def _numbers(column: pa.Array, kind: type[np.generic]) -> Any:
    """A column without nulls as NumPy sees it, in place; `to_numpy` would bring pandas along."""
    return np.frombuffer(column.buffers()[1], kind)[column.offset : column.offset + len(column)]


class Lines:
    """The lines of a text file, and single rows of another one, kept for whoever mends them."""

    def __init__(self, file: IO[bytes], answer: Mapping[str, Any]) -> None:
        self._kept: list[tuple[int, int, int]] = [tuple(one) for one in answer["kept"]]
        self._starts = [first for first, _, _ in self._kept]
        self._bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if self._kept else None
        self._opened: tuple[int, bytes, list[int]] = (-1, b"", [])  # the block last asked for, its line ends

    def text(self, first: int, last: int) -> str:
        return "\n".join(self._line(line) for line in range(first, last + 1))

    def single(self, lines: np.ndarray) -> list[str]:
        """The text of many lines, block by block."""
        texts: list[str] = [""] * len(lines)
        blocks = np.searchsorted(self._starts, lines, side="right") - 1
        for block in np.unique(blocks).tolist():
            text, places = self._block(block), np.flatnonzero(blocks == block)
            ends = np.flatnonzero(np.frombuffer(text, np.uint8) == _LF)
            edges = np.concatenate([[0], ends + 1, [len(text) + 1]])
            at = lines[places] - self._starts[block]
            cut = zip(places.tolist(), edges[at].tolist(), (edges[at + 1] - 1).tolist(), strict=True)
            for place, start, end in cut:
                texts[place] = text[start:end].decode()
        return texts

    def _line(self, line: int) -> str:
        block = bisect_right(self._starts, line) - 1
        if self._opened[0] != block:
            text = self._block(block)
            self._opened = block, text, np.flatnonzero(np.frombuffer(text, np.uint8) == _LF).tolist()
        _, text, ends = self._opened
        at = line - self._starts[block]
        return text[ends[at - 1] + 1 if at else 0 : ends[at] if at < len(ends) else None].decode()

    def _block(self, block: int) -> bytes:
        _, offset, length = self._kept[block]
        return b"" if self._bytes is None else self._bytes[offset : offset + length]

    def row(self, line: int) -> str | None:
        """The row that was kept by itself, if it was."""
        block = bisect_right(self._starts, line) - 1
        return self._block(block).decode() if block >= 0 and self._starts[block] == line else None


def _as_csv(cells: Sequence[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(cells)
    return text.getvalue()
