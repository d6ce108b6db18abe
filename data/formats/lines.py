"""A text file as blocks of whole lines in UTF-8, with the lines that are no text set apart."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import IO, Protocol, cast

import numpy as np

from data.formats.broken import SAVE_AS, Unreadable
from data.formats.hangul import composed
from data.formats.recognition import Encoding

_PIECE = 8 * 1024 * 1024
_DOS_END = b"\x1a"  # with which DOS ends a text, after its last line
_LONGEST_LINE = 64 * 1024 * 1024


class _Bytes(Protocol):
    def read(self, size: int, /) -> bytes: ...


@dataclass
class Block:
    """Consecutive whole lines. `text` is UTF-8 and each of its lines ends with `\\n` alone.

    A line that is no text in the file's encoding is empty in `text` and in `undecoded`, written with
    backslashes, by its number.
    """

    first: int
    text: bytes
    undecoded: dict[int, str] = field(default_factory=dict)

    @cached_property
    def height(self) -> int:
        return self.text.count(b"\n")

    def cut(self, line: int) -> tuple[Block, Block]:
        """The lines before `line`, and the rest."""
        place = 0
        for _ in range(line - self.first):
            place = self.text.index(b"\n", place) + 1
        before = {at: raw for at, raw in self.undecoded.items() if at < line}
        after = {at: raw for at, raw in self.undecoded.items() if at >= line}
        return Block(self.first, self.text[:place], before), Block(line, self.text[place:], after)

    @property
    def has_quote(self) -> bool:
        return b'"' in self.text or any('"' in raw for raw in self.undecoded.values())

    def with_next(self, *blocks: Block) -> Block:
        text = b"".join([self.text, *(one.text for one in blocks)])
        undecoded = dict(self.undecoded)
        for one in blocks:
            undecoded |= one.undecoded
        return Block(self.first, text, undecoded)

    def raw(self) -> bytes:
        """The lines as they are kept for whoever mends them."""
        if not self.undecoded:
            return self.text
        lines = self.text.split(b"\n")
        for at, raw in self.undecoded.items():
            lines[at - self.first] = raw.encode()
        return b"\n".join(lines)


def blocks(source: IO[bytes], encoding: Encoding) -> Iterator[Block]:
    """The lines of a text file; the first line is line 1."""
    source.seek(encoding.mark)
    name, text = encoding.name.removesuffix("-sig"), cast(_Bytes, source)
    if name.startswith("utf-16"):
        name, text = "utf-8", _Transcoded(source, name)
    first = 1
    for piece in whole_lines(text):
        block = _block(first, piece, name, proven=encoding.proven)
        first += block.height
        yield block


class _Transcoded:
    """UTF-16 as UTF-8. Halves of letters that stand alone stay broken, for their row to be set apart."""

    def __init__(self, source: IO[bytes], encoding: str) -> None:
        self._source = source
        self._decoder = codecs.getincrementaldecoder(encoding)("surrogatepass")

    def read(self, size: int, /) -> bytes:
        text = ""
        while not text and (piece := self._source.read(size)):
            text = self._decoder.decode(piece)
        return text.encode("utf-8", "surrogatepass") or self._rest()

    def _rest(self) -> bytes:
        try:
            return self._decoder.decode(b"", final=True).encode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            self._decoder.reset()
            return b"\xff"  # half a unit at the very end


def whole_lines(text: _Bytes) -> Iterator[bytes]:
    carried, old_mac = b"", None
    while piece := text.read(_PIECE):
        if old_mac is None:
            old_mac = b"\n" not in piece and b"\r" in piece
        if old_mac:
            piece = piece.replace(b"\r", b"\n")
        piece = carried + piece
        end = piece.rfind(b"\n") + 1
        carried = piece[end:]
        if end:
            yield piece[:end]
        elif len(carried) > _LONGEST_LINE:
            raise Unreadable("The file has a line of more than 64 MiB, or no lines at all.", mend=SAVE_AS)
    carried = carried.removesuffix(_DOS_END)
    if carried:
        yield carried + b"\n"


def _block(first: int, piece: bytes, encoding: str, *, proven: bool) -> Block:
    if b"\r" in piece:
        piece = piece.replace(b"\r\n", b"\n")
    undecoded: dict[int, str] = {}
    suspects = _nul_lines(piece)
    if encoding == "cp949":
        suspects |= _utf8_lines(piece)
    text = piece if proven else _decoded(piece, encoding)
    if suspects:
        text = None
    if text is None:
        text = _line_by_line(first, piece, encoding, suspects, undecoded)
    return Block(first, text, undecoded)


def _decoded(piece: bytes, encoding: str) -> bytes | None:
    """The same as UTF-8, or None where not all of it is text."""
    if piece.isascii():
        return piece
    try:
        text = piece.decode(encoding)
    except UnicodeDecodeError:
        return None
    return piece if encoding == "utf-8" else composed(text).encode()


def _line_by_line(
    first: int, piece: bytes, encoding: str, suspects: set[int], undecoded: dict[int, str]
) -> bytes:
    lines = piece.split(b"\n")
    for at, line in enumerate(lines):
        text = None if at in suspects else _decoded(line, encoding)
        if text is None:
            undecoded[first + at] = backslashed(line, encoding)
        lines[at] = text or b""
    return b"\n".join(lines)


def backslashed(line: bytes, encoding: str) -> str:
    """A line that is no text in a file's encoding, for whoever mends it: all that can be read of it, and as
    \\xNN every byte that cannot. UTF-8 in a file of CP949 is read as what it is.
    """
    is_utf8 = _decoded(line, "utf-8") is not None
    text = line.decode("utf-8" if is_utf8 else encoding, "backslashreplace")
    return text.replace("\0", "\\x00")


def _nul_lines(piece: bytes) -> set[int]:
    """Lines with a NUL byte, counted from 0."""
    if b"\0" not in piece:
        return set()
    return {at for at, line in enumerate(piece.split(b"\n")) if b"\0" in line}


def _utf8_lines(piece: bytes) -> set[int]:
    """Lines that are Korean in UTF-8 where all others are CP949: read as CP949 they would be other words."""
    text = np.frombuffer(piece, np.uint8)
    lead = (text[:-2] >= 0xEA) & (text[:-2] <= 0xED)
    if not lead.any():
        return set()
    trail = (text & 0xC0) == 0x80
    places = np.flatnonzero(lead & trail[1:-1] & trail[2:])
    ends = np.flatnonzero(text == 0x0A)
    found = set()
    for at in np.unique(np.searchsorted(ends, places)).tolist():
        line = piece[(ends[at - 1] + 1 if at else 0) : ends[at]]
        if _decoded(line, "utf-8") is not None:
            found.add(at)
    return found
