"""Lower telephone charges against a second reading, and how an entitlement to the pension opens them."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product
from typing import Any

import polars as pl
import pytest

from eligibility.bucket import Bucket
from eligibility.relations import Register
from tests.eligibility.packs.judge_telecom import reduction
from tests.eligibility.packs.verdicts import Verdict, built_in, verdicts

PROGRAMME, PENSION = "kr/telecom_discount", "kr/basic_pension"
AS_OF = date(2026, 9, 14)
GROUPS = {
    "has_living_or_medical": "livelihood",
    "has_housing_or_education": "housing",
    "has_basic_pension": "basic_pension",
    "disabled": "disabled",
}
NOBODY: dict[str, Any] = dict.fromkeys(GROUPS, False) | {
    "basic_pension_found": False,
    "has_telecom_discount": False,
}
EVERY_MIX = [dict(zip(GROUPS, mix, strict=True)) for mix in product((False, True), repeat=len(GROUPS))]


def verdict(**changes: Any) -> Verdict:
    """What the programme says of somebody in no group, but for the changes."""
    (one,) = verdicts(PROGRAMME, [NOBODY | changes], AS_OF)
    return one


@pytest.mark.parametrize(
    "mix", EVERY_MIX, ids=lambda mix: "-".join(sorted(n for n in mix if mix[n])) or "none"
)
def test_the_best_of_all_groups_counts(mix: dict[str, bool]) -> None:
    due = reduction({GROUPS[name] for name, is_in in mix.items() if is_in})

    found = verdict(**mix)

    expected = ("not_entitled", None) if due is None else ("entitled", tuple(due))
    assert (found.status, None if due is None else (found.amount, found.at_least)) == expected


@pytest.mark.parametrize("gone", sorted(NOBODY))
def test_taking_a_fact_away_only_leads_to_unknown_or_to_a_lower_bound(gone: str) -> None:
    wholes = [NOBODY | mix for mix in EVERY_MIX]

    before = verdicts(PROGRAMME, wholes, AS_OF)
    after = verdicts(PROGRAMME, [one | {gone: None} for one in wholes], AS_OF)

    lost = [
        has
        for had, has in zip(before, after, strict=True)
        if (had.status == "entitled" and has.status == "not_entitled")
        or (has.amount or 0) > (had.amount or 0)
        or ((has.amount or 0) < (had.amount or 0) and not has.at_least)
    ]
    assert lost == []


def test_who_has_it_is_not_told_of_it_again() -> None:
    assert verdict(disabled=True, has_telecom_discount=True).status == "not_entitled"


def test_a_pension_that_nobody_knows_leaves_it_unknown() -> None:
    assert verdict(basic_pension_found=None).status == "unknown"


def test_a_disabled_person_is_sure_of_it_whatever_the_pension() -> None:
    assert verdict(disabled=True, basic_pension_found=None).status == "entitled"


# --- opened by this scan's finding of the pension ---------------------------------------------------

PEOPLE = ("poor", "disabled", "receiving", "ended", "granted", "rich")
BENEFITS = {
    "receiving": (date(2022, 1, 1), None),
    "ended": (date(2022, 1, 1), AS_OF - timedelta(days=1)),
    "granted": (AS_OF + timedelta(days=17), None),
}


def registers(*, without: str | None = None) -> dict[str, Register]:
    """Six people of 70, each a household: all but one are poor, one of them disabled; one has the pension,
    one no more, one from next month on."""
    person = pl.Series("resident", PEOPLE)
    tables = {
        "residents": pl.DataFrame({"resident": person, "status": "alive", "birth_date": date(1956, 5, 5)}),
        "means_tests": pl.DataFrame(
            {
                "resident": person,
                "assessed_on": date(2026, 1, 5),
                "couple": False,
                "recognised_income": [*[100_000] * 5, 9_000_000],
                "national_pension": 0,
                "special_pension": False,
                "spouse_birth_date": pl.Series([None] * len(PEOPLE), dtype=pl.Date),
                "spouse_receives": False,
            }
        ),
        "benefits": pl.DataFrame(
            {
                "resident": list(BENEFITS),
                "benefit": "basic_pension",
                "since": [since for since, _ in BENEFITS.values()],
                "until": pl.Series([until for _, until in BENEFITS.values()], dtype=pl.Date),
            }
        ),
        "disabilities": pl.DataFrame(
            {"resident": ["disabled"], "severe": False, "registered_on": date(2020, 1, 1)}
        ),
    }
    grouped = {name: frame.with_columns(_group="resident").lazy() for name, frame in tables.items()}
    return {
        name: Register(None if name == without else frame, complete=True) for name, frame in grouped.items()
    }


def found(**options: str) -> dict[str, tuple[str, int, list[str]]]:
    """Status, amount and what must be granted first, by person."""
    pack = built_in("kr")
    compiled = {name: pack.compile(pack.programmes[name], AS_OF) for name in (PENSION, PROGRAMME)}
    findings = Bucket(registers(**options), compiled, AS_OF).findings().filter(programme=PROGRAMME)
    rows = findings.select("subject_id", "status", "amount", "after").iter_rows()
    return {person: (status, amount, after) for person, status, amount, after in rows}


def test_the_pension_opens_it_and_must_be_granted_first() -> None:
    assert found()["poor"] == ("entitled", 11_000, [PENSION])


def test_a_group_of_ones_own_needs_no_pension_first() -> None:
    assert found()["disabled"] == ("entitled", 0, [])


def test_who_receives_the_pension_need_not_wait_for_it() -> None:
    assert found()["receiving"] == ("entitled", 11_000, [])


def test_a_pension_that_has_ended_must_be_asked_for_again() -> None:
    assert found()["ended"] == ("entitled", 11_000, [PENSION])


def test_a_pension_that_was_granted_and_begins_later_need_not_be_asked_for_again() -> None:
    assert found()["granted"] == ("entitled", 11_000, [])


def test_who_has_too_much_income_for_the_pension_has_no_part_in_it() -> None:
    assert set(found()) == set(PEOPLE) - {"rich"}


def test_without_the_register_of_benefits_nobody_is_sure_not_to_have_it_already() -> None:
    without = found(without="benefits")

    assert {person: status for person, (status, _, _) in without.items()} == dict.fromkeys(PEOPLE, "unknown")
