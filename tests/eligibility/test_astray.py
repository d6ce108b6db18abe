"""Rows that lie alone are doubts about those whom they may be about, and about nobody else."""

from __future__ import annotations

import polars as pl
import pytest

from eligibility import placing
from eligibility.placing import Place, astray

PLACE = Place("payer", "people", "person")
ROWS = pl.LazyFrame(
    {"fee": ["F1", "F2", "F3"], "payer": ["P1", "P2", "P3"], "_group": ["H1", "P2", "P3"]},
)
TEXTS = {"_key": pl.String, "_group": pl.String}


def doubts(*gaps: tuple[str | None, str | None]) -> list[tuple[object, ...]]:
    found = astray(ROWS, PLACE, pl.DataFrame(gaps, schema=TEXTS, orient="row"), ["fee", "payer"])
    return sorted(found.select("_group", "fee", "payer").rows(), key=str)


def test_a_gap_that_names_somebody_is_about_their_rows_alone() -> None:
    assert [("H2", "F2", "P2")] == doubts(("P2", "H2"))


def test_a_gap_that_names_a_group_alone_is_about_whatever_lies_alone() -> None:
    assert [("H9", "F2", "P2"), ("H9", "F3", "P3")] == doubts((None, "H9"))


def test_many_such_gaps_are_one_doubt_about_each_group(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placing, "PAIRS", 3)
    assert [("H8", None, None), ("H9", None, None)] == doubts((None, "H8"), (None, "H9"))


def test_of_a_gap_that_names_nobody_every_row_that_lies_alone_may_be_meant() -> None:
    assert [(None, "F2", "P2"), (None, "F3", "P3")] == doubts((None, None))


def test_a_row_in_its_household_is_no_doubt() -> None:
    assert [] == doubts(("P1", "H1"))
