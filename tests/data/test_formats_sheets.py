"""Cells of a workbook that are not what was once entered are reasons, never other values."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
import xlsxwriter

from data.formats.broken import Unreadable
from data.reading import Broken, BrokenRow, Table
from tests.data.filing import read_here
from tests.data.test_formats_hostile import repacked

PAGE = "xl/worksheets/sheet1.xml"
Filling = Callable[[xlsxwriter.workbook.Worksheet], object]


def sheet(fill: Filling, *, old: str = "", new: str = "", place: tuple[int, int] = (0, 0)) -> bytes:
    """A sheet with the headers a and b and four rows; in its own page `old` stands as `new`."""
    file = io.BytesIO()
    row, column = place
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        made = book.add_worksheet()
        for at, cells in enumerate([("a", "b"), *(("x", "1") for _ in range(4))]):
            made.write_row(row + at, column, cells)
        fill(made)

    def changed(page: bytes) -> bytes:
        assert old.encode() in page
        return page.replace(old.encode(), new.encode(), 1)

    return repacked(file.getvalue(), PAGE, changed)


def read(content: bytes, *headers: str) -> Table:
    return read_here(content, headers or ("a", "b"))


@pytest.mark.parametrize(
    ("number", "is_kept"),
    [
        (999_999_999_999_999, True),
        (-999_999_999_999_999, True),
        (0.1 + 0.2, True),
        (1_000_000_000_000_000, False),
        (1234567890123456701, False),
        (-1234567890123456701, False),
        (20260000000000007001, False),
    ],
)
def test_a_number_of_more_than_fifteen_digits_costs_its_row(number: float, is_kept: bool) -> None:
    table = read(sheet(lambda made: made.write_number(2, 1, number)))
    assert ([] if is_kept else [BrokenRow(3, Broken.DIGITS)]) == list(table.broken)
    assert 4 == table.rows_in


def test_so_many_digits_saved_as_text_are_kept() -> None:
    table = read(sheet(lambda made: made.write_string(2, 1, "1234567890123456701")))
    assert "1234567890123456701" == table.cells["b"][1]


@pytest.mark.parametrize("value", ["", "<v></v>", "<v/>"])
def test_a_formula_without_a_value_is_no_blank(value: str) -> None:
    content = sheet(lambda made: made.write_formula(2, 1, "=1+1", None, 77), old="<v>77</v>", new=value)
    assert [BrokenRow(3, Broken.UNRECKONED)] == list(read(content).broken)


def test_a_formula_with_a_value_is_that_value() -> None:
    table = read(sheet(lambda made: made.write_formula(2, 1, "=1+1", None, 77)))
    assert (["1", "77", "1", "1"], ()) == (table.cells["b"].to_list(), table.broken)


def test_a_formula_that_gives_a_text_without_letters_is_a_blank() -> None:
    content = sheet(lambda made: made.write_formula(2, 1, '=""', None, "q"), old="<v>q</v>", new="<v></v>")
    assert (["1", "", "1", "1"], ()) == (read(content).cells["b"].to_list(), read(content).broken)


def test_a_mark_belongs_to_its_column_wherever_the_table_stands() -> None:
    content = sheet(lambda made: made.write_number(2, 4, 1234567890123456701), place=(0, 3))
    asked = [[row.line for row in read(content, *headers).broken] for headers in (["a"], ["b"], ["a", "b"])]
    assert [[], [3], [3]] == asked


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('<row r="4"', '<row r="3"', "two rows with the same number"),
        ('r="B3"', 'r="A3"', "two cells in the same place"),
        ('r="A4"', 'r="A2"', "in another row"),
        ('</row><row r="4"', '</row></sheetData></worksheet><row r="4"', "damaged"),
    ],
)
def test_a_sheet_that_contradicts_itself_is_refused(old: str, new: str, told: str) -> None:
    with pytest.raises(Unreadable, match=told):
        read(sheet(lambda _: None, old=old, new=new))
