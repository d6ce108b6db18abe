"""What a change of law alone does is said of numbers, never of somebody."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from eligibility.law_effect import COMPARED, COUNTS, Effect, LawEffect, compare, law_effect
from tests.eligibility.city import REFUND, City, no_bar

NONE: dict[str, int | None] = dict.fromkeys(COUNTS, 0)
WITHHELD: dict[str, int | None] = dict.fromkeys(COUNTS)


def frame(*, at_least: str = "", **found: Any) -> pl.LazyFrame:
    """Findings by id: an amount when entitled, None when unknown; `at_least` has a lower bound."""
    rows = [
        (name, "p", "unknown" if amount is None else "entitled", amount, name == at_least)
        for name, amount in found.items()
    ]
    types = (pl.String, pl.String, pl.String, pl.Int64, pl.Boolean)
    schema = dict(zip(COMPARED, types, strict=True))
    return pl.LazyFrame(rows, schema=schema, orient="row")


def test_each_finding_has_one_effect() -> None:
    before = frame(stays=1, loses=20, more=300, less=4000, unclear=50000, may=None)
    after = frame(stays=1, gains=7, more=301, less=3999, unclear=None, may=5)
    rows = compare(before, after).sort("effect").collect().drop("programme", "at_least").rows()
    assert [
        ("gains", 1, 0, 7),
        ("loses", 1, 20, 0),
        ("more", 1, 300, 301),
        ("less", 1, 4000, 3999),
        ("same", 1, 1, 1),
        ("unclear", 2, 50000, 5),
    ] == rows


@pytest.mark.parametrize(("before", "after"), [("b", ""), ("", "b"), ("b", "b")])
def test_an_amount_that_is_a_lower_bound_under_either_law_is_counted(before: str, after: str) -> None:
    sums = compare(frame(at_least=before, a=1, b=2), frame(at_least=after, a=3, b=4)).collect()
    assert [("more", 2, 1)] == sums.select("effect", "count", "at_least").rows()


def effect(*, at_least: int = 0, **counts: int) -> LawEffect:
    sums = {
        one: {"count": counts.get(one.value, 0), "before": 1, "after": 2, "at_least": at_least}
        for one in Effect
    }
    return LawEffect(date(2026, 7, 1), date(2026, 6, 30), date(2026, 9, 1), {"p": sums})


@pytest.mark.parametrize(
    ("counts", "withheld"),
    [
        ({"gains": 5, "same": 100}, set()),
        ({"gains": 4, "less": 6, "same": 100}, {"gains", "less"}),
        ({"gains": 4, "loses": 1, "same": 100}, {"gains", "loses"}),
        ({"gains": 4}, {"gains"}),
    ],
)
def test_small_counts_are_withheld_and_cannot_be_reckoned_back(
    counts: dict[str, int], withheld: set[str]
) -> None:
    shown = effect(**counts).without_small_counts().programmes["p"]
    assert withheld == {one.value for one, sums in shown.items() if sums == WITHHELD}


@pytest.mark.parametrize(("at_least", "shown"), [(0, 0), (4, None), (5, 5), (96, None), (100, 100)])
def test_how_many_are_lower_bounds_points_at_nobody_either(at_least: int, shown: int | None) -> None:
    told = effect(at_least=at_least, same=100).without_small_counts().programmes["p"]
    assert shown == told[Effect.SAME]["at_least"]


def test_the_registers_are_judged_under_the_rates_of_two_days(delivered: City) -> None:
    told = law_effect(
        delivered.workspace,
        delivered.engine,
        delivered.packs,
        law=date(2026, 7, 1),
        against=date(2026, 6, 30),
        as_of=date(2026, 9, 1),
        programmes=[REFUND],
        showing=no_bar,
    )
    sums = told.programmes[REFUND]
    assert {"count": 2, "before": 4930 + 5000, "after": 6170 + 6000, "at_least": 0} == sums[Effect.MORE]
    assert NONE == sums[Effect.GAINS]
    assert WITHHELD | {"count": 1} == sums[Effect.UNCLEAR]


def test_judging_under_two_laws_leaves_no_findings(delivered: City) -> None:
    law_effect(
        delivered.workspace,
        delivered.engine,
        delivered.packs,
        law=date(2026, 7, 1),
        against=date(2026, 6, 30),
        as_of=date(2026, 9, 1),
        programmes=[],
        showing=no_bar,
    )
    assert ([], []) == (delivered.entitlements(), list(delivered.workspace.findings.iterdir()))
