"""Workbooks (.xlsx): one sheet, every cell as the text a person would type."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Callable, Sequence
from datetime import date
from typing import IO, NamedTuple
from xml.parsers import expat

import fastexcel
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data.formats.broken import SAVE_AS, Broken, Unreadable
from data.formats.limits import MIB, Limits
from data.formats.shape import Shape
from data.formats.sheet_cells import SheetCells
from data.formats.table import Sink, header_cell, places_of

FULL_SHEET = 1_048_576  # rows that a sheet has room for, the header included
_MOST_PARTS = 10_000
_LARGEST_INDEX = 4 * MIB
_WRONG = (Broken.FORMULA, Broken.DIGITS, Broken.UNRECKONED)
_MIDNIGHT = r"^([0-9]{4}-[0-9]{2}-[0-9]{2})(?: 00:00:00)?$"


def read_workbook(source: IO[bytes], sink: Sink, shape: Shape, limits: Limits) -> None:
    """Read the sheet the contract names, or the only visible one; its rows are counted as the sheet does.

    Raises Unreadable for a choice of sheets, a full sheet (what did not fit is missing), and parts that
    define letters of their own or unpack to more than the limits allow.
    """
    with zipfile.ZipFile(source) as archive:
        _check_parts(archive, limits)
        sheets = _sheets(archive)
        visible = {name: one.is_visible for name, one in sheets.items()}
        name = _with_headers(source, visible, sink.headers) if shape.sheet_by_headers else None
        name = name or _chosen(visible, shape.sheet)
        cells = SheetCells(shape.header_row)
        with archive.open(_part_of(archive, sheets[name])) as page:
            cells.read(page)
    source.seek(0)
    try:
        # Without `skip_rows` the rows are counted from the first that is used, not from the sheet's first.
        sheet = fastexcel.read_excel(source.read()).load_sheet(
            name, header_row=None, skip_rows=0, dtypes="string"
        )
        batch, _ = sheet.to_arrow_with_errors()  # which of them matter, SheetCells knows
    except fastexcel.FastExcelError as error:
        raise Unreadable("The workbook is damaged or no workbook.", mend=SAVE_AS) from error
    if batch.num_rows >= FULL_SHEET:
        raise Unreadable(
            "The sheet is full to its last row, so rows that did not fit may be missing.",
            mend="have the register exported as CSV",
        )
    _Sheet(batch, sink, shape, cells).read()


def _check_parts(archive: zipfile.ZipFile, limits: Limits) -> None:
    parts = archive.infolist()
    size = sum(one.file_size for one in parts)
    if len(parts) > _MOST_PARTS or size > limits.unpacked_mib * MIB:
        raise Unreadable("The workbook unpacks to more than the limits allow.", mend=SAVE_AS)
    if len({part.filename for part in parts}) < len(parts):
        raise Unreadable("The workbook is damaged: it has two parts of the same name.", mend=SAVE_AS)
    for part in parts:
        if part.flag_bits & 0x1:
            raise Unreadable("The workbook has a password.", mend="save it without one")
        if part.filename.endswith((".xml", ".rels")):
            with archive.open(part) as file:
                if b"<!" in file.read(4096):
                    raise _own_letters()


def _own_letters() -> Unreadable:
    return Unreadable("The workbook defines letters of its own.", mend=SAVE_AS)


class _Listed(NamedTuple):
    """A sheet in the workbook's list: whether it can be seen, and what its part is called there."""

    is_visible: bool
    relation: str


def _sheets(archive: zipfile.ZipFile) -> dict[str, _Listed]:
    found: dict[str, _Listed] = {}

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag.rpartition(":")[2] == "sheet":
            relation = next((value for name, value in attributes.items() if name.endswith(":id")), "")
            found[attributes["name"]] = _Listed(attributes.get("state", "visible") == "visible", relation)

    _parse_index(archive, "xl/workbook.xml", start)
    return found


def _part_of(archive: zipfile.ZipFile, sheet: _Listed) -> str:
    """The name of the sheet's part. Raises Unreadable where there is none."""
    targets: dict[str, str] = {}

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag.rpartition(":")[2] == "Relationship":
            targets[attributes["Id"]] = attributes["Target"]

    _parse_index(archive, "xl/_rels/workbook.xml.rels", start)
    target = targets.get(sheet.relation, "")
    name = target[1:] if target.startswith("/") else posixpath.normpath(f"xl/{target}")
    if name not in archive.namelist():
        raise Unreadable("The workbook is damaged: it lacks a sheet that it lists.", mend=SAVE_AS)
    return name


def _parse_index(archive: zipfile.ZipFile, name: str, start: Callable[[str, dict[str, str]], None]) -> None:
    def refuse(*_: object) -> None:
        raise _own_letters()

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = refuse  # however far down it stands
    try:
        index = archive.getinfo(name)
        if index.file_size > _LARGEST_INDEX:
            raise Unreadable("The workbook's list of sheets is too long.", mend=SAVE_AS)
        parser.Parse(archive.read(index), True)
    except (expat.ExpatError, KeyError) as error:
        raise Unreadable("The workbook's list of sheets cannot be read.", mend=SAVE_AS) from error


