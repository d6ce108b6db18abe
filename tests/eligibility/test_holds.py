"""A scan that finds much more or less than the last one compared waits until a person stands by it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError

from data.commandline import CommandContext
from data.errors import BadSettings, OperatorError, Refused
from data.store.engine import reading, writing
from data.store.tables import audit_entry, operator_key, scan_acceptance
from eligibility.commands import diff, findings
from eligibility.holds import FEWEST, Jump, accept, held, jumps
from eligibility.runs import MANIFEST, Run
from tests.eligibility.made_runs import OTHER, PACKS, PROGRAMME, Desk, finding, make_desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = make_desk(tmp_path, max_jump="0.25")
    with writing(made.engine) as connection:
        for name, revoked in (("kim", None), ("gone", 1)):
            key = {"name": name, "public_key": "", "account": "kim", "created_at": 0, "revoked_at": revoked}
            connection.execute(insert(operator_key), key)
    yield made
    made.engine.dispose()


def of(count: int, amount: int = 1000, programme: str = PROGRAMME) -> list[dict[str, Any]]:
    return [finding(f"{programme} {one}", amount, programme=programme) for one in range(count)]


def jumped(desk: Desk, run: Run) -> list[Jump]:
    with reading(desk.engine) as connection:
        return jumps(desk.workspace, connection, run)


def stand_by(desk: Desk, run: Run, operator: str = "kim", reason: str = "a new law") -> None:
    with writing(desk.engine) as connection:
        accept(
            desk.workspace, connection, run,
            programme=PROGRAMME, operator=operator, account="clerk", reason=reason, now=desk.now,
        )  # fmt: skip


def test_the_first_scan_ever_is_not_held(desk: Desk) -> None:
    assert [] == jumped(desk, desk.run(*of(1000)))


@pytest.mark.parametrize(
    ("before", "now", "is_held"),
    [
        (of(100), of(125), False),  # by a quarter, and no more
        (of(100), of(126), True),
        (of(100), of(75), False),
        (of(100), of(74), True),
        (of(100), [], True),
        (of(0), of(FEWEST), True),
        (of(0), of(FEWEST - 1), False),  # so few come and go
        (of(FEWEST - 1), of(1), False),
        (of(FEWEST - 1), [], True),  # but never all of them
        (of(1), [], True),
        (of(2, 1000), of(2, 0), True),
        ([], [], False),
        (of(100, 1000), of(100, 1250), False),
        (of(100, 1000), of(100, 1251), True),
        (of(100, 1000), of(100, 749), True),
        (of(100), [*of(100), *of(500, programme=OTHER)], True),
    ],
)
def test_a_jump_is_more_than_the_limit_in_count_or_in_sum(
    desk: Desk, before: list[dict[str, Any]], now: list[dict[str, Any]], is_held: bool
) -> None:
    desk.diff(*before)
    assert is_held == bool(jumped(desk, desk.run(*now)))


def test_a_jump_says_from_where_to_where(desk: Desk) -> None:
    desk.diff(*of(100))
    expected = Jump(PROGRAMME, "run-1", 100, 40, 100_000, 40_000)
    assert [expected] == jumped(desk, desk.run(*of(40)))


def test_a_programme_is_held_against_the_last_comparison_that_ran_it(desk: Desk) -> None:
    desk.diff(*of(100), programmes=[PROGRAMME])
    desk.diff(*of(30, programme=OTHER), programmes=[OTHER])
    assert ["run-1"] == [one.against for one in jumped(desk, desk.run(*of(40), programmes=[PROGRAMME]))]


def test_a_programme_is_held_however_many_comparisons_of_others_came_after_its_own(desk: Desk) -> None:
    desk.diff(*of(100), programmes=[PROGRAMME])
    for _ in range(21):
        desk.diff(programmes=[OTHER])
    assert ["run-1"] == [one.against for one in jumped(desk, desk.run())]


def test_no_manifest_is_opened_once_nothing_waits_to_be_held_against_one(desk: Desk) -> None:
    desk.diff(*of(100))
    desk.diff(*of(100))
    (desk.workspace.findings / "run-1" / MANIFEST).write_text("{}", "utf-8")
    assert [] == jumped(desk, desk.run(*of(100)))


def test_a_run_that_was_compared_is_held_against_the_one_before_it(desk: Desk) -> None:
    desk.diff(*of(100))
    run = desk.run(*of(110))
    desk.compare(run)
    assert [] == jumped(desk, run)


def test_an_older_run_is_held_against_what_is_known_now(desk: Desk) -> None:
    old = desk.run(*of(100))
    desk.compare(old)
    desk.diff(*of(80))
    desk.diff(*of(60))
    assert ["run-3"] == [one.against for one in jumped(desk, old)]


def test_the_limit_can_be_set(desk: Desk) -> None:
    desk.diff(*of(100))
    settings = desk.workspace.settings_file
    settings.write_text(settings.read_text("utf-8").replace("max_jump = 0.25", "max_jump = 0.7"), "utf-8")
    assert [] == jumped(desk, desk.run(*of(40)))


def test_a_limit_that_is_no_share_is_refused(desk: Desk) -> None:
    settings = desk.workspace.settings_file
    settings.write_text(settings.read_text("utf-8").replace("max_jump = 0.25", "max_jump = -1"), "utf-8")
    with pytest.raises(BadSettings, match="max_jump is not a number above 0"):
        jumped(desk, desk.run(*of(40)))


def test_a_held_scan_is_not_compared_until_somebody_stands_by_it(desk: Desk) -> None:
    desk.diff(*of(100))
    run = desk.run(*of(40))
    with pytest.raises(Refused, match="is held: kr/vehicle_tax_refund went from 100 entitled to 40") as error:
        desk.compare(run)
    stand_by(desk, run)
    assert ({"ended": 60, "unchanged": 40}, True) == (
        desk.compare(run),
        f"owed findings accept {run.run_id} --programme {PROGRAMME}" in str(error.value.mend),
    )


def test_who_stands_by_it_is_recorded_for_good(desk: Desk) -> None:
    desk.diff(*of(100))
    run = desk.run(*of(40))
    stand_by(desk, run, reason=" the car\nregister was cleaned ")
    with reading(desk.engine) as connection:
        row = connection.execute(select(scan_acceptance)).one()
        entry = connection.execute(select(audit_entry).where(audit_entry.c.action == "scan_accepted")).one()
    assert ("kim", "clerk", "the car register was cleaned", 100, 40) == (
        row.accepted_by,
        row.account,
        row.reason,
        row.entitled_before,
        row.entitled,
    )
    assert ("kim", run.run_id, 40_000) == (entry.actor, entry.ref, json.loads(entry.detail)["amount"])


@pytest.mark.parametrize(
    "statement", ["UPDATE scan_acceptance SET reason = 'x'", "DELETE FROM scan_acceptance"]
)
def test_what_was_stood_by_cannot_be_taken_back(desk: Desk, statement: str) -> None:
    desk.diff(*of(100))
    stand_by(desk, desk.run(*of(40)))
    with pytest.raises(IntegrityError, match="only added to"), writing(desk.engine) as connection:
        connection.execute(text(statement))


def test_what_was_stood_by_is_held_again_against_another_scan(desk: Desk) -> None:
    desk.diff(*of(100))
    run = desk.run(*of(40))
    stand_by(desk, run)
    desk.diff(*of(99))
    with reading(desk.engine) as connection:
        assert ["run-3"] == [one.against for one in held(desk.workspace, connection, run)]


@pytest.mark.parametrize(
    ("operator", "reason", "error"),
    [
        ("kim", " ", BadSettings),
        ("nobody", "a new law", Refused),
        ("gone", "a new law", Refused),
    ],
)
def test_only_an_operator_with_a_reason_stands_by_a_scan(
    desk: Desk, operator: str, reason: str, error: type[OperatorError]
) -> None:
    desk.diff(*of(100))
    run = desk.run(*of(40))
    with pytest.raises(error):
        stand_by(desk, run, operator, reason)


def test_what_is_not_held_cannot_be_stood_by(desk: Desk) -> None:
    with pytest.raises(Refused, match="is not held for"):
        stand_by(desk, desk.run(*of(40)))


def invoke(desk: Desk, *arguments: str, code: int = 0) -> Result:
    context = CommandContext(desk.workspace.root, {}, lambda: desk.now, PACKS)
    command = {"findings": findings, "diff": diff}[arguments[0]]
    made = CliRunner().invoke(command, list(arguments[1:]), obj=context)
    given = made.exception.exit_code if isinstance(made.exception, OperatorError) else made.exit_code
    assert code == given, (made.output, made.exception)
    return made


def test_an_operator_stands_by_a_held_scan_by_command(desk: Desk) -> None:
    desk.diff(*of(100))
    run = desk.run(*of(40)).run_id
    invoke(desk, "diff", run, code=4)
    asked = ["accept", run, "--programme", PROGRAMME, "--as", "kim", "--reason", "a new law", "--json"]
    accepted = json.loads(invoke(desk, "findings", *asked).stdout)
    invoke(desk, "diff", run)
    assert ("kim", "run-1", 0) == (accepted["accepted_by"], accepted["against"], accepted["still_held"])


@pytest.mark.parametrize(("per", "each"), [("once", ""), ("month", " a month")])
def test_a_jump_is_said_with_the_currency_and_per_what_it_is_paid(desk: Desk, per: str, each: str) -> None:
    desk.diff(*of(100))
    run = desk.run(*of(40))
    run.programmes[PROGRAMME]["per"] = per
    with pytest.raises(Refused, match=f"in sum from KRW 100,000{each} to KRW 40,000{each}"):
        desk.compare(run)
