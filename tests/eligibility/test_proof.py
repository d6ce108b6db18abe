"""What a scan left is believed only as the scan left it: manifests, findings and what they add up to."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text as sql
from sqlalchemy.exc import IntegrityError

from data.digests import canonical_json
from data.errors import BadSettings, Failed
from data.store.engine import reading, writing
from eligibility.commands import diff, findings, scan
from eligibility.holds import jumps
from eligibility.runs import MANIFEST, SUCCESSOR, Run
from tests.eligibility.city import City
from tests.eligibility.made_runs import PROGRAMME, Desk, finding, make_desk
from tests.eligibility.test_commands import document, run

AS_OF = ("--as-of", "2026-09-01")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = make_desk(tmp_path)
    yield made
    made.engine.dispose()


def edit(folder: Path, name: str = MANIFEST, **changes: Any) -> None:
    """Change a manifest, or write another one beside it."""
    manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    (folder / name).write_text(canonical_json(manifest | changes) + "\n", "utf-8")


@pytest.mark.parametrize("text", ["", "{}", '{"run": 1', None])
def test_a_manifest_that_is_not_the_scans_is_refused_with_how_to_mend_it(
    desk: Desk, text: str | None
) -> None:
    made = desk.run(finding("a"))
    path = made.folder / MANIFEST
    path.unlink() if text is None else path.write_text(text, "utf-8")
    with pytest.raises(Failed, match="missing or was changed after the scan") as error:
        Run.open(desk.workspace, made.run_id, engine=desk.engine)
    assert ("owed scan --as-of 2026-09-01" in str(error.value.mend), str(path)) == (True, error.value.where)


def test_a_scan_that_the_store_does_not_know_did_not_end(desk: Desk) -> None:
    made = desk.run(finding("a"))
    made.folder.rename(made.folder.with_name("another"))
    with pytest.raises(BadSettings, match="no finished scan another"):
        Run.open(desk.workspace, "another", engine=desk.engine)


def test_what_a_scan_is_held_against_is_not_to_be_edited(desk: Desk) -> None:
    desk.diff(*(finding(str(unit)) for unit in range(100)))
    entry = {"entitled": 40, "amount": 40_000, "currency": "KRW", "per": "once"}
    edit(desk.workspace.findings / "run-1", programmes={PROGRAMME: entry})
    now = desk.run(*(finding(str(unit)) for unit in range(40)))
    with pytest.raises(Failed, match="manifest of the scan run-1"), reading(desk.engine) as connection:
        jumps(desk.workspace, connection, now)


def test_while_a_key_is_rotated_a_manifest_may_differ_in_its_files_alone(desk: Desk) -> None:
    made = desk.run(finding("a"))
    successors: list[dict[str, Any] | None] = []
    edits: list[dict[str, Any]] = [{"outputs": {"0.parquet": "new"}}, {"programmes": {}}]
    for changes in edits:
        edit(made.folder, SUCCESSOR, **changes)
        successors.append(Run.open(desk.workspace, made.run_id, engine=desk.engine).successor)
    assert [{"0.parquet": "new"}, None] == [one and one["outputs"] for one in successors]


def test_an_edited_manifest_is_mended_by_the_scan_that_the_words_name(delivered: City) -> None:
    told = document(delivered, scan, *AS_OF)
    edit(delivered.workspace.findings / told["run"], programmes={})
    run(delivered, diff, code=1)
    run(delivered, findings, "export", "toy/space_refund", str(delivered.folder / "out.csv"), code=1)
    run(delivered, scan, *AS_OF)
    assert 2 == document(delivered, diff)["new"]


def compare_another(city: City) -> None:
    """What was compared last is another scan by now."""
    city.diff(date(2026, 9, 2))


def add_a_remark(city: City) -> None:
    """The pack is another one by now, its rules are not."""
    with (city.folder / "packs" / "toy" / "stories.toml").open("a", encoding="utf-8") as stories:
        stories.write("# a remark\n")
    city.reload()


@pytest.mark.parametrize("meanwhile", [compare_another, add_a_remark])
def test_a_scan_that_is_repeated_and_fails_at_its_end_leaves_what_the_store_names(
    delivered: City, meanwhile: Callable[[City], None]
) -> None:
    delivered.diff()
    before = delivered.scan()
    meanwhile(delivered)
    broken = "CREATE TRIGGER broken BEFORE UPDATE ON scan_run BEGIN SELECT RAISE(ABORT, 'the disk'); END"
    with writing(delivered.engine) as connection:
        connection.execute(sql(broken))
    with pytest.raises(IntegrityError, match="the disk"):
        delivered.scan()
    with writing(delivered.engine) as connection:
        connection.execute(sql("DROP TRIGGER broken"))
    after = Run.open(delivered.workspace, before.run_id, engine=delivered.engine)
    assert before.manifest == after.manifest
    assert {"unchanged": 2} == delivered.diff(date(2026, 9, 3))
