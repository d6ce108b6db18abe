"""A register that comes in parts is one register: what tells its rows apart holds across them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from data.batch import Batch
from data.errors import RowsJumped
from data.quarantine import read_quarantine
from data.registers import current, doubts
from tests.data.delivering import PEOPLE, PEOPLE_HEADER, TODAY, Office, person

YESTERDAY = TODAY - timedelta(days=1)
DISTRICTS = 'parts = ["북구", "남구"]\n'
IN_PARTS = PEOPLE.replace("[[column]]", f"{DISTRICTS}\n[[column]]", 1)


def deliver(office: Office, part: str, *rows: str, day: date = TODAY) -> Batch:
    file = office.file([PEOPLE_HEADER, *rows])
    return office.take_in(office.contract(IN_PARTS), file, extracted_on=day, part=part)


def sums(made: Batch) -> tuple[int, int, int, int]:
    return made.rows_in, made.accepted, made.quarantined, made.duplicates


def test_a_row_that_another_part_contradicts_is_quarantined_with_its_place(office: Office) -> None:
    deliver(office, "북구", person(9), person(1))
    made = deliver(office, "남구", person(1, status="deceased"), person(2))
    ((line, reasons),) = read_quarantine(office.workspace, made.batch_id).select("line", "reasons").rows()
    assert (2, ["a row with the same 번호 in the part 북구, line 3, says something else"]) == (
        line,
        [one["en"] for one in reasons],
    )
    assert (2, 1, 1, 0) == sums(made)


def test_whom_another_part_contradicts_is_in_doubt(office: Office) -> None:
    deliver(office, "북구", person(1))
    deliver(office, "남구", person(1, status="deceased"), person(2))
    delivery = current(office.workspace, office.engine)["residents"]
    unsure = doubts(office.workspace, delivery)
    assert unsure is not None
    assert [office.accepted("residents")["resident"][0]] == unsure["resident"].to_list()


def test_a_row_that_another_part_has_too_is_counted_as_a_duplicate(office: Office) -> None:
    deliver(office, "북구", person(1))
    made = deliver(office, "남구", person(1), person(2))
    assert ((2, 1, 0, 1), 2) == (sums(made), office.accepted("residents").height)


def test_rows_that_differ_in_the_vault_alone_contradict_each_other(office: Office) -> None:
    deliver(office, "북구", person(1))
    assert (2, 1, 1, 0) == sums(deliver(office, "남구", person(1, name="임꺽정"), person(2)))


def test_the_same_part_again_is_not_held_against_itself(office: Office) -> None:
    deliver(office, "북구", person(1), day=YESTERDAY)
    assert (1, 1, 0, 0) == sums(deliver(office, "북구", person(1, status="deceased")))


def test_a_part_is_held_against_the_others_while_a_whole_file_is_in_force(office: Office) -> None:
    office.people(person(1), person(2), extracted_on=YESTERDAY)
    deliver(office, "북구", person(1))
    assert (2, 1, 1, 0) == sums(deliver(office, "남구", person(1, status="deceased"), person(2)))


def test_a_row_left_out_for_a_part_that_was_replaced_makes_the_register_incomplete(office: Office) -> None:
    deliver(office, "북구", person(1), person(3), day=YESTERDAY)
    deliver(office, "남구", person(1), person(2), day=YESTERDAY)
    made = deliver(office, "북구", person(3))
    delivery = current(office.workspace, office.engine)["residents"]
    assert (("남구",), ("남구",), False) == (
        made.outdated_parts,
        delivery.outdated_parts,
        delivery.complete,
    )


def test_the_part_that_left_rows_out_is_taken_in_again_with_them(office: Office) -> None:
    deliver(office, "북구", person(1), person(3), day=YESTERDAY)
    deliver(office, "남구", person(1), person(2), day=YESTERDAY)
    deliver(office, "북구", person(3))
    again = deliver(office, "남구", person(1), person(2), day=YESTERDAY)
    delivery = current(office.workspace, office.engine)["residents"]
    assert (False, (), True, 3) == (
        again.already,
        delivery.outdated_parts,
        delivery.complete,
        delivery.rows,
    )


def people(count: int, *, first: int = 0) -> list[str]:
    return [person(who) for who in range(first, first + count)]


def whole(office: Office, *rows: str, day: date = TODAY) -> Batch:
    return office.take_in(office.contract(PEOPLE), office.file([PEOPLE_HEADER, *rows]), extracted_on=day)


def test_a_small_whole_file_does_not_take_the_place_of_all_parts(office: Office) -> None:
    deliver(office, "북구", *people(150), day=YESTERDAY)
    deliver(office, "남구", *people(150, first=150), day=YESTERDAY)
    with pytest.raises(RowsJumped, match="had 300 rows"):
        whole(office, *people(100))
    assert 300 == whole(office, *people(300)).accepted


def test_parts_that_make_less_than_the_whole_do_not_take_its_place(office: Office) -> None:
    whole(office, *people(300), day=YESTERDAY)
    deliver(office, "북구", *people(100))
    with pytest.raises(RowsJumped, match="had 300 rows"):
        deliver(office, "남구", *people(50, first=100))
    assert 200 == deliver(office, "남구", *people(200, first=100)).accepted
