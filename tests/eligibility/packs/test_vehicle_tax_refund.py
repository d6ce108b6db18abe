"""The vehicle tax refund against the worked cases and against a second reading of the law."""

from __future__ import annotations

import random
import shutil
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from eligibility.pack import Pack, load_pack
from eligibility.relations import Register
from eligibility.sheets import build_sheet
from tests.eligibility.packs.judge_vehicle_tax import Vehicle, education_tax, prepaid_tax, refund
from tests.eligibility.packs.published_cases import published_cases
from tests.eligibility.packs.verdicts import PACKS, Verdict, built_in, verdicts

PROGRAMME = "kr/vehicle_tax_refund"
AS_OF = date(2027, 1, 5)

SOLD_IN_JULY: dict[str, Any] = {
    "tax_year": 2026, "vehicle_kind": "car", "use": "private", "engine_cc": 2000,
    "first_registered": date(2025, 3, 2), "acquired_on": date(2025, 3, 2),
    "billed_vehicle_tax": 381_690, "billed_education_tax": 114_500,
    "paid_vehicle_tax": 381_690, "paid_education_tax": 114_500, "paid_on": date(2026, 1, 20),
    "has_ended": True, "ended_on": date(2026, 7, 1), "end_reason": "transferred", "prepayment_passed": False,
}  # fmt: skip


def verdict(as_of: date = AS_OF, **changes: Any) -> Verdict:
    """What the programme says when something about the car sold in July is different."""
    (one,) = verdicts(PROGRAMME, [SOLD_IN_JULY | changes], as_of)
    return one


def unit_of(vehicle: Vehicle, event: date, *, prepaid: int, acquired: date, scrapped: bool) -> dict[str, Any]:
    """The facts of a vehicle-year that was prepaid and then given up."""
    return SOLD_IN_JULY | {
        "tax_year": event.year,
        "vehicle_kind": "electric" if vehicle.electric else "car",
        "use": "business" if vehicle.business else "private",
        "engine_cc": vehicle.engine_cc,
        "first_registered": vehicle.first_registered,
        "acquired_on": acquired,
        "billed_vehicle_tax": prepaid,
        "billed_education_tax": education_tax(vehicle, prepaid),
        "paid_vehicle_tax": prepaid,
        "paid_education_tax": education_tax(vehicle, prepaid),
        "paid_on": date(event.year, 1, 20),
        "ended_on": event,
        "end_reason": "scrapped" if scrapped else "transferred",
    }


def unit_of_case(case: dict[str, Any]) -> dict[str, Any]:
    """The facts of a worked case."""
    inputs, prepaid = case["inputs"], case["expected"]["prepaid_vehicle_tax"]
    registered, event = (date.fromisoformat(inputs[name]) for name in ("first_registered", "event_date"))
    vehicle = Vehicle(first_registered=registered, engine_cc=inputs["cc"])
    scrapped = inputs["event"] == "scrap"
    return unit_of(vehicle, event, prepaid=prepaid, acquired=registered, scrapped=scrapped)


def made_up_units(count: int) -> list[tuple[Vehicle, date, int, date, dict[str, Any]]]:
    """Vehicles of every kind, age and event day, the same ones in every run."""
    draw = random.Random(127)
    units = []
    for _ in range(count):
        year = draw.choice((2024, 2025, 2026))
        electric = draw.random() < 0.15
        vehicle = Vehicle(
            first_registered=date(2008, 1, 1) + timedelta(days=draw.randrange((year - 2009) * 365)),
            engine_cc=0 if electric else draw.choice((658, 998, 1000, 1001, 1600, 1601, 1999, 2501, 3778)),
            business=draw.random() < 0.2,
            electric=electric,
        )
        event = date(year, 1, 1) + timedelta(days=draw.randrange(365))
        bought_this_year = draw.random() < 0.2
        acquired = date(year, 1, 1) + timedelta(days=draw.randrange(15)) if bought_this_year else None
        if acquired and acquired > event:
            acquired = event
        prepaid = prepaid_tax(vehicle, year, draw.choice(("january", "march", "june", "september")))
        owned_since = acquired or date(year - 1, 12, 31)
        facts = unit_of(vehicle, event, prepaid=prepaid, acquired=owned_since, scrapped=draw.random() < 0.3)
        units.append((vehicle, event, prepaid, owned_since, facts))
    return units


