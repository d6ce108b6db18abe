"""Findings: stable ids and hashes, masks in the order of the criteria, no negative amount."""

from __future__ import annotations

from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from data.errors import Failed
from eligibility.compiler import Compiled
from eligibility.findings import FINDING_SCHEMA, collect, find
from eligibility.pack import Pack, load_pack
from eligibility.sheets import RECIPIENT, empty_sheet
from tests.eligibility.test_compiler import WHOLE
from tests.eligibility.toypack import AS_OF, RULES, write_toy_pack

IDENTITY = {"_unit": "u1", "_group": "g1", "_asset": "a1", "_period": "2026", RECIPIENT + "payer": "s1"}


def compiled_of(pack: Pack) -> Compiled:
    return pack.compile(pack.programmes["toy/space_refund"], AS_OF)


def sheet(compiled: Compiled, *rows: dict[str, Any]) -> pl.DataFrame:
    schema = empty_sheet(compiled.unit, ["payer"]).schema
    whole = [IDENTITY | WHOLE | row for row in rows]
    return pl.DataFrame([{name: row.get(name) for name in schema} for row in whole], schema=schema)


def found(pack: Pack, *rows: dict[str, Any]) -> list[dict[str, Any]]:
    compiled = compiled_of(pack)
    return table(compiled, sheet(compiled, *rows)).to_dicts()


def table(compiled: Compiled, units: pl.DataFrame) -> pl.DataFrame:
    name = compiled.programme.id
    return collect({name: find(compiled, units)}, {name: compiled})[name]


def test_an_entitlement_id_is_a_hash_of_subject_programme_period_and_asset(toy_pack: Pack) -> None:
    expected = sha256(b"s1|toy/space_refund|2026|a1|u1").hexdigest()[:32]
    assert [expected] == [one["entitlement_id"] for one in found(toy_pack, {})]


def test_a_facts_hash_stands_for_the_canonical_text(toy_pack: Pack) -> None:
    text = "\n".join(
        (
            "birth_date=2010-01-01",
            "fee=10000",
            "given_up_on=2026-07-01",
            "is_given_up=true",
            "paid=10000",
            "year=2026",
            "part fee_part=5000",
            "part youth_part=1000",
            "accrues_from=2026-07-02",
            "claim_from=2026-07-01",
            "claim_by=2031-07-01",
        )
    )
    assert [sha256(text.encode()).hexdigest()[:32]] == [one["facts_hash"] for one in found(toy_pack, {})]


def test_an_unknown_fact_and_a_known_one_hash_differently(toy_pack: Pack) -> None:
    one, other = (found(toy_pack, {"paid": paid})[0]["facts_hash"] for paid in (10_000, None))
    assert one != other


@pytest.mark.parametrize(
    ("row", "met", "unknown"),
    [({}, 0b11, 0), ({"paid": None}, 0b10, 0b01), ({"given_up_on": None}, 0b01, 0b10)],
)
def test_masks_have_a_bit_per_criterion_in_their_order(
    toy_pack: Pack, row: dict[str, Any], met: int, unknown: int
) -> None:
    assert [(met, unknown)] == [(one["met"], one["unknown"]) for one in found(toy_pack, row)]


def test_who_is_not_entitled_leaves_no_finding(toy_pack: Pack) -> None:
    assert [] == found(toy_pack, {"is_given_up": False})


def test_findings_have_their_declared_columns_and_the_order_of_their_ids(toy_pack: Pack) -> None:
    compiled = compiled_of(toy_pack)
    many = table(compiled, sheet(compiled, *({"_asset": f"a{n}", "_unit": f"u{n}"} for n in range(5))))
    ids = many["entitlement_id"]
    assert (FINDING_SCHEMA, ids.sort().to_list()) == (dict(many.schema), ids.to_list())


def test_a_negative_amount_ends_the_scan(tmp_path: Path) -> None:
    rules = RULES.replace("return floor10(", "return -floor10(")
    pack = load_pack("toy", write_toy_pack(tmp_path / "negative", rules=rules))
    with pytest.raises(Failed, match="in 1 findings the amount") as refused:
        found(pack, {})
    assert "fees.amount, paid.amount" in str(refused.value.where)


def test_a_unit_without_a_recipient_ends_the_scan(toy_pack: Pack) -> None:
    with pytest.raises(Failed, match="no recipient"):
        found(toy_pack, {RECIPIENT + "payer": None})


def test_the_day_of_the_scan_does_not_change_a_hash(toy_pack: Pack) -> None:
    programme = toy_pack.programmes["toy/space_refund"]
    days = [toy_pack.compile(programme, day) for day in (AS_OF, date(2026, 12, 1))]
    assert 1 == len({table(one, sheet(one, {}))["facts_hash"][0] for one in days})
