"""Which file stands for a register: the newest extract, its corrections, its parts, and what confirms it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import select

from data.batch import Batch
from data.contracts import load_contracts
from data.errors import BadSettings
from data.quarantine import read_quarantine
from data.registers import LINES_OF_A_PART, coverage, current, deliveries, doubts, scan
from data.store.engine import reading
from data.store.tables import audit_entry, contact_consent
from data.vault import Vault
from tests.data.delivering import (
    CONTACTS,
    CONTACTS_HEADER,
    PEOPLE,
    PEOPLE_HEADER,
    TODAY,
    Office,
    number,
    person,
)

YESTERDAY = TODAY - timedelta(days=1)
BEFORE = TODAY - timedelta(days=2)


def in_force(office: Office, register: str = "residents") -> set[str]:
    delivery = current(office.workspace, office.engine)[register]
    return {chain.batch_id for chain in delivery.chains}


# --- the same bytes again -----------------------------------------------------------------------------


def test_the_same_bytes_of_a_newer_day_confirm_the_register(office: Office) -> None:
    first = office.people(person(1), person(2, born="x"), extracted_on=BEFORE)
    again = office.people(person(1), person(2, born="x"), extracted_on=TODAY)
    delivery = current(office.workspace, office.engine)["residents"]
    assert (first.batch_id, True, True, TODAY) == (
        again.batch_id,
        again.already,
        again.confirmed,
        again.extracted_on,
    )
    assert (TODAY, 1) == (delivery.extracted_on, len(deliveries(office.workspace, office.engine)))
    with reading(office.engine) as connection:
        actions = connection.execute(select(audit_entry.c.action)).scalars().all()
    assert ["intake", "intake_confirmed"] == actions


def test_a_confirmed_register_is_newer_than_what_comes_late(office: Office) -> None:
    first = office.people(person(1), extracted_on=BEFORE)
    office.people(person(1), extracted_on=TODAY)
    office.people(person(2), extracted_on=YESTERDAY)
    assert {first.batch_id} == in_force(office)


def test_the_same_bytes_of_an_older_day_change_nothing(office: Office) -> None:
    office.people(person(1), extracted_on=TODAY)
    again = office.people(person(1), extracted_on=BEFORE)
    assert (True, False, TODAY) == (
        again.already,
        again.confirmed,
        current(office.workspace, office.engine)["residents"].extracted_on,
    )


def test_rows_that_were_mended_stay_mended_when_the_register_is_confirmed(office: Office) -> None:
    made = office.people(person(1), person(2, born="x"), extracted_on=BEFORE)
    (row,) = office.sheet(made.batch_id)
    mended = office.saved([{**row, "생년월일": "19900101"}])
    office.retry(office.contract(PEOPLE), made.batch_id, mended)
    office.people(person(1), person(2, born="x"), extracted_on=TODAY)
    delivery = current(office.workspace, office.engine)["residents"]
    assert (2, 0) == (delivery.rows, delivery.quarantined)


def test_bytes_that_come_back_after_others_stand_for_the_register_again(office: Office) -> None:
    office.contacts(f"{number(1)},sms,Y,010-0000-0001", extracted_on=BEFORE)
    office.contacts(f"{number(1)},sms,N,010-0000-0009", extracted_on=YESTERDAY)
    again = office.contacts(f"{number(1)},sms,Y,010-0000-0001", extracted_on=TODAY)
    assert (False, {again.batch_id}) == (again.already, in_force(office, "contacts"))
    assert [("+821000000001", True)] == contacts(office, 1)


def contacts(office: Office, *who: int) -> list[tuple[str, bool]]:
    """The address in the vault and the consent in the store, of each person that has both."""
    with Vault.open(office.workspace) as vault:
        ids = [one for one in vault.ids("person", [number(one) for one in who]) if one]
        rows = vault.rows("person", "contacts", ids)
    with reading(office.engine) as connection:
        agreed = {row.subject_id: row.allowed for row in connection.execute(select(contact_consent))}
    return [(rows[one, "sms"]["address"], agreed[one]) for one in ids if (one, "sms") in rows]


def test_the_same_bytes_give_the_same_rows(office: Office) -> None:
    rows = [person(who, name=f"{who}번", protected="Y" if who % 3 else "N") for who in range(50)]
    first = frozen(office, office.people(*rows, person(99, born="x"), extracted_on=BEFORE))
    office.people(*rows[:40], extracted_on=YESTERDAY)
    again = frozen(office, office.people(*rows, person(99, born="x"), extracted_on=TODAY))
    assert first == again


def frozen(office: Office, made: Batch) -> tuple[str, bytes, bytes]:
    """The accepted rows and the doubts of what is in force, sorted, as bytes."""
    delivery = current(office.workspace, office.engine)["residents"]
    rows = scan(office.workspace, delivery).collect()
    unsure = doubts(office.workspace, delivery)
    assert unsure is not None and made.batch_id == delivery.batch_id
    return (
        made.sha256,
        rows.sort(rows.columns).write_csv().encode(),
        unsure.sort(unsure.columns).write_csv().encode(),
    )


# --- corrections --------------------------------------------------------------------------------------


def test_a_corrected_delivery_wins_and_the_older_one_is_kept(office: Office) -> None:
    first = office.people(person(1), extracted_on=TODAY)
    second = office.people(person(1), person(2), extracted_on=TODAY)
    every = deliveries(office.workspace, office.engine)
    assert ({second.batch_id}, [second.batch_id, first.batch_id]) == (
        in_force(office),
        [one.batch_id for one in every],
    )
    assert 1 == scan(office.workspace, every[1]).collect().height


# --- parts --------------------------------------------------------------------------------------------

DISTRICTS = 'parts = ["북구", "남구"]\n'
PEOPLE_IN_PARTS = PEOPLE.replace("[[column]]", f"{DISTRICTS}\n[[column]]", 1)
CONTACTS_IN_PARTS = CONTACTS.replace("[[column]]", f"{DISTRICTS}\n[[column]]", 1)


def deliver_part(office: Office, part: str, *rows: str, day: object = TODAY) -> Batch:
    file = office.file([PEOPLE_HEADER, *rows])
    return office.take_in(office.contract(PEOPLE_IN_PARTS), file, extracted_on=day, part=part)  # type: ignore[arg-type]


def test_a_register_with_a_missing_part_is_not_complete(office: Office) -> None:
    deliver_part(office, "북구", person(1))
    seen = coverage(current(office.workspace, office.engine))["residents"]
    assert (False, False, ("남구",), {"북구": TODAY}) == (
        seen.complete,
        seen.whole,
        seen.missing_parts,
        dict(seen.extracted_on),
    )


def test_a_register_is_complete_when_every_part_is_there(office: Office) -> None:
    deliver_part(office, "남구", person(2), person(3, born="x"), day=YESTERDAY)
    deliver_part(office, "북구", person(1))
    delivery = current(office.workspace, office.engine)["residents"]
    seen = coverage({"residents": delivery})["residents"]
    assert (True, False, YESTERDAY, 2, ("북구", "남구")) == (
        seen.complete,
        seen.whole,
        delivery.extracted_on,
        delivery.rows,
        delivery.parts,
    )
    assert [2, LINES_OF_A_PART + 2] == scan(office.workspace, delivery).collect()["_row"].to_list()
    unsure = doubts(office.workspace, delivery)
    assert unsure is not None and [LINES_OF_A_PART + 3] == unsure["_row"].to_list()


def test_a_part_takes_the_place_of_the_same_part_alone(office: Office) -> None:
    deliver_part(office, "북구", person(1), day=YESTERDAY)
    south = deliver_part(office, "남구", person(2), day=YESTERDAY)
    north = deliver_part(office, "북구", person(1), person(4))
    assert {south.batch_id, north.batch_id} == in_force(office)


def test_names_and_consents_of_other_parts_stay_when_one_comes_anew(office: Office) -> None:
    contract = office.contract(CONTACTS_IN_PARTS)
    for part, who, day in (("북구", 1, YESTERDAY), ("남구", 2, YESTERDAY), ("북구", 3, TODAY)):
        file = office.file([CONTACTS_HEADER, f"{number(who)},sms,Y,010-0000-000{who}"])
        office.take_in(contract, file, extracted_on=day, part=part)
    assert [("+821000000002", True), ("+821000000003", True)] == contacts(office, 1, 2, 3)


def test_the_last_delivery_of_the_same_part_is_what_a_jump_is_measured_by(office: Office) -> None:
    deliver_part(office, "북구", *(person(who) for who in range(200)), day=YESTERDAY)
    assert 10 == deliver_part(office, "남구", *(person(who) for who in range(300, 310))).accepted


@pytest.mark.parametrize(
    ("text", "part", "mend"),
    [(PEOPLE_IN_PARTS, "", "북구, 남구"), (PEOPLE_IN_PARTS, "동구", "북구, 남구"), (PEOPLE, "북구", "leave")],
)
def test_a_part_that_the_contract_does_not_know_is_refused(
    office: Office, text: str, part: str, mend: str
) -> None:
    with pytest.raises(BadSettings) as error:
        office.take_in(office.contract(text), office.file([PEOPLE_HEADER, person(1)]), part=part)
    assert mend in str(error.value.mend)


# --- keys across registers ------------------------------------------------------------------------------


def pointing(missing: str) -> str:
    there = 'column = "resident", register = "residents", key = "resident"'
    foreign = f'foreign = [{{ {there}, missing = "{missing}" }}]'
    return CONTACTS.replace("[[column]]", f"{foreign}\n\n[[column]]", 1)


KNOWN, STRANGER = f"{number(1)},sms,Y,010-0000-0001", f"{number(2)},sms,Y,010-0000-0002"


def test_a_row_with_a_key_that_is_not_there_is_quarantined(office: Office) -> None:
    office.people(person(1))
    made = office.take_in(
        office.contract(pointing("quarantine")), office.file([CONTACTS_HEADER, KNOWN, STRANGER])
    )
    assert (1, {"번호: unknown_key": 1}) == (made.accepted, made.reasons)
    unsure = doubts(office.workspace, current(office.workspace, office.engine)["contacts"])
    assert unsure is not None and [3] == unsure.drop_nulls("resident")["_row"].to_list()


def test_a_register_that_lacks_a_key_is_called_as_its_contract_calls_it(
    office: Office, tmp_path: Path
) -> None:
    office.people(person(1))
    packs = tmp_path / "contracts"
    packs.mkdir()
    (packs / "people.toml").write_text(PEOPLE, "utf-8")
    (packs / "contacts.toml").write_text(pointing("quarantine"), "utf-8")
    contract = load_contracts([packs])["xx/contacts"]
    made = office.take_in(contract, office.file([CONTACTS_HEADER, KNOWN, STRANGER]))
    ((reason,),) = read_quarantine(office.workspace, made.batch_id)["reasons"].to_list()
    assert ("번호: ‘사람’ 자료에 없습니다", "번호 is not in the register “People”") == (
        reason["ko"],
        reason["en"],
    )


def test_a_row_that_is_refused_anyway_has_that_reason_too(office: Office) -> None:
    office.people(person(1))
    file = office.file([CONTACTS_HEADER, KNOWN, STRANGER.replace("010-0000-0002", "x")])
    made = office.take_in(office.contract(pointing("quarantine")), file)
    assert {"번호: unknown_key": 1, "연락처: unreadable": 1} == made.reasons


def test_a_key_that_is_not_there_is_noted_where_the_contract_says_so(office: Office) -> None:
    office.people(person(1))
    made = office.take_in(office.contract(pointing("note")), office.file([CONTACTS_HEADER, KNOWN, STRANGER]))
    assert (2, {"번호: not in residents": 1}) == (made.accepted, made.notes)


@pytest.mark.parametrize(("meeting", "told"), [(0, True), (1, False)])
def test_a_register_that_meets_not_one_row_of_another_is_noted(
    office: Office, meeting: int, told: bool
) -> None:
    office.people(person(1))
    rows = [f"{number(who)},sms,Y,010-0000-0001" for who in range(2 - meeting, 24)]
    made = office.take_in(office.contract(pointing("note")), office.file([CONTACTS_HEADER, *rows]))
    assert told is ("not one 번호 meets residents: do both write it alike?" in made.notes)


def test_a_key_is_not_looked_for_in_a_register_that_never_came(office: Office) -> None:
    made = office.take_in(office.contract(pointing("quarantine")), office.file([CONTACTS_HEADER, STRANGER]))
    assert (1, 0) == (made.accepted, made.quarantined)


def test_a_row_whose_key_came_later_is_accepted_when_it_is_tried_again(office: Office) -> None:
    office.people(person(1), extracted_on=YESTERDAY)
    contract = office.contract(pointing("quarantine"))
    made = office.take_in(contract, office.file([CONTACTS_HEADER, KNOWN, STRANGER]))
    office.people(person(1), person(2))
    done = office.retry(contract, made.batch_id, office.saved(office.sheet(made.batch_id)))
    assert (1, 0) == (done.accepted, done.left)
    assert 2 == office.accepted("contacts").select(pl.len()).item()


def test_a_key_that_waits_in_quarantine_is_no_stranger(office: Office) -> None:
    office.people(person(1), person(2, born="x"))
    made = office.take_in(
        office.contract(pointing("quarantine")), office.file([CONTACTS_HEADER, KNOWN, STRANGER])
    )
    assert (2, 0) == (made.accepted, made.quarantined)
