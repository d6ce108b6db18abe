"""Old scans make room, and nothing that is needed goes: tests of `owed findings prune`."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import insert, select

import cli
from data.clock import micros
from data.errors import Failed, Locked, Refused
from data.store.engine import reading, writing
from data.store.tables import application, audit_entry, invitation, plan
from eligibility import history, prune_command, pruning, scan
from eligibility.runs import MANIFEST, Run, read_manifest
from tests.eligibility.city import FEES, City, cells
from tests.eligibility.made_runs import OTHER, Desk, finding, make_desk

KEEP = 2


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = make_desk(tmp_path)
    yield made
    made.engine.dispose()


def scanned(desk: Desk, *amounts: int, diffed: bool = True) -> list[Run]:
    """A day apart, scans of one finding; each is compared unless told otherwise."""
    runs = []
    for amount in amounts:
        desk.now += timedelta(days=1)
        runs.append(desk.run(finding("a", amount)))
        if diffed:
            desk.compare(runs[-1])
    return runs


def pruned(desk: Desk, *, keep: int = KEEP) -> list[str]:
    """The runs that went."""
    done = pruning.prune(desk.workspace, desk.engine, keep=keep, actor="clerk", now=desk.now)
    return [one.run_id for one in done.old]


def kept(desk: Desk, *, keep: int = KEEP) -> dict[str, str]:
    return dict(pruning.look(desk.workspace, desk.engine, keep=keep, now=desk.now).kept)


def names(run: Run) -> list[str]:
    return sorted(path.name for path in run.folder.iterdir())


def test_of_old_scans_the_manifest_stays(desk: Desk) -> None:
    first, *_ = scanned(desk, 1, 2, 3)
    manifest = read_manifest(first.folder)
    assert ["run-1"] == pruned(desk)
    assert ([MANIFEST, "pruned.json"], manifest) == (names(first), read_manifest(first.folder))


def test_pruning_twice_finds_nothing_more(desk: Desk) -> None:
    scanned(desk, 1, 2, 3)
    pruned(desk)
    assert [] == pruned(desk)


def test_what_is_pruned_is_on_record_before(desk: Desk) -> None:
    scanned(desk, 1, 2, 3)
    pruned(desk)
    with reading(desk.engine) as connection:
        rows = connection.execute(select(audit_entry.c.actor, audit_entry.c.action, audit_entry.c.ref)).all()
    assert ("clerk", "findings pruned", "run-1") == tuple(rows[-1])


def test_the_scan_compared_last_stays_and_those_since(desk: Desk) -> None:
    scanned(desk, 1, 2)
    scanned(desk, 3, 4, 5, diffed=False)
    assert {"run-2": "compared last", "run-3": "not compared yet"}.items() <= kept(desk).items()
    assert ["run-1"] == pruned(desk)


def test_a_scan_that_was_never_compared_goes_once_a_newer_one_was(desk: Desk) -> None:
    scanned(desk, 1, diffed=False)
    scanned(desk, 2, 3, 4)
    assert ["run-1", "run-2"] == pruned(desk)


def add_plan(desk: Desk, run: str, *, state: str = "released", days: int = 10) -> None:
    """A plan of that run under which messages may leave for so many days."""
    until = desk.now + timedelta(days=days)
    document = {
        "run": {"id": run},
        "windows": {"send_before": until.isoformat()},
        "standing": {"until": until.date().isoformat()},
    }
    row: dict[str, Any] = {
        **{"plan_id": f"plan-{run}", "campaign": "summer", "number": 1, "sha256": "", "state": state},
        **{"author": "a", "author_account": "a"},
        **{"created_at": micros(desk.now), "document": json.dumps(document)},
    }
    with writing(desk.engine) as connection:
        connection.execute(insert(plan), row)


def test_a_scan_that_a_plan_in_force_rests_on_stays(desk: Desk) -> None:
    scanned(desk, 1, 2, 3)
    add_plan(desk, "run-1")
    assert ("summer plan 1 rests on it", []) == (kept(desk)["run-1"], pruned(desk))


@pytest.mark.parametrize(("state", "days"), [("void", 10), ("released", -2)])
def test_a_plan_under_which_nothing_leaves_any_more_keeps_no_scan(desk: Desk, state: str, days: int) -> None:
    scanned(desk, 1, 2, 3)
    add_plan(desk, "run-1", state=state, days=days)
    assert ["run-1"] == pruned(desk)


def test_a_scan_that_an_application_rests_on_stays(desk: Desk) -> None:
    scanned(desk, 1, 2, 3)
    add_plan(desk, "run-1", state="void")
    mine: dict[str, Any] = {"invitation_id": "i", "subject_id": "s", "sealed": b""}
    told: dict[str, Any] = {
        "plan_id": "plan-run-1",
        "household_id": "h",
        "wrapped_key": b"",
        "channel": "file",
    }
    told |= {"address_mac": "", "check_mac": "", "created_at": 0}
    with writing(desk.engine) as connection:
        connection.execute(insert(invitation), mine | told)
        row = mine | {"application_id": "a", "reference": "r", "submitted_at": 0}
        connection.execute(insert(application), row)
    assert ("an application rests on it", []) == (kept(desk)["run-1"], pruned(desk))


@pytest.mark.parametrize(("days", "gone"), [(1, []), (8, ["begun"])])
def test_a_scan_without_an_end_goes_when_it_is_old(desk: Desk, days: int, gone: list[str]) -> None:
    scanned(desk, 1)
    folder = desk.workspace.findings / "begun"
    (folder / ".spark.x").mkdir(parents=True)
    for path in (
        folder / ".spark.x",
        folder / "spark.log",
        folder / "0.tally",
        folder / "0.parquet",
        folder / ".1.parquet.77.ab.part",
        folder,
    ):
        path.touch()
        os.utime(path, ((desk.now - timedelta(days=days)).timestamp(),) * 2)
    told = kept(desk).get("begun")
    assert (gone, bool(gone)) == (pruned(desk), not folder.exists())
    assert ("may still run" in (told or "")) != bool(gone)


def test_a_finished_scan_whose_manifest_is_lost_is_left_alone(desk: Desk) -> None:
    first, *_ = scanned(desk, 1, 2, 3)
    (first.folder / MANIFEST).unlink()
    assert ([], True) == (pruned(desk), "backup" in kept(desk)["run-1"])


@pytest.mark.parametrize("work", ["scan", "diff"])
def test_nothing_goes_while_somebody_reads_or_writes_findings(desk: Desk, work: str) -> None:
    scanned(desk, 1, 2, 3)
    with pytest.raises(Locked), desk.workspace.lock(work):
        pruned(desk)
    assert [] != list((desk.workspace.findings / "run-1").glob("*.parquet"))


def test_who_reads_a_pruned_scan_hears_of_prune(desk: Desk) -> None:
    first, *_ = scanned(desk, 1, 2, 3)
    pruned(desk)
    with pytest.raises(Failed, match="removed by `owed findings prune`"):
        first.findings()
    with pytest.raises(Failed, match="removed by `owed findings prune`"):
        history.diff(desk.workspace, desk.engine, first, now=desk.now, anyway=True)


def test_a_pruning_that_was_killed_is_ended_by_the_next(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    first, *_ = scanned(desk, 1, 2, 3)
    unlink, files = Path.unlink, iter(range(99))

    def killed(path: Path, missing_ok: bool = False) -> None:
        if path.parent == first.folder and next(files) == 4:  # the first of the findings is gone
            raise OSError("killed")
        unlink(path, missing_ok=missing_ok)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", killed)
        with pytest.raises(OSError, match="killed"):
            pruned(desk)
    with pytest.raises(Failed, match="removed by `owed findings prune`"):
        first.findings()
    assert (["run-1"], [MANIFEST, "pruned.json"]) == (pruned(desk), names(first))


def test_a_scan_is_still_held_against_one_whose_files_are_gone(desk: Desk) -> None:
    settings = desk.workspace.settings_file
    settings.write_text(settings.read_text("utf-8").replace("max_jump = 1", "max_jump = 0.25"), "utf-8")
    desk.diff(*(finding(str(unit)) for unit in range(40)))
    for _ in range(2):
        desk.diff(programmes=[OTHER])
    assert ["run-1"] == pruned(desk, keep=1)[:1]
    with pytest.raises(Refused, match="is held"):
        desk.diff(finding("a"))


# --- through the command, on scans of real registers ------------------------------------------------


def owed(city: City, *words: str) -> Result:
    return CliRunner().invoke(cli.owed, ["-w", str(city.workspace.root), *words])


def over_and_over(city: City, times: int) -> list[Run]:
    """So many scans, of other fees each; the last one is compared."""
    runs = []
    for number in range(times):
        city.deliver("fees", FEES | {f"G{number}": f"P3,A-3,2026,yearly,{number + 1},"})
        runs.append(city.scan())
    city.diff()
    return runs


@pytest.fixture
def many(delivered: City) -> tuple[City, list[Run]]:
    return delivered, over_and_over(delivered, prune_command.KEEP + 2)


def test_the_command_counts_first_and_removes_when_told(many: tuple[City, list[Run]]) -> None:
    city, (first, *_) = many
    would = json.loads(owed(city, "findings", "prune", "--dry-run", "--json").stdout)
    there = list(first.folder.glob("*.parquet"))
    asked = owed(city, "findings", "prune")
    done = json.loads(owed(city, "findings", "prune", "--yes", "--json").stdout)
    assert (False, True, 2) == (would["removed"], done["removed"], asked.exit_code)
    assert (would["runs"], would["bytes"]) == (done["runs"], done["bytes"])
    assert (True, True, []) == (bool(there), would["bytes"] > 0, list(first.folder.glob("*.parquet")))


def test_fewer_than_a_scan_looks_back_are_never_kept(many: tuple[City, list[Run]]) -> None:
    city, _ = many
    assert (2, scan.RUNS_LOOKED_AT) == (
        owed(city, "findings", "prune", "--keep", "9", "--yes").exit_code,
        prune_command.KEEP,
    )


def test_a_key_is_rotated_past_a_pruned_scan(many: tuple[City, list[Run]]) -> None:
    city, (first, *_, last) = many
    before = cells(last)
    for words in (("findings", "prune", "--yes"), ("keys", "rotate", "findings", "--yes")):
        done = owed(city, *words)
        assert 0 == done.exit_code, done.output
    after = cells(Run.open(city.workspace, last.run_id, engine=city.engine))
    assert ([MANIFEST, "pruned.json"], True) == (names(first), before.equals(after))


def test_a_rerun_of_a_pruned_scan_makes_it_whole(delivered: City) -> None:
    run = delivered.scan()
    before = cells(run)
    delivered.diff(run.as_of + timedelta(days=1))
    pruning.prune(delivered.workspace, delivered.engine, keep=1, actor="clerk", now=delivered.now)
    there = names(run)
    again = delivered.scan()
    assert ([MANIFEST, "pruned.json"], run.run_id, True) == (there, again.run_id, before.equals(cells(again)))
    assert "pruned.json" not in names(again)


def test_files_that_scans_share_take_room_until_the_last_is_gone(desk: Desk) -> None:
    first, second, _ = scanned(desk, 1, 2, 3)
    for path in first.folder.glob("*.parquet"):
        (second.folder / path.name).unlink()
        os.link(path, second.folder / path.name)
    rooms = [pruning.look(desk.workspace, desk.engine, keep=keep, now=desk.now).room for keep in (1, 2)]
    tallies = [sum(path.stat().st_size for path in one.folder.glob("*.tally")) for one in (first, second)]
    files = sum(path.stat().st_size for path in second.folder.glob("*.parquet"))
    assert [sum(tallies) + files, tallies[0]] == rooms
