"""A table's folder at the door: every row is somewhere, the same table twice is nothing new."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from deltalake import DeltaTable

from data.arrivals import DeliveredFile
from data.commands import intake, registers
from data.errors import ContractBroken
from data.gates import Gate
from data.workspace import Workspace
from tests.data.delivering import PEOPLE, PEOPLE_HEADER, Office, person
from tests.data.tabling import commit, delete_by_place, delta_table, iceberg_table, with_vector
from tests.data.test_data_commands import ctx, run

__all__ = ["ctx"]

HEADER = tuple(PEOPLE_HEADER.split(","))
PERSONS = [person(1), person(2), person(2), person(3, born="x"), person(4)]
TABLE = [HEADER, *(tuple(one.split(",")) for one in PERSONS)]
FORMS: dict[str, Callable[..., object]] = {"delta": delta_table, "iceberg": iceberg_table}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "people"


@pytest.mark.parametrize("form", FORMS)
def test_every_row_is_accepted_quarantined_or_a_duplicate(office: Office, folder: Path, form: str) -> None:
    FORMS[form](folder, TABLE, commits=2)
    batch = office.take_in(office.contract(PEOPLE), folder)
    assert (5, 3, 1, 1) == (batch.rows_in, batch.accepted, batch.quarantined, batch.duplicates)


def test_a_row_that_was_deleted_is_nobody(office: Office, folder: Path) -> None:
    with_vector(delta_table(folder, TABLE), [0])
    office.take_in(office.contract(PEOPLE), folder)
    assert 2 == office.accepted("residents").height


def test_a_row_that_an_iceberg_table_deleted_is_nobody(office: Office, folder: Path) -> None:
    delete_by_place(iceberg_table(folder, TABLE), [0])
    office.take_in(office.contract(PEOPLE), folder)
    assert 2 == office.accepted("residents").height


@pytest.mark.parametrize("form", FORMS)
def test_the_same_table_again_is_nothing_new(office: Office, folder: Path, form: str) -> None:
    FORMS[form](folder, TABLE)
    first = office.take_in(office.contract(PEOPLE), folder)
    for path in folder.rglob("*"):
        os.utime(path, (1, 1))
    again = office.take_in(office.contract(PEOPLE), folder)
    assert (True, first.batch_id) == (again.already, again.batch_id)


def test_a_version_that_changes_no_row_is_nothing_new(office: Office, folder: Path) -> None:
    delta_table(folder, TABLE)
    office.take_in(office.contract(PEOPLE), folder)
    commit(folder, {"commitInfo": {"operation": "VACUUM END", "timestamp": 1}})
    again = office.take_in(office.contract(PEOPLE), folder)
    assert (1, True) == (DeltaTable(folder).version(), again.already)


def test_the_record_of_a_delivery_says_which_version_was_read(office: Office, folder: Path) -> None:
    delta_table(folder, TABLE, commits=2)
    batch = office.take_in(office.contract(PEOPLE), folder)
    kept = json.loads(office.chain(batch.batch_id).pieces[0].reading)
    told = {"format": "delta", "snapshot": "1", "files": 2, "lines": {"physical": 6, "before": 1}}
    assert told == kept


def test_a_table_without_a_column_passes_on_an_operators_word(office: Office, folder: Path) -> None:
    delta_table(folder, TABLE)
    contract = office.contract(PEOPLE + '[[column]]\nname = "note"\nin_file = "비고"\nparser = "text"\n')
    batch = office.take_in(contract, folder, accept=[Gate.COLUMNS], reason="the export has no such column")
    assert (3, (Gate.COLUMNS,)) == (batch.accepted, batch.accepted_gates)


def test_a_table_that_changes_while_it_is_read_is_refused(
    workspace: Workspace, office: Office, folder: Path
) -> None:
    delta_table(folder, TABLE)
    source = DeliveredFile(workspace, office.contract(PEOPLE), folder)
    assert 64 == len(source.sha256)
    delta_table(folder, TABLE[:2])
    with pytest.raises(ContractBroken, match="changed while it was read"):
        source.read()


def test_an_operator_names_the_version(ctx: object, folder: Path) -> None:
    delta_table(folder, TABLE, commits=5)
    outcome = run(ctx, intake, "xx/people", folder, "--snapshot", "1", "--json")  # type: ignore[arg-type]
    document = json.loads(outcome.stdout)
    assert (2, "1", "people") == (document["rows_in"], document["snapshot"], document["file_name"])


def test_the_list_of_registers_says_which_version_is_in_force(ctx: object, folder: Path) -> None:
    delta_table(folder, TABLE)
    run(ctx, intake, "xx/people", folder)  # type: ignore[arg-type]
    listed = json.loads(run(ctx, registers, "list", "--json").stdout)  # type: ignore[arg-type]
    assert ["0"] == [one["reading"]["snapshot"] for one in listed]


@pytest.mark.parametrize("option", ["--explain", "--draft"])
def test_a_table_is_explained_and_a_contract_drafted_for_it(
    ctx: object, folder: Path, tmp_path: Path, option: str
) -> None:
    delta_table(folder, TABLE)
    given = ["--draft", folder] if option == "--draft" else ["--explain", "xx/people", folder]
    outcome = run(ctx, intake, *given)  # type: ignore[arg-type]
    assert (0, True) == (outcome.exit_code, "성명" in outcome.stdout)
