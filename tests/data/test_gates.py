"""What stops a delivery at the door or before a scan, and how an operator lets it pass by name."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from data.errors import (
    BadSettings,
    ContractBroken,
    OperatorError,
    QuarantineOverLimit,
    RegisterTooOld,
    RowsJumped,
)
from data.gates import Gate
from data.registers import check_fresh, current
from data.store.engine import reading
from data.store.tables import audit_entry
from tests.data.delivering import PEOPLE, PEOPLE_HEADER, TODAY, Office, person

OLD = TODAY - timedelta(days=61)


def contract_with(**keys: str) -> str:
    """The contract of people with more keys before its first column."""
    lines = "".join(f"{name} = {value}\n" for name, value in keys.items())
    return PEOPLE.replace("[[column]]", f"{lines}\n[[column]]", 1)


def deliver(
    office: Office, text: str, rows: Sequence[str], *, day: date = TODAY, accept: Sequence[Gate] = ()
) -> str:
    file = office.file([PEOPLE_HEADER, *rows])
    reason = "the office of the mayor asked for it" if accept else ""
    made = office.take_in(office.contract(text), file, extracted_on=day, accept=accept, reason=reason)
    return made.batch_id


def many(count: int, *, first: int = 0) -> list[str]:
    return [person(who) for who in range(first, first + count)]


@pytest.mark.parametrize(
    ("gate", "error", "code", "text", "before", "rows", "day"),
    [
        (Gate.STALE, RegisterTooOld, 12, PEOPLE, None, many(1), OLD),
        (Gate.QUARANTINE, QuarantineOverLimit, 10, PEOPLE, None, ["x", "y", person(1)], TODAY),
        (Gate.SIZE, RowsJumped, 14, contract_with(expected_rows="{ min = 3 }"), None, many(2), TODAY),
        (Gate.SIZE, RowsJumped, 14, contract_with(expected_rows="{ max = 1 }"), None, many(2), TODAY),
        (Gate.JUMP, RowsJumped, 14, PEOPLE, many(200), many(159), TODAY),
        (Gate.JUMP, RowsJumped, 14, PEOPLE, many(200), many(241), TODAY),
        (Gate.JUMP, RowsJumped, 14, contract_with(max_jump="0.1"), many(200), many(221), TODAY),
        (Gate.JUMP, RowsJumped, 14, PEOPLE, many(1), [], TODAY),
    ],
)
def test_a_gate_stops_a_delivery_until_it_is_accepted_by_name(
    office: Office,
    gate: Gate,
    error: type[OperatorError],
    code: int,
    text: str,
    before: list[str] | None,
    rows: list[str],
    day: date,
) -> None:
    if before is not None:
        deliver(office, text, before, day=TODAY - timedelta(days=1))
    with pytest.raises(error) as stopped:
        deliver(office, text, rows, day=day)
    assert (code, True) == (stopped.value.exit_code, f"--accept {gate}" in str(stopped.value.mend))
    deliver(office, text, rows, day=day, accept=[gate])
    (kept,) = current(office.workspace, office.engine)["residents"].accepted_exceptions
    until = TODAY + timedelta(days=30) if gate is Gate.STALE else None
    assert (gate, "the office of the mayor asked for it", TODAY, until) == (
        kept.gate,
        kept.reason,
        kept.accepted_on,
        kept.until,
    )


@pytest.mark.parametrize("accepted", [Gate.SIZE, Gate.QUARANTINE, Gate.STALE])
def test_another_gate_accepted_lets_nothing_pass(office: Office, accepted: Gate) -> None:
    deliver(office, PEOPLE, many(200), day=TODAY - timedelta(days=1))
    with pytest.raises(RowsJumped, match="200 rows"):
        deliver(office, PEOPLE, many(99), accept=[accepted])


def test_what_was_accepted_for_nothing_is_not_kept(office: Office) -> None:
    deliver(office, PEOPLE, many(2), accept=list(Gate))
    assert () == current(office.workspace, office.engine)["residents"].accepted_exceptions


@pytest.mark.parametrize(("accept", "reason"), [([Gate.JUMP], " \n"), ([], "because")])
def test_a_gate_and_a_reason_go_together(office: Office, accept: list[Gate], reason: str) -> None:
    file = office.file([PEOPLE_HEADER, person(1)])
    with pytest.raises(BadSettings):
        office.take_in(office.contract(PEOPLE), file, accept=accept, reason=reason)


def test_who_let_a_delivery_pass_and_why_is_in_the_record(office: Office) -> None:
    deliver(office, PEOPLE, many(1), day=OLD, accept=[Gate.STALE])
    with reading(office.engine) as connection:
        detail = connection.execute(select(audit_entry.c.detail)).scalar_one()
    assert '"accepted_gates":{"stale":"the office of the mayor asked for it"}' in detail


def test_a_jump_is_measured_by_rows_whatever_became_of_them(office: Office) -> None:
    dirty = [person(who, born="19900101" if who >= 60 else "x") for who in range(200)]
    deliver(office, PEOPLE, dirty, day=TODAY - timedelta(days=1))
    deliver(office, PEOPLE, many(200))
    assert 200 == current(office.workspace, office.engine)["residents"].rows


STRICT = PEOPLE.replace("max_quarantined = 0.5", "max_quarantined = 0.05")


def test_one_dirty_cell_of_a_small_file_does_not_stop_it(office: Office) -> None:
    deliver(office, STRICT, [person(1, born="x"), *many(8, first=2)])
    assert 8 == current(office.workspace, office.engine)["residents"].rows


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        (STRICT, ["x", "y", person(1)]),
        (STRICT, [*["x"] * 6, *many(90)]),
        (PEOPLE.replace("max_quarantined = 0.5", "max_quarantined = 0"), ["x", *many(8)]),
    ],
)
def test_few_dirty_rows_stop_a_file_of_which_they_are_half_or_that_may_have_none(
    office: Office, text: str, rows: list[str]
) -> None:
    with pytest.raises(QuarantineOverLimit):
        deliver(office, text, rows)


WITH_NOTE = PEOPLE + '[[column]]\nname = "note"\nin_file = "비고"\nparser = "text"\n'


def test_a_file_without_a_column_that_may_be_empty_is_taken_in_when_that_is_accepted(office: Office) -> None:
    contract, file = office.contract(WITH_NOTE), office.file([PEOPLE_HEADER, person(1), person(2, born="x")])
    with pytest.raises(ContractBroken, match="비고") as stopped:
        office.take_in(contract, file)
    assert (11, True) == (stopped.value.exit_code, "--accept columns" in str(stopped.value.mend))
    made = office.take_in(contract, file, accept=[Gate.COLUMNS], reason="it comes next month")
    rows = office.accepted("residents")
    assert (("columns",), [None], "String", ("note",)) == (
        made.accepted_gates,
        rows["note"].to_list(),
        str(rows.schema["note"]),
        current(office.workspace, office.engine)["residents"].lacking,
    )
    (row,) = office.sheet(made.batch_id)
    mended = office.saved([{**row, "생년월일": "19900101"}])
    assert (1, [None, None]) == (
        office.retry(contract, made.batch_id, mended).accepted,
        office.accepted("residents")["note"].to_list(),
    )


@pytest.mark.parametrize("lacking", ["번호", "상태", "보호", "성명"])
def test_a_file_without_a_column_that_is_needed_is_never_taken_in(office: Office, lacking: str) -> None:
    headers = [one for one in PEOPLE_HEADER.split(",") if one != lacking]
    file = office.file([",".join(headers), ",".join("1" for _ in headers)])
    with pytest.raises(ContractBroken, match=lacking) as stopped:
        office.take_in(office.contract(PEOPLE), file, accept=[Gate.COLUMNS], reason="x")
    assert "--accept" not in str(stopped.value.mend)


# --- before a scan ----------------------------------------------------------------------------------


def fresh_on(office: Office, day: date) -> None:
    contract = office.contract(PEOPLE)
    check_fresh(current(office.workspace, office.engine), {contract.name: contract}, day)


def test_a_register_is_fresh_to_its_last_day_and_not_the_day_after(office: Office) -> None:
    office.people(person(1), extracted_on=TODAY)
    fresh_on(office, TODAY + timedelta(days=60))
    with pytest.raises(RegisterTooOld, match=r"residents of 2026-07-02 \(60 days allowed\)") as error:
        fresh_on(office, TODAY + timedelta(days=61))
    assert "owed registers accept" in str(error.value.mend)


def test_an_old_register_that_was_accepted_is_scanned_until_that_ends(office: Office) -> None:
    deliver(office, PEOPLE, many(1), day=OLD, accept=[Gate.STALE])
    fresh_on(office, TODAY + timedelta(days=30))
    with pytest.raises(RegisterTooOld):
        fresh_on(office, TODAY + timedelta(days=31))


def test_a_register_without_a_contract_here_is_not_judged(office: Office) -> None:
    office.people(person(1))
    check_fresh(current(office.workspace, office.engine), {}, TODAY + timedelta(days=1000))


def test_a_delivery_in_force_that_has_become_too_old_is_answered_for_by_taking_it_in_again(
    office: Office,
) -> None:
    day, strict = TODAY - timedelta(days=10), PEOPLE.replace("max_age_days = 60", "max_age_days = 5")
    deliver(office, PEOPLE, many(2), day=day)
    with pytest.raises(RegisterTooOld):
        deliver(office, strict, many(2), day=day)
    for _ in range(2):
        deliver(office, strict, many(2), day=day, accept=[Gate.STALE])
    known = current(office.workspace, office.engine)
    check_fresh(known, {"xx/people": office.contract(strict)}, TODAY)
    (kept,) = known["residents"].accepted_exceptions
    with reading(office.engine) as connection:
        actions = list(connection.execute(select(audit_entry.c.action)).scalars())
    assert ("stale", TODAY + timedelta(days=30)) == (kept.gate, kept.until)
    assert ["intake", "register_accept"] == actions
