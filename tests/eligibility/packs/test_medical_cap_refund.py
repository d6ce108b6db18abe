"""The refund above the yearly cap on medical costs against the worked cases and a second reading."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import pytest

from tests.eligibility.packs.judge_medical_cap import CAPS, Year, cap, due, last_day
from tests.eligibility.packs.published_cases import published_cases
from tests.eligibility.packs.verdicts import Verdict, built_in, verdicts

PROGRAMME = "kr/medical_cap_refund"
AS_OF = date(2027, 9, 14)
OVER: dict[str, Any] = {
    "year": 2025, "covered_paid": 3_000_000, "decile": 4, "long_stay": False, "refunded": 0,
    "settled_on": date(2026, 8, 25),
}  # fmt: skip


def verdict(as_of: date = AS_OF, **changes: Any) -> Verdict:
    """What the programme says when something about the year above the cap is different."""
    (one,) = verdicts(PROGRAMME, [OVER | changes], as_of)
    return one


def facts_of(one: Year, settled_on: date) -> dict[str, Any]:
    return {
        "year": one.year,
        "covered_paid": one.paid,
        "decile": one.decile,
        "long_stay": one.long_stay,
        "refunded": one.back,
        "settled_on": settled_on,
    }


def made_up(count: int) -> list[tuple[Year, dict[str, Any]]]:
    """Years around their cap, the same ones in every run."""
    draw = random.Random(44)
    made = []
    for _ in range(count):
        year, decile, long_stay = draw.choice(sorted(CAPS)), draw.randint(1, 10), draw.random() < 0.3
        at = cap(Year(year, decile, long_stay, 0))
        paid = max(at + draw.choice((-1, 0, 1, 40_000, draw.randrange(-at, 5 * at))), 0)
        back = draw.choice((0, 0, max(paid - at, 0), draw.randrange(paid + 1)))
        one = Year(year, decile, long_stay, paid, back)
        made.append((one, facts_of(one, date(year + 1, 8, 25) + timedelta(days=draw.randrange(200)))))
    return made


def as_year(inputs: dict[str, Any]) -> Year:
    return Year(
        inputs["year"], inputs["decile"], inputs["nursing_over_120_days"], inputs["covered_out_of_pocket"]
    )


@pytest.mark.parametrize("case", published_cases("kr_medical_cap"), ids=lambda case: case["id"])
def test_the_judge_gives_the_worked_case(case: dict[str, Any]) -> None:
    one = as_year(case["inputs"])

    assert {"cap": cap(one), "refund": due(one)} == case["expected"]


@pytest.mark.parametrize("case", published_cases("kr_medical_cap"), ids=lambda case: case["id"])
def test_a_worked_case_comes_out_to_the_won(case: dict[str, Any]) -> None:
    facts = facts_of(as_year(case["inputs"]), date(case["inputs"]["year"] + 1, 8, 25))

    (found,) = verdicts(PROGRAMME, [facts], AS_OF)

    refund = case["expected"]["refund"]
    assert (found.status, found.amount) == ("entitled" if refund else "not_entitled", refund)


def test_two_thousand_years_give_what_the_judge_reckons() -> None:
    made = made_up(2000)

    found = verdicts(PROGRAMME, [facts for _, facts in made], AS_OF)

    assert [(due(one), last_day(facts["settled_on"])) for one, facts in made] == [
        (verdict.amount, verdict.claim_by) for verdict in found
    ]


def test_a_refund_is_due_exactly_where_something_is_left_and_time_too() -> None:
    made = made_up(600)

    found = verdicts(PROGRAMME, [facts for _, facts in made], AS_OF)

    expected = [due(one) > 0 and AS_OF <= last_day(facts["settled_on"]) for one, facts in made]
    assert expected == [verdict.status == "entitled" for verdict in found]


def test_more_paid_never_gives_less_and_more_given_back_never_gives_more() -> None:
    facts = [facts for _, facts in made_up(300)]
    before = verdicts(PROGRAMME, facts, AS_OF)
    paid = verdicts(PROGRAMME, [one | {"covered_paid": one["covered_paid"] + 999} for one in facts], AS_OF)
    back = verdicts(PROGRAMME, [one | {"refunded": one["refunded"] + 999} for one in facts], AS_OF)

    amounts = [[one.amount or 0 for one in found] for found in (back, before, paid)]
    assert [True] * 300 == [less <= same <= more for less, same, more in zip(*amounts, strict=True)]


def test_taking_any_fact_away_never_turns_a_finding_into_a_no() -> None:
    pairs = [(facts, facts | {gone: None}) for _, facts in made_up(60) for gone in OVER]

    before = verdicts(PROGRAMME, [whole for whole, _ in pairs], AS_OF)
    after = verdicts(PROGRAMME, [less for _, less in pairs], AS_OF)

    lost = [
        has
        for had, has in zip(before, after, strict=True)
        if had.status != "not_entitled" and has.status == "not_entitled"
    ]
    assert lost == []


def test_without_the_decile_it_is_unknown() -> None:
    assert verdict(decile=None).status == "unknown"


def test_what_was_given_back_in_full_is_not_due_again() -> None:
    assert verdict(refunded=1_300_000).criteria["something_is_left"] is False


def test_on_the_last_day_it_can_be_claimed_and_on_the_next_no_more() -> None:
    days = (date(2029, 8, 25), date(2029, 8, 26))

    assert [verdict(day).status for day in days] == ["entitled", "not_entitled"]


def test_a_year_settled_on_28_february_can_be_claimed_until_leap_day() -> None:
    assert verdict(settled_on=date(2025, 2, 28)).claim_by == date(2028, 2, 29)


def test_a_year_settled_on_leap_day_can_be_claimed_until_the_end_of_february() -> None:
    assert verdict(settled_on=date(2028, 2, 29)).claim_by == date(2031, 2, 28)


def test_no_cap_has_been_compared_with_its_notice() -> None:
    book = built_in("kr").books[PROGRAMME]

    assert {name for name, rate in book.items() if not rate.values[-1].confirmed_by} == {
        "cap",
        "cap_long_stay",
    }
