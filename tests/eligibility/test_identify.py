"""A record is found by its id, whichever of a register's contracts its delivery was taken in under."""

from __future__ import annotations

from datetime import timedelta

import pytest

from data.commandline import SilentProgress
from data.intake import take_in
from eligibility.commands import explain, findings
from tests.eligibility.city import FEES, HEADERS, REFUND, City
from tests.eligibility.test_commands import document, run
from tests.eligibility.toypack import CONTRACTS

LONG = 20
RENUMBERED = {"7": "P1,A-1,2026,yearly,10000,2026-07-01"}  # of P1, whose household is theirs before and after


def add_contract(city: City, name: str) -> None:
    """Another contract for the register of fees: it fills their numbers up with zeros."""
    text = CONTRACTS["fees"].replace("toy/fees", f"toy/{name}")
    padded = text.replace(
        'in_file = "fee number"\nparser = "text"', f'in_file = "fee number"\nparser = "pad:{LONG}"'
    )
    (city.folder / "packs" / "toy" / "contracts" / f"{name}.toml").write_text(padded, "utf-8")
    city.reload()


def deliver_under(city: City, name: str, rows: dict[str, str]) -> None:
    file = city.folder / f"{name}.csv"
    file.write_text("\n".join([HEADERS["fees"], *(f"{fee},{rest}" for fee, rest in rows.items())]), "utf-8")
    take_in(
        city.workspace, city.engine, city.packs.contracts[f"toy/{name}"], file,
        extracted_on=city.now.date(), now=city.now, progress=SilentProgress(),
    )  # fmt: skip


def units(city: City, fee: str) -> list[str]:
    return [one["unit_id"] for one in document(city, explain, REFUND, fee)]


@pytest.mark.parametrize("name", ["a_fees", "z_fees"])
def test_a_record_is_found_beside_another_contract_that_nothing_came_under(
    delivered: City, name: str
) -> None:
    add_contract(delivered, name)
    assert ["entitled"] == [one["status"] for one in document(delivered, explain, REFUND, "F2")]


@pytest.mark.parametrize("name", ["a_fees", "z_fees"])
def test_an_id_that_both_contracts_know_is_read_as_the_one_in_force_reads_it(city: City, name: str) -> None:
    add_contract(city, name)
    city.deliver_all(without=["fees"])
    deliver_under(city, name, RENUMBERED)
    padded = units(city, "7")
    city.deliver("fees", FEES | RENUMBERED)
    plain = units(city, "7")
    city.now += timedelta(days=1)
    deliver_under(city, name, RENUMBERED)
    assert (padded, 1, 1) == (units(city, "7"), len(padded), len(plain))


def test_a_record_of_an_earlier_delivery_is_known_to_the_history(delivered: City) -> None:
    add_contract(delivered, "z_fees")
    deliver_under(delivered, "z_fees", RENUMBERED)
    assert "Nothing was known of them." in run(delivered, findings, "history", REFUND, "F2").stdout
