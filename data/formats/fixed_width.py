"""Text without delimiters: a column is so many bytes of the line, in the file's own encoding."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import IO

import numpy as np
import pyarrow as pa

from data.formats.broken import SAVE_AS, Broken, Unreadable
from data.formats.hangul import composed
from data.formats.lines import Block, backslashed, whole_lines
from data.formats.recognition import Encoding
from data.formats.shape import Place, Shape
from data.formats.table import Sink

_LF = 10


def read_fixed_width(source: IO[bytes], sink: Sink, shape: Shape, encoding: Encoding) -> None:
    """Cut every line by bytes. The file has no header line; `header_row` 2 or more passes over those above.

    A Korean letter has two bytes in CP949, so a line that is cut after decoding is cut in the wrong places.
    """
    if encoding.name.startswith("utf-16"):
        raise Unreadable("A file of fixed width is UTF-16, so its bytes have no fixed places.", mend=SAVE_AS)
    missing = [header for header in sink.headers if header not in shape.places]
    if missing:
        raise Unreadable(f"The contract gives no start and length for {', '.join(missing)}.")
    source.seek(encoding.mark)
    length = shape.record_length or max(one.end for one in shape.places.values())
    first = 1
    above = shape.header_row - 1
    for piece in whole_lines(source):
        piece = piece.replace(b"\r\n", b"\n").replace(b"\x1a\n", b"\n")  # DOS ends a file with 1A
        skipped, piece = _without(piece, above)
        above -= skipped
        sink.counts.before += skipped
        sink.counts.physical += skipped + piece.count(b"\n")
        first += skipped
        _Records(sink, shape.places, encoding.name.removesuffix("-sig"), length).read(first, piece)
        first += piece.count(b"\n")


def _without(piece: bytes, lines: int) -> tuple[int, bytes]:
    """The piece without its first `lines` lines, and how many these were."""
    end = 0
    for done in range(lines):
        place = piece.find(b"\n", end)
        if place < 0:
            return done, b""
        end = place + 1
    return lines, piece[end:]


class _Records:
    def __init__(self, sink: Sink, places: Mapping[str, Place], encoding: str, length: int) -> None:
        self._sink, self._places, self._encoding, self._length = sink, places, encoding, length

    def read(self, first: int, piece: bytes) -> None:
        text = np.frombuffer(piece, np.uint8)
        ends = np.flatnonzero(text == _LF)
        if not len(ends):
            return
        starts = np.concatenate([[0], ends[:-1] + 1])
        lengths = ends - starts
        whole = lengths == self._length
        matrix = text[np.repeat(whole, lengths + 1)].reshape(-1, self._length + 1)
        cells = [self._column(matrix, self._places[header]) for header in self._sink.headers]
        decoded = np.ones(len(matrix), bool)
        for column in cells:
            decoded &= column.is_valid().to_numpy(zero_copy_only=False)
        rows = first + np.flatnonzero(whole)
        good = pa.array(decoded)
        part = self._sink.batch(rows[decoded], [column.filter(good) for column in cells])
        if self._sink.looks_for_totals and len(part):
            start = min(self._places.values(), key=lambda one: one.start)
            part = self._sink.without_totals(part, self._column(matrix, start).filter(good))
        others = list(self._others(first, piece, starts, ends))
        broken = dict.fromkeys(rows[~decoded].tolist(), Broken.BYTES) | dict(others)
        self._sink.keep(Block(first, *_kept(piece, self._encoding, first)))
        self._sink.write([part, self._sink.broken_rows(list(broken), list(broken.values()))])

    def _column(self, matrix: np.ndarray, place: Place) -> pa.Array:
        """One column as text; null where its bytes are none."""
        taken = np.ascontiguousarray(matrix[:, place.start - 1 : place.end])
        raw = pa.FixedSizeBinaryArray.from_buffers(
            pa.binary(place.length), len(taken), [None, pa.py_buffer(taken)]
        ).cast(pa.binary())
        if not (taken >= 0x80).any() and taken.all():
            return raw.cast(pa.string())
        several = raw.dictionary_encode()
        texts = [self._text(one) for one in several.dictionary.to_pylist()]
        return pa.array(texts, pa.string()).take(several.indices)

    def _text(self, cell: bytes) -> str | None:
        try:
            return None if b"\0" in cell else composed(cell.decode(self._encoding))
        except UnicodeDecodeError:
            return None

    def _others(
        self, first: int, piece: bytes, starts: np.ndarray, ends: np.ndarray
    ) -> Iterator[tuple[int, Broken]]:
        """The lines of another length."""
        for at in np.flatnonzero(ends - starts != self._length).tolist():
            line = piece[starts[at] : ends[at]]
            if not line.strip():
                self._sink.counts.empty += 1
            else:
                yield first + at, Broken.SHORT if len(line) < self._length else Broken.LONG


def _kept(piece: bytes, encoding: str, first: int) -> tuple[bytes, dict[int, str]]:
    """The lines as text, and those that are none in words, for `Block`."""
    try:
        return composed(piece.decode(encoding)).encode(), {}
    except UnicodeDecodeError:
        lines, undecoded = piece.split(b"\n"), {}
    for at, line in enumerate(lines):
        try:
            lines[at] = composed(line.decode(encoding)).encode()
        except UnicodeDecodeError:
            lines[at], undecoded[first + at] = b"", backslashed(line, encoding)
    return b"\n".join(lines), undecoded