@pytest.mark.parametrize("case", published_cases("kr_car_refund"), ids=lambda case: case["id"])
def test_a_worked_case_comes_out_to_the_won(case: dict[str, Any]) -> None:
    expected = case["expected"]

    (found,) = verdicts(PROGRAMME, [unit_of_case(case)], AS_OF)

    assert (found.parts, str(found.accrues_from), found.status) == (
        {
            "vehicle_tax": expected["refund_pro_rata_of_paid"],
            "education_tax": expected["education_tax_refund_pro_rata"],
        },
        expected["refund_interest_starts"],
        "entitled",
    )


@pytest.fixture(scope="module")
def gross_pack(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    """The pack as an authority would have it that takes the other way of reckoning."""
    folder = tmp_path_factory.mktemp("packs") / "kr"
    shutil.copytree(PACKS / "kr", folder)
    rates = folder / "vehicle_tax.toml"
    rates.write_text(
        rates.read_text("utf-8").replace('choice = "pro_rata"', 'choice = "gross_minus_due"'), "utf-8"
    )
    return load_pack("kr", folder)


@pytest.mark.parametrize("case", published_cases("kr_car_refund"), ids=lambda case: case["id"])
def test_the_other_way_of_reckoning_is_one_choice_in_the_rates(
    case: dict[str, Any], gross_pack: Pack
) -> None:
    found = verdicts(PROGRAMME, [unit_of_case(case)], AS_OF, pack=gross_pack)

    assert [one.parts["vehicle_tax"] for one in found] == [case["expected"]["refund_gross_minus_due"]]


def test_two_thousand_made_up_vehicles_get_what_the_judge_reckons() -> None:
    units = made_up_units(2000)

    found = verdicts(PROGRAMME, [facts for *_, facts in units], AS_OF)

    expected = [
        refund(vehicle, event, prepaid=prepaid, acquired=acquired)
        for vehicle, event, prepaid, acquired, _ in units
    ]
    assert [(one.parts["vehicle_tax"], one.parts["education_tax"]) for one in found] == [
        (one.vehicle_tax, one.education_tax) for one in expected
    ]


def test_taking_any_fact_away_never_turns_a_finding_into_a_no() -> None:
    units = [facts | {gone: None} for *_, facts in made_up_units(60) for gone in facts]
    whole = [facts for *_, facts in made_up_units(60) for _ in facts]

    before, after = verdicts(PROGRAMME, whole, AS_OF), verdicts(PROGRAMME, units, AS_OF)

    lost = [
        unit
        for unit, had, has in zip(units, before, after, strict=True)
        if had.status != "not_entitled" and has.status == "not_entitled"
    ]
    assert lost == []


def test_a_refund_never_exceeds_what_was_paid() -> None:
    units = made_up_units(400)

    found = verdicts(PROGRAMME, [facts for *_, facts in units], AS_OF)

    over = [
        facts
        for one, (*_, facts) in zip(found, units, strict=True)
        if (one.amount or 0) > facts["paid_vehicle_tax"] + facts["paid_education_tax"]
    ]
    assert over == []


def test_a_sale_on_the_first_of_january_gives_all_of_it_back() -> None:
    assert verdict(ended_on=date(2026, 1, 1), paid_on=date(2026, 1, 20)).amount == 381_690 + 114_500


def test_a_sale_on_the_last_of_december_gives_one_day_back() -> None:
    assert verdict(ended_on=date(2026, 12, 31)).parts == {"vehicle_tax": 1040, "education_tax": 310}


def test_without_word_on_consent_a_sale_is_unknown() -> None:
    assert verdict(prepayment_passed=None).status == "unknown"


def test_without_word_on_consent_a_scrapped_vehicle_is_entitled() -> None:
    assert verdict(prepayment_passed=None, end_reason="scrapped").status == "entitled"


def test_a_prepayment_passed_to_the_buyer_is_not_given_back() -> None:
    assert verdict(prepayment_passed=True).status == "not_entitled"


def test_a_bill_that_was_not_paid_in_full_gives_nothing_back() -> None:
    assert verdict(paid_vehicle_tax=381_680).status == "not_entitled"


def test_a_vehicle_that_is_still_owned_gives_nothing_back() -> None:
    assert verdict(has_ended=False, ended_on=None, end_reason=None).status == "not_entitled"


def test_a_vehicle_given_up_in_another_year_gives_nothing_back() -> None:
    assert verdict(ended_on=date(2027, 1, 1)).criteria["gave_up_the_vehicle"] is False


def test_interest_starts_after_the_payment_where_that_came_later() -> None:
    assert verdict(ended_on=date(2026, 1, 10)).accrues_from == date(2026, 1, 21)


def test_the_last_day_to_claim_is_five_years_after_the_event() -> None:
    assert verdict().claim_by == date(2031, 7, 1)


def test_an_event_on_leap_day_can_be_claimed_until_the_end_of_february() -> None:
    leap = {"tax_year": 2024, "ended_on": date(2024, 2, 29), "paid_on": date(2024, 1, 20)}

    assert verdict(as_of=date(2024, 3, 1), **leap).claim_by == date(2029, 2, 28)


def test_an_event_at_the_end_of_february_can_be_claimed_until_the_end_of_a_leap_february() -> None:
    sold = {"tax_year": 2027, "ended_on": date(2027, 2, 28), "paid_on": date(2027, 1, 20)}
    assert verdict(as_of=date(2032, 2, 29), **sold).claim_by == date(2032, 2, 29)
    assert verdict(as_of=date(2032, 2, 29), **sold).criteria["still_claimable"] is True


def test_on_the_last_day_it_can_still_be_claimed() -> None:
    assert verdict(as_of=date(2031, 7, 1)).status == "entitled"


def test_on_the_day_after_it_can_no_longer_be_claimed() -> None:
    assert verdict(as_of=date(2031, 7, 2)).criteria["still_claimable"] is False


@pytest.mark.parametrize(("owed", "set_off"), [(0, 0), (50_000, 50_000), (900_000, 250_130), (None, None)])
def test_arrears_are_settled_first_and_change_nothing_else(owed: int | None, set_off: int | None) -> None:
    found = verdict(arrears=owed)

    assert (found.offset, found.amount, found.status) == (set_off, 250_130, "entitled")


def test_only_the_payers_own_arrears_that_were_due_are_added_up() -> None:
    unit = built_in("kr").units["vehicle"]
    bill = {
        "bill": "b", "vehicle": "v", "payer": "me", "tax_year": 2026, "kind": "annual", "vehicle_tax": 1,
        "education_tax": 0, "billed_on": date(2026, 1, 16),
    }  # fmt: skip
    owed = {
        "payer": ["me", "me", "you", "me"],
        "amount": [30_000, 4_000, 500_000, 60_000],
        "due_on": [date(2025, 6, 30), AS_OF, date(2025, 6, 30), AS_OF + timedelta(days=1)],
    }
    tables = {"bills": pl.DataFrame([bill]), "arrears": pl.DataFrame(owed)}
    registers = {
        name: Register(frame.lazy().with_columns(_group=pl.lit("home")), complete=True)
        for name, frame in tables.items()
    }

    sheet = build_sheet(unit, registers, AS_OF, recipients=["payer"], wanted=["arrears"])

    assert sheet is not None and sheet["arrears"].to_list() == [34_000]


def test_the_choices_the_law_leaves_open_are_marked_unconfirmed() -> None:
    book = built_in("kr").books[PROGRAMME]

    unconfirmed = {name for name, rate in book.items() if not rate.values[-1].confirmed_by}

    assert unconfirmed == {"refund_basis", "days_of_the_event_day", "smallest_refund"}
