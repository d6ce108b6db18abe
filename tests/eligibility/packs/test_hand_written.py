"""The compiled programmes and the ones written by hand give the same cells."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from bench.hand_written import earned_income_credits, vehicle_tax_refunds
from data.samples import US_TAX_UNITS
from eligibility.bucket import Bucket
from eligibility.relations import Register
from tests.eligibility.packs.made_up_registers import made_up_registers
from tests.eligibility.packs.verdicts import built_in

DAYS = (date(2024, 2, 29), date(2025, 3, 21), date(2026, 7, 1), date(2029, 2, 28), date(2031, 12, 31))


def by_the_compiler(programme_id: str, tables: dict[str, pl.LazyFrame | None], as_of: date) -> pl.DataFrame:
    """The findings of a bucket as the scan makes them, in the form of the hand-written ones."""
    pack = built_in(programme_id.split("/")[0])
    programme = pack.programmes[programme_id]
    registers = {name: Register(frame, complete=True) for name, frame in tables.items()}
    compiled = pack.compile(programme, as_of)
    found = Bucket(registers, {programme_id: compiled}, as_of).findings()
    parts = [pl.col("parts").list.get(n).alias(part.name) for n, part in enumerate(programme.parts)]
    return found.select("unit_id", "status", *parts, "amount").sort("unit_id")


@pytest.mark.parametrize("as_of", DAYS)
@pytest.mark.parametrize("consent_is_known", [True, False])
def test_the_refund_written_by_hand_is_the_compiled_one(as_of: date, consent_is_known: bool) -> None:
    tables: dict[str, pl.LazyFrame | None] = {**made_up_registers(1500, seed=130)}
    if not consent_is_known:
        tables["passed_prepayments"] = None

    by_hand = vehicle_tax_refunds(tables, as_of).collect().sort("unit_id")

    assert by_hand.equals(by_the_compiler("kr/vehicle_tax_refund", tables, as_of))


def test_made_up_registers_lead_to_entitled_and_to_unknown() -> None:
    found = by_the_compiler("kr/vehicle_tax_refund", {**made_up_registers(1500, seed=130)}, DAYS[2])

    assert set(found["status"].unique()) == {"entitled", "unknown"}


def test_the_credit_written_by_hand_is_the_compiled_one() -> None:
    frame = pl.read_csv(US_TAX_UNITS).with_columns(pl.col("record_id").cast(pl.String), tax_year=2025)
    tables: dict[str, pl.LazyFrame | None] = {"tax_units": frame.with_columns(_group=pl.lit("all")).lazy()}

    by_hand = earned_income_credits(tables).collect().sort("unit_id")

    assert by_hand.equals(by_the_compiler("us/eitc", tables, date(2026, 3, 2)))
