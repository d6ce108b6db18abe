"""The store knows who must not be written to and who agreed to be, as the newest delivery says."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from data.store.engine import reading
from data.store.tables import contact_consent, person_state
from data.vault import Vault
from data.waiver import waive
from tests.data.delivering import (
    CONTACTS,
    CONTACTS_HEADER,
    NOW,
    PEOPLE,
    PEOPLE_HEADER,
    TODAY,
    Office,
    number,
    person,
)

YESTERDAY = TODAY - timedelta(days=1)


def states(office: Office) -> dict[str, tuple[bool, bool]]:
    """Deceased and protected, by resident number."""
    with reading(office.engine) as connection:
        rows = connection.execute(select(person_state)).all()
    with Vault.open(office.workspace) as vault:
        known = vault.natural("person", [row.subject_id for row in rows])
    return {known[row.subject_id]: (row.deceased, row.protected) for row in rows}


def consents(office: Office) -> dict[tuple[str, str], bool]:
    with reading(office.engine) as connection:
        rows = connection.execute(select(contact_consent)).all()
    with Vault.open(office.workspace) as vault:
        known = vault.natural("person", [row.subject_id for row in rows])
    return {(known[row.subject_id], row.channel): row.allowed for row in rows}


def names(office: Office) -> set[str]:
    with Vault.open(office.workspace) as vault:
        ids = [one for one in vault.ids("person", [number(who) for who in range(9)]) if one]
        return {row["name"] for row in vault.rows("person", "residents", ids).values()}


def test_only_people_who_are_not_plainly_reachable_are_kept(office: Office) -> None:
    office.people(person(1), person(2, status="deceased"), person(3, household="H2", protected="Y"))
    assert {number(2): (True, False), number(3): (False, True)} == states(office)


def test_protection_that_is_not_known_is_protection(office: Office) -> None:
    office.people(person(1, protected=""))
    assert {number(1): (False, True)} == states(office)


def test_a_later_row_undoes_a_mark(office: Office) -> None:
    office.people(person(1, status="deceased"), extracted_on=YESTERDAY)
    office.people(person(1))
    assert {} == states(office)


def test_silence_does_not_raise_the_dead(office: Office) -> None:
    office.people(person(1, status="deceased"), person(2), extracted_on=YESTERDAY)
    office.people(person(2))
    assert {number(1): (True, False)} == states(office)


def test_an_older_delivery_that_comes_late_changes_nothing(office: Office) -> None:
    office.people(person(1, protected="Y", name="새이름"))
    office.people(person(1, name="옛이름"), extracted_on=YESTERDAY)
    assert ({number(1): (False, True)}, {"새이름"}) == (states(office), names(office))


def test_names_of_people_who_left_the_register_leave_the_vault(office: Office) -> None:
    office.people(person(1, name="떠난이"), person(2, name="남은이"), extracted_on=YESTERDAY)
    office.people(person(2, name="남은이"))
    assert {"남은이"} == names(office)


def test_consent_is_that_of_the_newest_delivery(office: Office) -> None:
    office.contacts(
        f"{number(1)},sms,Y,010-0000-0001",
        f"{number(2)},sms,Y,010-0000-0002",
        extracted_on=YESTERDAY,
    )
    office.contacts(f"{number(1)},sms,N,010-0000-0001", f"{number(3)},email,Y,a@example.invalid")
    assert {(number(1), "sms"): False, (number(3), "email"): True} == consents(office)


def test_who_lives_with_a_protected_person_is_protected_too(office: Office) -> None:
    office.people(
        person(1, household="H1", protected="Y"), person(2, household="H1"), person(3, household="H2")
    )
    assert {number(1): (False, True), number(2): (False, True)} == states(office)


A, B, C = number(1), number(2), number(3)
MARKED = (False, True)


def delivered_marked(office: Office) -> None:
    """A and B live together, B is protected."""
    office.people(person(1), person(2, protected="Y"), extracted_on=YESTERDAY)
    assert {A: MARKED, B: MARKED} == states(office)


@pytest.mark.parametrize("theirs", [person(2, protected="Y", born="x"), person(2, born="x"), "cut"])
def test_a_row_that_cannot_be_read_takes_protection_from_nobody(office: Office, theirs: str) -> None:
    delivered_marked(office)
    office.people(person(1), theirs, person(3, household="H2"))
    assert {A: MARKED, B: MARKED} == states(office)


def test_a_waived_row_takes_protection_from_nobody(office: Office) -> None:
    delivered_marked(office)
    rows = [person(who, household="H2") for who in (4, 5)]
    made = office.people(person(1), person(2, born="x"), person(3, household="H2", born="x"), *rows)
    mended = office.saved([{**office.sheet(made.batch_id)[1], "생년월일": "19900101"}])
    waive(office.workspace, office.engine, made.batch_id, lines=[3], reason="x", operator="k", now=NOW)
    office.retry(office.contract(PEOPLE), made.batch_id, mended)
    assert {A: MARKED, B: MARKED} == states(office)


def test_protection_goes_once_the_row_has_been_read(office: Office) -> None:
    delivered_marked(office)
    made = office.people(person(1), person(2, born="x"), person(3, household="H2"), "cut")
    sheet = office.sheet(made.batch_id)
    sheet[0]["생년월일"] = "19900101"
    sheet[1] |= {"번호": number(4), "세대": "H9", "생년월일": "19900101", "상태": "alive", "보호": "N"}
    office.retry(office.contract(PEOPLE), made.batch_id, office.saved(sheet[:1]))
    assert {A: MARKED, B: MARKED} == states(office)
    office.retry(office.contract(PEOPLE), made.batch_id, office.saved(sheet[1:]))
    assert {} == states(office)


@pytest.mark.parametrize(
    ("said", "marked"), [("Y", {A: MARKED, B: MARKED}), ("?", {A: MARKED, B: MARKED}), ("N", {})]
)
def test_on_a_first_delivery_a_row_in_quarantine_protects_unless_it_says_no(
    office: Office, said: str, marked: dict[str, tuple[bool, bool]]
) -> None:
    office.people(person(1), person(2, protected=said, born="x"), person(3, household="H2"))
    assert marked == states(office)


def test_a_row_in_quarantine_raises_no_dead_and_an_accepted_one_does(office: Office) -> None:
    office.people(
        person(1, status="deceased"), person(2, status="deceased"), person(3), extracted_on=YESTERDAY
    )
    office.people(person(1), person(2, born="x"), person(3))
    assert {B: (True, False)} == states(office)


def test_a_part_beside_a_mended_whole_file_is_heard(office: Office) -> None:
    made = office.people(person(1), person(2, born="x"), person(3, household="H2"), extracted_on=YESTERDAY)
    (row,) = office.sheet(made.batch_id)
    office.retry(office.contract(PEOPLE), made.batch_id, office.saved([{**row, "생년월일": "19900101"}]))
    parted = PEOPLE.replace("[[column]]", 'parts = ["a", "b"]\n\n[[column]]', 1)
    file = office.file(
        [PEOPLE_HEADER, person(2, protected="Y"), person(3, household="H2", status="deceased")]
    )
    office.take_in(office.contract(parted), file, part="a")
    assert {A: MARKED, B: MARKED, C: (True, False)} == states(office)


PARTED_CONTACTS = CONTACTS.replace("[[column]]", 'parts = ["sms", "email"]\n\n[[column]]', 1)


def contact(who: int, channel: str, *, consent: str = "Y") -> str:
    address = "010-0000-0001" if channel == "sms" else "a@example.invalid"
    return f"{number(who)},{channel},{consent},{address}"


def contacts_of(office: Office, part: str, *rows: str, day: date = TODAY) -> str:
    file = office.file([CONTACTS_HEADER, *rows])
    return office.take_in(office.contract(PARTED_CONTACTS), file, extracted_on=day, part=part).batch_id


def test_mending_one_channel_leaves_the_consent_for_the_other(office: Office) -> None:
    made = office.contacts(contact(1, "sms"), f"{number(1)},email,Y,bad")
    (row,) = office.sheet(made.batch_id)
    mended = office.saved([{**row, "연락처": "a@example.invalid"}])
    office.retry(office.contract(CONTACTS), made.batch_id, mended)
    assert {(number(1), "sms"): True, (number(1), "email"): True} == consents(office)


def test_parts_that_carry_a_channel_each_stand_beside_each_other(office: Office) -> None:
    contacts_of(office, "sms", contact(1, "sms"), day=YESTERDAY)
    contacts_of(office, "email", contact(1, "email"))
    assert {(number(1), "sms"): True, (number(1), "email"): True} == consents(office)


def test_a_row_mended_in_an_older_part_is_kept_beside_the_other_channel(office: Office) -> None:
    older = contacts_of(office, "sms", contact(2, "sms"), f"{number(1)},sms,Y,010", day=YESTERDAY)
    contacts_of(office, "email", contact(1, "email"))
    (row,) = office.sheet(older)
    mended = office.saved([{**row, "연락처": "010-0000-0001"}])
    office.retry(office.contract(PARTED_CONTACTS), older, mended)
    assert {(number(2), "sms"), (number(1), "email"), (number(1), "sms")} == set(consents(office))


def test_a_whole_register_takes_away_the_channel_it_no_longer_has(office: Office) -> None:
    office.contacts(contact(1, "sms"), contact(1, "email"), extracted_on=YESTERDAY)
    office.contacts(contact(1, "email", consent="N"))
    assert {(number(1), "email"): False} == consents(office)
