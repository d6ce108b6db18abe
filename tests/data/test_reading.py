"""A file becomes a table of text; what is no row is told apart, and rows keep their lines."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from data.errors import ContractBroken
from data.reading import Broken, BrokenRow, Table, read_table


def read(folder: Path, content: bytes, headers: tuple[str, ...] = ("a", "b")) -> Table:
    path = folder / "file.csv"
    path.write_bytes(content)
    return read_table(path, headers)


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        (b"a,b\n1,2\n3,4\n", [(2, "1", "2"), (3, "3", "4")]),
        (b"a,b\r\n1,2\r\n", [(2, "1", "2")]),
        (b"a,b\r1,2\r", [(2, "1", "2")]),
        (b"\xef\xbb\xbfa,b\n1,2", [(2, "1", "2")]),
        (b"b,c,a\n2,x,1\n", [(2, "1", "2")]),
        (b'"a","b"\n"1","2"\n', [(2, "1", "2")]),
        (b'a,b\n"1,5","say ""so"""\n', [(2, "1,5", 'say "so"')]),
        (b"a,b\n,\n", [(2, "", "")]),
        (b"a,b\n\n1,2\n\n\n3,4\n", [(3, "1", "2"), (6, "3", "4")]),
        (b'a,b\n1,"two\nlines"\n3,4\n', [(2, "1", "two\nlines"), (4, "3", "4")]),
        (b"a,b\n", []),
    ],
)
def test_rows_are_read_as_text_with_their_lines(
    tmp_path: Path, content: bytes, rows: list[tuple[int, str, str]]
) -> None:
    table = read(tmp_path, content)
    assert (rows, ()) == (table.cells.rows(), table.broken)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949", "utf-16"])
def test_korean_is_read_in_the_encodings_offices_use(tmp_path: Path, encoding: str) -> None:
    table = read(tmp_path, "성명,b\n뷁똠,2\n".encode(encoding), ("성명", "b"))
    assert [(2, "뷁똠", "2")] == table.cells.rows()


def test_a_packed_file_is_unpacked(tmp_path: Path) -> None:
    assert [(2, "1", "2")] == read(tmp_path, gzip.compress(b"a,b\n1,2\n")).cells.rows()


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (b"1", Broken.SHORT),
        (b"1,2,3", Broken.LONG),
        (b'"1",2,3', Broken.LONG),
        (b'1,"2', Broken.QUOTE),
        (b'"1,2', Broken.QUOTE),
        (b'1,2"', Broken.QUOTE),
        (b'1,x"y', Broken.QUOTE),
    ],
)
def test_a_broken_line_costs_one_row_and_none_of_its_neighbours(
    tmp_path: Path, bad: bytes, why: Broken
) -> None:
    table = read(tmp_path, b"a,b\n5,6\n" + bad + b"\n7,8\n9,10\n")
    assert [(2, "5", "6"), (4, "7", "8"), (5, "9", "10")] == table.cells.rows()
    assert (BrokenRow(3, why),) == table.broken


def test_what_lies_between_two_quotes_is_no_row_and_withheld_with_them(tmp_path: Path) -> None:
    table = read(tmp_path, b'a,b\n1,"2\n3,4\n5",6\n7,8\n')
    assert ([(5, "7", "8")], (BrokenRow(2, Broken.QUOTE),)) == (table.cells.rows(), table.broken)
    assert (['1,"2\n3,4\n5",6'], 2) == (table.raws([2]), table.rows_in)


def test_a_line_inside_a_quoted_cell_is_never_a_row(tmp_path: Path) -> None:
    table = read(tmp_path, b'a,b,c\n1,"2\n4,5,6\nx",3\n7,8,9\n', ("a", "b", "c"))
    assert [(2, "1", "2\n4,5,6\nx", "3"), (5, "7", "8", "9")] == table.cells.rows()


