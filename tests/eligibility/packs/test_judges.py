"""The judges of the packs give what the published cases say, to the won and to the cent."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from tests.eligibility.packs.judge_eitc import TaxUnit, answer
from tests.eligibility.packs.judge_vehicle_tax import (
    Vehicle,
    age_in_half,
    annual_tax,
    base_tax,
    education_tax,
    floor10,
    half_tax,
    interest,
    prepaid_tax,
    refund,
    tax_for_days,
)
from tests.eligibility.packs.published_cases import published_cases

Case = dict[str, Any]


def by_id(name: str) -> pytest.MarkDecorator:
    """Every case of a file as one test each, named by its id."""
    return pytest.mark.parametrize("case", published_cases(name), ids=lambda case: case["id"])


def vehicle_of(inputs: Case) -> Vehicle:
    """The vehicle a case describes."""
    registered = inputs.get("first_registered")
    return Vehicle(
        first_registered=date.fromisoformat(registered) if registered else None,
        engine_cc=inputs.get("cc"),
        business=inputs.get("business", False),
        electric=inputs.get("electric", False),
    )


def tax_answers(inputs: Case) -> Case:
    """Everything the published vehicle tax cases ask for, under their own names."""
    vehicle, year = vehicle_of(inputs), inputs["year"]
    halves = [floor10(half_tax(vehicle, year, half)) for half in (1, 2)]
    annual = annual_tax(vehicle, year)
    prepaid = inputs.get("prepay", "none") != "none"
    payable = prepaid_tax(vehicle, year, inputs["prepay"]) if prepaid else annual
    bills = [payable] if prepaid else halves
    education = sum(education_tax(vehicle, bill) for bill in bills)
    ages = [
        age_in_half(vehicle.first_registered, year, half) if vehicle.first_registered else None
        for half in (1, 2)
    ]
    return {
        "base_annual_tax": base_tax(vehicle),
        "age": ages[0], "age_h1": ages[0], "age_h2": ages[1],
        "first_half": halves[0], "first_half_tax": halves[0], "second_half_tax": halves[1],
        "second_half": halves[1], "annual_vehicle_tax": annual,
        "deduction": annual - payable, "annual_payment_deduction": annual - payable,
        "payable_tax": payable, "vehicle_tax_payable": payable,
        "local_education_tax": education, "total": payable + education, "total_payable": payable + education,
    }  # fmt: skip


@by_id("kr_car_tax")
def test_the_judge_gives_the_published_vehicle_tax(case: Case) -> None:
    answers = tax_answers(case["inputs"])

    assert {name: answers[name] for name in case["expected"]} == case["expected"]


@by_id("kr_car_refund")
def test_the_judge_gives_the_worked_refund(case: Case) -> None:
    inputs, vehicle = case["inputs"], vehicle_of(case["inputs"])
    year, event = inputs["year"], date.fromisoformat(inputs["event_date"])
    prepaid = prepaid_tax(vehicle, year, inputs["prepaid"])

    answers = {
        "annual_vehicle_tax": annual_tax(vehicle, year),
        "tax_for_ownership_days": tax_for_days(vehicle, year, start=date(year, 1, 1), end=event),
        "prepaid_vehicle_tax": prepaid,
        "refund_pro_rata_of_paid": refund(vehicle, event, prepaid=prepaid).vehicle_tax,
        "refund_gross_minus_due": refund(vehicle, event, prepaid=prepaid, pro_rata=False).vehicle_tax,
        "education_tax_refund_pro_rata": refund(vehicle, event, prepaid=prepaid).education_tax,
        "refund_interest_starts": str(event + timedelta(days=1)),
        "limitation": "5 years",
    }

    assert answers == case["expected"]


@by_id("kr_refund_interest")
def test_the_judge_gives_the_worked_interest(case: Case) -> None:
    inputs = case["inputs"]
    base, decided = date.fromisoformat(inputs["base_date"]), date.fromisoformat(inputs["decision_date"])

    earned = interest(inputs["refund"], start=base + timedelta(days=1), decided=decided)

    assert (earned, (decided - base).days) == (case["expected"]["interest"], case["expected"]["days"])


@by_id("us_eitc")
def test_the_judge_gives_the_published_credit_to_the_cent(case: Case) -> None:
    inputs = case["inputs"]
    unit = TaxUnit(
        year=inputs["year"],
        filing_status="joint" if inputs["joint"] else "single",
        age_head=inputs["age_head"],
        age_spouse=inputs["age_spouse"] if inputs["joint"] else None,
        children=sum(age < 19 for age in inputs["child_ages"]),
        earned_income=inputs["wages_head"] + inputs["wages_spouse"],
        adjusted_gross_income=inputs["wages_head"] + inputs["wages_spouse"] + inputs["interest"],
        investment_income=inputs["interest"],
    )

    assert answer(unit).cents == case["expected"]["eitc_cents"]
