"""Rates: the day picks the value; a file that cannot be right is refused with its place."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from data.errors import BadSettings
from eligibility.ratefiles import read_rates
from eligibility.rates import RatesOn, UnknownRate
from eligibility.terms import Kind, Op, make
from tests.eligibility.on_every_engine import on_every_engine

HEAD = 'label = { ko = "가", en = "a" }\nunit = "KRW"\nlaw = "§1"\nconfirmed = false\n'
GOOD = f"""
[amount]
{HEAD}values = [
  {{ since = 2024-01-01, value = 5 }},
  {{ since = 2025-01-01, until = 2025-12-31, value = 6, confirmed_by = "a clerk", law = "§2" }},
]
[steps]
{HEAD}values = [{{ since = 2024-01-01, brackets = [{{ up_to = 10, value = 1 }}, {{ value = 2 }}] }}]
[closed]
{HEAD}values = [{{ since = 2024-01-01, brackets = [{{ up_to = 10, value = 1 }}] }}]
[kinds]
{HEAD}names = {{ one = {{ ko = "하나", en = "one" }}, two = {{ ko = "둘", en = "two" }} }}
values = [{{ since = 2024-01-01, keyed = {{ one = 1, two = 2 }} }}]
[way]
{HEAD.replace('"KRW"', '"choice"')}options = ["left", "right"]
names = {{ left = {{ ko = "왼쪽", en = "left" }}, right = {{ ko = "오른쪽", en = "right" }} }}
values = [{{ since = 2024-01-01, choice = "left" }}, {{ since = 2025-01-01, choice = "right" }}]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "rates.toml").write_text(GOOD, "utf-8")
    return tmp_path / "rates.toml"


def read(
    file: Path, of: str, days: Sequence[date | None], values: Sequence[object] | None = None
) -> list[object]:
    """A rate on some days, `of` naming it as a rule would."""
    rates = RatesOn(read_rates(file), make(Op.FACT, Kind.DAY, param="day"))
    kind = Kind.TEXT if of.startswith("keyed") else Kind.NUMBER
    value = make(Op.FACT, kind, param="v")
    shape, _, name = of.rpartition(".")
    found = getattr(getattr(rates, shape), name) if shape else getattr(rates, name)
    if shape == "choice":
        term = found(left="L", right="R")
    else:
        term = found(value) if shape else found
    cells = values if values is not None else [None] * len(days)
    return on_every_engine(term, [{"day": day, "v": cell} for day, cell in zip(days, cells, strict=True)])


def test_the_day_picks_the_value(file: Path) -> None:
    days = [date(2023, 12, 31), date(2024, 1, 1), date(2024, 12, 31), date(2025, 1, 1)]
    assert [None, 5, 5, 6] == read(file, "amount", days)


def test_after_its_last_day_and_on_an_unknown_day_a_rate_is_unknown(file: Path) -> None:
    assert [6, None, None] == read(file, "amount", [date(2025, 12, 31), date(2026, 1, 1), None])


def test_a_bracket_is_up_to_and_including(file: Path) -> None:
    day = date(2024, 5, 1)
    assert [1, 2, None] == read(file, "brackets.steps", [day] * 3, [10, 11, None])


def test_beyond_a_closed_bracket_nothing_is_known(file: Path) -> None:
    assert [None] == read(file, "brackets.closed", [date(2024, 5, 1)], [11])


def test_a_key_the_rate_does_not_hold_is_unknown(file: Path) -> None:
    day = date(2024, 5, 1)
    assert [2, None, None] == read(file, "keyed.kinds", [day] * 3, ["two", "three", None])


def test_the_law_chooses_between_ways(file: Path) -> None:
    assert ["L", "R"] == read(file, "choice.way", [date(2024, 1, 1), date(2025, 1, 1)])


@pytest.mark.parametrize("name", ["nothing", "steps"])
def test_a_rate_that_is_not_there_or_of_another_shape_is_an_error(file: Path, name: str) -> None:
    with pytest.raises(UnknownRate):
        read(file, name, [None])


