"""A register that was let pass a gate is named with the reason wherever its findings are looked at."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from data.errors import RowsJumped
from tests.outreach.town import Town

REASON = "the scrapyard lists were left out on purpose"
HEADER = "종료일"  # of a vehicle that its owner still has, it is empty


def fewer_vehicles(town: Town) -> Path:
    """The register of vehicles, a quarter of those that nobody gave up left out."""
    with (town.root / "incoming" / "vehicles.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    left = [row for at, row in enumerate(rows) if row[HEADER] or at % 4]
    path = town.root / "incoming" / "fewer.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(left)
    return path


def test_the_reason_for_which_a_register_passed_a_gate_is_in_manifest_plan_and_report(town: Town) -> None:
    town.clock.forward(minutes=5)
    delivery = ("intake", "kr/vehicles", fewer_vehicles(town), "--extracted-on", "2026-09-08")
    with pytest.raises(RowsJumped, match="which is more than 15% away"):
        town.run(*delivery)
    town.run(*delivery, "--accept", "jump", "--reason", REASON)
    scanned = town.run("scan", "--as-of", "2026-09-08")
    town.run("diff")
    town.plan()
    town.approve()
    manifest = json.loads(Path(scanned["manifest"]).read_text("utf-8"))
    report = town.run("report", "car-tax")
    (plan,) = json.loads((town.plan_folder / "plan.json").read_text("utf-8"))["passed"]
    page = (town.plan_folder / "plan.html").read_text("utf-8")
    written = Path(report["page"]).read_text("utf-8")
    (kept,) = manifest["registers"]["vehicles"]["accepted_exceptions"]
    assert (("jump", REASON), ("jump", REASON), ("vehicles", True, True)) == (
        (kept["gate"], kept["reason"]),
        (plan["gate"], plan["reason"]),
        (plan["register"], REASON in page, REASON in written),
    )


def half_of(town: Town, register: str, *, without: str = "") -> Path:
    """Every other row of a delivery, without a column."""
    with (town.root / "incoming" / f"{register}.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    path = town.root / "incoming" / f"half-{register}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [one for one in rows[0] if one != without], extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows if without else rows[::2])
    return path


def test_a_gate_of_the_register_that_says_where_people_are_told_is_in_plan_and_report(town: Town) -> None:
    town.clock.forward(minutes=5)
    half = half_of(town, "contacts")
    town.run(
        *("intake", "kr/contacts", half, "--extracted-on", "2026-09-08"),
        *("--accept", "jump", "--reason", REASON),
    )
    town.run("scan", "--as-of", "2026-09-08")
    town.run("diff")
    town.plan()
    town.approve()
    (plan,) = json.loads((town.plan_folder / "plan.json").read_text("utf-8"))["passed"]
    page = (town.plan_folder / "plan.html").read_text("utf-8")
    written = Path(town.run("report", "car-tax")["page"]).read_text("utf-8")
    assert (("contacts", "jump", REASON), True, True) == (
        (plan["register"], plan["gate"], plan["reason"]),
        REASON in page,
        REASON in written,
    )


def test_people_whose_register_came_without_their_language_are_told_all_the_same(town: Town) -> None:
    town.clock.forward(minutes=5)
    lacking = half_of(town, "residents", without="안내언어")
    town.run(
        *("intake", "kr/residents", lacking, "--extracted-on", "2026-09-08"),
        *("--accept", "columns", "--reason", REASON),
    )
    scanned = town.run("scan", "--as-of", "2026-09-08")
    town.run("diff")
    manifest = json.loads(Path(scanned["manifest"]).read_text("utf-8"))
    told = town.plan()["lines"]["to_tell"]["people"]
    assert (["language"], True) == (manifest["registers"]["residents"]["lacking"], told > 0)


def test_a_plan_says_when_a_row_that_names_nobody_keeps_all_from_ending(town: Town) -> None:
    with (town.root / "incoming" / "vehicles.csv").open(encoding="utf-8-sig") as file:
        lines = file.read().splitlines()
    path = town.root / "incoming" / "total.csv"
    path.write_text("\n".join([*lines, "합계" + "," * lines[0].count(",")]) + "\n", "utf-8")
    town.clock.forward(minutes=5)
    made = town.run("intake", "kr/vehicles", path, "--extracted-on", "2026-09-08")
    last = len(lines) + 1
    town.run("quarantine", "waive", made["batch"], "--row", last, "--reason", "a sum", "--yes")
    town.run("scan", "--as-of", "2026-09-08")
    told = town.run("diff")
    town.plan()
    document = json.loads((town.plan_folder / "plan.json").read_text("utf-8"))
    page = (town.plan_folder / "plan.html").read_text("utf-8")
    assert ({"vehicles": 1}, {"vehicles": 1}) == (told["nameless"], document["nameless"])
    assert "누구에 관한 것인지 알 수 없는 격리 행" in page or "that name nobody" in page
