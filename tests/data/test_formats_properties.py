"""Whatever a file holds: every line is accounted for, no broken row lacks a reason, all forms agree."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from data.errors import ContractBroken
from data.formats import delimited, lines
from data.formats.broken import Unreadable
from data.formats.shape import PLAIN, Shape
from data.reading import Table, read_table
from tests.data.filing import FORMS, as_csv, fixed_width, in_places, read_here

HEADERS = ("가", "b", "c")
BINARY = ("html", "xlsx", "parquet", "gzip", "zip")
_LETTERS = "09aZ가뷁,;|\"' .-<>&é"
_SPOILERS = [
    b'"',
    b",",
    b"\n",
    b"\r",
    b"\r\n",
    b"\0",
    b"\xff",
    b"\xb0",
    b"\xea\xb0\x80",
    b'""',
    b"1,2,3\n",
    b" \n",
]

cells = st.text(_LETTERS, max_size=6)
rows = st.lists(st.tuples(cells, cells, cells), max_size=12)
_cp949 = st.text("09aZ가뷁,;|\"' .-<>&", max_size=4)
plain_rows = st.lists(st.tuples(_cp949, _cp949, _cp949), min_size=1, max_size=6)
slow = settings(max_examples=150, deadline=None)


def account(table: Table, content: bytes | None = None) -> None:
    """Raise unless every line is somewhere, and every row is whole or broken for a reason."""
    told = table.reading["lines"]
    elsewhere = sum(told.get(name, 0) for name in ("before", "empty", "continued", "totals"))
    assert told["physical"] == elsewhere + table.rows_in
    assert table.rows_in == table.cells.height + len(table.broken)
    assert all(row.why for row in table.broken)
    numbers = [*table.cells["_row"], *(row.line for row in table.broken)]
    assert len(numbers) == len(set(numbers))
    if content is not None:
        assert told["physical"] == content.count(b"\n") + (not content.endswith(b"\n"))


@contextmanager
def pieces_of(size: int) -> Iterator[None]:
    """Read text in pieces so small that rows lie across them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "_PIECE", size)
        yield


@contextmanager
def line_by_line() -> Iterator[None]:
    """The reference: every line is looked at by itself."""

    def none_whole(text: Any, starts: Any, ends: Any, **_: Any) -> Any:
        return np.zeros(len(ends), bool)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delimited._Reader, "_whole", lambda *_: None)
        patch.setattr(delimited, "whole_rows", none_whole)
        yield


def spoiled(content: bytes, seed: int, times: int) -> bytes:
    """The file with bytes put in and cut out below its header."""
    chance = random.Random(seed)
    head = content.index(b"\n") + 1
    for _ in range(times):
        at = chance.randrange(head, len(content) + 1)
        if chance.random() < 0.7:
            content = content[:at] + chance.choice(_SPOILERS) + content[at:]
        else:
            content = content[:at] + content[at + chance.randrange(1, 9) :]
    return content


def outcome(content: bytes, shape: Shape) -> object:
    try:
        table = read_here(content, HEADERS, shape)
    except Unreadable as error:
        return error.what
    account(table, content if b"\n" in content.split(b"c", 1)[1] else None)
    raws = [table.raw(row.line) for row in table.broken]
    return table.cells.rows(), table.broken, raws, table.reading, table.encoding


@slow
@given(rows, st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]), st.integers(1, 90))
def test_what_was_written_is_read(table: list[tuple[str, str, str]], encoding: str, size: int) -> None:
    with pieces_of(size):
        read = read_here(as_csv([HEADERS, *table]).encode(encoding), HEADERS)
    assert ([(at, *row) for at, row in enumerate(table, 2)], ()) == (read.cells.rows(), read.broken)


@settings(max_examples=25, deadline=None)
@given(plain_rows)
def test_every_form_gives_the_same_cells(table: list[tuple[str, str, str]]) -> None:
    """Spaces around a cell are nobody's; a row without any text is none in forms that draw a grid."""
    table = [(f"x{first}", second.strip(), third.strip()) for first, second, third in table]
    table = [(first.strip(), second, third) for first, second, third in table]
    expected = [(at, *row) for at, row in enumerate(table, 2)]
    for form, (write, shape) in FORMS.items():
        read = read_here(write([HEADERS, *table]), HEADERS, shape)
        account(read)
        assert (form, expected) == (form, read.cells.rows())
    cut = read_here(fixed_width([HEADERS, *table]), HEADERS, in_places(PLAIN, HEADERS)).cells.rows()
    assert expected == [(line + 1, *(cell.rstrip() for cell in row)) for line, *row in cut]


@slow
@given(
    rows,
    st.integers(0, 10**9),
    st.integers(0, 8),
    st.integers(1, 200),
    st.sampled_from([PLAIN, Shape(delimiter=";"), Shape(total_rows=("9", "가"))]),
)
@example([("1", "2", "3")], 0, 0, 1, PLAIN)
def test_a_spoiled_file_reads_as_it_does_line_by_line(
    table: list[tuple[str, str, str]], seed: int, times: int, size: int, shape: Shape
) -> None:
    content = spoiled(as_csv([HEADERS, *table], shape.delimiter).encode(), seed, times)
    with line_by_line():
        reference = outcome(content, shape)
    with pieces_of(size):
        assert reference == outcome(content, shape)


@slow
@given(plain_rows, st.integers(0, 10**9), st.integers(1, 6), st.sampled_from(["cp949", "utf-16"]))
def test_every_line_of_a_spoiled_file_is_accounted_for(
    table: list[tuple[str, str, str]], seed: int, times: int, encoding: str
) -> None:
    content = spoiled(as_csv([HEADERS, *table]).encode(encoding), seed, times)
    try:
        read = read_here(content, HEADERS)
    except Unreadable:
        return
    account(read)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plain_rows, st.integers(0, 10**9), st.integers(1, 6), st.sampled_from(BINARY))
def test_a_spoiled_file_of_any_form_is_accounted_for_or_refused(
    tmp_path: Path, table: list[tuple[str, str, str]], seed: int, times: int, form: str
) -> None:
    """In a process of its own, as always: what reads these forms may crash over them."""
    write, shape = FORMS[form]
    content = bytearray(write([HEADERS, *table]))
    chance = random.Random(seed)
    for _ in range(times):
        content[chance.randrange(len(content))] = chance.randrange(256)
    path = tmp_path / "delivery"
    path.write_bytes(content)
    try:
        read = read_table(path, HEADERS, shape=shape)
    except ContractBroken:
        return
    account(read)


@slow
@given(plain_rows, st.integers(0, 10**9), st.integers(0, 6))
def test_every_line_of_fixed_width_is_accounted_for(
    table: list[tuple[str, str, str]], seed: int, times: int
) -> None:
    content = spoiled(b"title\n" + fixed_width([HEADERS, *table]), seed, times)
    shape = replace(in_places(PLAIN, HEADERS), header_row=2)
    try:
        account(read_here(content, HEADERS, shape))
    except Unreadable:
        return


@slow
@given(st.binary(max_size=300))
def test_any_bytes_are_a_table_or_a_refusal(content: bytes) -> None:
    try:
        account(read_here(b"\xea\xb0\x80,b,c\n" + content, HEADERS))
    except Unreadable:
        return
