"""What is skipped for a column's letters changes nothing of what is read."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.letters import Letters, letters_of
from data.parsers import normalised, parser_of

TEXT = st.text(
    st.sampled_from(
        "aZ09 -\t\r\n\x07\x7f\u00a0\u00e9\u0301\u1112\u1169\u11bc\u200b\u3000\ua66f가힣漢０\ufeff\ufffd😀"
        "，（－−²⑴￦"
    )
)
CELLS = st.lists(st.none() | TEXT, min_size=1, max_size=6)
PARSERS = [
    "text",
    "int",
    "int:comma",
    "decimal:2",
    "one_of:a,가",
    "date:%Y%m%d",
    "kr_mobile",
    "pattern:[a-z]+",
]


@given(cells=CELLS, spec=st.sampled_from(PARSERS))
@settings(deadline=None, max_examples=400)
def test_a_column_is_read_as_if_nothing_were_known_of_its_letters(cells: list[str | None], spec: str) -> None:
    column = pl.Series("cell", cells, dtype=pl.String)
    cell, parser, known = pl.col("cell"), parser_of(spec), letters_of(column)
    frame = column.to_frame()

    usual = frame.select(text=normalised(cell)).select(
        "text", value=parser.value(pl.col("text")), valid=parser.valid(pl.col("text"))
    )
    skipping = frame.select(text=normalised(cell, known)).select(
        "text",
        value=parser.value(pl.col("text"), letters=known),
        valid=parser.valid(pl.col("text"), letters=known),
    )

    assert usual.rows() == skipping.rows()


@pytest.mark.parametrize(
    ("cells", "letters"),
    [
        (["12", None], Letters(True, True, True, True, True, True)),
        (["1 2", ""], Letters(True, True, False, True, True, False)),
        (["가나", "漢字"], Letters(False, True, True, True, True, True)),
        (["가 나\n"], Letters(False, True, False, False, False, True)),
        (["가\u00a0"], Letters(False, False, False, True, False, True)),
        ([None], Letters(True, True, True, True, True, True)),
    ],
)
def test_the_letters_of_a_column_are_told(cells: list[str | None], letters: Letters) -> None:
    assert letters == letters_of(pl.Series(cells, dtype=pl.String))
