"""The same file again: nothing to do, or after another one or under a mended contract a new delivery."""

from __future__ import annotations

from datetime import timedelta

import pytest
import xlsxwriter
from sqlalchemy import select

from data.batch import Again, Batch
from data.registers import current, deliveries
from data.store.engine import reading
from data.store.tables import settled_row
from data.waiver import waive
from tests.data.delivering import NOW, PEOPLE, PEOPLE_HEADER, TODAY, Office, person

YESTERDAY = TODAY - timedelta(days=1)
YOUNGER = PEOPLE.replace("min = 1900-01-01", "min = 1980-01-01")


def in_force(office: Office) -> str:
    return current(office.workspace, office.engine)["residents"].batch_id


def count(office: Office) -> int:
    return len(deliveries(office.workspace, office.engine))


def deliver(office: Office, text: str, *rows: str) -> Batch:
    return office.take_in(office.contract(text), office.file([PEOPLE_HEADER, *rows]))


# --- after another file -------------------------------------------------------------------------------


def test_a_file_that_comes_back_for_the_same_day_is_in_force_again(office: Office) -> None:
    office.people(person(1))
    office.people(person(1, status="deceased"))
    again = office.people(person(1))
    assert (False, again.batch_id, ["alive"]) == (
        again.already,
        in_force(office),
        office.accepted("residents")["status"].to_list(),
    )


def test_the_same_file_twice_in_a_row_stays_what_it_was(office: Office) -> None:
    for rows in ([person(1)], [person(2)], [person(1)]):
        last = office.people(*rows)
    again = office.people(person(1))
    assert (True, last.batch_id, 3) == (again.already, again.batch_id, count(office))


def test_a_file_of_an_older_day_that_comes_back_says_what_is_in_force(office: Office) -> None:
    office.people(person(1), extracted_on=YESTERDAY)
    newer = office.people(person(2))
    again = office.people(person(1), extracted_on=YESTERDAY)
    assert (True, newer.batch_id, TODAY) == (again.already, again.in_force, again.in_force_on)


def test_a_late_file_of_an_older_day_says_what_is_in_force(office: Office) -> None:
    newer = office.people(person(2))
    late = office.people(person(1), extracted_on=YESTERDAY)
    assert (False, newer.batch_id, TODAY) == (late.already, late.in_force, late.in_force_on)


def test_a_file_that_is_in_force_names_no_other(office: Office) -> None:
    assert "" == office.people(person(1)).in_force == office.people(person(1)).in_force


# --- under a mended contract --------------------------------------------------------------------------


def test_a_mended_contract_reads_the_same_file_anew(office: Office) -> None:
    first = deliver(office, YOUNGER, person(1), person(2, born="19600101"))
    again = deliver(office, PEOPLE, person(1), person(2, born="19600101"))
    assert (1, 2, False, again.batch_id) == (
        first.accepted,
        again.accepted,
        again.already,
        in_force(office),
    )


@pytest.mark.parametrize(
    "words", [("A person", "People"), ("max_age_days = 60", "max_age_days = 61"), ("# note\n", "")]
)
def test_what_decides_no_row_is_no_reason_to_read_a_file_again(
    office: Office, words: tuple[str, str]
) -> None:
    now, then = words
    deliver(office, PEOPLE.replace(then, now, 1), person(1))
    assert deliver(office, PEOPLE, person(1)).already


def test_read_anew_a_file_is_as_fresh_as_it_was_confirmed_to_be(office: Office) -> None:
    office.people(person(1), extracted_on=YESTERDAY)
    office.people(person(1), extracted_on=TODAY)
    contract, file = office.contract(YOUNGER), office.file([PEOPLE_HEADER, person(1)])
    again = office.take_in(contract, file, extracted_on=YESTERDAY)
    assert (TODAY, again.batch_id) == (again.extracted_on, in_force(office))


def test_rows_that_were_waived_are_waived_again_by_the_same_person(office: Office) -> None:
    first = deliver(office, PEOPLE, person(1), person(4), person(2, born="x"), person(3, born="y"))
    waive(
        office.workspace, office.engine, first.batch_id,
        lines=[4], reason="a test row", operator="kim", now=NOW,
    )  # fmt: skip
    again = deliver(office, YOUNGER, person(1), person(4), person(2, born="x"), person(3, born="y"))
    with reading(office.engine) as connection:
        kept = connection.execute(select(settled_row).where(settled_row.c.batch_id == again.batch_id)).one()
    delivery = current(office.workspace, office.engine)["residents"]
    assert (4, "waived", "kim", "a test row", 1, 2) == (
        kept.line,
        kept.how,
        kept.by,
        kept.reason,
        delivery.waived,
        delivery.quarantined,
    )


def test_rows_that_were_mended_are_told_as_lost(office: Office) -> None:
    first = deliver(office, PEOPLE, person(1), person(2, born="x"))
    (row,) = office.sheet(first.batch_id)
    office.retry(office.contract(PEOPLE), first.batch_id, office.saved([{**row, "생년월일": "19900101"}]))
    again = deliver(office, YOUNGER, person(1), person(2, born="x"))
    assert (Again(first.batch_id, waived=0, mended=1), 1) == (again.again, again.quarantined)


def test_a_delivery_names_the_contract_it_was_held_against(office: Office) -> None:
    first, again = deliver(office, PEOPLE, person(1)), deliver(office, YOUNGER, person(1))
    delivery = current(office.workspace, office.engine)["residents"]
    assert (again.contract_sha256, True) == (
        delivery.contract_sha256,
        first.contract_sha256 != again.contract_sha256,
    )


def test_a_waiver_is_not_carried_over_to_the_same_line_of_another_sheet(office: Office) -> None:
    table = [PEOPLE_HEADER.split(","), person(1).split(","), person(2, born="x").split(",")]
    other = [PEOPLE_HEADER.split(","), person(1).split(","), person(3, born="y").split(",")]
    path = office.folder / "people.xlsx"
    with xlsxwriter.Workbook(path) as book:
        for name, rows in {"one": table, "two": other}.items():
            sheet = book.add_worksheet(name)
            for at, row in enumerate(rows):
                for column, cell in enumerate(row):
                    sheet.write_string(at, column, cell)
    texts = [f'{PEOPLE}\n[file]\nsheet = "{name}"\n' for name in ("one", "two")]
    first = office.take_in(office.contract(texts[0]), path)
    waive(
        office.workspace, office.engine, first.batch_id,
        lines=[3], reason="a test row", operator="kim", now=NOW,
    )  # fmt: skip
    again = office.take_in(office.contract(texts[1]), path)
    chain = office.chain(again.batch_id)
    assert (Again(first.batch_id, waived=0, mended=0), 1, 0) == (again.again, chain.open, chain.waived)
