"""What an explanation of the built-in programmes says of a unit."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from eligibility.words import Speaker
from tests.eligibility.packs.verdicts import laid_open, verdicts

PENSIONER: dict[str, Any] = {
    "birth_date": date(1950, 3, 3), "couple": False, "recognised_income": 500_000, "national_pension": 0,
    "special_pension": False, "has_basic_pension": False, "has_living_or_medical": False,
    "has_housing_or_education": False, "spouse_receives": False,
}  # fmt: skip
CAR: dict[str, Any] = {
    "tax_year": 2026, "billed_vehicle_tax": 400_000, "billed_education_tax": 0,
    "paid_vehicle_tax": 400_000, "paid_education_tax": 0, "paid_on": date(2026, 1, 20),
    "has_ended": True, "ended_on": date(2026, 7, 1), "end_reason": "transferred", "prepayment_passed": False,
    "engine_cc": 0, "use": "private", "vehicle_kind": "car", "first_registered": date(2025, 3, 2),
    "acquired_on": date(2025, 3, 2), "arrears": 0,
}  # fmt: skip


def said(lang: str, programme: str, facts: dict[str, Any], as_of: date) -> list[str]:
    return list(Speaker(lang, {}).lines(laid_open(programme, facts, as_of)))


def test_a_rate_without_a_value_for_the_day_is_named_as_what_is_missing() -> None:
    day = date(2027, 1, 15)

    ko, en = (said(lang, "kr/basic_pension", PENSIONER, day) for lang in ("ko", "en"))

    assert (
        "2027년 1월 15일에 적용할 기준값이 등록되어 있지 않습니다: 기준연금액(한 달); 선정기준액(한 달)."
        in ko
    )
    assert "No value is on file for 15 January 2027: base amount, a month; selection amount, a month." in en
    assert not [line for line in en if "No further record" in line]


def test_a_rate_without_a_value_stays_in_the_list_of_rates_and_in_the_document() -> None:
    day = date(2027, 1, 15)
    en = said("en", "kr/basic_pension", PENSIONER, day)
    document = json.loads(json.dumps(laid_open("kr/basic_pension", PENSIONER, day).as_document()))

    assert "  selection amount, a month: no value for 15 January 2027" in en[en.index("Rates applied") :]
    assert [("base_amount", "2027-01-15", True), ("selection_amount", "2027-01-15", True)] == [
        (one["name"], one["day"], one["decides"]) for one in document["no_value"]
    ]


def test_a_record_with_which_nothing_can_be_reckoned_is_named() -> None:
    day = date(2026, 8, 1)
    told = laid_open("kr/vehicle_tax_refund", CAR, day)
    ko, en = (said(lang, "kr/vehicle_tax_refund", CAR, day) for lang in ("ko", "en"))

    assert ("unknown", [], ["engine_cc"]) == (told.status, told.missing, told.impossible)
    assert "이 자료로는 계산할 수 없습니다. 잘못된 값이 있을 수 있습니다: 배기량." in ko
    assert "It cannot be reckoned with what the records say; a value may be wrong: engine size." in en


def test_an_amount_by_rates_nobody_has_confirmed_says_so_in_the_same_sentence() -> None:
    day = date(2026, 11, 10)
    ko, en = (said(lang, "kr/basic_pension", PENSIONER, day) for lang in ("ko", "en"))

    assert "금액은 한 달에 349,700원입니다(확인되지 않은 기준으로 계산)." in ko
    assert "The amount is KRW 349,700 a month, reckoned with rates that nobody has confirmed." in en


def test_no_claim_opened_before_there_was_the_act() -> None:
    old = PENSIONER | {"birth_date": date(1938, 3, 3)}

    assert "2014-07-01" == laid_open("kr/basic_pension", old, date(2026, 11, 10)).claim_from


def test_a_confirmed_amount_stands_alone() -> None:
    assert not laid_open("us/eitc", FILER, date(2026, 3, 2)).unconfirmed


FILER: dict[str, Any] = {
    "tax_year": 2025, "filing_status": "single", "age_head": 40, "qualifying_children": 0,
    "dependent_of_another": 0, "earned_income": 8_490, "adjusted_gross_income": 8_490,
    "investment_income": 0,
}  # fmt: skip


def test_what_is_paid_once_is_said_with_the_year_it_is_for_and_ages_are_ages() -> None:
    told = replace(laid_open("us/eitc", FILER, date(2026, 3, 2)), period="2025")
    ko, en = (list(Speaker(lang, {}).lines(told)) for lang in ("ko", "en"))

    assert "금액은 2025년분 US$649.00입니다." in ko
    assert "The amount is US$649.00 for 2025." in en
    assert ["64세", "25세"] == [line.split(": ")[1].split(" ")[0] for line in ko if "자녀가 없을 때" in line]


def test_that_the_credit_was_not_claimed_is_said_to_be_taken_for_granted() -> None:
    assert "not_claimed_yet" in laid_open("us/eitc", FILER, date(2026, 3, 2)).assumptions


@pytest.mark.parametrize(
    ("day", "still_claimable"), [((4, 15), True), ((4, 18), None), ((4, 19), None), ((4, 20), False)]
)
def test_a_last_day_on_a_saturday_refuses_nobody_before_it_surely_has_passed(
    day: tuple[int, int], still_claimable: bool | None
) -> None:
    (found,) = verdicts("us/eitc", [FILER | {"tax_year": 2024}], date(2028, *day))

    assert still_claimable is found.criteria["still_claimable"]
