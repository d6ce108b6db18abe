"""A plan is not made from a scan that is held, and says who stands by one that was."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from data.digests import document_sha256
from data.errors import Refused
from tests.outreach.town import REFUND, Town


@pytest.fixture
def held_run(town: Town) -> str:
    """The town's scan, in which ten thousand are missing that a comparison before it had found."""
    folder = town.workspace.findings / "before"
    folder.mkdir()
    entry = {"entitled": 10_000, "amount": 10**9}
    manifest = {"programmes": {REFUND: entry}, "inputs": []}
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    scanned = f"'before', '2026-09-01', '{document_sha256(manifest)}', 0, 0"
    town.execute(
        f"INSERT INTO scan_run (run_id, as_of, manifest_sha256, number, scanned_at) VALUES ({scanned})"
    )
    columns = "(number, run_id, as_of, compared_at, snapshot, counts)"
    town.execute(f"INSERT INTO comparison {columns} VALUES (0, 'before', '2026-09-01', 0, '', '{{}}')")
    with pytest.raises(Refused, match="is held: kr/vehicle_tax_refund went from 10,000 entitled") as error:
        town.run("scan", "--as-of", "2026-09-08")
    return Path(str(error.value.where)).name


def test_a_scan_that_is_held_is_not_planned(town: Town, held_run: str) -> None:
    with pytest.raises(Refused, match="is held"):
        town.plan()


def test_plan_and_report_say_who_stands_by_a_held_scan(town: Town, held_run: str) -> None:
    accepted = ("--as", "approver", "--reason", "a backlog was cleared")
    town.run("findings", "accept", held_run, "--programme", REFUND, *accepted)
    town.plan()
    document = json.loads((town.plan_folder / "plan.json").read_text("utf-8"))
    page = (town.plan_folder / "plan.html").read_text("utf-8")
    assert ("approver", 10_000) == (
        document["held"][0]["accepted_by"],
        document["held"][0]["entitled_before"],
    )
    assert ("a backlog was cleared" in page, "10,000" in page) == (True, True)
