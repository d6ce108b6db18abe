"""The same table gives the same cells, in whatever form it arrives; what a file is, its content says."""

from __future__ import annotations

import gzip
import io
import os
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
import xlsxwriter
from pyarrow import parquet

from data.errors import ContractBroken
from data.formats.broken import Unreadable
from data.formats.shape import PLAIN, Format, Place, Shape
from data.reading import Broken, BrokenRow, read_table
from tests.data.delivering import PEOPLE, PEOPLE_HEADER, Office, person
from tests.data.filing import FORMS, as_csv, fixed_width, in_places, read_here, web_table, workbook, zipped

HEADERS = ("번호", "성명", "금액")
ROWS = [("0012", "뷁똠", "1,200"), ("0100", "김 민서", ""), ("9999", "이<b>&amp;", "-3")]
CELLS = [(at, *row) for at, row in enumerate(ROWS, 2)]


@pytest.mark.parametrize("form", sorted(FORMS))
def test_every_form_gives_the_same_cells(tmp_path: Path, form: str) -> None:
    write, shape = FORMS[form]
    path = tmp_path / "delivery"
    path.write_bytes(write([HEADERS, *ROWS]))
    table = read_table(path, HEADERS, shape=shape)
    assert (CELLS, (), len(ROWS)) == (table.cells.rows(), table.broken, table.rows_in)


def test_fixed_width_is_cut_by_bytes(tmp_path: Path) -> None:
    path = tmp_path / "delivery.txt"
    path.write_bytes(fixed_width([HEADERS, *ROWS]))
    table = read_table(path, HEADERS, shape=in_places(PLAIN, HEADERS))
    cells = [(line, *(cell.rstrip() for cell in row)) for line, *row in table.cells.rows()]
    assert [(at, *row) for at, row in enumerate(ROWS, 1)] == cells


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"1234", Broken.SHORT),
        (b"x" * 40, Broken.LONG),
        (b"abcdefghij\xb0," + b"2" * 24, Broken.BYTES),
        (b"\0" * 36, Broken.BYTES),
    ],
)
def test_a_line_of_fixed_width_that_is_no_row_is_told_apart(line: bytes, why: Broken) -> None:
    whole = fixed_width([HEADERS, *ROWS])
    table = read_here(whole + line + b"\r\n" + whole, HEADERS, in_places(PLAIN, HEADERS))
    assert (6, (BrokenRow(4, why),)) == (table.height, table.broken)


def test_the_end_mark_of_dos_is_no_row() -> None:
    whole = fixed_width([HEADERS, *ROWS])
    assert 3 == read_here(whole + b"\x1a", HEADERS, in_places(PLAIN, HEADERS)).rows_in


def test_a_file_of_fixed_width_may_have_lines_above(tmp_path: Path) -> None:
    shape = Shape(format=Format.FIXED_WIDTH, header_row=2, places={"a": Place(1, 2), "b": Place(4, 1)})
    assert [(2, "12", "x")] == read_here(b"REPORT OF TODAY\n12 x\n", ["a", "b"], shape).cells.rows()


def test_the_columns_asked_for_come_in_the_order_asked_for() -> None:
    for write, shape in FORMS.values():
        table = read_here(write([HEADERS, *ROWS]), ("금액", "번호"), shape)
        assert [(at, row[2], row[0]) for at, row in enumerate(ROWS, 2)] == table.cells.rows()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (as_csv([HEADERS, *ROWS]).encode(), {"format": "csv", "encoding": "utf-8"}),
        (as_csv([HEADERS, *ROWS]).encode("cp949"), {"format": "csv", "encoding": "cp949"}),
        (as_csv([HEADERS, *ROWS]).encode("utf-16"), {"format": "csv", "encoding": "utf-16-le"}),
        (web_table([HEADERS, *ROWS]), {"format": "html", "encoding": "cp949"}),
        (workbook([HEADERS, *ROWS]), {"format": "xlsx"}),
        (
            gzip.compress(as_csv([HEADERS, *ROWS]).encode()),
            {"format": "csv", "encoding": "utf-8", "packing": "gzip"},
        ),
    ],
)
def test_what_the_file_was_is_told(content: bytes, told: dict[str, str]) -> None:
    reading = read_here(content, HEADERS).reading
    lines = reading.pop("lines")
    assert (told, {"physical": 4, "before": 1}) == (reading, lines)


