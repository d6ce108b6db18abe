"""Cells that survive a spreadsheet, and none that runs."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.spreadsheets import plain_cell, safe_cell, safe_column, write_spreadsheet

CHANGED = (
    "=1+1",
    "+82100000000",
    "-5",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "＝1+1",
    "00123",
    "0123456789",
    "1234567890123456",
    "12E5",
    "1e10",
    "3-4",
    "2026-11-21",
    "1/2",
    "3.10",
    "12:30",
    "MAR5",
    "5-Mar",
    "3월 4일",
    "1,234",
    "'quoted",
)
KEPT = ("42", "123456789012345", "A-17", "00가1234", "bill 7", "", "entitled", "0", "가온시", "x=1")


@pytest.mark.parametrize("text", CHANGED)
def test_a_cell_that_a_spreadsheet_would_change_or_run_is_marked(text: str) -> None:
    assert "'" + text == safe_cell(text)


@pytest.mark.parametrize("text", KEPT)
def test_a_plain_cell_stays_as_it_is(text: str) -> None:
    assert text == safe_cell(text)


@given(st.text(max_size=30) | st.from_regex(r"'{0,2}[=0-9eE.\-/']{0,8}", fullmatch=True))
def test_plain_cell_undoes_safe_cell(text: str) -> None:
    assert text == plain_cell(safe_cell(text))


def test_a_cell_somebody_typed_without_the_mark_is_read_as_it_stands() -> None:
    assert "00123" == plain_cell("00123")


@given(st.lists(st.text(max_size=12) | st.sampled_from([*CHANGED, *KEPT])))
def test_a_column_is_treated_as_its_cells_are(texts: list[str]) -> None:
    column = pl.DataFrame({"text": texts}, schema={"text": pl.String})
    assert [safe_cell(text) for text in texts] == column.select(
        safe_column(pl.col("text"))
    ).to_series().to_list()


def test_a_file_opens_as_utf_8_with_numbers_as_numbers(tmp_path: Path) -> None:
    write_spreadsheet(tmp_path / "a.csv", pl.DataFrame({"record_id": ["007", "8"], "amount": [-1, None]}))
    expected = "\ufeffrecord_id,amount\r\n'007,-1\r\n8,\r\n"
    assert expected == (tmp_path / "a.csv").read_bytes().decode()
