"""Numbers that a spreadsheet shortened get their zeros back, and nothing else is guessed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
import xlsxwriter

from data.batch import Batch
from data.contracts import read_contract
from data.errors import BadSettings
from data.vault import Vault
from tests.data.delivering import PEOPLE, PEOPLE_HEADER, Office, number, person

ZEROS = PEOPLE.replace('parser = "kr_resident_number"', 'parser = "kr_resident_number"\nzeros = 13')
BORN_2001 = "0105170000001"


def workbook(office: Office, numbers: Sequence[object]) -> Path:
    path = office.folder / "people.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, PEOPLE_HEADER.split(","))
        for at, one in enumerate(numbers, start=1):
            sheet.write_row(at, 0, [one, *person(1).split(",")[1:]])
    return path


def take_in(office: Office, *numbers: object, text: str = ZEROS) -> Batch:
    return office.take_in(office.contract(text), workbook(office, numbers))


def test_zeros_that_a_number_cell_lost_are_put_back_and_counted(office: Office) -> None:
    made = take_in(office, int(BORN_2001), int(number(2)))
    with Vault.open(office.workspace) as vault:
        (found,) = vault.ids("person", [BORN_2001])
    assert ({"번호: zeros put back in front": 1}, office.accepted("residents")["resident"][0]) == (
        made.notes,
        found,
    )


@pytest.mark.parametrize(
    "cell", ["9001010000", "105990000001", "113170000001", "10517", "1051700000x1", "105170000001.5"]
)
def test_a_number_that_was_not_shortened_that_way_is_quarantined(office: Office, cell: str) -> None:
    made = take_in(office, cell, number(2))
    assert ({}, {"번호: unreadable": 1}) == (made.notes, made.reasons)


def test_only_a_contract_that_says_so_gets_zeros_back(office: Office) -> None:
    assert {"번호: unreadable": 1} == take_in(office, int(BORN_2001), int(number(2)), text=PEOPLE).reasons


def test_a_text_file_gets_no_zeros_back(office: Office) -> None:
    short = person(1).replace(number(1), BORN_2001.lstrip("0"))
    made = office.take_in(office.contract(ZEROS), office.file([PEOPLE_HEADER, short, person(2)]))
    assert {"번호: unreadable": 1} == made.reasons


def test_a_row_that_is_another_once_its_zeros_are_back_is_a_duplicate(office: Office) -> None:
    made = take_in(office, int(BORN_2001), BORN_2001, int(number(2)))
    assert (3, 2, 0, 1) == (made.rows_in, made.accepted, made.quarantined, made.duplicates)


@pytest.mark.parametrize("digits", ["1", "16", '"13"'])
def test_zeros_are_a_number_of_digits(office: Office, digits: str) -> None:
    path = office.folder / "contract.toml"
    path.write_text(ZEROS.replace("zeros = 13", f"zeros = {digits}"), "utf-8")
    with pytest.raises(BadSettings, match="zeros"):
        read_contract(path)


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_zeros_that_a_clerk_typed_and_the_spreadsheet_took_are_put_back(office: Office, form: str) -> None:
    short = person(1).replace(number(1), BORN_2001.lstrip("0"))
    made = office.take_in(office.contract(ZEROS), office.file([PEOPLE_HEADER, short, person(2)]))
    sheet = [{**row, "번호": BORN_2001.lstrip("0")} for row in office.sheet(made.batch_id)]
    file = as_numbers(office, sheet) if form == "xlsx" else office.saved(sheet)
    done = office.retry(office.contract(ZEROS), made.batch_id, file)
    with Vault.open(office.workspace) as vault:
        (found,) = vault.ids("person", [BORN_2001])
    notes = json.loads(office.chain(made.batch_id).newest.notes)
    assert (1, 0) == (done.accepted, done.respelled)
    assert ({"번호: zeros put back in front": 1}, True) == (notes, found is not None)


def as_numbers(office: Office, rows: Sequence[Mapping[str, str]]) -> Path:
    path = office.folder / "mended.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, list(rows[0]))
        for at, row in enumerate(rows, start=1):
            sheet.write_row(at, 0, [int(one) if one.isdigit() else one for one in row.values()])
    return path
