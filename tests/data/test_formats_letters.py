"""Letters that are written in unusual ways are read as what they are, or cost their row."""

from __future__ import annotations

import pytest

from data.formats.hangul import composed
from data.formats.shape import Format, Place, Shape
from data.reading import Broken, BrokenRow
from tests.data.delivering import Office, person
from tests.data.filing import as_csv, read_here, web_table
from tests.data.test_formats import CELLS, HEADERS, ROWS


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("named", [None, "utf-16", "as it is"])
def test_utf_16_needs_no_mark(encoding: str, named: str | None) -> None:
    shape = Shape(encoding=encoding.replace("16-", "16") if named == "as it is" else named)
    table = read_here(as_csv([HEADERS, *ROWS]).encode(encoding), HEADERS, shape)
    assert (CELLS, encoding) == (table.cells.rows(), table.encoding)


def test_utf_16_that_nothing_shows_is_read_where_the_contract_names_it() -> None:
    content = "번호이름\n" + "가나다라마바사아자차카타\n" * 40
    table = read_here(content.encode("utf-16-le"), ["번호이름"], Shape(encoding="utf-16le"))
    assert ("utf-16-le", 40) == (table.encoding, table.height)


def test_a_web_page_in_utf_16_needs_no_mark() -> None:
    page = web_table([HEADERS, *ROWS]).decode("cp949").encode("utf-16-le")
    assert CELLS == read_here(page, HEADERS).cells.rows()


def test_stray_nuls_make_no_utf_16() -> None:
    table = read_here(b"a,b\n1,\x002\n\x00,4\n" + b"5,6\n" * 9, ["a", "b"])
    assert "utf-8" == table.encoding


# KS X 1001 has 2,350 of the 11,172 syllables; the others are eight bytes of EUC-KR each.
BEYOND = "김뷁민,똠,쀼,펲"


@pytest.mark.parametrize("form", ["csv", "fixed", "html"])
def test_syllables_of_eight_bytes_are_one_letter(form: str) -> None:
    if form == "fixed":
        content = b"".join(f"{one}".encode("euc-kr").ljust(12) + b"\n" for one in BEYOND.split(","))
        shape = Shape(format=Format.FIXED_WIDTH, places={"a": Place(1, 12)})
        found = [cell.rstrip() for cell in read_here(content, ["a"], shape).cells["a"]]
    elif form == "csv":
        content = b"a\n" + "\n".join(BEYOND.split(",")).encode("euc-kr")
        found = read_here(content, ["a"]).cells["a"].to_list()
    else:
        rows = "".join(f"<tr><td>{one}</td></tr>" for one in ["a", *BEYOND.split(",")])
        found = read_here(f"<table>{rows}</table>".encode("euc-kr"), ["a"]).cells["a"].to_list()
    assert BEYOND.split(",") == found


def test_every_syllable_comes_back_from_euc_kr() -> None:
    letters = "".join(map(chr, range(0xAC00, 0xAC00 + 11_172)))
    assert letters == composed(letters.encode("euc-kr").decode("cp949"))


@pytest.mark.parametrize("end", [b"\x1a", b"\n\x1a", b"\r\n\x1a"])
def test_the_end_mark_of_dos_is_no_row_of_csv_either(end: bytes) -> None:
    table = read_here(b"a,b\n1,2\n3,4" + end, ["a", "b"])
    assert ([(2, "1", "2"), (3, "3", "4")], ()) == (table.cells.rows(), table.broken)


def test_a_filler_that_is_left_over_costs_its_row(office: Office) -> None:
    made = office.people(person(1, name="김\u3164"), person(2, name="김뷁민"))
    assert (1, 1) == (made.accepted, made.quarantined)


@pytest.mark.parametrize(
    ("cell", "read"),
    [
        ("A&lt;B co", "A<B co"),
        ("김<철수>", "김<철수>"),
        ("A<foo>B", "A<foo>B"),
        ("A <Hong co.>", "A <Hong co.>"),
        ("5 < 6", "5 < 6"),
        ("<b title='a<b'>A</b>", "A"),
        ("<o:p>A</o:p><span>B</span>", "AB"),
        ("A<B co", None),
        ("A<Hong", None),
    ],
)
def test_a_cell_of_a_web_page_says_all_it_says_or_costs_its_row(cell: str, read: str | None) -> None:
    rows = "".join(f"<tr><td>{one}</td><td>2</td></tr>" for one in ("a", cell, "x")).replace("2", "b", 1)
    table = read_here(f"<table>{rows}</table>".encode(), ["a", "b"])
    broken = [BrokenRow(2, Broken.MARK)] if read is None else []
    assert ([*([read] if read else []), "x"], broken) == (table.cells["a"].to_list(), list(table.broken))
