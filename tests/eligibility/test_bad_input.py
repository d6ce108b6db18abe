"""Bad input is refused or left unknown, in words that name a place and nobody; nothing is silently wrong."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from data.errors import Failed
from eligibility.pack import Pack, load_pack
from eligibility.relations import Register
from tests.eligibility.city import PEOPLE, City, cells
from tests.eligibility.judged import agreed, by_frames, by_rows
from tests.eligibility.packs.verdicts import built_in
from tests.eligibility.toypack import AS_OF, RULES, register, write_toy_pack

FEE = {
    "fee": "fee 1", "payer": "Kim", "place": "A-1", "year": 2026, "kind": "yearly", "amount": 10_000,
    "given_up_on": date(2026, 7, 1),
}  # fmt: skip
PAID = {"fee": "fee 1", "amount": 10_000, "paid_on": date(2026, 1, 10)}
KIM = {"person": "Kim", "birth_date": date(1990, 1, 1)}
SCHEMAS = {
    "fees": {
        "fee": pl.String, "payer": pl.String, "place": pl.String, "year": pl.Int64, "kind": pl.String,
        "amount": pl.Int64, "given_up_on": pl.Date,
    },
    "paid": {"fee": pl.String, "amount": pl.Int64, "paid_on": pl.Date},
    "people": {"person": pl.String, "birth_date": pl.Date},
}  # fmt: skip
Row = dict[str, Any]


def town(**rows: list[Row]) -> dict[str, Register]:
    """The toy city's registers: one fee that Kim paid and gave up, but for what is said otherwise."""
    told = {"fees": [FEE], "paid": [PAID], "people": [KIM]} | rows
    return {name: register(told[name], SCHEMAS[name]) for name in SCHEMAS}


def found(pack: Pack, registers: dict[str, Register]) -> list[Row]:
    """What both engines find."""
    programme = pack.programmes["toy/space_refund"]
    return agreed(registers, {programme.id: pack.compile(programme, AS_OF)}, AS_OF)


def refused(pack: Pack, registers: dict[str, Register]) -> Failed:
    """What both engines refuse; the words that operators see, of which none is about anybody."""
    programme = pack.programmes["toy/space_refund"]
    compiled = {programme.id: pack.compile(programme, AS_OF)}
    with pytest.raises(Failed):
        by_rows(registers, compiled, AS_OF)
    with pytest.raises(Failed) as error:
        by_frames(registers, compiled, AS_OF)
    assert not any(fact in str(error.value) for fact in ("Kim", "fee 1", "A-1", "10000", "2026-07-01"))
    return error.value


def test_people_without_a_household_are_not_one_household(delivered: City) -> None:
    """Each paid the other's fee: only as one household would they have paid their own."""
    delivered.deliver("people", PEOPLE | {f"P{number}": ",1990-01-01" for number in (6, 7)})
    delivered.deliver("fees", {f"F{n}": f"P{n},A-{n},2026,yearly,1000,2026-07-01" for n in (6, 7)})
    delivered.deliver("paid", {"7": "P7,F6,1000,2026-01-10", "8": "P6,F7,1000,2026-01-10"})
    run = delivered.scan()
    statuses = cells(run)["status"].to_list()
    assert (["unknown"] * 2, 2) == (statuses, run.manifest["registers"]["people"]["quarantined"])


def test_a_unit_that_lies_in_no_group_is_refused_with_its_register(toy_pack: Pack) -> None:
    error = refused(toy_pack, town(fees=[FEE | {"_group": None}]))
    expected = ("toy/space_refund: a unit has no id, no recipient or no group.", "register fees")
    assert expected == (error.what, error.where)


def test_two_rows_that_are_one_unit_are_refused_with_their_register(toy_pack: Pack) -> None:
    error = refused(toy_pack, town(fees=[FEE, FEE | {"amount": 9_000}]))
    assert "register fees, unit space" == error.where


def test_two_rows_where_one_may_stand_are_refused_with_register_and_key(toy_pack: Pack) -> None:
    error = refused(toy_pack, town(people=[KIM, KIM | {"birth_date": date(2010, 1, 1)}]))
    assert "unit space: register people, keys person" == error.where


@pytest.mark.parametrize("amounts", [[2**63 - 1, 1], [9 * 10**12, 9 * 10**12], [10**13 + 1]])
def test_payments_beyond_belief_or_64_bits_are_unknown(toy_pack: Pack, amounts: list[int]) -> None:
    (one,) = found(toy_pack, town(paid=[PAID | {"amount": amount} for amount in amounts]))
    assert ("unknown", None) == (one["status"], one["amount"])


