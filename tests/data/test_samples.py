"""The samples are what their README says: whole real households, one answer each, the same bytes always."""

from __future__ import annotations

import csv
import gzip
import hashlib
import tomllib
from pathlib import Path

import pytest

from data.checks import judge
from data.contracts import read_contract
from data.reading import read_table
from data.samples import US_EITC_ANSWERS, US_TAX_UNITS

ROOT = Path(__file__).parents[2]
GREATEST_EITC_2025 = 8_046  # Rev. Proc. 2024-40 §2.06: three or more qualifying children


def rows_of(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def units() -> list[dict[str, str]]:
    return rows_of(US_TAX_UNITS)


@pytest.fixture(scope="module")
def answers() -> list[dict[str, str]]:
    return rows_of(US_EITC_ANSWERS)


def test_every_tax_unit_is_accepted_under_its_contract(units: list[dict[str, str]]) -> None:
    contract = read_contract(ROOT / "eligibility/packs/us/contracts/tax_units.toml")
    table = read_table(US_TAX_UNITS, [column.in_file for column in contract.columns])
    judged = judge(contract, table.parts)
    assert (judged.accepted.height, judged.refused.height, judged.duplicates) == (len(units), 0, 0)


def test_the_header_is_the_one_the_contract_knows(units: list[dict[str, str]]) -> None:
    contract = tomllib.loads((ROOT / "eligibility/packs/us/contracts/tax_units.toml").read_text("utf-8"))
    assert list(units[0]) == [column["in_file"] for column in contract["column"]]


def test_the_sample_has_as_many_rows_as_its_readme_says(units: list[dict[str, str]]) -> None:
    readme = (US_TAX_UNITS.parent / "README.md").read_text("utf-8")
    households = {unit["household_id"] for unit in units}
    assert f"{len(units):,} tax units of {len(households):,} households" in readme
    assert len(units) <= 20_000


def test_every_tax_unit_is_there_once(units: list[dict[str, str]]) -> None:
    assert len({unit["record_id"] for unit in units}) == len(units)


def test_households_were_drawn_by_the_rule_of_the_readme(units: list[dict[str, str]]) -> None:
    first_bytes = {hashlib.sha256(unit["household_id"].encode()).digest()[0] for unit in units}
    assert first_bytes == set(range(27))


def test_the_sample_spreads_over_all_states_and_filing_statuses(units: list[dict[str, str]]) -> None:
    assert len({unit["state_fips"] for unit in units}) == 51
    assert {unit["filing_status"] for unit in units} == {"single", "joint", "separate", "head_of_household"}


def test_the_sample_spreads_over_poor_and_rich(units: list[dict[str, str]]) -> None:
    incomes = sorted(int(unit["adjusted_gross_income"]) for unit in units)
    tenths = [incomes[len(incomes) * tenth // 10] for tenth in range(1, 10)]
    assert tenths == sorted(set(tenths)) and tenths[0] < 1_000 and tenths[-1] > 150_000


def test_each_tax_unit_has_one_answer_in_the_same_order(
    units: list[dict[str, str]], answers: list[dict[str, str]]
) -> None:
    assert [answer["record_id"] for answer in answers] == [unit["record_id"] for unit in units]


def test_answers_are_credits_in_dollars(answers: list[dict[str, str]]) -> None:
    credits = [float(answer["eitc"]) for answer in answers]
    assert min(credits) == 0 and max(credits) == GREATEST_EITC_2025
    assert sum(credit > 0 for credit in credits) == 1_710


@pytest.mark.parametrize("path", [US_TAX_UNITS, US_EITC_ANSWERS], ids=lambda path: path.name)
def test_the_gzip_header_holds_no_time_and_no_name(path: Path) -> None:
    magic_method_flags, moment = path.read_bytes()[:4], path.read_bytes()[4:8]
    assert (magic_method_flags, moment) == (b"\x1f\x8b\x08\x00", b"\x00" * 4)


def test_the_files_are_small_enough_to_come_along() -> None:
    assert US_TAX_UNITS.stat().st_size + US_EITC_ANSWERS.stat().st_size < 500_000
