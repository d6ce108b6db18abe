"""The contracts that Owed brings say what a contract must, and agree with each other."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from data.contracts import read_contract
from data.synth.headers import CONTRACTS as MADE_UP
from tests.data.made_up import verdict_by

PACKS = Path(__file__).parents[2] / "eligibility/packs"
FILES = sorted(PACKS.glob("*/contracts/*.toml"))
Contract = dict[str, Any]


def named(path: Path) -> str:
    return f"{path.parents[1].name}/{path.stem}"


def read(path: Path) -> Contract:
    return tomllib.loads(path.read_text("utf-8"))


CONTRACTS = {named(path): read(path) for path in FILES}
each_contract = pytest.mark.parametrize("name", CONTRACTS)


def columns(contract: Contract) -> dict[str, dict[str, Any]]:
    return {column["name"]: column for column in contract["column"]}


def test_there_is_a_contract_for_every_register_that_is_made_up_or_shipped() -> None:
    assert set(CONTRACTS) == {*MADE_UP.values(), "us/tax_units"}


@each_contract
def test_a_contract_is_named_as_its_file(name: str) -> None:
    assert (CONTRACTS[name]["name"], CONTRACTS[name]["register"]) == (name, name.split("/")[1])


@each_contract
def test_a_contract_says_whose_register_it_is_and_by_what_law(name: str) -> None:
    contract = CONTRACTS[name]
    assert contract["source"] and contract["legal_basis"] and contract["programmes"]
    assert set(contract["title"]) == {"ko", "en"}


@each_contract
def test_assumptions_are_worded_in_both_languages(name: str) -> None:
    for words in CONTRACTS[name].get("assumptions", {}).values():
        assert set(words) == {"ko", "en"}


@each_contract
def test_no_column_is_named_twice(name: str) -> None:
    rows = CONTRACTS[name]["column"]
    assert len({row["name"] for row in rows}) == len({row["in_file"] for row in rows}) == len(rows)


@each_contract
def test_keys_are_columns_that_are_never_empty(name: str) -> None:
    known = columns(CONTRACTS[name])
    keys = [*CONTRACTS[name].get("unique", []), CONTRACTS[name]["group"]["column"]]
    assert [key for key in keys if not known[key].get("required")] == []


@each_contract
def test_national_ids_are_secret_wherever_they_stand(name: str) -> None:
    rows = [row for row in CONTRACTS[name]["column"] if row["parser"] == "kr_resident_number"]
    assert all(row["secret"] and row["identity"] == "person" for row in rows)


@each_contract
def test_a_row_is_grouped_through_a_register_that_has_a_contract(name: str) -> None:
    group = CONTRACTS[name]["group"]
    if "register" in group:
        through = columns(CONTRACTS[f"{name.split('/')[0]}/{group['register']}"])
        mine = columns(CONTRACTS[name])[group["column"]]
        assert mine["identity"] == through[group["key"]]["identity"]
        if "group" in group:
            assert through[group["group"]]["identity"] == "household"


@each_contract
def test_every_number_and_day_has_a_lower_bound(name: str) -> None:
    numeric = ("int", "int:comma", "decimal:2")
    for row in CONTRACTS[name]["column"]:
        if row["parser"] in numeric:
            assert row["min"] <= row["max"]
        if str(row["parser"]).startswith("date:"):
            assert isinstance(row["min"], date)


def test_every_name_and_address_goes_to_the_vault_and_nothing_else_does() -> None:
    kept_apart = [
        (name, row["name"])
        for name, contract in CONTRACTS.items()
        for row in contract["column"]
        if row.get("vault")
    ]
    assert kept_apart == [
        ("kr/contacts", "address"),
        ("kr/employers", "name"),
        ("kr/residents", "name"),
        ("kr/residents", "address"),
    ]


def test_the_us_register_knows_its_tax_year_and_what_it_lacks() -> None:
    contract = CONTRACTS["us/tax_units"]
    assert contract["constants"] == {"tax_year": 2025}
    assert {"residence", "social_security_numbers"} <= set(contract["assumptions"])


HALF = "X2026000000001,9001010000001,50000,15000,20260116"  # of a bill, paid in two on one day
OTHER = "X2026000000001,9001010000001,50001,15000,20260116"


@pytest.mark.parametrize(
    ("rows", "accepted", "quarantined", "duplicates"),
    [
        ([f"R2026000000001,{HALF}", f"R2026000000002,{HALF}"], 2, [], 0),
        ([f"R2026000000001,{HALF}", f"R2026000000001,{HALF}"], 1, [], 1),
        ([f"R2026000000001,{HALF}", f"R2026000000001,{OTHER}"], 0, [2, 3], 0),
        ([f"R2026000000001,{HALF}", f",{HALF}"], 1, [3], 0),
    ],
)
def test_payments_of_a_bill_on_one_day_are_told_apart_by_their_receipts(
    tmp_path: Path, rows: list[str], accepted: int, quarantined: list[int], duplicates: int
) -> None:
    contract = read_contract(PACKS / "kr/contracts/payments.toml")
    headers = [column.in_file for column in contract.columns]
    (tmp_path / "payments.csv").write_text("\n".join([",".join(headers), *rows]) + "\n", "utf-8")
    found = verdict_by(contract, tmp_path / "payments.csv")
    counted = (found.accepted.height, list(found.refused), found.duplicates)
    assert (accepted, quarantined, duplicates) == counted


@each_contract
def test_a_register_may_shrink_by_as_much_as_its_own_contract_says(name: str) -> None:
    """Half of a register that counts as complete would end what the other half is owed."""
    limit = CONTRACTS[name]["max_jump"]
    of_all = {"kr/residents", "kr/households", "kr/vehicles"}
    assert 0 < limit <= (0.2 if name in of_all else 0.9)


@each_contract
def test_a_column_that_names_another_registers_key_is_held_against_it(name: str) -> None:
    """Every person, vehicle, bill, employer and farm that has a register of its own."""
    keys = {"vehicle": "vehicles", "bill": "bills", "employer": "employers", "farm": "farms"}
    of = {**keys, "person": "residents"}
    contract = CONTRACTS[name]
    pointing = {
        (column["name"], of[column["identity"]])
        for column in contract["column"]
        if of.get(column.get("identity"), contract["register"]) != contract["register"]
        and column["name"] not in ("employee", "farm" if contract["register"] == "farms" else "")
    }
    homes = {
        "residents": "households",
        "households": "residents",
    }  # each has the other's people, or it is lost
    if contract["register"] in homes:
        pointing.add(("household", homes[contract["register"]]))
    assert pointing == {(one["column"], one["register"]) for one in contract.get("foreign", [])}


@each_contract
def test_a_person_or_a_thing_that_a_register_does_not_have_is_counted_and_never_lost(name: str) -> None:
    """Somebody who moved away can still be owed money; an employer or a farm that is not there cannot."""
    kinds = {one["register"]: one["missing"] for one in CONTRACTS[name].get("foreign", [])}
    wanted = {register: "quarantine" if register in ("employers", "farms") else "note" for register in kinds}
    assert wanted == kinds


@each_contract
def test_a_number_of_fixed_length_gets_back_the_zeros_a_spreadsheet_took(name: str) -> None:
    lengths = {"kr_resident_number": 13, "pattern:[0-9]{11}|E[0-9]{10}": 11}
    for column in CONTRACTS[name]["column"]:
        if isinstance(column["parser"], str):
            assert column.get("zeros") == lengths.get(column["parser"]), column["name"]