@pytest.mark.parametrize(
    ("lines", "accepted", "broken"),
    [
        # Nothing ends the cell: its line alone is broken.
        ([b'1,"2', b"3,4", b"5,6"], [3, 4], [2]),
        # A line below begins a quoted cell of its own: so the first quote was a stray one.
        ([b'1,"2', b"3,4", b'5,"6"', b"7,8"], [3, 4, 5], [2]),
        ([b'"1,2', b"3,4", b'"5","6"'], [3, 4], [2]),
        # Two quotes are one letter, and end nothing.
        ([b'1,"2', b'3,""', b'x",4', b"5,6"], [5], [2]),
        ([b'1,"2""', b"3,4", b'""x"', b"5,6"], [2, 5], []),
        # A cell ends, another one begins, and only that one stays open.
        ([b'"1', b'x","y', b'z"', b"5,6"], [2, 5], []),
        ([b'"1', b'x","y', b"3,4"], [4], [2]),
        # A quote in the middle of a quoted cell ends nothing either.
        ([b'1,"2 "x', b"3,4", b'y"', b"5,6"], [5], [2]),
        # If the first quote is a stray one, the last begins a cell: neither way is there a row in between.
        ([b'"1,2', b"3,4", b'5,""",6', b"7,8", b'x"', b"9,9"], [7], [2]),
        # A cell that ends with the line's end.
        ([b'1,"2', b'"', b"5,6"], [2, 4], []),
        ([b'"1', b'",2', b"5,6", b'7,"8"'], [2, 4, 5], []),
        ([b'"1', b'",2', b"5,6"], [2, 4], []),
        # A letter that cannot be read lies in the cell.
        ([b'1,"2', b"\xff,3", b'4"', b"5,6"], [5], [2]),
    ],
)
def test_how_far_an_open_quote_reaches(
    tmp_path: Path, lines: list[bytes], accepted: list[int], broken: list[int]
) -> None:
    table = read(tmp_path, b"\n".join([b"a,b", *lines, b""]))
    assert (accepted, broken) == (table.cells["_row"].to_list(), [row.line for row in table.broken])


@pytest.mark.parametrize("lines", [999, 1000])
def test_more_lines_than_a_row_may_have_are_put_aside_one_by_one(tmp_path: Path, lines: int) -> None:
    table = read(tmp_path, b'a,b\n1,"\n' + b"2,3\n" * lines + b'"\n5,6\n')
    rows = (2, 0) if lines == 999 else (1, lines + 2)
    assert rows == (table.height, table.broken_count)


def test_raw_text_is_what_stood_in_the_file(tmp_path: Path) -> None:
    table = read(tmp_path, b'a,b\n 1 ,"two\nlines"\n3\n')
    assert (' 1 ,"two\nlines"', "3") == (table.raw(2), table.raw(4))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "no header"),
        (b"\n1,2\n", "no header"),
        (b"a;b\n1;2\n", "lacks the columns a, b"),
        (b"a,c\n1,2\n", "lacks the column b"),
        (b"a,b,a\n1,2,3\n", "Columns 1, 3 share"),
        (b"a,b\n1,\xff\xff\n", "line 2 cannot be read"),
        (b"PK\x03\x04....", "damaged"),
        (gzip.compress(b"a,b\n1,2\n")[:-9], "damaged"),
    ],
)
def test_a_file_that_is_not_what_it_should_be_is_refused(tmp_path: Path, content: bytes, told: str) -> None:
    with pytest.raises(ContractBroken, match=told):
        read(tmp_path, content)


def test_no_cell_is_told_when_the_header_line_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ContractBroken) as caught:
        read(tmp_path, "9001010000001,홍길동\n".encode())
    assert "홍길동" not in str(caught.value) and "900101" not in str(caught.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContractBroken, match="cannot be opened"):
        read_table(tmp_path / "none.csv", ["a"])


def test_many_lines_are_given_as_each_of_them_is(tmp_path: Path) -> None:
    """The last one has no end; blank lines and lines that are no text are lines as well."""
    table = read(tmp_path, "a,b\n1,2\n\n가,4\n5,6,7\n".encode() + b"\xff,8\n9,9")
    lines = [7, 2, 6, 5, 4]
    assert ["9,9", "1,2", "\\xff,8", "5,6,7", "가,4"] == table.raws(lines)
    assert [table.raw(line) for line in lines] == table.raws(lines)