@pytest.mark.parametrize("form", ["xlsx", "html", "parquet"])
def test_a_contract_that_names_a_format_takes_no_other(form: str) -> None:
    write, _ = FORMS[form]
    with pytest.raises(Unreadable, match=f"The file is {form}, and the contract reads csv"):
        read_here(write([HEADERS, *ROWS]), HEADERS, Shape(format=Format.CSV))


def test_a_contract_that_names_an_encoding_takes_no_other() -> None:
    with pytest.raises(Unreadable, match="The file is utf-8, and the contract reads cp949"):
        read_here(as_csv([HEADERS, *ROWS]).encode(), HEADERS, Shape(encoding="euc-kr"))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\xd0\xcf\x11\xe0" + bytes(600), "an old workbook"),
        (b"SQLite format 3\0" + bytes(100), "a database"),
        (b"%PDF-1.7\n", "a printed page"),
        (b'<?xml version="1.0"?><rows><row a="1"/></rows>', "XML"),
        ("번호,성명,금액\n".encode("utf-32"), "UTF-32"),
        (b"PAR1" + bytes(50) + b"PAR1", "Parquet file is damaged"),
        (workbook([HEADERS, *ROWS])[:-30], "damaged"),
    ],
)
def test_what_is_not_read_is_refused_by_what_it_is(content: bytes, told: str) -> None:
    with pytest.raises(Unreadable, match=told):
        read_here(content, HEADERS)


# --- bytes that are no text ---


@pytest.mark.parametrize(
    ("encoding", "bad", "raw"),
    [
        ("utf-8", b"0013,\xff\xfe,1", "0013,\\xff\\xfe,1"),
        ("utf-8", "0013,김,1".encode("cp949"), "0013,\\xb1\\xe8,1"),
        ("cp949", b"0013,\xb0,1", "0013,\\xb0,1"),
        ("utf-8", "0013,홍길동".encode() + b"\xff,1", "0013,홍길동\\xff,1"),
        ("cp949", b"\xff0013," + "홍길동,1".encode("cp949"), "\\xff0013,홍길동,1"),
        ("cp949", "0013,홍\0길동,1".encode("cp949"), "0013,홍\\x00길동,1"),
        # These bytes are letters in CP949 too, other ones.
        ("cp949", "0013,민서,1".encode(), "0013,민서,1"),
        ("utf-8", b"0013,\0,1", "0013,\\x00,1"),
        ("cp949", b"0013,\0,1", "0013,\\x00,1"),
    ],
)
def test_bytes_that_are_no_text_cost_their_own_row(encoding: str, bad: bytes, raw: str) -> None:
    good = as_csv(ROWS).encode(encoding)
    table = read_here(as_csv([HEADERS]).encode(encoding) + good + bad + b"\n" + good, HEADERS)
    assert (encoding, 6, (BrokenRow(5, Broken.BYTES),), raw) == (
        table.encoding, table.height, table.broken, table.raw(5),
    )  # fmt: skip


def test_half_a_letter_of_utf_16_costs_its_own_row() -> None:
    half = "홍길동".encode("utf-16-le") + b"\x00\xd8,\x00,\x00\n\x00"
    table = read_here(as_csv([HEADERS, *ROWS]).encode("utf-16") + half, HEADERS)
    assert (3, (BrokenRow(5, Broken.BYTES),)) == (table.height, table.broken)
    assert "홍길동\\xed\\xa0\\x80,," == table.raw(5)


def test_a_line_of_fixed_width_shows_what_can_be_read_of_it() -> None:
    shape = in_places(PLAIN, HEADERS[:2])
    good = fixed_width([HEADERS[:2], ["0001", "홍길동"]]) * 2
    bad = b"0002".ljust(12) + "홍길동".encode("cp949") + b"\xff".ljust(6) + b"\r\n"
    table = read_here(good + bad, HEADERS[:2], replace(shape, encoding="cp949"))
    (broken,) = table.broken
    assert "0002        홍길동\\xff" == table.raw(broken.line).rstrip()


def test_a_file_most_rows_of_which_are_no_text_is_refused() -> None:
    with pytest.raises(Unreadable, match="Most rows are no text: line 2"):
        read_here(b"a,b\n\xff,1\n\xff,2\n1,2\n", ["a", "b"])


# --- headers and totals ---


