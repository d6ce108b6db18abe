"""The helpers keep unknown unknown, and reckon exactly."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eligibility import logic
from eligibility.terms import Kind, Op, PackMistake, Term, make, number, unknown
from eligibility.terms import term as as_term
from tests.eligibility.on_every_engine import on_every_engine

HALF: Any = 0.5
A, B = (make(Op.FACT, Kind.NUMBER, param=name, span=(-(10**13), 10**13)) for name in "ab")
P, Q = (make(Op.FACT, Kind.TRUTH, param=name) for name in "pq")
D, E = (make(Op.FACT, Kind.DAY, param=name) for name in "de")


def one(term: Term, **cells: Any) -> Any:
    """The term over one unit, the same on every engine."""
    return on_every_engine(term, [cells])[0]


@pytest.mark.parametrize(("condition", "expected"), [(True, 1), (False, 2), (None, None)])
def test_choose_does_not_take_unknown_for_no(condition: bool | None, expected: int | None) -> None:
    assert expected == one(logic.choose(P, 1, 2), p=condition)


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
    got = one(logic.all_of(P, Q), p=a, q=b), one(logic.any_of(P, Q), p=a, q=b)
    assert (both, either) == got


@pytest.mark.parametrize("helper", [logic.lesser, logic.greater, logic.total])
def test_two_numbers_of_which_one_is_unknown_give_unknown(helper: Any) -> None:
    assert one(helper(A, B), a=1, b=None) is None


@pytest.mark.parametrize(
    ("a", "b", "expected"), [(5, None, True), (3, None, None), (3, 2, True), (3, 1, False)]
)
def test_a_sum_that_already_passes_its_limit_is_known(a: int, b: int | None, expected: bool | None) -> None:
    assert expected == one(logic.passes(4, A, B), a=a, b=b)


@pytest.mark.parametrize(
    ("a", "b", "expected"), [(5, -3, True), (3, -1, None), (-1, -1, None), (-1, 9, True)]
)
def test_an_amount_below_nothing_is_taken_for_unknown(a: int, b: int, expected: bool | None) -> None:
    assert expected == one(logic.passes(4, A, B), a=a, b=b)


@given(
    st.integers(-9, 9), st.lists(st.integers(-9, 9), min_size=2, max_size=2), st.sets(st.sampled_from("ab"))
)
def test_what_is_said_of_a_sum_stays_so_once_more_is_known(
    limit: int, amounts: list[int], hidden: set[str]
) -> None:
    known = dict(zip("ab", amounts, strict=True))
    passed = logic.passes(limit, A, B)
    assert one(passed, **known | dict.fromkeys(hidden)) in (one(passed, **known), None)


@given(st.integers(-(10**13), 10**13), st.integers(0, 10**5), st.integers(1, 10**6))
def test_a_share_is_exact(amount: int, numerator: int, denominator: int) -> None:
    assert amount * numerator // denominator == one(logic.share(A, numerator, denominator), a=amount)


@given(st.integers(-(10**13), 10**13), st.integers(0, 10**5), st.integers(1, 10**6))
def test_a_share_rounded_half_up_is_exact(amount: int, numerator: int, denominator: int) -> None:
    expected = (2 * amount * numerator + denominator) // (2 * denominator)
    assert expected == one(logic.share_half_up(A, numerator, denominator), a=amount)


@pytest.mark.parametrize(
    "term", [A * A, A * A + A, logic.share(A, A, 1), logic.share(A, 1, 0), A // 0, A % 0]
)
def test_what_does_not_fit_or_cannot_be_divided_is_unknown(term: Term) -> None:
    assert one(term, a=10**13) is None


@pytest.mark.parametrize(
    ("term", "expected"),
    [(logic.floor10(A), 1230), (logic.floor_to(A, 1000), 1000), (logic.ceil_to(A, 1000), 2000)],
)
def test_amounts_are_rounded_to_a_step(term: Term, expected: int) -> None:
    assert expected == one(term, a=1234)


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
    assert expected == one(logic.age_on(D, E), d=born, e=on)


@pytest.mark.parametrize(("year", "expected"), [(2024, 366), (2026, 365), (None, None)])
def test_days_of_a_year_are_counted(year: int | None, expected: int | None) -> None:
    assert expected == one(logic.days_in_year(A), a=year)


def test_years_after_29_february_end_on_the_28th() -> None:
    assert date(2025, 2, 28) == one(logic.years_after(D, 1), d=date(2024, 2, 29))


def test_a_period_of_years_ends_as_the_civil_code_counts_it() -> None:
    days = [date(2023, 1, 1) + timedelta(days=at) for at in range(365 * 4 + 1)]

    for years in (1, 3, 4, 5):
        found = on_every_engine(logic.end_of_period(D, years), [{"d": day} for day in days])
        assert [last_by_the_code(day, years) for day in days] == found


def last_by_the_code(event: date, years: int) -> date:
    """민법 §157: it begins the day after. §160②, ③: it ends on the day before the one that corresponds to its
    beginning, and at the end of the month where no day does."""
    begins = event + timedelta(days=1)
    try:
        return begins.replace(year=begins.year + years) - timedelta(days=1)
    except ValueError:
        return date(begins.year + years, 2, 28)


@pytest.mark.parametrize(("year", "month", "day"), [(2023, 2, 29), (2024, 13, 1), (0, 1, 1), (2024, 1, 32)])
def test_a_date_that_does_not_exist_is_unknown(year: int, month: int, day: int) -> None:
    assert one(logic.day(A, B, day), a=year, b=month) is None


def test_a_day_beyond_the_calendar_is_unknown() -> None:
    found = one(logic.days_after(D, 1), d=date.max), one(logic.months_after(D, -1), d=date.min)
    assert (None, None) == found


@pytest.mark.parametrize(
    ("build", "what"),
    [
        (lambda: A + HALF, "no whole number"),
        (lambda: A / 2, "fractions"),
        (lambda: A == "text", "cannot be compared"),
        (lambda: A & P, "a number stands where a truth is needed"),
        (lambda: 1 if A > 0 else 2, "cannot ask a value by if"),
        (lambda: not P, "cannot ask a value by if"),
        (lambda: A in (1, 2), "cannot ask a value by if"),
        (lambda: 0 < A < 5, "cannot ask a value by if"),
        (lambda: logic.blank(D), "what a fact's blank means"),
        (lambda: P < Q, "truths have no order"),
        (lambda: logic.choose(P, 1, "one"), "cannot be compared or mixed"),
    ],
)
def test_what_no_rule_may_say_is_refused_where_it_is_written(build: Any, what: str) -> None:
    with pytest.raises(PackMistake, match=what):
        build()


def test_equal_terms_are_one_object() -> None:
    assert logic.age_on(D, E) is logic.age_on(D, E)


NUMBERS = st.one_of(st.none(), st.integers(-(10**13), 10**13), st.integers(-3, 3))
DAYS = st.one_of(st.none(), st.dates(date(1880, 1, 1), date(2200, 12, 31)))
TRUTHS = st.sampled_from([True, False, None])
UNITS = st.fixed_dictionaries({"a": NUMBERS, "b": NUMBERS, "p": TRUTHS, "q": TRUTHS, "d": DAYS, "e": DAYS})
LEAVES = {
    Kind.NUMBER: st.one_of(st.sampled_from([A, B, unknown(Kind.NUMBER)]), st.integers(-(10**6), 10**6)),
    Kind.TRUTH: st.sampled_from([P, Q, logic.UNKNOWN_TRUTH]),
    Kind.DAY: st.one_of(st.sampled_from([D, E]), st.dates(date(1900, 1, 1), date(2100, 1, 1))),
}


def grown(children: dict[Kind, st.SearchStrategy[Any]]) -> dict[Kind, st.SearchStrategy[Any]]:
    """One storey more of terms of each kind."""
    n, t, d = children[Kind.NUMBER], children[Kind.TRUTH], children[Kind.DAY]
    two = st.sampled_from([logic.lesser, logic.greater, logic.total, *_ARITHMETIC])
    three = st.sampled_from([logic.share, logic.share_half_up])
    return {
        Kind.NUMBER: st.one_of(
            st.builds(lambda f, x, y: f(x, y), two, n, n),
            st.builds(lambda f, x, y, z: f(x, y, z), three, n, n, st.integers(1, 1000)),
            st.builds(logic.choose, t, n, n),
            st.builds(logic.days_between, d, d),
            st.builds(logic.age_on, d, d),
            st.builds(lambda f, x: f(x), st.sampled_from([logic.year_of, logic.month_of]), d),
        ),
        Kind.TRUTH: st.one_of(
            st.builds(logic.all_of, t, t),
            st.builds(logic.any_of, t, t, t),
            st.builds(lambda x: ~x, t),
            st.builds(lambda x, y: as_term(x) <= y, n, n),
            st.builds(lambda x, y: as_term(x) == y, d, d),
            st.builds(logic.between, d, d, d),
            st.builds(logic.passes, n, n, n),
        ),
        Kind.DAY: st.one_of(
            st.builds(logic.later, d, d),
            st.builds(logic.days_after, d, st.integers(-400, 400)),
            st.builds(logic.months_after, d, n),
            st.builds(logic.years_after, d, st.integers(-50, 50)),
            st.builds(logic.choose, t, d, d),
            st.builds(logic.day, n, st.integers(0, 13), st.integers(0, 32)),
        ),
    }


_ARITHMETIC = [
    lambda x, y: number(x) + y,
    lambda x, y: number(x) - y,
    lambda x, y: number(x) * y,
]
_ARITHMETIC += [lambda x, y: number(x) // y, lambda x, y: number(x) % y]
STOREYS = [LEAVES]
for _ in range(3):
    STOREYS.append({kind: LEAVES[kind] | more for kind, more in grown(STOREYS[-1]).items()})


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(STOREYS[-1][Kind.NUMBER], STOREYS[-1][Kind.TRUTH], STOREYS[-1][Kind.DAY]),
    st.lists(UNITS, min_size=1, max_size=5),
)
def test_every_term_gives_the_same_on_every_engine(value: Any, units: list[dict[str, Any]]) -> None:
    assert len(units) == len(on_every_engine(as_term(value), units))
