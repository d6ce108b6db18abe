"""Text with a delimiter between cells, RFC 4180 and its relatives.

A reader of whole CSV files pads short rows and lets an open quote swallow what follows. So a block of
lines goes to the fast reader only with a proof that each of its lines is exactly one row; where that fails,
the lines that are whole rows go there and only the others are looked at one by one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from pyarrow import csv as arrow_csv

from data.formats.broken import SAVE_AS, Broken, Unreadable
from data.formats.lines import Block
from data.formats.records import Grammar, quotes_in_place, whole_rows
from data.formats.shape import Shape
from data.formats.table import Sink, header_cell, places_of

LONGEST_RECORD = 20  # lines that one quoted cell may run over
_LF = 10


def read_delimited(source: Iterable[Block], sink: Sink, shape: Shape) -> str:
    """Read the lines of a file into the table; the header line as it stands there."""
    several, header_row, grammar = iter(source), shape.header_row, Grammar(shape.delimiter)
    header, block = _header(several, header_row)
    names = [header_cell(cell) for cell in _cells(header, grammar, header_row)]
    reader = _Reader(sink, grammar, len(names), places_of(sink.headers, names, line=header_row))
    sink.counts.physical += header_row
    sink.counts.before = header_row
    for following in several:
        rest = reader.read(block, last=False)
        block = following if rest is None else rest.with_next(following)
    reader.read(block, last=True)
    return header


def _header(source: Iterator[Block], header_row: int) -> tuple[str, Block]:
    block = next(source, None)
    while block is not None and block.height < header_row:
        following = next(source, None)
        block = following and block.with_next(following)
    if block is None or header_row in block.undecoded:
        raise _no_header(header_row)
    _, rest = block.cut(header_row)
    header, rest = rest.cut(header_row + 1)
    return header.text.decode().rstrip("\n"), rest


def _no_header(line: int) -> Unreadable:
    return Unreadable(
        f"The file has no header line that can be read as text in line {line}.", line=line, mend=SAVE_AS
    )


def _cells(header: str, grammar: Grammar, line: int) -> list[str]:
    cells = grammar.cells(header)
    if cells is None or grammar.is_empty(header) or "\r" in header:
        raise _no_header(line)
    return cells


@dataclass(frozen=True)
class _Reader:
    sink: Sink
    grammar: Grammar
    width: int
    places: Sequence[int]  # of the headers asked for

    def read(self, block: Block, *, last: bool) -> Block | None:
        """Put the rows of a block into the table; what may go on in the next block is given back."""
        if not block.text:
            return None
        whole = self._whole(block)
        if whole is not None:
            self._account(block)
            self._write(self._part(block.first + np.arange(whole.num_rows), whole))
            return None
        return self._picked(block, last=last)

    def _account(self, block: Block) -> None:
        self.sink.counts.physical += block.height
        self.sink.keep(block)

    def _whole(self, block: Block) -> pa.Table | None:
        """The cells of a block in which every line is one whole row, else None.

        A row ends at a line end outside quotes: as many rows as lines, then, mean one row a line. Quotes
        stand as RFC 4180 wants them when each one that opens follows a delimiter, a line end or the quote
        it doubles, and each one that closes precedes one of these.
        """
        text = block.text
        if block.undecoded or b"\r" in text or self.width == 1:
            return None
        quoted = b'"' in text
        if quoted and not quotes_in_place(np.frombuffer(text, np.uint8), ord(self.grammar.delimiter)):
            return None
        try:
            cells = self._arrow(text, quoted=quoted)
        except pa.ArrowInvalid:
            return None  # a row of another width
        return cells if cells.num_rows == block.height else None

    def _arrow(self, text: bytes, *, quoted: bool) -> pa.Table:
        names = [str(at) for at in range(self.width)]
        wanted = [str(at) for at in self._columns]
        return arrow_csv.read_csv(
            pa.BufferReader(text),
            read_options=arrow_csv.ReadOptions(
                column_names=names, use_threads=False, block_size=max(len(text), 1)
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=self.grammar.delimiter, quote_char='"' if quoted else False
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                include_columns=wanted,
            ),
        )

    @property
    def _columns(self) -> list[int]:
        """The places to read; the first cell shows rows of totals."""
        return list(dict.fromkeys([*self.places, *([0] if self.sink.looks_for_totals else [])]))

    def _part(self, rows: np.ndarray, cells: pa.Table, spans: Sequence[int] | int = 0) -> pa.Table:
        """Whole rows of the table; `cells` has a column for each of `_columns`."""
        wanted = [cells[str(at)].combine_chunks() for at in self.places]
        part = self.sink.batch(rows, wanted, spans=spans)
        return self.sink.without_totals(part, cells["0"]) if self.sink.looks_for_totals else part

    def _write(self, *parts: pa.Table) -> None:
        self.sink.write(parts)

    def _picked(self, block: Block, *, last: bool) -> Block | None:
        """Whole lines at once, all others one by one."""
        text = np.frombuffer(block.text, np.uint8)
        ends = np.flatnonzero(text == _LF)
        starts = np.concatenate([[0], ends[:-1] + 1])
        whole = whole_rows(text, starts, ends, delimiter=ord(self.grammar.delimiter), width=self.width)
        whole[np.array([at - block.first for at in block.undecoded], np.int64)] = False
        walk = _Walk(self, block, starts, ends, whole)
        walk.run(last=last)
        rest = None
        if walk.stopped is not None:
            block, rest = block.cut(block.first + walk.stopped)
            whole = whole[: walk.stopped]
        self._account(block)
        self.sink.counts.empty += walk.empty
        self.sink.counts.continued += sum(walk.spans)
        parts = [*walk.parts()]
        if whole.any():
            lengths = np.diff(np.concatenate([starts[: len(whole)], [len(block.text)]]))
            lines = np.frombuffer(block.text, np.uint8)[np.repeat(whole, lengths)].tobytes()
            cells = self._arrow(lines, quoted=b'"' in lines)
            if cells.num_rows != np.count_nonzero(whole):
                raise Unreadable("The rows with quotes cannot be divided into cells.", mend=SAVE_AS)
            parts.append(self._part(block.first + np.flatnonzero(whole), cells))
        self._write(*parts)
        return rest


class _Walk:
    """Looks at the lines of a block that are no whole rows, one by one and in order.

    Lines are joined only when the record then has exactly as many cells as the header and none of the lines
    below its first is a whole row by itself: a quote that was left open must not swallow its neighbours.
    """

    def __init__(
        self, reader: _Reader, block: Block, starts: np.ndarray, ends: np.ndarray, whole: np.ndarray
    ) -> None:
        self.empty = 0
        self.stopped: int | None = None  # the line from which on the next block must be known
        self.spans: list[int] = []
        self._reader, self._block = reader, block
        self._starts, self._ends, self._whole = starts, ends, whole
        self._rows: list[int] = []
        self._cells: list[list[str]] = []
        self._broken: list[tuple[int, Broken]] = []

    def run(self, *, last: bool) -> None:
        past = -1
        for at in np.flatnonzero(~self._whole).tolist():
            if at > past:
                past = self._look(at, last=last)
            if self.stopped is not None:
                return

    def _look(self, at: int, *, last: bool) -> int:
        """Judge the record that begins on a line; its last line."""
        line, sink = self._block.first + at, self._reader.sink
        if line in self._block.undecoded:
            self._broken.append((line, Broken.BYTES))
            return at
        text = self._line(at)
        if self._reader.grammar.is_empty(text):
            self.empty += 1
            return at
        cells, end = self._reader.grammar.cells(text), at
        if cells is None:
            cells, end = self._joined(at, last=last)
        if self.stopped is not None:
            return at
        if cells is not None and end == at and sink.is_total(cells[0]):
            self._total(line)
        elif cells is None or len(cells) != self._reader.width:
            self._broken.append((line, self._why(cells)))
        else:
            self._rows.append(line)
            self._cells.append(cells)
            self.spans.append(end - at)
        return end

    def _total(self, line: int) -> None:
        """A row of totals, however many cells it has."""
        if self._reader.sink.expects_totals:
            self._reader.sink.counts.totals += 1
        else:
            self._broken.append((line, Broken.TOTAL))

    def _why(self, cells: list[str] | None) -> Broken:
        if cells is None:
            return Broken.QUOTE
        return Broken.SHORT if len(cells) < self._reader.width else Broken.LONG

    def _line(self, at: int) -> str:
        return self._block.text[self._starts[at] : self._ends[at]].decode()

    def _is_row(self, at: int) -> bool:
        """Whether a line is a whole row by itself."""
        return (
            bool(self._whole[at])
            or len(self._reader.grammar.cells(self._line(at)) or ()) == self._reader.width
        )

    def _joined(self, first: int, *, last: bool) -> tuple[list[str] | None, int]:
        text = self._line(first)
        for at in range(first + 1, first + LONGEST_RECORD):
            if at >= len(self._ends):
                self.stopped = None if last else first
                break
            if self._is_row(at) or self._block.first + at in self._block.undecoded:
                break
            text = f"{text}\n{self._line(at)}"
            if (cells := self._reader.grammar.cells(text)) is not None:
                return (cells, at) if len(cells) == self._reader.width else (None, first)
        return None, first

    def parts(self) -> Iterator[pa.Table]:
        """What was read, and what is broken."""
        reader = self._reader
        if self._rows:
            columns = {
                str(at): pa.array([row[at] for row in self._cells], pa.string()) for at in reader._columns
            }
            yield reader._part(np.array(self._rows), pa.table(columns), self.spans)
        yield reader.sink.broken_rows([row for row, _ in self._broken], [why for _, why in self._broken])
