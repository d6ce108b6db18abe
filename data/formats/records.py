"""What a record of delimited text is (RFC 4180): cells with a delimiter between, quoted whole or bare."""

from __future__ import annotations

import re
from enum import Enum, auto

import numpy as np

_LF, _CR, _QUOTE = 10, 13, 34
_QUOTES = re.compile('"+')


class Left(Enum):
    """How a line leaves the quoted cell that it begins in, or the last one that begins in it."""

    SHUT = auto()  # what follows is outside of quotes
    OPEN = auto()  # the same cell goes on
    ANEW = auto()  # the cell it began in has ended, and another one is open
    STRAY = auto()  # it cannot have begun in one: a quote opens a cell where none had ended


class Grammar:
    """Divides a record into its cells."""

    def __init__(self, delimiter: str) -> None:
        self.delimiter = delimiter
        apart = re.escape(delimiter)
        cell = rf'{apart}(?:"(?:[^"]|"")*"|[^"{apart}]*)'
        self._cell = re.compile(cell)
        self._record = re.compile(rf"(?:{cell})+")
        self._opening = re.compile(rf'(?:\A|{apart})"')
        self._spaces = " \r" if delimiter == "\t" else None

    def cells(self, text: str) -> list[str] | None:
        """The cells of a record; None when a quote is open or stands inside a bare cell."""
        if not self._record.fullmatch(self.delimiter + text):
            return None
        if '"' not in text:
            return text.split(self.delimiter)
        return [_unquoted(cell[1:]) for cell in self._cell.findall(self.delimiter + text)]

    def left(self, line: str, *, inside: bool) -> Left:
        """How a line leaves quoted cells, if it begins `inside` one or outside.

        Within a cell two quotes are one letter. A single one ends the cell before a delimiter or the end of
        the line; after one of these, and before a letter, it can only begin one; else it is a letter itself.
        """
        at, anew, above = 0, False, inside
        while True:
            if not inside:
                opening = self._opening.search(line, at)
                if opening is None:
                    return Left.SHUT
                at, anew, inside = opening.end(), above, True
            end, begins = self._closing(line, at)
            if end is None:
                return Left.ANEW if anew else Left.OPEN
            if begins and above and not anew:
                return Left.STRAY
            at, inside = end, begins
            anew = anew or (above and not begins)

    def _closing(self, line: str, at: int) -> tuple[int | None, bool]:
        """Where a quoted cell ends that is open from `at` on, or where another one begins all the same."""
        edges = ("", self.delimiter)
        for run in _QUOTES.finditer(line, at):
            if len(run[0]) % 2 == 0:
                continue
            if line[run.end() : run.end() + 1] in edges:
                return run.end(), False
            if line[max(run.start() - 1, 0) : run.start()] in edges:
                return run.start() + 1, True
        return None, False

    def is_empty(self, text: str) -> bool:
        return not text.strip(self._spaces)


def _unquoted(cell: str) -> str:
    return cell[1:-1].replace('""', '"') if cell.startswith('"') else cell


def quotes_in_place(text: np.ndarray, delimiter: int) -> bool:
    places = np.flatnonzero(text == _QUOTE)
    if len(places) % 2:
        return False
    opening, closing = places[0::2], places[1::2]
    before = np.where(opening > 0, text[opening - 1], _LF)
    after = text[closing + 1]  # every line has an end
    edges = (delimiter, _LF, _QUOTE)
    return bool(np.isin(before, edges).all() and np.isin(after, edges).all())


def whole_rows(
    text: np.ndarray, starts: np.ndarray, ends: np.ndarray, *, delimiter: int, width: int
) -> np.ndarray:
    """Which lines are one whole row each, by themselves."""
    quotes = np.flatnonzero(text == _QUOTE)
    first_quote = np.searchsorted(quotes, starts)  # of each line, as a place in `quotes`
    delimiters = np.flatnonzero(text == delimiter)
    owner = np.searchsorted(ends, delimiters)
    inside = (np.searchsorted(quotes, delimiters) - first_quote[owner]) % 2 == 1
    whole: np.ndarray = np.bincount(owner[~inside], minlength=len(ends)) == width - 1
    owner = np.searchsorted(ends, quotes)
    odd = (np.arange(len(quotes)) - first_quote[owner]) % 2 == 1
    before = np.where(quotes > 0, text[quotes - 1], _LF)
    edges = (delimiter, _LF, _QUOTE)
    # A line's first quote has no quote before it that it could double.
    placed = np.where(
        odd, np.isin(text[np.minimum(quotes + 1, len(text) - 1)], edges), np.isin(before, edges)
    )
    whole[owner[~placed]] = False
    whole[np.bincount(owner, minlength=len(ends)) % 2 == 1] = False
    whole[np.searchsorted(ends, np.flatnonzero(text == _CR))] = False
    if width == 1:
        solid = np.searchsorted(ends, np.flatnonzero(text > 32))
        whole &= np.bincount(solid, minlength=len(ends)) > 0
    return whole
