"""What a workbook's reader does not tell of a sheet: cells whose text is not what was once entered."""

from __future__ import annotations

import re
from typing import IO
from xml.parsers import expat

from data.formats.broken import SAVE_AS, Broken, Unreadable

_FIRST_LOST = 1e15  # a number of sixteen digits: a sheet keeps fifteen, whatever was typed
_PLACE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_VALUES = ("v", "is")


class SheetCells:
    """Goes through a sheet's own page once.

    `marks` are row, column and reason of cells that cannot be believed: formulas that failed or whose value
    was never reckoned, numbers with more digits than a sheet keeps. `headed` are the columns with a value in
    the header row. Rows and columns are counted from 1.
    """

    def __init__(self, header_row: int) -> None:
        self.marks: list[tuple[int, int, Broken]] = []
        self.headed: list[int] = []
        self._header_row = header_row
        self._row = self._column = 0
        self._rows: set[int] = set()
        self._columns: set[int] = set()
        self._kind = "n"
        self._has_formula = self._has_value = False
        self._text: list[str] | None = None

    def read(self, page: IO[bytes]) -> None:
        """Raises Unreadable for a page that is cut off, or that has a row or a cell twice."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.StartDoctypeDeclHandler = _refuse
        try:
            parser.ParseFile(page)
        except expat.ExpatError as error:
            raise _damaged() from error

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name == "c":
            self._start_cell(attributes)
        elif name == "row":
            self._start_row(attributes.get("r"))
        elif name in _VALUES:
            self._text = []
        elif name == "f":
            self._has_formula = True

    def _start_row(self, number: str | None) -> None:
        if number is not None and not number.isdecimal():
            raise _damaged()
        self._row = int(number) if number is not None else self._row + 1
        if self._row in self._rows:
            raise _damaged("two rows with the same number")
        self._rows.add(self._row)
        self._column, self._columns = 0, set()

    def _start_cell(self, attributes: dict[str, str]) -> None:
        place = attributes.get("r")
        if place is None:
            self._column += 1
        else:
            found = _PLACE.fullmatch(place)
            if found is None:
                raise _damaged()
            if int(found[2]) != self._row:
                raise _damaged("a cell that stands in another row than its place says")
            self._column = _number(found[1])
        if self._column in self._columns:
            raise _damaged("two cells in the same place")
        self._columns.add(self._column)
        self._kind = attributes.get("t", "n")
        self._has_formula = self._has_value = False

    def _characters(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)

    def _end(self, tag: str) -> None:
        name = tag.rpartition(":")[2]
        if name in _VALUES:
            self._value("".join(self._text or ()))
            self._text = None
        elif name == "c" and self._has_formula and not self._has_value:
            self.marks.append((self._row, self._column, Broken.UNRECKONED))

    def _value(self, text: str) -> None:
        # A formula that gives a text without letters has this value, and says that it is a text.
        self._has_value = bool(text) or self._kind == "str"
        if text and self._row == self._header_row:
            self.headed.append(self._column)
        if self._kind == "e":
            self.marks.append((self._row, self._column, Broken.FORMULA))
        elif self._kind == "n" and len(text) > 4 and _is_long(text):
            self.marks.append((self._row, self._column, Broken.DIGITS))


def _is_long(number: str) -> bool:
    try:
        return abs(float(number)) >= _FIRST_LOST
    except ValueError:
        return False  # the workbook's reader says what it thinks of it


def _number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _refuse(*_: object) -> None:
    raise Unreadable("The workbook defines letters of its own.", mend=SAVE_AS)


def _damaged(what: str = "") -> Unreadable:
    told = f": it has {what}" if what else ""
    return Unreadable(f"The workbook is damaged{told}.", mend=f"open and save it anew, or {SAVE_AS}")
