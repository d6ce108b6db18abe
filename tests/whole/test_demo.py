"""The demo is the chain itself: what it shows is what happened."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from data.errors import BadSettings
from data.keys import KeyUse
from data.store.engine import reading
from data.store.schema import open_store
from data.synth.headers import CONTRACTS
from data.workspace import Workspace
from outreach.plans import find_plan
from outreach.report import report_view
from portal.demo import CAMPAIGN
from portal.stage import MARK, prepare
from tests.whole.conftest import Played


def test_every_person_found_stands_in_exactly_one_line_of_the_report(played: Played) -> None:
    workspace = Workspace(played.demo.workspace)
    with (played.demo.root / "office" / "findings.csv").open(encoding="utf-8-sig", newline="") as file:
        entitled = sum(row["status"] == "entitled" for row in csv.DictReader(file))
    with reading(open_store(workspace)) as connection:
        plan = find_plan(connection, CAMPAIGN)
        view = report_view(connection, plan, lang="ko", now=played.demo.clock())
    assert (entitled, view.found) == (
        sum(one["findings"] for one in plan.document["programmes"]) + _not_told(plan.document["lines"]),
        sum(line.people for line in view.lines),
    )


def _not_told(lines: dict[str, dict[str, int]]) -> int:
    return sum(one["people"] for name, one in lines.items() if name != "to_tell")


def test_one_citizen_went_all_the_way(played: Played) -> None:
    workspace = Workspace(played.demo.workspace)
    with reading(open_store(workspace)) as connection:
        view = report_view(connection, find_plan(connection, CAMPAIGN), lang="en", now=played.demo.clock())
    steps = {one.name: one.people for one in view.steps}
    assert (1, 1, 1) == (steps["passed"], steps["applied"], steps["granted"])


def test_the_report_says_that_counts_are_not_effect(played: Played) -> None:
    page = next(played.demo.workspace.rglob("report.ko.html")).read_text("utf-8")
    assert ("이 숫자는 효과가 아닙니다" in page, "http" in re.sub(r"http://www.w3.org\S*", "", page)) == (
        True,
        False,
    )


def test_every_file_that_was_taken_in_is_accounted_for(played: Played) -> None:
    counts = [
        re.match(r"  ([\d,]+) rows = ([\d,]+) accepted \+ ([\d,]+) .*\+ ([\d,]+) ", line)
        for line in played.said
    ]
    sums = [tuple(int(one.replace(",", "")) for one in match.groups()) for match in counts if match]
    files = len(CONTRACTS) + 1  # and the real tax units
    assert (files, True) == (len(sums), all(first == sum(rest) for first, *rest in sums))


def test_the_audit_record_of_the_run_is_whole(played: Played) -> None:
    from data import audit

    workspace = Workspace(played.demo.workspace)
    with reading(open_store(workspace)) as connection:
        verdict = audit.verify(connection, workspace.key(KeyUse.AUDIT))
    assert (True, True) == (verdict.whole, verdict.entries > 10)


def test_the_demo_leaves_a_folder_with_other_things_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(BadSettings, match="other things"):
        prepare(tmp_path)
    assert "mine" == (tmp_path / "thesis.txt").read_text()


def test_the_demo_takes_the_place_of_an_earlier_one(tmp_path: Path) -> None:
    prepare(tmp_path / "d")
    (tmp_path / "d" / "old.txt").write_text("x")
    prepare(tmp_path / "d")
    assert [MARK] == [path.name for path in (tmp_path / "d").iterdir()]
