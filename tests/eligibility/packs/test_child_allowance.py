"""The child allowance against the worked cases and against a second reading of the act."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import pytest

from tests.eligibility.packs.judge_child_allowance import Child, Month, last_day_without_a_loss, paid_in
from tests.eligibility.packs.monotone import turned_to_no
from tests.eligibility.packs.published_cases import published_cases
from tests.eligibility.packs.verdicts import Verdict, verdicts

PROGRAMME = "kr/child_allowance"
AREAS = {
    "capital": "capital", "noncapital": "other", "depop": "declining", "depop_special": "declining_notified",
}  # fmt: skip
DAYS = (
    *(date(2025, 6, 30), date(2026, 1, 1), date(2026, 11, 10), date(2028, 2, 29)),
    *(date(2029, 12, 31), date(2030, 1, 1), date(2033, 7, 15)),
)


def facts_of(child: Child) -> dict[str, Any]:
    """The facts of a child to whom nothing is paid yet."""
    return {
        "birth_date": child.birth,
        "is_abroad": child.abroad_since is not None,
        "abroad_since": child.abroad_since,
        "in_daycare": child.in_daycare,
        "region_class": child.area,
        "child_allowance_paid": False,
        "parent_allowance_paid": False,
        "paid_to_the_guardian": False,
    }


def made_up_children(count: int, on: date) -> list[Child]:
    """Children around every edge of the act, the same ones in every run."""
    draw = random.Random(21489)
    children = []
    for _ in range(count):
        years, shift = draw.choice((0, 1, 2, 7, 8, 9, 10, 11, 12, 13)), draw.randrange(-70, 70)
        born = min(on, date(on.year - years, on.month, 1) + timedelta(days=shift))
        away = born + timedelta(days=draw.randrange(200))
        recent = on - timedelta(days=draw.choice((30, 60, 89, 90, 91, 120, 121, 200)))
        children.append(
            Child(
                birth=born,
                area=draw.choice((None, *AREAS.values())),
                in_daycare=draw.choice((None, True, False, False)),
                abroad_since=max(away, recent) if draw.random() < 0.3 and away <= on else None,
            )
        )
    return children


def said(verdict: Verdict) -> Month:
    """The verdict as the judge says it."""
    if verdict.status != "entitled":
        return Month(0, 0, 0)
    parts = verdict.parts
    return Month(parts["child_allowance"] or 0, parts["regional_addition"], parts["parent_allowance"])


@pytest.mark.parametrize("case", published_cases("kr_child_allowance"), ids=lambda case: case["id"])
def test_a_worked_case_comes_out_to_the_won(case: dict[str, Any]) -> None:
    inputs = case["inputs"]
    child = Child(date.fromisoformat(inputs["birth"]), AREAS[inputs["region"]])
    on = date(inputs["pay_year"], inputs["pay_month"], 25)

    (found,) = verdicts(PROGRAMME, [facts_of(child)], on)

    expected = case["expected"]["monthly_total"]
    assert (expected, expected) == (said(found).amount, paid_in(child, on).amount)


@pytest.mark.parametrize("on", DAYS)
def test_six_hundred_made_up_children_get_what_the_judge_reckons(on: date) -> None:
    children = made_up_children(600, on)

    found = verdicts(PROGRAMME, [facts_of(one) for one in children], on)

    assert [paid_in(one, on) for one in children] == [said(one) for one in found]


@pytest.mark.parametrize("on", DAYS)
def test_the_last_day_to_apply_without_losing_a_month_is_the_judges(on: date) -> None:
    children = made_up_children(300, on)

    found = verdicts(PROGRAMME, [facts_of(one) for one in children], on)

    due = [
        (one, verdict) for one, verdict in zip(children, found, strict=True) if verdict.status == "entitled"
    ]
    days = [last_day_without_a_loss(one.birth, on) for one, _ in due]
    assert days == [verdict.claim_by for _, verdict in due]


def test_taking_any_fact_away_never_turns_a_finding_into_a_no_nor_promises_more() -> None:
    on = date(2026, 11, 10)
    units = [facts_of(one) for one in made_up_children(120, on)]

    assert [] == turned_to_no(PROGRAMME, units, on)


def test_an_amount_that_may_grow_says_that_it_is_a_lower_bound() -> None:
    on = date(2026, 11, 10)
    children = made_up_children(300, on)

    found = verdicts(PROGRAMME, [facts_of(one) for one in children], on)

    bounds = [one.amount for one in found if one.status == "entitled" and None in one.parts.values()]
    assert (True, True) == (bool(bounds), all(amount is not None for amount in bounds))


def test_a_younger_child_never_gets_less_in_the_same_month_and_area() -> None:
    on = date(2026, 11, 10)
    ages = [Child(birth=on - timedelta(days=days), in_daycare=False) for days in range(0, 5200, 13)]

    amounts = [said(one).amount for one in verdicts(PROGRAMME, [facts_of(one) for one in ages], on)]

    assert sorted(amounts, reverse=True) == amounts


@pytest.mark.parametrize(("paid", "to_the_guardian"), [(True, False), (True, True)])
def test_whoever_has_it_is_not_told_of_it(paid: bool, to_the_guardian: bool) -> None:
    unit = facts_of(Child(date(2020, 5, 5)))
    received = {"child_allowance_paid": paid, "paid_to_the_guardian": to_the_guardian}

    (found,) = verdicts(PROGRAMME, [unit | received], date(2026, 11, 10))

    assert ("not_entitled", False) == (found.status, found.criteria["not_received_yet"])


def test_a_child_the_widened_act_brings_back_can_be_claimed_for_from_the_day_it_does() -> None:
    (found,) = verdicts(PROGRAMME, [facts_of(Child(date(2017, 6, 1)))], date(2026, 3, 2))

    assert date(2026, 1, 1) == found.claim_from


def test_the_days_of_a_claim_stay_the_same_as_the_years_go_by() -> None:
    years = [date(year, 3, 2) for year in range(2026, 2030)]

    days = [verdicts(PROGRAMME, [facts_of(Child(date(2019, 6, 1)))], on)[0] for on in years]

    assert {(date(2019, 6, 1), None)} == {(one.claim_from, one.claim_by) for one in days}
