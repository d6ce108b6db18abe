"""The HTML table that calls itself .xls, as many Korean systems export it."""

from __future__ import annotations

import codecs
import re
from html.parser import HTMLParser
from typing import IO

from data.formats.broken import SAVE_AS, Broken, Unreadable
from data.formats.cells import Cells
from data.formats.hangul import composed
from data.formats.recognition import Encoding
from data.formats.shape import Shape
from data.formats.table import Sink

_PIECE = 256 * 1024
_LONGEST_TAG = 4 * 1024 * 1024
_MOST_CELLS = 16384  # a sheet has no more columns
_ATTRIBUTES = re.compile(r"""=\s*(?:"[^"]*"|'[^']*')""")
_KNOWN = frozenset(
    "a abbr address article aside b bdi bdo big blockquote body br button caption center cite code "
    "col colgroup dd del details dfn div dl dt em fieldset figure font footer form h1 h2 h3 h4 h5 h6 "
    "head header hr html i img input ins kbd label legend li link main map mark meta nav nobr ol "
    "option p pre q s samp script section select small span strike strong style sub summary sup "
    "table tbody td textarea tfoot th thead time title tr tt u ul var wbr".split()
)


def read_html(source: IO[bytes], sink: Sink, shape: Shape, encoding: Encoding) -> None:
    """Read the rows of the page's one table; they are counted from 1.

    Only named and numbered letters of HTML itself are understood; a document that defines its own is refused.
    Of merged cells the first has the text and the others are empty, as in a workbook.
    """
    source.seek(encoding.mark)
    decoder = codecs.getincrementaldecoder(encoding.name.removesuffix("-sig"))()
    parser = _Tables(Cells(sink, shape))
    try:
        while piece := source.read(_PIECE):
            parser.feed(decoder.decode(piece))
            if len(parser.rawdata) > _LONGEST_TAG:
                raise Unreadable("The file holds a mark of more than 4 MiB.", mend=SAVE_AS)
        parser.feed(decoder.decode(b"", True))
        parser.close()
    except UnicodeDecodeError as error:
        raise Unreadable(f"The page is not {encoding.name} throughout.", mend=SAVE_AS) from error
    parser.finished()


class _Tables(HTMLParser):
    """Hands every row of the table with the headers to `cells`."""

    def __init__(self, cells: Cells) -> None:
        super().__init__(convert_charrefs=True)
        self._cells = cells
        self._seen = False
        self._depth = 0
        self._hidden = 0  # inside script or style
        self._row: list[str] | None = None
        self._text: list[str] | None = None
        self._span = 1
        self._why: Broken | None = None  # the row cannot be believed
        self._number = 0
        self._below: dict[int, int] = {}  # column: rows that a cell above still covers

    def handle_decl(self, decl: str) -> None:
        if "[" in decl or "entity" in decl.lower():
            raise Unreadable("The page defines letters of its own.", mend=SAVE_AS)

    def unknown_decl(self, data: str) -> None:
        self.handle_decl(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "style"):
            self._hidden += 1
        elif tag == "table":
            self._table()
        elif tag == "tr" and self._depth:
            self._end_row()
            self._row = []
        elif tag in ("td", "th") and self._depth:
            self._start_cell(dict(attrs))
        elif tag == "br" and self._text is not None:
            self._text.append("\n")
        self._look_at_mark(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)  # <td/> opens a cell as <td> does

    def _look_at_mark(self, tag: str) -> None:
        """A mark that HTML does not know is a cell's own text; one that swallowed another cut a cell off."""
        raw = self.get_starttag_text() or ""
        if "<" in _ATTRIBUTES.sub("", raw[1:]):
            self._why = Broken.MARK
        elif self._text is not None and not self._hidden and not _is_known(tag):
            self._text.append(raw)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self._hidden = max(0, self._hidden - 1)
        elif tag in ("td", "th"):
            self._end_cell()
        elif tag == "tr":
            self._end_row()
        elif tag == "table" and self._depth:
            self._end_row()
            self._depth -= 1
        elif self._text is not None and not self._hidden and not _is_known(tag):
            self._text.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if self._text is not None and not self._hidden:
            self._text.append(data)

    def _table(self) -> None:
        if self._seen:
            raise Unreadable("The page has more than one table; which is the register?", mend=SAVE_AS)
        self._seen, self._depth = True, 1

    def _start_cell(self, attributes: dict[str, str | None]) -> None:
        self._end_cell()
        if self._row is None:
            self._row = []
        self._skip_covered()
        self._span = _whole_number(attributes.get("colspan"))
        rows = _whole_number(attributes.get("rowspan"))
        if rows > 1:
            for at in range(len(self._row), len(self._row) + self._span):
                self._below[at] = rows
        self._text = []

    def _skip_covered(self) -> None:
        assert self._row is not None
        while self._below.get(len(self._row), 0) > 0:
            self._row.append("")

    def _end_cell(self) -> None:
        if self._text is None or self._row is None:
            return
        text = composed("".join(self._text).replace("\xa0", " ").strip())
        self._row += [text, *[""] * (self._span - 1)]
        self._text = None
        if len(self._row) > _MOST_CELLS:
            raise Unreadable(f"The page has a row of more than {_MOST_CELLS:,} cells.", mend=SAVE_AS)

    def _end_row(self) -> None:
        self._end_cell()
        if self._row is None:
            return
        if self._row:
            self._skip_covered()
        self._below = {at: left - 1 for at, left in self._below.items() if left > 1}
        self._number += 1
        self._cells.add(self._number, self._row, why=self._why)
        self._row = self._why = None

    def finished(self) -> None:
        """Raises Unreadable for a page that was cut off: nothing says how many rows are missing."""
        self._end_row()
        self._cells.finish()
        if self._depth:
            raise Unreadable("The page ends before its table does.", mend="fetch it again; " + SAVE_AS)


def _is_known(tag: str) -> bool:
    return tag in _KNOWN or ":" in tag  # office programs add marks of their own, such as o:p


def _whole_number(text: str | None) -> int:
    """A colspan or rowspan; what is none, or could not be meant, is 1 or the most there can be."""
    digits = (text or "1").strip()
    return (
        min(max(int(digits), 1), _MOST_CELLS)
        if digits.isascii() and digits.isdigit() and len(digits) < 9
        else 1
    )
