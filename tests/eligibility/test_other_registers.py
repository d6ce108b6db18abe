"""Registers that no programme of a scan reads stop nothing; those left out are named."""

from __future__ import annotations

from datetime import timedelta

import pytest

from data.commandline import SilentProgress
from data.contracts import read_contract
from data.errors import BadSettings, RegisterTooOld
from data.intake import take_in
from tests.eligibility.city import City

OTHER = """
name = "toy/dogs"
register = "dogs"
title = { ko = "개", en = "Dogs" }
source = "a test"
legal_basis = "a test"
programmes = ["toy/space_refund"]
max_age_days = 5
max_quarantined = 0.5
complete = true
[[column]]
name = "dog"
in_file = "dog"
parser = "text"
identity = "dog"
"""


def deliver_dogs(city: City, text: str, *, keep: bool = True) -> None:
    """A register that no programme reads, under a contract that the pack has, or has lost since."""
    path = city.folder / "packs" / "toy" / "contracts" / "dogs.toml"
    path.write_text(text, "utf-8")
    file = city.folder / "dogs.csv"
    file.write_text("dog,age\nD1,3\n", "utf-8")
    take_in(
        city.workspace,
        city.engine,
        read_contract(path),
        file,
        extracted_on=city.now.date(),
        now=city.now,
        progress=SilentProgress(),
    )
    if not keep:
        path.unlink()
    city.reload()


def test_a_stale_register_that_nobody_reads_stops_no_scan(delivered: City) -> None:
    deliver_dogs(delivered, OTHER.replace("[[column]]", 'group = { column = "dog" }\n[[column]]', 1))
    delivered.now += timedelta(days=20)
    assert {} == delivered.scan().manifest["left_out"]
    delivered.now += timedelta(days=1000)
    with pytest.raises(RegisterTooOld):
        delivered.scan()


@pytest.mark.parametrize("keep", [True, False])
def test_a_register_without_a_group_or_a_contract_is_left_out_and_named(delivered: City, keep: bool) -> None:
    deliver_dogs(delivered, OTHER, keep=keep)
    assert {"dogs": "toy/dogs"} == delivered.scan().manifest["left_out"]


def test_a_register_that_is_read_needs_a_group(delivered: City) -> None:
    path = delivered.folder / "packs" / "toy" / "contracts" / "paid.toml"
    lines = [one for one in path.read_text("utf-8").splitlines() if not one.startswith("group")]
    path.write_text("\n".join(lines), "utf-8")
    delivered.reload()
    with pytest.raises(BadSettings, match="paid names no group"):
        delivered.scan()
