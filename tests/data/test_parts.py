"""A register that comes in parts is one register: what tells its rows apart holds across them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from data.batch import Batch
from data.errors import RowsJumped
from data.gates import Gate
from data.quarantine import read_quarantine
from data.registers import current, doubts
from tests.data.delivering import PEOPLE, PEOPLE_HEADER, TODAY, Office, number, person

YESTERDAY = TODAY - timedelta(days=1)
DISTRICTS = 'parts = ["북구", "남구"]\n'
IN_PARTS = PEOPLE.replace("[[column]]", f"{DISTRICTS}\n[[column]]", 1)


WITH_NOTE = (
    IN_PARTS
    + """
[[column]]
name = "note"
in_file = "비고"
parser = "int"
"""
)


def deliver(office: Office, part: str, *rows: str, day: date = TODAY) -> Batch:
    file = office.file([PEOPLE_HEADER, *rows])
    return office.take_in(office.contract(IN_PARTS), file, extracted_on=day, part=part)


def deliver_with_note(office: Office, part: str, *rows: str, lacking: bool = False) -> Batch:
    """Under the contract that has a column more, and from a file that has it unless it is `lacking`."""
    file = office.file([PEOPLE_HEADER if lacking else f"{PEOPLE_HEADER},비고", *rows])
    accept = [Gate.COLUMNS] if lacking else []
    reason = "it comes next month" if lacking else ""
    return office.take_in(office.contract(WITH_NOTE), file, part=part, accept=accept, reason=reason)


def notes(office: Office) -> list[int | None]:
    return office.accepted("residents").sort("_row")["note"].to_list()


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


def test_a_mended_row_left_out_for_a_part_that_was_replaced_makes_the_register_incomplete(
    office: Office,
) -> None:
    deliver(office, "북구", person(1), person(3), day=YESTERDAY)
    made = deliver(office, "남구", person(2), person(1, born="1990"), day=YESTERDAY)
    sheet = [{**row, "생년월일": "19900101"} for row in office.sheet(made.batch_id)]
    done = office.retry(office.contract(IN_PARTS), made.batch_id, office.saved(sheet))
    again = deliver(office, "북구", person(3))
    delivery = current(office.workspace, office.engine)["residents"]
    assert (1, ("남구",), ("남구",), False) == (
        done.duplicates,
        again.outdated_parts,
        delivery.outdated_parts,
        delivery.complete,
    )


def test_a_mended_row_that_its_own_part_has_is_left_out_for_no_other(office: Office) -> None:
    deliver(office, "북구", person(3), day=YESTERDAY)
    made = deliver(office, "남구", person(2), person(1, born="1990"), day=YESTERDAY)
    sheet = [{**row, "번호": number(2), "생년월일": "19900101"} for row in office.sheet(made.batch_id)]
    done = office.retry(office.contract(IN_PARTS), made.batch_id, office.saved(sheet))
    assert (1, (), True) == (
        done.duplicates,
        deliver(office, "북구", person(4)).outdated_parts,
        current(office.workspace, office.engine)["residents"].complete,
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


def test_a_part_that_shrank_is_told_as_a_part(office: Office) -> None:
    deliver(office, "북구", *people(150), day=YESTERDAY)
    with pytest.raises(RowsJumped) as stopped:
        deliver(office, "북구", *people(50))
    assert stopped.value.what.startswith(
        f"The part 북구 of residents had 150 rows on {YESTERDAY}; this file has 50,"
    )
    assert str(stopped.value.mend).startswith("deliver the whole part 북구; --accept jump")


def test_parts_that_make_less_than_the_whole_do_not_take_its_place(office: Office) -> None:
    whole(office, *people(300), day=YESTERDAY)
    deliver(office, "북구", *people(100))
    with pytest.raises(RowsJumped) as stopped:
        deliver(office, "남구", *people(50, first=100))
    assert stopped.value.what.startswith(
        f"The register residents had 300 rows on {YESTERDAY}; all parts, 남구 as in this file, have 150,"
    )
    assert str(stopped.value.mend).startswith("ask whether every part is whole")
    assert 200 == deliver(office, "남구", *people(200, first=100)).accepted


def test_a_contract_that_gained_a_column_takes_in_one_part_after_the_other(office: Office) -> None:
    deliver(office, "북구", person(1))
    deliver(office, "남구", person(2))
    made = deliver_with_note(office, "북구", f"{person(1)},7")
    half = current(office.workspace, office.engine)["residents"]
    assert (("남구",), ("남구",), False, ("note",)) == (
        made.outdated_parts,
        half.outdated_parts,
        half.complete,
        half.lacking,
    )
    assert [7, None] == notes(office)
    deliver_with_note(office, "남구", f"{person(2)},8")
    whole = current(office.workspace, office.engine)["residents"]
    assert ((), True, (), [7, 8]) == (whole.outdated_parts, whole.complete, whole.lacking, notes(office))


def test_a_row_that_a_part_under_the_contract_before_has_too_is_the_same_without_the_new_cell(
    office: Office,
) -> None:
    deliver(office, "북구", person(1), person(3))
    made = deliver_with_note(office, "남구", f"{person(1)},", f"{person(2)},8", f"{person(3)},9")
    assert (3, 1, 1, 1) == sums(made)


def test_a_column_that_one_part_lacks_is_empty_there_and_told(office: Office) -> None:
    deliver_with_note(office, "북구", f"{person(1)},7", f"{person(3)},9")
    made = deliver_with_note(office, "남구", person(1), person(2), lacking=True)
    delivery = current(office.workspace, office.engine)["residents"]
    assert (2, 1, 0, 1) == sums(made)
    assert ([7, 9, None], ("note",), True) == (notes(office), delivery.lacking, delivery.complete)


def test_a_part_that_lacks_a_column_may_come_first(office: Office) -> None:
    deliver_with_note(office, "북구", person(1), lacking=True)
    assert (1, 1, 0, 0) == sums(deliver_with_note(office, "남구", f"{person(2)},8"))
    assert [None, 8] == notes(office)


def test_parts_under_contracts_of_two_names_are_both_as_they_should_be(office: Office) -> None:
    deliver(office, "북구", person(1))
    other = office.contract(IN_PARTS.replace('name = "xx/people"', 'name = "xx/others"', 1))
    made = office.take_in(other, office.file([PEOPLE_HEADER, person(2)]), part="남구")
    assert ((), True) == (
        made.outdated_parts,
        current(office.workspace, office.engine)["residents"].complete,
    )
