"""What the authority gets of its findings: under its own record ids, and never under a national id."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from data.vault import Vault
from eligibility.export import export_table, record_kind
from eligibility.pack import Packs, load_pack
from eligibility.totals import to_how_much
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


OPEN_BOUND = """

@programme.amount_part(law="Ordinance §4", label={"ko": "더해질 금액", "en": "more"}, may_add=True)
def more(f, r, on):
    return choose(f.fee > 10_000, 0, unknown(Kind.NUMBER))
"""


@pytest.mark.parametrize(
    ("ceiling", "told"),
    [
        (False, {(6_170, "false", "false", 0), (5_000, "true", "false", 0), (None, "true", "false", None)}),
        (True, {(6_170, "false", "true", 0), (None, "true", "true", None)}),
    ],
)
def test_an_export_says_which_amounts_are_bounds_and_leaves_out_those_nobody_knows(
    city: City, ceiling: bool, told: set[tuple[object, ...]]
) -> None:
    with_bounds(city, ceiling)
    city.deliver_all()
    run = city.scan()
    with Vault.open(city.workspace) as vault:
        table = export_table(city.packs, run, REFUND, vault)

    head = ["record_id", "status", "amount", "at_least", "at_most", "offset", "currency", "per", "period"]
    assert head == table.columns[: len(head)]
    assert told == set(table.select("amount", "at_least", "at_most", "offset").rows())


@pytest.mark.parametrize(
    ("ceiling", "said"),
    [
        (False, "to at least KRW 11,170"),
        (True, "(1 to up to KRW 6,170, 1 to what is decided with the application)"),
    ],
)
def test_a_scan_says_what_of_its_sum_is_a_bound(city: City, ceiling: bool, said: str) -> None:
    with_bounds(city, ceiling)
    city.deliver_all()

    assert said == to_how_much(city.scan().programmes[REFUND])


def with_bounds(city: City, ceiling: bool) -> None:
    """The toy city's refund may come to more where the fee was small; or is the most it can be."""
    rules = city.folder / "packs" / "toy" / "space.py"
    text = rules.read_text("utf-8").replace('currency="KRW",', f'currency="KRW", at_most={ceiling},')
    terms = "from eligibility.terms import Kind, unknown\n"
    text = text.replace("from eligibility.programmes", f"{terms}from eligibility.programmes", 1)
    rules.write_text(text + OPEN_BOUND, "utf-8")
    city.reload()