def test_a_value_knows_its_law_and_who_confirmed_it(file: Path) -> None:
    dated = read_rates(file)["amount"].on(date(2025, 6, 1))
    assert dated is not None
    assert (6, "§2", "a clerk") == (dated.value, dated.law, dated.confirmed_by)


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("[x\n", "", "not valid TOML"),
        (f"[x]\n{HEAD}", "[x]", "has values"),
        (
            f"[x]\n{HEAD.replace('KRW', 'shells')}values = [{{ since = 2024-01-01, value = 1 }}]",
            "[x]",
            "unit",
        ),
        (f"[x]\n{HEAD}values = [{{ since = 2024-01-01, value = 1.5 }}]", "[x.values 1]", "whole number"),
        (f'[x]\n{HEAD}values = [{{ since = "2024", value = 1 }}]', "[x.values 1]", "`since` is a day"),
        (
            f"[x]\n{HEAD}values = [{{ since = 2024-01-01, until = 9999-12-31, value = 1 }}]",
            "[x.values 1]",
            "`until` 9999-12-31 lies outside",
        ),
        (f"[x]\n{HEAD}values = [{{ since = 2024-01-01, value = -5 }}]", "[x.values 1]", "-5 is below 0"),
        (
            f"[x]\n{HEAD}values = [{{ since = 2024-01-01, brackets = [{{ value = -5 }}] }}]",
            "[x.values 1]",
            "-5 is below 0, which no KRW",
        ),
        (f"[x]\n{HEAD}values = [{{ since = 2024-01-01, value = {10**23} }}]", "[x.values 1]", "larger than"),
        (
            "[x]\n"
            + HEAD.replace("confirmed = false", 'confirmed_by = " "')
            + "values = [{ since = 2024-01-01, value = 5 }]",
            "[x.values 1]",
            "Say who confirmed it",
        ),
        (f"[x]\n{HEAD}values = [{{ since = 2024-01-01 }}]", "[x.values 1]", "Give one of"),
        (f"[x]\n{HEAD}values = [{{ since = 2024-01-01, keyed = {{ a = 1 }} }}]", "[x]", "exactly these: a"),
        (
            f"[x]\n{HEAD}values = [{{ since = 2025-01-01, value = 1 }}, {{ since = 2024-01-01, value = 2 }}]",
            "[x]",
            "stands after",
        ),
        (
            f"[x]\n{HEAD}values = [{{ since = 2024-01-01, until = 2024-05-01, value = 1 }}, "
            "{ since = 2024-06-01, value = 2 }]",
            "[x]",
            "gap or an overlap",
        ),
        (
            f"[x]\n{HEAD}values = [{{ since = 2024-01-01, until = 2023-01-01, value = 1 }}]",
            "[x]",
            "ends before it begins",
        ),
        (
            f"[x]\n{HEAD.replace('confirmed = false', '')}values = [{{ since = 2024-01-01, value = 1 }}]",
            "[x.values 1]",
            "confirmed",
        ),
        (
            f"[x]\n{HEAD}values = [{{ since = 2024-01-01, brackets = [{{ upto = 3, value = 1 }}] }}]",
            "[x.values 1]",
            "`brackets` is a list",
        ),
        (
            f"[x]\n{HEAD}options = 5\nvalues = [{{ since = 2024-01-01, value = 1 }}]",
            "[x]",
            "`options` is a list",
        ),
        (
            f"[x]\n{HEAD}values = [{{ since = 2024-01-01, brackets = [{{ value = 1 }}, {{ value = 2 }}] }}]",
            "[x.values 1]",
            "Brackets rise",
        ),
        (f"[x]\n{HEAD}values = [{{ since = 2024-01-01, choice = 'a' }}]", "[x]", "go together"),
    ],
)
def test_a_file_that_cannot_be_right_is_refused_with_its_place(
    tmp_path: Path, text: str, where: str, what: str
) -> None:
    file = tmp_path / "rates.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(BadSettings, match=what) as error:
        read_rates(file)
    assert f"{file} {where}".strip() == error.value.where


def test_a_number_of_days_may_be_below_nothing(tmp_path: Path) -> None:
    file = tmp_path / "rates.toml"
    text = f"[x]\n{HEAD.replace('KRW', 'days')}values = [{{ since = 2024-01-01, value = -5 }}]"
    file.write_text(text, "utf-8")
    assert [-5] == read_rates(file)["x"].values[0].numbers