@pytest.mark.parametrize("form", ["utf-8", "cp949", "html", "xlsx", "tabs", "gzip"])
def test_the_header_may_stand_below_a_title(form: str) -> None:
    write, shape = FORMS[form]
    title = [("2026년 명부", "", ""), ("", "", "기준일")]
    content = write([*title, HEADERS, *ROWS])
    made = Shape(delimiter=shape.delimiter, header_row=3)
    table = read_here(content, HEADERS, made)
    assert ([(at, *row) for at, row in enumerate(ROWS, 4)], 3) == (table.cells.rows(), table.rows_in)


TOTALS = [*ROWS, ("합 계", "", "1197"), *ROWS, ("총계", "", "2394")]


@pytest.mark.parametrize("form", ["utf-8", "cp949", "html", "xlsx", "parquet", "tabs"])
def test_rows_of_totals_are_told_apart(form: str) -> None:
    write, shape = FORMS[form]
    made = Shape(delimiter=shape.delimiter, total_rows=("합계", "총계"))
    table = read_here(write([HEADERS, *TOTALS]), HEADERS, made)
    assert (6, 8, (BrokenRow(5, Broken.TOTAL), BrokenRow(9, Broken.TOTAL))) == (
        table.height, table.rows_in, table.broken,
    )  # fmt: skip


@pytest.mark.parametrize("form", ["utf-8", "cp949", "html", "xlsx", "parquet", "tabs"])
def test_rows_of_totals_that_are_expected_are_no_rows_and_counted(form: str) -> None:
    write, shape = FORMS[form]
    made = Shape(delimiter=shape.delimiter, total_rows=("합계", "총계"), total_rows_expected=True)
    table = read_here(write([HEADERS, *TOTALS]), HEADERS, made)
    assert (6, 6, (), 2) == (table.height, table.rows_in, table.broken, table.reading["lines"]["totals"])


def test_a_row_of_totals_may_have_fewer_cells() -> None:
    made = Shape(total_rows=("합계",))
    table = read_here(as_csv([HEADERS, *ROWS]).encode() + "합계,1197\n".encode(), HEADERS, made)
    assert (BrokenRow(5, Broken.TOTAL),) == table.broken


# --- workbooks ---


def book(*sheets: tuple[str, bool, list[list[object]]]) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as made:
        day = made.add_format({"num_format": "yyyy-mm-dd"})
        made.add_format({"num_format": "0" * 13})
        for name, visible, rows in sheets:
            sheet = made.add_worksheet(name)
            for at, row in enumerate(rows):
                for column, cell in enumerate(row):
                    if isinstance(cell, float | int | str):
                        sheet.write(at, column, cell)
                    else:
                        sheet.write_datetime(at, column, cell, day)
            if not visible:
                sheet.very_hidden()
    return file.getvalue()


def test_numbers_and_days_of_a_workbook_are_the_text_a_person_would_type() -> None:
    from datetime import date, datetime

    rows: list[list[object]] = [
        ["a", "b", "c"],
        [102033123456, 0.5, date(2024, 1, 31)],
        [12.0, -3, datetime(2024, 1, 31, 12, 30)],
        ["0012", 1234567890123, "20240131"],
    ]
    table = read_here(book(("s", True, rows)), ["a", "b", "c"], Shape(day_forms={"c": "%Y%m%d"}))
    assert [
        (2, "102033123456", "0.5", "20240131"),
        (3, "12", "-3", "2024-01-31 12:30:00"),
        (4, "0012", "1234567890123", "20240131"),
    ] == table.cells.rows()


def test_a_day_in_a_column_without_a_form_is_written_by_iso_8601() -> None:
    from datetime import date

    table = read_here(book(("s", True, [["a"], [date(2024, 1, 31)]])), ["a"])
    assert [(2, "2024-01-31")] == table.cells.rows()


@pytest.mark.parametrize(
    ("asked", "rows", "broken"),
    [
        (["a", "b"], [(3, "y", "1")], (BrokenRow(2, Broken.FORMULA),)),
        (["a"], [(2, "x"), (3, "y")], ()),
    ],
)
def test_a_failed_formula_costs_its_row_where_its_column_is_asked_for(
    asked: list[str], rows: list[tuple[object, ...]], broken: tuple[BrokenRow, ...]
) -> None:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as made:
        sheet = made.add_worksheet()
        sheet.write_row(0, 0, ["a", "b"])
        sheet.write(1, 0, "x")
        sheet.write_formula(1, 1, "=1/0", None, "#DIV/0!")
        sheet.write_row(2, 0, ["y", "1"])
    table = read_here(file.getvalue(), asked)
    assert (rows, broken) == (table.cells.rows(), table.broken)


