"""What came last is what the store counted last, whatever a clock that was put back says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete

from data.errors import Refused
from data.store.engine import reading, writing
from data.store.tables import batch
from eligibility import history, pruning
from eligibility.recorded import as_known, history_of
from eligibility.runs import Run
from eligibility.verdicts import Verdict
from outreach.groundwork import last_compared_run
from tests.eligibility.city import PAID, City
from tests.eligibility.made_runs import PROGRAMME, Desk, digest, finding, make_desk

MORE = PAID | {"1": "P1,0000000000000001,12400,2026-01-10"}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = make_desk(tmp_path)
    made.now += timedelta(hours=12)
    yield made
    made.engine.dispose()


def put_back(desk: Desk, hours: int) -> None:
    desk.now -= timedelta(hours=hours)


def test_a_clock_that_was_put_back_hides_no_newer_scan(delivered: City) -> None:
    delivered.diff()
    at = delivered.now
    delivered.deliver("paid", MORE)
    delivered.now = at - timedelta(hours=2)
    run = delivered.scan()
    assert run.run_id == Run.newest(delivered.workspace, delivered.engine).run_id


@pytest.mark.parametrize("hours", [0, 2])
def test_of_two_scans_the_one_that_ended_last_is_the_newest(desk: Desk, hours: int) -> None:
    for _ in range(10):  # so that the order of their names is another one
        run = desk.run(finding("a"))
        put_back(desk, hours)
    assert run.run_id == Run.newest(desk.workspace, desk.engine).run_id


def test_a_plan_rests_on_the_scan_compared_last_whatever_the_clock_said(desk: Desk) -> None:
    desk.diff(finding("a"))
    put_back(desk, 26)
    desk.diff(finding("a", 1001))
    assert "run-2" == last_compared_run(desk.workspace, desk.engine).run_id


def test_a_scan_names_the_one_compared_before_it_whatever_the_clock_said(delivered: City) -> None:
    delivered.diff()
    at = delivered.now
    delivered.deliver("paid", MORE)
    delivered.now = at - timedelta(hours=2)
    delivered.diff()
    compared = delivered.scan().run_id
    delivered.now = at + timedelta(days=3)
    delivered.deliver("paid", PAID | {"9": "P3,F3,1,2026-01-11"})
    assert compared == delivered.scan().manifest["previous_run"]


def test_the_day_of_the_last_diff_is_that_of_the_last_whatever_the_clock_said(desk: Desk) -> None:
    desk.diff(finding("a"))
    desk.now -= timedelta(days=2)
    run = desk.run(finding("a", 1001))
    history.diff(desk.workspace, desk.engine, run, now=desk.now, anyway=True)
    told = history.diff(desk.workspace, desk.engine, desk.run(finding("a", 1002)), now=desk.now)
    assert 1002 == told.programmes[PROGRAMME]["changed"]["after"]


def test_pruning_keeps_the_scans_that_ended_last_whatever_the_clock_said(desk: Desk) -> None:
    for amount in range(3):
        desk.diff(finding("a", amount + 1))
        put_back(desk, 26)
    found = pruning.look(desk.workspace, desk.engine, keep=1, now=desk.now)
    assert ["run-1", "run-2"] == [one.run_id for one in found.old]


def test_what_was_known_at_a_moment_is_one_thing_though_a_clock_went_back(desk: Desk) -> None:
    desk.diff(finding("a", 1000))
    desk.diff(finding("a", 1001))
    put_back(desk, 25)
    desk.diff(finding("a", 1002))
    with reading(desk.engine) as connection:
        found = history_of(connection, PROGRAMME, digest("a"))
    asked = [one.recorded_at for one in found]
    assert [[1000], [1002], [1002]] == [[one.amount for one in as_known(found, moment)] for moment in asked]


# --- out of turn ------------------------------------------------------------------------------------


def test_a_scan_that_ended_before_the_one_compared_last_is_refused(desk: Desk) -> None:
    old = desk.run(finding("a", 1000))
    desk.diff(finding("a", 1001))
    with pytest.raises(Refused, match="run-1 ended before run-2, which was compared last") as error:
        desk.compare(old)
    assert ([(1, "open", 1001)], True) == (desk.known(), "--anyway" in str(error.value.mend))


def test_a_scan_that_ended_before_is_compared_when_that_is_meant(desk: Desk) -> None:
    old = desk.run(finding("a", 1000))
    desk.diff(finding("a", 1001))
    history.diff(desk.workspace, desk.engine, old, now=desk.now, anyway=True)
    assert [(2, "open", 1000)] == desk.known()


def test_a_scan_that_was_made_again_is_the_newest_and_is_compared(delivered: City) -> None:
    delivered.diff()
    delivered.deliver("paid", MORE)
    delivered.diff()
    with writing(delivered.engine) as connection:
        connection.execute(delete(batch).where(batch.c.extracted_on == delivered.now.date()))
    assert {"changed": 1, "unchanged": 1} == delivered.diff()


@pytest.mark.parametrize(("zone", "is_ahead"), [("America/New_York", True), ("Asia/Seoul", False)])
def test_a_day_lies_ahead_where_the_authority_is(desk: Desk, zone: str, is_ahead: bool) -> None:
    settings = desk.workspace.settings_file
    settings.write_text(settings.read_text("utf-8").replace("Asia/Seoul", zone), "utf-8")
    desk.now = datetime(2026, 9, 2, 1, 0, tzinfo=UTC)  # where the first of September has not ended yet
    run = desk.run(finding("a"))
    if is_ahead:
        with pytest.raises(Refused, match="as of 2026-09-02, which lies ahead"):
            history.diff(desk.workspace, desk.engine, run, now=desk.now)
    else:
        assert 1 == history.diff(desk.workspace, desk.engine, run, now=desk.now).count(Verdict.NEW)
