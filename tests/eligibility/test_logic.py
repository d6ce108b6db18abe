"""The helpers keep unknown unknown, and reckon exactly."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eligibility import logic

BOOLS = pl.Series("b", [True, False, None])
A, B = pl.col("a"), pl.col("b")


def one(expression: pl.Expr, **cells: Any) -> Any:
    """The expression over one row."""
    kinds = {name: pl.Int64 for name, cell in cells.items() if cell is None or type(cell) is int}
    frame = pl.DataFrame({name: [cell] for name, cell in cells.items()}, schema_overrides=kinds)
    return frame.select(expression.alias("out"))["out"][0]


@pytest.mark.parametrize(("condition", "expected"), [(True, 1), (False, 2), (None, None)])
def test_choose_does_not_take_unknown_for_no(condition: bool | None, expected: int | None) -> None:
    frame = pl.DataFrame({"c": [condition]}, schema={"c": pl.Boolean})
    assert expected == frame.select(logic.choose(pl.col("c"), 1, 2).alias("out"))["out"][0]


@pytest.mark.parametrize(("value", "expected"), [(1, True), (3, False), (None, None)])
def test_one_of_is_unknown_for_an_unknown_value(value: int | None, expected: bool | None) -> None:
    assert expected == one(logic.one_of(A, 1, 2), a=value)


@pytest.mark.parametrize(
    ("a", "b", "both", "either"),
    [
        (True, None, None, True),
        (False, None, False, None),
        (None, None, None, None),
        (True, False, False, True),
    ],
)
def test_all_of_and_any_of_follow_kleene(
    a: bool | None, b: bool | None, both: bool | None, either: bool | None
) -> None:
    frame = pl.DataFrame({"a": [a], "b": [b]}, schema={"a": pl.Boolean, "b": pl.Boolean})
    got = frame.select(both=logic.all_of(A, B), either=logic.any_of(A, B)).row(0)
    assert (both, either) == got


@pytest.mark.parametrize("helper", [logic.lesser, logic.greater, logic.total])
def test_two_numbers_of_which_one_is_unknown_give_unknown(helper: Any) -> None:
    assert one(helper(A, B), a=1, b=None) is None


@pytest.mark.parametrize(
    ("a", "b", "expected"), [(5, None, True), (3, None, None), (3, 2, True), (3, 1, False)]
)
def test_a_sum_that_already_passes_its_limit_is_known(a: int, b: int | None, expected: bool | None) -> None:
    assert expected == one(logic.passes(4, A, B), a=a, b=b)


@given(st.integers(-(10**13), 10**13), st.integers(0, 10**6), st.integers(1, 10**6))
def test_a_share_is_exact(amount: int, numerator: int, denominator: int) -> None:
    assert amount * numerator // denominator == one(logic.share(A, numerator, denominator), a=amount)


@given(st.integers(-(10**13), 10**13), st.integers(0, 10**6), st.integers(1, 10**6))
def test_a_share_rounded_half_up_is_exact(amount: int, numerator: int, denominator: int) -> None:
    expected = (2 * amount * numerator + denominator) // (2 * denominator)
    assert expected == one(logic.share_half_up(A, numerator, denominator), a=amount)


@pytest.mark.parametrize("expression", [logic.product(A, A), logic.share(A, A, 1), logic.share(A, 1, 0)])
def test_what_does_not_fit_or_cannot_be_divided_is_unknown(expression: pl.Expr) -> None:
    assert one(expression, a=10**13) is None


@pytest.mark.parametrize(
    ("expression", "expected"),
    [(logic.floor10(A), 1230), (logic.floor_to(A, 1000), 1000), (logic.ceil_to(A, 1000), 2000)],
)
def test_amounts_are_rounded_to_a_step(expression: pl.Expr, expected: int) -> None:
    assert expected == one(expression, a=1234)


@pytest.mark.parametrize(
    ("born", "on", "expected"),
    [
        (date(2000, 2, 29), date(2018, 2, 28), 17),
        (date(2000, 2, 29), date(2018, 3, 1), 18),
        (date(2000, 5, 1), date(2018, 5, 1), 18),
        (date(2000, 5, 1), date(2018, 4, 30), 17),
    ],
)
def test_an_age_is_reached_on_the_birthday(born: date, on: date, expected: int) -> None:
    assert expected == one(logic.age_on(A, B), a=born, b=on)


@pytest.mark.parametrize(("year", "expected"), [(2024, 366), (2026, 365), (None, None)])
def test_days_of_a_year_are_counted(year: int | None, expected: int | None) -> None:
    assert expected == one(logic.days_in_year(A), a=year)


def test_years_after_29_february_end_on_the_28th() -> None:
    assert date(2025, 2, 28) == one(logic.years_after(A, 1), a=date(2024, 2, 29))
