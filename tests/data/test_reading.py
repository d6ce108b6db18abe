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


def test_two_open_quotes_do_not_swallow_the_rows_between_them(tmp_path: Path) -> None:
    table = read(tmp_path, b'a,b\n1,"2\n3,4\n5",6\n')
    assert [(3, "3", "4")] == table.cells.rows()
    assert (BrokenRow(2, Broken.QUOTE), BrokenRow(4, Broken.QUOTE)) == table.broken


def test_a_whole_row_is_never_taken_for_the_inside_of_a_quoted_cell(tmp_path: Path) -> None:
    table = read(tmp_path, b'a,b,c\n1,"2\n4,5,6\nx",3\n')
    assert [(3, "4", "5")] == table.cells.rows()
    assert (BrokenRow(2, Broken.QUOTE), BrokenRow(4, Broken.QUOTE)) == table.broken


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
