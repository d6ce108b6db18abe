"""What the authority gets of its findings: under its own record ids, and never under a national id."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from data.vault import Vault
from eligibility.export import export_table, record_kind
from eligibility.pack import Packs, load_pack
from tests.eligibility.city import FEES, REFUND, City

PACKS = Path(__file__).parents[2] / "eligibility" / "packs"


@pytest.mark.parametrize(
    ("pack", "known_by"),
    [
        (
            "kr",
            {
                "kr/basic_pension": None,
                "kr/child_allowance": None,
                "kr/employment_retention": "measure",
                "kr/energy_voucher": "household",
                "kr/medical_cap_refund": "settlement",
                "kr/telecom_discount": None,
                "kr/vehicle_tax_refund": "bill",
            },
        ),
        ("us", {"us/eitc": "tax_unit", "us/livestock_forage": "farm"}),
    ],
)
def test_a_unit_goes_by_the_offices_own_number_and_a_person_by_ours(
    pack: str, known_by: dict[str, str | None]
) -> None:
    loaded = load_pack(pack, PACKS / pack)
    kinds = {
        name: record_kind(loaded.contracts.values(), loaded.unit_of(one))
        for name, one in loaded.programmes.items()
    }
    assert kinds == known_by


def test_what_people_alone_are_known_by_is_not_exported(delivered: City) -> None:
    run = delivered.scan()
    with Vault.open(delivered.workspace) as vault:
        open_ids = export_table(delivered.packs, run, REFUND, vault)["record_id"].to_list()
        ours = export_table(with_secret_fees(delivered.packs), run, REFUND, vault)["record_id"].to_list()
        known = vault.natural("fee", ours)
    assert (set(ours) & set(FEES), sorted(known.values())) == (set(), sorted(open_ids))


def with_secret_fees(packs: Packs) -> Packs:
    """As if the toy city knew a fee only by a national id."""
    (pack,) = packs.packs
    fees = pack.contracts["toy/fees"]
    columns = tuple(replace(one, secret=one.secret or one.name == "fee") for one in fees.columns)
    return Packs((replace(pack, contracts={**pack.contracts, fees.name: replace(fees, columns=columns)}),))
