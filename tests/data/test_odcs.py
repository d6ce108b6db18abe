"""Every contract can be handed to a catalogue as an Open Data Contract Standard document."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft201909Validator
from open_data_contract_standard.model import OpenDataContractStandard

from data.contract import Contract
from data.contracts import load_contracts
from data.odcs import as_odcs

CONTRACTS = load_contracts(sorted((Path(__file__).parents[2] / "eligibility/packs").glob("*/contracts")))
PUBLISHED = files("open_data_contract_standard").joinpath("schema.json").read_text("utf-8")
SCHEMA = Draft201909Validator(json.loads(PUBLISHED))
each_contract = pytest.mark.parametrize("name", CONTRACTS)


def columns(contract: Contract) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in as_odcs(contract)["schema"][0]["properties"]}


@each_contract
def test_it_is_valid_under_the_published_schema(name: str) -> None:
    document = json.loads(json.dumps(as_odcs(CONTRACTS[name])))
    assert [error.message for error in SCHEMA.iter_errors(document)] == []


@each_contract
def test_another_program_reads_it_as_yaml(name: str) -> None:
    text = json.dumps(as_odcs(CONTRACTS[name]), ensure_ascii=False)
    read = OpenDataContractStandard.from_string(text)
    assert (read.id, read.apiVersion, read.kind) == (name, "v3.1.0", "DataContract")


def test_a_schema_that_is_broken_would_be_noticed() -> None:
    broken = as_odcs(CONTRACTS["kr/bills"]) | {"kind": "Contract"}
    assert [error.message for error in SCHEMA.iter_errors(broken)] != []


def test_a_column_says_its_header_type_bounds_and_whom_it_may_serve() -> None:
    tax = columns(CONTRACTS["kr/bills"])["vehicle_tax"]
    assert tax == {
        "name": "vehicle_tax",
        "physicalName": "자동차세",
        "logicalType": "integer",
        "physicalType": "text",
        "description": "Is a whole number, commas allowed, a negative one with -, △ or in brackets.",
        "required": True,
        "classification": "internal",
        "logicalTypeOptions": {"minimum": 0, "maximum": 100000000},
        "customProperties": [
            {"property": "parser", "value": "int:comma"},
            {"property": "programmes", "value": ["kr/vehicle_tax_refund"]},
        ],
    }


def test_keys_within_and_between_registers_are_told() -> None:
    payer = columns(CONTRACTS["kr/passed_prepayments"])["payer"]
    assert (payer["primaryKey"], payer["primaryKeyPosition"]) == (True, 2)
    assert payer["relationships"] == [{"to": "residents.resident"}]


def test_names_and_national_ids_are_restricted() -> None:
    told = {name: one["classification"] for name, one in columns(CONTRACTS["kr/residents"]).items()}
    assert {name for name, one in told.items() if one == "restricted"} == {"resident", "name", "address"}


def test_a_change_of_the_contract_is_another_version(tmp_path: Path) -> None:
    from data.contracts import read_contract

    text = CONTRACTS["kr/bills"].path.read_text("utf-8")
    versions = []
    for age in (60, 61):
        (tmp_path / "bills.toml").write_text(
            text.replace("max_age_days = 60", f"max_age_days = {age}"), "utf-8"
        )
        versions.append(as_odcs(read_contract(tmp_path / "bills.toml"))["version"])
    assert len(set(versions)) == 2