def test_rows_of_a_sheet_keep_its_numbers_over_rows_that_are_empty() -> None:
    content = book(("s", True, [["a", "b"], [], ["x", "1"], ["", " "], ["y", "2"]]))
    table = read_here(content, ["a", "b"])
    assert ([(3, "x", "1"), (5, "y", "2")], 2) == (table.cells.rows(), table.rows_in)


def test_rows_and_columns_above_and_before_the_table_are_counted() -> None:
    content = book(("s", True, [[], [], ["", "a", "b"], ["", "x", "1"]]))
    table = read_here(content, ["a", "b"], Shape(header_row=3))
    assert [(4, "x", "1")] == table.cells.rows()


def test_a_hidden_sheet_is_never_taken_silently() -> None:
    content = book(("보임", True, [["a"], ["1"]]), ("숨김", False, [["a"], ["2"]]))
    by_name = read_here(content, ["a"], Shape(sheet="숨김"))
    assert ([(2, "1")], [(2, "2")]) == (read_here(content, ["a"]).cells.rows(), by_name.cells.rows())


@pytest.mark.parametrize(
    ("sheets", "named", "told"),
    [
        ((("x", True, [["a"]]), ("y", True, [["a"]])), None, "Of the workbook's 2 sheets 2 can be seen"),
        ((("x", True, [["a"]]),), "z", "no sheet z"),
    ],
)
def test_a_choice_of_sheets_is_the_contracts(
    sheets: tuple[tuple[str, bool, list[list[object]]], ...], named: str | None, told: str
) -> None:
    with pytest.raises(Unreadable, match=told):
        read_here(book(*sheets), ["a"], Shape(sheet=named))


def test_a_sheet_that_is_full_may_have_lost_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("data.formats.workbook.FULL_SHEET", 4)
    with pytest.raises(Unreadable, match="full to its last row"):
        read_here(workbook([HEADERS, *ROWS]), HEADERS)


@pytest.mark.parametrize(
    "content",
    [
        b"a,b,b\n1,2,3\n",
        b"a,b, b \n1,2,3\n",
        workbook([["a", "b", "b"], ["1", "2", "3"]]),
        b"<table><tr><td>a<td>b<td>b<tr><td>1<td>2<td>3</table>",
    ],
)
def test_a_header_that_is_there_twice_is_refused(content: bytes) -> None:
    with pytest.raises(Unreadable, match="Columns 2, 3 share their header"):
        read_here(content, ["a", "b"])


# --- tables of web pages ---


@pytest.mark.parametrize(
    ("body", "rows"),
    [
        ("<tr><th>a</th><th>b<tr><td>1<td>2<br>3", [(2, "1", "2\n3")]),
        ("<tr><td>a</td><td>b</td></tr><tr><td rowspan=2>x</td><td>1</td></tr><tr><td>2</td></tr>",
         [(2, "x", "1"), (3, "", "2")]),
        ("<tr><td>a<td>b<tr><td colspan=2>x</td>", [(2, "x", "")]),
        ("<thead><tr><td>a<td>b</thead><tbody><tr><td>&nbsp;1&#160;<td>&lt;&#44032;&gt;", [(2, "1", "<가>")]),
        ("<tr><td>a<td>b<tr><td>1<td>2<script>alert('<td>')</script>", [(2, "1", "2")]),
        ("<tr><td>a<td>b<tr><td><td><tr><td>1<td>2", [(3, "1", "2")]),
    ],
)  # fmt: skip
def test_a_web_table_is_read_as_a_person_sees_it(body: str, rows: list[tuple[int, str, str]]) -> None:
    table = read_here(f"<html><table>{body}</table></html>".encode(), ["a", "b"])
    assert rows == table.cells.rows()


def test_a_row_of_a_web_table_that_is_no_row_keeps_its_text() -> None:
    table = read_here(b"<table><tr><td>a<td>b<tr><td>1<tr><td>1<td>2<td>3<tr><td>4<td>5</table>", ["a", "b"])
    assert ((BrokenRow(2, Broken.SHORT), BrokenRow(3, Broken.LONG)), "1", "1,2,3", "4,5") == (
        table.broken, table.raw(2), table.raw(3), table.raw(4),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("page", "told"),
    [
        ('<!DOCTYPE html [<!ENTITY a "b">]><table><tr><td>a<td>b</table>', "letters of its own"),
        ("<table><tr><td>a<td>b</table><table><tr><td>1<td>2</table>", "more than one table"),
        ("<table><tr><td><table><tr><td>a<td>b</table></table>", "more than one table"),
        ("<html><p>no table</p></html>", "no header row"),
        ("<table><tr><td>a<td colspan=99999>b<td colspan=99999>", "more than 16,384 cells"),
        ("<table><tr><td>a<td>b</tr><tr><td>1<td>2</tr>", "ends before its table"),
    ],
)
def test_a_page_that_hides_something_is_refused(page: str, told: str) -> None:
    with pytest.raises(Unreadable, match=told):
        read_here(page.encode(), ["a", "b"])