def _chosen(sheets: dict[str, bool], wanted: str | None) -> str:
    if wanted is not None:
        if wanted not in sheets:
            raise Unreadable(
                f"The workbook has no sheet {wanted}.", mend="let file.sheet in the contract name one it has"
            )
        return wanted
    visible = [name for name, is_visible in sheets.items() if is_visible]
    if len(visible) != 1:
        raise Unreadable(
            f"Of the workbook's {len(sheets)} sheets {len(visible)} can be seen, not just one.",
            mend="name the register's sheet in the contract (file.sheet)",
        )
    return visible[0]


def _with_headers(source: IO[bytes], sheets: dict[str, bool], headers: Sequence[str]) -> str | None:
    """The visible sheet that has these headers in its first row; None where not just one has them."""
    visible = [name for name, is_visible in sheets.items() if is_visible]
    if len(visible) == 1:
        return visible[0]
    source.seek(0)
    book = fastexcel.read_excel(source.read())
    found = []
    for name in visible:
        row = book.load_sheet(name, header_row=None, skip_rows=0, n_rows=1, dtypes="string").to_arrow()
        if set(headers) <= {header_cell(column[0].as_py() or "") for column in row.columns if len(column)}:
            found.append(name)
    return found[0] if len(found) == 1 else None


class _Sheet:
    def __init__(self, batch: pa.RecordBatch, sink: Sink, shape: Shape, cells: SheetCells) -> None:
        self._columns = [pc.fill_null(column, "") for column in batch.columns]
        self._height, self._sink, self._shape, self._cells = batch.num_rows, sink, shape, cells

    def read(self) -> None:
        """Write the rows below the header."""
        above = self._shape.header_row
        if self._height < above:
            raise Unreadable("There is no header row.", line=above, mend=SAVE_AS)
        names = [header_cell(column[above - 1].as_py()) for column in self._columns]
        places = places_of(self._sink.headers, names, line=above)
        rows = np.arange(above + 1, self._height + 1)
        marks = self._marked(places, names)
        wrong = {why: np.isin(rows, [row for row, one in marks.items() if one is why]) for why in _WRONG}
        error = np.logical_or.reduce(list(wrong.values()))
        empty = self._empty()[above:] & ~error
        self._sink.counts.physical += self._height
        self._sink.counts.before = above
        self._sink.counts.empty += int(np.count_nonzero(empty))
        part = self._part(rows, ~empty & ~error, places)
        if self._sink.looks_for_totals:
            first = self._columns[0][above:].filter(pa.array(~empty & ~error))
            part = self._sink.without_totals(part, first)
        broken = [self._sink.marked(self._part(rows, mask, places), why) for why, mask in wrong.items()]
        self._sink.write([part, *broken])

    def _marked(self, places: Sequence[int], names: Sequence[str]) -> dict[int, Broken]:
        """Rows with a cell that cannot be believed, in a column that is asked for."""
        headed = [at for at, name in enumerate(names) if name]
        if len(headed) != len(self._cells.headed):
            return {row: why for row, _, why in self._cells.marks}  # which column is which is not certain
        columns = dict(zip(headed, sorted(self._cells.headed), strict=True))
        wanted = {columns[at] for at in places}
        return {row: why for row, column, why in self._cells.marks if column in wanted}

    def _part(self, rows: np.ndarray, chosen: np.ndarray, places: Sequence[int]) -> pa.Table:
        """The chosen ones of the rows below the header."""
        below, mask = self._shape.header_row, pa.array(chosen)
        named = zip(places, self._sink.headers, strict=True)
        cells = [self._texts(self._columns[at][below:].filter(mask), header) for at, header in named]
        return self._sink.batch(rows[chosen], cells)

    def _empty(self) -> np.ndarray:
        empty = np.ones(self._height, bool)
        for column in self._columns:
            empty &= pc.equal(pc.utf8_trim_whitespace(column), "").to_numpy(zero_copy_only=False)
        return empty

    def _texts(self, cells: pa.Array, header: str) -> pa.Array:
        """Days as the contract writes them in this column, by ISO 8601 where it says nothing."""
        days = pc.match_substring_regex(cells, _MIDNIGHT)
        if not pc.any(days).as_py():
            return cells
        form = self._shape.day_forms.get(header, "%Y-%m-%d")
        several = cells.dictionary_encode()
        texts = [_day(one, form) for one in several.dictionary.to_pylist()]
        return pa.array(texts, pa.string()).take(several.indices)


def _day(cell: str, form: str) -> str:
    found = re.fullmatch(_MIDNIGHT, cell)
    if found is None or (len(cell) == 10 and form != "%Y-%m-%d"):
        return cell  # a text that was typed stays as it is
    try:
        return date.fromisoformat(found[1]).strftime(form)
    except ValueError:
        return cell