def test_a_sum_of_parts_that_would_overflow_is_unknown_and_never_wraps(tmp_path: Path) -> None:
    huge = RULES.replace("floor10(share(f.paid, r.share_back, 100))", "f.paid * 900_000").replace(
        "choose(age_on(f.birth_date, f.given_up_on) < 20, r.bonus, 0)", "f.paid * 900_000"
    )
    pack = load_pack("toy", write_toy_pack(tmp_path / "toy", rules=huge))
    (one,) = found(pack, town(paid=[PAID | {"amount": 10**13}]))
    assert ("unknown", None, [9 * 10**18] * 2) == (one["status"], one["amount"], one["parts"])


@pytest.mark.parametrize("given_up_on", [date(2024, 2, 28), date(2024, 2, 29)])
def test_five_years_after_29_february_end_on_the_28th(toy_pack: Pack, given_up_on: date) -> None:
    (one,) = found(toy_pack, town(fees=[FEE | {"year": 2024, "given_up_on": given_up_on}]))
    assert ("entitled", date(2029, 2, 28)) == (one["status"], one["claim_by"])


@pytest.mark.parametrize(
    ("born", "status"),
    [(date(1899, 12, 31), "entitled"), (date(1880, 1, 1), "entitled"), (date(1879, 12, 31), "unknown")],
)
def test_a_birth_before_1900_is_a_birth_and_a_filler_is_none(toy_pack: Pack, born: date, status: str) -> None:
    (one,) = found(toy_pack, town(people=[KIM | {"birth_date": born}]))
    assert status == one["status"]


def test_a_negative_amount_stops_the_scan_with_the_programme(toy_pack: Pack) -> None:
    error = refused(toy_pack, town(fees=[FEE | {"amount": -20_000}], paid=[PAID | {"amount": -10_000}]))
    assert "rules of toy/space_refund; the money it reads: fees.amount, paid.amount" == error.where


@pytest.mark.parametrize(
    ("kind", "amount", "status"),
    [
        (pl.Int8, 100, "entitled"),
        (pl.UInt32, 10_000, "entitled"),
        (pl.UInt64, 10_000, "entitled"),
        (pl.UInt64, 2**64 - 1, "unknown"),  # it fits no 64 bits with a sign, and no error says which it was
    ],
)
def test_whole_numbers_of_any_width_are_read(toy_pack: Pack, kind: Any, amount: int, status: str) -> None:
    schema = {"_group": pl.String, **SCHEMAS["fees"], "amount": kind}
    fees = pl.DataFrame([{"_group": "h", **FEE, "amount": amount}], schema=schema)
    (one,) = found(toy_pack, town() | {"fees": Register(fees.lazy(), complete=True)})
    assert status == one["status"]


SPELL = {
    "_group": "h", "vehicle": "car", "engine_cc": 2000, "use": "private", "kind": "car",
    "first_registered": date(2025, 3, 2), "acquired_on": date(2026, 1, 1), "end_reason": "transferred",
}  # fmt: skip
TAX = {"_group": "h", "vehicle_tax": 381_690, "education_tax": 114_500}
BILL = {**TAX, "vehicle": "car", "tax_year": 2026, "kind": "annual", "billed_on": date(2026, 1, 16)}
CONSENT = {
    "vehicle": pl.String,
    "payer": pl.String,
    "tax_year": pl.Int64,
    "agreed": pl.Boolean,
    "agreed_on": pl.Date,
}


def sold(*owners: tuple[str, date | None]) -> dict[str, Register]:
    """One vehicle of several owners in one household, who all paid its tax for the year."""
    names = dict.fromkeys(owner for owner, _ in owners)
    frames = {
        "vehicles": [SPELL | {"owner": owner, "ended_on": ended} for owner, ended in owners],
        "bills": [BILL | {"bill": f"bill of {owner}", "payer": owner} for owner in names],
        "payments": [TAX | {"bill": f"bill of {owner}", "paid_on": date(2026, 1, 20)} for owner in names],
    }
    whole = {name: pl.DataFrame(rows).lazy() for name, rows in frames.items()}
    whole["passed_prepayments"] = pl.LazyFrame(schema={"_group": pl.String, **CONSENT})
    return {name: Register(frame, complete=True) for name, frame in whole.items()}


def refunds(registers: dict[str, Register]) -> list[tuple[str, str, int | None]]:
    pack = built_in("kr")
    programme = pack.programmes["kr/vehicle_tax_refund"]
    rows = agreed(registers, {programme.id: pack.compile(programme, AS_OF)}, AS_OF)
    return sorted((row["unit_id"], row["status"], row["amount"]) for row in rows)


def test_two_owners_of_a_vehicle_on_the_same_day_are_each_judged_by_their_own_row() -> None:
    alone = refunds(sold(("Kim", date(2026, 7, 1))))
    both = refunds(sold(("Kim", date(2026, 7, 1)), ("Lee", None)))
    assert (["entitled"], alone) == ([status for _, status, _ in alone], both)


def test_one_owner_with_two_different_rows_of_the_same_day_is_unknown() -> None:
    twice = refunds(sold(("Kim", date(2026, 7, 1)), ("Kim", date(2026, 8, 1))))
    assert [("bill of Kim", "unknown", None)] == twice
