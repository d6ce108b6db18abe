"""Text with a delimiter between cells, RFC 4180 and its relatives.

A reader of whole CSV files pads short rows and lets an open quote swallow what follows. So a block of
lines goes to the fast reader only with a proof that each of its lines is exactly one row; where that fails,
the lines that are whole rows go there and only the others are looked at one by one.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from pyarrow import csv as arrow_csv

from data.formats.broken import SAVE_AS, Broken, Unreadable
from data.formats.lines import Block
from data.formats.records import Grammar, Left, quotes_in_place, whole_rows
from data.formats.shape import Shape
from data.formats.table import Sink, header_cell, places_of

LONGEST_RECORD = 1000  # lines that one row may run over; beyond it each of them is put aside by itself
LONGEST_DOUBT = 10_000  # lines with quotes after which it is no longer asked where an open one might end
_LF, _QUOTE = 10, 34


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
        block = following if rest is None else _with_next_quote(rest, following, several)
    reader.read(block, last=True)
    return header


def _with_next_quote(rest: Block, following: Block, several: Iterator[Block]) -> Block:
    """A block that ends within a quoted cell, with those up to the next quote, which may end it."""
    blocks = [rest, following]
    while not blocks[-1].has_quote and (more := next(several, None)) is not None:
        blocks.append(more)
    return rest.with_next(*blocks[1:])


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
        self.sink.counts.continued += walk.continued
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

    A quoted cell runs on to the quote that ends it, whatever lies between: else whoever may write a free text
    could write rows. Only where nothing ends it, or a line below begins a quoted cell of its own, was the
    quote a stray one, and costs its line alone.
    """

    def __init__(
        self, reader: _Reader, block: Block, starts: np.ndarray, ends: np.ndarray, whole: np.ndarray
    ) -> None:
        self.empty = 0
        self.stopped: int | None = None  # the line from which on the next block must be known
        self.spans: list[int] = []
        self._reader, self._block = reader, block
        self._starts, self._ends, self._whole = starts, ends, whole
        self._quoted = self._lines_with_quotes()
        self._rows: list[int] = []
        self._cells: list[list[str]] = []
        self._broken: list[tuple[int, Broken, int]] = []  # line, why, lines it runs over after that

    @property
    def continued(self) -> int:
        """Lines on which a row goes on."""
        return sum(self.spans) + sum(span for _, _, span in self._broken)

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
            self._broken.append((line, Broken.BYTES, 0))
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
        self._whole[at : end + 1] = False
        if cells is not None and end == at and sink.is_total(cells[0]):
            self._total(line)
        elif end - at > LONGEST_RECORD:
            self._one_by_one(at, end)
        elif cells is None or len(cells) != self._reader.width:
            self._broken.append((line, self._why(None if end > at else cells), end - at))
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
            self._broken.append((line, Broken.TOTAL, 0))

    def _one_by_one(self, first: int, end: int) -> None:
        """Put lines aside that look like rows swallowed by a quote: as one row nobody would miss them."""
        for at in range(first, end + 1):
            line = self._block.first + at
            if line in self._block.undecoded:
                self._broken.append((line, Broken.BYTES, 0))
            elif self._reader.grammar.is_empty(self._line(at)):
                self.empty += 1
            else:
                self._broken.append((line, Broken.QUOTE, 0))

    def _why(self, cells: list[str] | None) -> Broken:
        if cells is None:
            return Broken.QUOTE
        return Broken.SHORT if len(cells) < self._reader.width else Broken.LONG

    def _line(self, at: int) -> str:
        return self._block.text[self._starts[at] : self._ends[at]].decode()

    def _lines_with_quotes(self) -> list[int]:
        quotes = np.flatnonzero(np.frombuffer(self._block.text, np.uint8) == _QUOTE)
        found = np.unique(np.searchsorted(self._ends, quotes)).tolist()
        undecoded = [line - self._block.first for line, raw in self._block.undecoded.items() if '"' in raw]
        return sorted([*found, *undecoded])

    def _joined(self, first: int, *, last: bool) -> tuple[list[str] | None, int]:
        """The cells of the record whose quotes the line `first` does not end, and its last line."""
        grammar = self._reader.grammar
        if grammar.left(self._line(first), inside=False) is not Left.OPEN:
            return None, first
        end = self._end_of(first, last=last)
        lines = range(first, end + 1)
        if end == first or end - first > LONGEST_RECORD or self._undecoded(lines):
            return None, end
        return grammar.cells("\n".join(map(self._line, lines))), end

    def _undecoded(self, lines: range) -> bool:
        return any(self._block.first + at in self._block.undecoded for at in lines)

    def _end_of(self, first: int, *, last: bool) -> int:
        """The last line of the record whose quoted cell is open after the line `first`."""
        doubt = _Doubt(self._reader.grammar, first)
        begin = bisect_right(self._quoted, first)
        for at in self._quoted[begin : begin + LONGEST_DOUBT]:
            raw = self._block.undecoded.get(self._block.first + at)
            end = doubt.end_at(at, self._line(at) if raw is None else raw)
            if end is not None:
                return end
        if begin + LONGEST_DOUBT < len(self._quoted):
            return self._quoted[begin + LONGEST_DOUBT - 1]
        if not last:
            self.stopped = first
        return doubt.shut

    def parts(self) -> Iterator[pa.Table]:
        """What was read, and what is broken."""
        reader = self._reader
        if self._rows:
            columns = {
                str(at): pa.array([row[at] for row in self._cells], pa.string()) for at in reader._columns
            }
            yield reader._part(np.array(self._rows), pa.table(columns), self.spans)
        rows, whys, spans = zip(*self._broken, strict=True) if self._broken else ((), (), ())
        yield reader.sink.broken_rows(rows, whys, spans)


class _Doubt:
    """Follows a quote that a line left open in both ways in which it can be read, until these agree.

    Either its cell goes on below, or it was a stray one and its line is broken by itself. Each way is inside
    a quoted cell (True), outside (False) or no longer possible (None).
    """

    def __init__(self, grammar: Grammar, first: int) -> None:
        self._grammar = grammar
        self._goes_on: bool | None = True
        self._stray: bool | None = False
        self._has_ended = False  # the cell that was open at first
        self._is_shut = False  # and none was open after it
        self._before = first
        self.shut = first  # the last line known to belong to the record

    def end_at(self, at: int, line: str) -> int | None:
        """The record's last line, where this next line with quotes tells."""
        goes_on, stray = self._next(self._goes_on, line), self._next(self._stray, line)
        ends = self._goes_on is True and goes_on in (Left.SHUT, Left.ANEW)
        if goes_on is Left.STRAY and not self._has_ended:
            return self.shut
        if stray is Left.STRAY and self._is_shut:
            return self.shut
        if goes_on is Left.STRAY and not self._stray:
            return self._before
        if ends and not self._is_shut:
            self._has_ended, self._is_shut, self.shut = True, goes_on is Left.SHUT, at
        self._goes_on, self._stray = _inside(goes_on), _inside(stray)
        if self._has_ended and not self._goes_on and not self._stray:
            return at
        self._before = at
        return None

    def _next(self, inside: bool | None, line: str) -> Left | None:
        return None if inside is None else self._grammar.left(line, inside=inside)


def _inside(left: Left | None) -> bool | None:
    return None if left in (None, Left.STRAY) else left is not Left.SHUT