# --- typed columns ---


def test_typed_columns_of_parquet_are_the_text_of_a_csv() -> None:
    from datetime import date, datetime
    from decimal import Decimal

    table = pa.table(
        {
            "whole": pa.array([1, None, 3], pa.int32()),
            "float": pa.array([1.0, 0.5, None], pa.float64()),
            "day": pa.array([date(2024, 1, 31), None, date(2024, 2, 1)]),
            "moment": pa.array([datetime(2024, 1, 31), None, datetime(2024, 2, 1)]),
            "money": pa.array([Decimal("1.50"), None, Decimal("2.00")]),
            "word": pa.array(["가", "나", "가"]).dictionary_encode(),
            "flag": pa.array([True, False, None]),
            "none": pa.nulls(3),
        }
    )
    file = io.BytesIO()
    parquet.write_table(table, file)
    read = read_here(file.getvalue(), table.column_names, Shape(day_forms={"day": "%Y%m%d"}))
    assert [
        (2, "1", "1", "20240131", "2024-01-31", "1.50", "가", "true", ""),
        (3, "", "0.5", "", "", "", "나", "false", ""),
        (4, "3", "", "20240201", "2024-02-01", "2", "가", "", ""),
    ] == read.cells.rows()


def test_a_column_of_lists_is_no_column_of_cells() -> None:
    file = io.BytesIO()
    parquet.write_table(pa.table({"a": [[1, 2]]}), file)
    with pytest.raises(Unreadable, match="The column a holds lists"):
        read_here(file.getvalue(), ["a"])


# --- what is kept for whoever mends a row ---


def test_raw_text_is_what_stood_in_the_file_in_every_form() -> None:
    for form, (write, shape) in FORMS.items():
        table = read_here(write([HEADERS, *ROWS]), HEADERS, shape)
        expected = as_csv([ROWS[0]], shape.delimiter).rstrip("\n")
        assert (expected, as_csv([HEADERS], shape.delimiter).rstrip("\n"), form) == (
            table.raw(2), table.header, form,
        )  # fmt: skip


def test_nothing_that_was_read_has_a_name_on_the_disk(tmp_path: Path) -> None:
    path, folder = tmp_path / "a.csv", tmp_path / "work"
    folder.mkdir()
    path.write_bytes(as_csv([HEADERS, *ROWS]).encode())
    table = read_table(path, HEADERS, folder=folder)
    assert ([], 3) == (os.listdir(folder), table.height)


def test_an_archive_with_several_files_needs_a_name(tmp_path: Path) -> None:
    import zipfile

    path = tmp_path / "several.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("읽어보기.txt", "hello")
        archive.writestr("명부.csv", as_csv([HEADERS, *ROWS]))
        archive.writestr("__MACOSX/._명부.csv", "x")
    with pytest.raises(ContractBroken, match="holds 2 files"):
        read_table(path, HEADERS)
    assert CELLS == read_table(path, HEADERS, shape=Shape(member="명부.csv")).cells.rows()


def test_names_in_an_archive_may_be_cp949_without_saying_so() -> None:
    content = zipped(as_csv([HEADERS, *ROWS]).encode(), "xxxxx.csv")
    name = "명부1".encode("cp949")
    table = read_here(content.replace(b"xxxxx.csv", name + b".csv"), HEADERS, Shape(member="명부1.csv"))
    assert CELLS == table.cells.rows()


def test_zeros_that_a_spreadsheet_took_are_put_back_where_the_contract_says_so(office: Office) -> None:
    text = PEOPLE.replace('parser = "kr_resident_number"', 'parser = "pad:13"')
    rows = [person(1), person(2).removeprefix("9")]
    lost = office.file([PEOPLE_HEADER, *rows])
    made = office.take_in(office.contract(text), lost)
    assert (2, {"번호: zeros put back in front": 1}) == (made.accepted, made.notes)
