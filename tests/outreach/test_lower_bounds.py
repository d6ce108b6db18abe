"""Of an amount that was told and is in doubt since, people are told that it is a lower bound."""

from __future__ import annotations

import csv
import json
from datetime import timedelta
from pathlib import Path

from tests.outreach.town import Town

ALLOWANCE = "kr/child_allowance"
REGISTERS = ("residents", "children", "households", "benefits", "contacts")


def _rows(town: Town, register: str) -> list[dict[str, str]]:
    with (town.incoming / f"{register}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _write(town: Town, register: str, rows: list[dict[str, str]]) -> None:
    with (town.incoming / f"{register}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def _leave_one_family(town: Town) -> str:
    """One child of five, outside the capital area, for whom nobody is paid yet, and a guardian who reads sms.

    Returns the number of their household.
    """
    people = {row["주민등록번호"]: row for row in _rows(town, "residents")}
    areas = {row["세대번호"]: row["지역구분"] for row in _rows(town, "households")}
    child = next(
        row
        for row in _rows(town, "children")
        if row["생년월일"].startswith("2021")
        and not row["출국일"]
        and areas[people[row["아동주민등록번호"]]["세대번호"]] == "other"
        and people[row["보호자주민등록번호"]]["보호대상"] == "N"
    )
    guardian = child["보호자주민등록번호"]
    _write(town, "children", [child])
    their = {child["아동주민등록번호"], guardian}
    _write(town, "benefits", [row for row in _rows(town, "benefits") if row["주민등록번호"] not in their])
    contact = {"주민등록번호": guardian, "수단": "sms", "수신동의": "Y", "연락처": "010-0000-4711"}
    _write(town, "contacts", [contact])
    return people[child["아동주민등록번호"]]["세대번호"]


def _set_area(town: Town, household: str, area: str) -> None:
    rows = _rows(town, "households")
    _write(
        town,
        "households",
        [row | ({"지역구분": area} if row["세대번호"] == household else {}) for row in rows],
    )


def _tell(town: Town, number: int) -> list[str]:
    """Plan, approve and send; the sums in the first lines of the messages that left then."""
    before = {path.name for path in _left(town)}
    town.plan()
    town.approve(number=number)
    town.work()
    texts = [json.loads(path.read_text("utf-8"))["text"] for path in _left(town) if path.name not in before]
    return [str(text).splitlines()[0] for text in texts]


def _left(town: Town) -> list[Path]:
    return sorted((town.workspace.root / "outbox").rglob("*.json"))


def test_a_row_that_breaks_after_people_were_told_makes_the_amount_a_lower_bound(tmp_path: Path) -> None:
    town = Town(tmp_path)
    town.begin(residents=2000)
    household = _leave_one_family(town)
    town.compare(REGISTERS)
    town.run("campaign", "new", "car-tax", "--programme", ALLOWANCE)
    town.fill_in(legal_basis="아동수당법 제6조")
    said = _tell(town, 1)
    sums = []
    for number, area in ((2, "바다"), (3, "other")):
        town.clock.now += timedelta(days=1)
        _set_area(town, household, area)
        sums.append(town.compare(["households"])["programmes"][ALLOWANCE]["changed"])
        said += _tell(town, number)
    assert [
        {"count": 1, "before": 105_000, "after": 100_000},
        {"count": 1, "before": 100_000, "after": 105_000},
    ] == sums
    assert [
        "[가온시] 아동수당 한 달에 105,000원, 신청하면 받으실 수 있습니다.",
        "[가온시] 아동수당 한 달에 최소 100,000원, 신청하면 받으실 수 있습니다.",
        "[가온시] 아동수당 한 달에 105,000원, 신청하면 받으실 수 있습니다.",
    ] == said
