"""The earned income credit against published cases and against a second reading of the statute."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

import pytest

from tests.eligibility.packs.judge_eitc import TaxUnit, answer, credit
from tests.eligibility.packs.published_cases import published_cases
from tests.eligibility.packs.verdicts import Verdict, built_in, verdicts

PROGRAMME = "us/eitc"
AS_OF = date(2026, 3, 2)


def facts_of(unit: TaxUnit) -> dict[str, Any]:
    """The facts of a tax unit under the programme's names."""
    return {
        "tax_year": unit.year,
        "filing_status": unit.filing_status,
        "age_head": unit.age_head,
        "age_spouse": unit.age_spouse,
        "qualifying_children": unit.children,
        "dependent_of_another": int(unit.dependent_of_another),
        "earned_income": unit.earned_income,
        "adjusted_gross_income": unit.adjusted_gross_income,
        "investment_income": unit.investment_income,
    }


def made_up_units(count: int) -> list[TaxUnit]:
    """Tax units of every kind around the statute's edges, the same ones in every run."""
    draw = random.Random(32)
    units = []
    for _ in range(count):
        earned = draw.choice((0, 1, draw.randrange(9_000), draw.randrange(72_000)))
        joint = draw.random() < 0.4
        units.append(
            TaxUnit(
                year=draw.choice((2024, 2025)),
                filing_status="joint" if joint else draw.choice(("single", "head_of_household", "separate")),
                age_head=draw.choice((None, 19, 24, 25, 40, 64, 65, 80)),
                age_spouse=draw.choice((None, 24, 25, 64, 65)) if joint else None,
                children=draw.choice((0, 0, 1, 2, 3, 4)),
                earned_income=earned,
                adjusted_gross_income=earned + draw.choice((0, -3_000, draw.randrange(20_000))),
                investment_income=draw.choice((0, 500, 11_600, 11_601, 11_950, 11_951)),
                dependent_of_another=draw.random() < 0.1,
            )
        )
    return units


def said(verdict: Verdict) -> int | None:
    """What the verdict comes to in cents: 0 for a no, None for an open one."""
    return {"entitled": verdict.amount, "not_entitled": 0, "unknown": None}[verdict.status]


@pytest.mark.parametrize("case", published_cases("us_eitc"), ids=lambda case: case["id"])
def test_a_published_case_comes_out_to_the_cent(case: dict[str, Any]) -> None:
    inputs, expected = case["inputs"], case["expected"]
    unit = TaxUnit(
        year=inputs["year"],
        filing_status="joint" if inputs["joint"] else "single",
        age_head=inputs["age_head"],
        age_spouse=inputs["age_spouse"] or None,
        children=sum(age < 19 for age in inputs["child_ages"]),
        earned_income=inputs["wages_head"] + inputs["wages_spouse"],
        adjusted_gross_income=expected["adjusted_gross_income"],
        investment_income=inputs["interest"],
    )

    (found,) = verdicts(PROGRAMME, [facts_of(unit)], AS_OF)

    assert said(found) == expected["eitc_cents"]


def test_four_thousand_made_up_units_get_what_the_judge_reckons() -> None:
    units = made_up_units(4000)

    found = verdicts(PROGRAMME, [facts_of(unit) for unit in units], AS_OF)

    assert [said(one) for one in found] == [answer(unit).cents for unit in units]


def test_an_open_finding_carries_the_amount_it_would_have() -> None:
    units = [unit for unit in made_up_units(1000) if answer(unit).cents is None]

    found = verdicts(PROGRAMME, [facts_of(unit) for unit in units], AS_OF)

    assert [one.amount for one in found] == [credit(unit) for unit in units]


def test_taking_any_fact_away_never_turns_a_finding_into_a_no() -> None:
    whole = [facts_of(unit) for unit in made_up_units(300)]
    pairs = [(facts, facts | {gone: None}) for facts in whole for gone in facts]

    before = verdicts(PROGRAMME, [had for had, _ in pairs], AS_OF)
    after = verdicts(PROGRAMME, [has for _, has in pairs], AS_OF)

    lost = [
        pair
        for pair, had, has in zip(pairs, before, after, strict=True)
        if had.status != "not_entitled" and has.status == "not_entitled"
    ]
    assert lost == []


def test_what_the_records_lack_is_named() -> None:
    pack = built_in("us")

    assert set(pack.assumptions(pack.programmes[PROGRAMME])) == {
        "residence",
        "social_security_numbers",
        "citizenship",
        "foreign_income",
        "qualifying_children",
        "no_earlier_ban",
        "not_claimed_yet",
    }
