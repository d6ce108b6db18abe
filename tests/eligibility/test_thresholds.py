"""What follows from one day is compared through the day itself, and never says anything else."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eligibility import logic
from eligibility.facts import DAYS_BELIEVED
from eligibility.reckoning import reckon
from eligibility.terms import Kind, Op, Term, make, term, unknown, walk
from eligibility.thresholds import with_thresholds

BORN = make(Op.FACT, Kind.DAY, param="born")
BELIEVED = st.dates(*DAYS_BELIEVED)
NEAR = st.dates(date(1930, 1, 1), date(2030, 12, 31))


def grown(day: st.SearchStrategy[Term]) -> st.SearchStrategy[Term]:
    """Days that never fall when another day rises."""
    return st.one_of(
        st.builds(logic.months_after, day, st.integers(-300, 1200)),
        st.builds(logic.days_after, day, st.integers(-2000, 40000)),
        st.builds(logic.first_of_month, day),
        st.builds(lambda one, month: logic.day(logic.year_of(one), month, 28), day, st.integers(1, 12)),
        st.builds(logic.later, day, NEAR),
        st.builds(logic.earlier, day, NEAR),
    )


RISING = st.recursive(st.just(BORN), grown, max_leaves=4)
COMPARED = st.one_of(
    st.builds(lambda make, one, other: make(one, other), st.sampled_from(
        [lambda a, b: a <= b, lambda a, b: a < b, lambda a, b: b <= a, lambda a, b: b < a]
    ), RISING, st.builds(term, NEAR)),
    st.builds(lambda one, year: logic.year_of(one) <= year, RISING, st.integers(1900, 2100)),
)  # fmt: skip


@given(COMPARED, st.lists(BELIEVED | NEAR | st.none(), min_size=1, max_size=20))
def test_a_settled_comparison_says_the_same_of_every_day(one: Term, days: list[date | None]) -> None:
    settled = with_thresholds(one)
    assert [reckon(settled, {"born": day}) for day in days] == [reckon(one, {"born": day}) for day in days]


@given(COMPARED)
def test_a_settled_comparison_turns_on_the_very_day(one: Term) -> None:
    settled = with_thresholds(one)
    turn = next((each.param for each in walk([settled]) if each.op is Op.CONSTANT), None)
    if type(turn) is date:
        around = [turn + timedelta(days=shift) for shift in (-1, 0, 1)]
        believed = [day for day in around if DAYS_BELIEVED[0] <= day <= DAYS_BELIEVED[1]]
        assert truths(settled, believed) == truths(one, believed)


def truths(one: Term, days: list[date]) -> list[Any]:
    return [reckon(one, {"born": day}) for day in days]


def test_an_age_in_a_month_is_asked_of_the_day_of_birth() -> None:
    old_enough = term(date(2026, 11, 10)) >= logic.first_of_month(logic.years_after(BORN, 65))
    assert with_thresholds(old_enough) is (BORN <= term(date(1961, 11, 30)))


@pytest.mark.parametrize(
    "one",
    [
        logic.month_of(BORN) <= 6,
        logic.years_after(BORN, 65) <= BORN,
        logic.days_after(BORN, make(Op.FACT, Kind.NUMBER, param="days")) <= term(date(2026, 1, 1)),
        logic.years_after(BORN, 65) <= unknown(Kind.DAY),
        logic.years_after(BORN, 9000) <= term(date(2026, 1, 1)),
    ],
)
def test_what_does_not_turn_once_is_left_as_it_is(one: Term) -> None:
    assert with_thresholds(one) is one
