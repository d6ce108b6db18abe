"""The subsidy for keeping staff, from registers to findings, against a second reading."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from eligibility.relations import Register
from tests.eligibility.judged import agreed
from tests.eligibility.packs.judge_employment_retention import Employee, Report, exact, status, touched
from tests.eligibility.packs.monotone import shrunk, turned_to_no
from tests.eligibility.packs.verdicts import built_in, verdicts

PROGRAMME = "kr/employment_retention"
JULY, ON = date(2026, 7, 1), date(2026, 9, 14)
SCHEMAS: dict[str, dict[str, Any]] = {
    "measures": {
        "measure": pl.String, "employer": pl.String, "month": pl.Date, "filed_on": pl.Date,
        "cause": pl.String, "days_used": pl.Int64, "claimed_on": pl.Date,
    },
    "employers": {"employer": pl.String, "size_class": pl.String},
    "staff_months": {
        "employer": pl.String, "employee": pl.String, "month": pl.Date, "insured_days": pl.Int64,
        "hours_normal": pl.Int64, "hours_worked": pl.Int64, "days_cut": pl.Int64, "compensation": pl.Int64,
    },
    "departures": {
        "employer": pl.String, "employee": pl.String, "left_on": pl.Date, "reason": pl.String,
    },
}  # fmt: skip
WHOLE: dict[str, Any] = {
    "month": JULY, "filed_on": date(2026, 6, 24), "cause": "economic", "days_used": 0, "was_claimed": False,
    "size_class": "priority", "insured_staff": 10, "hours_agreed": 1740, "hours_worked": 1218,
    "compensation": 6_000_000, "highest_compensation": 900_000, "fewest_days": 20,
    "somebody_dismissed": False, "first_dismissal_on": None,
}  # fmt: skip
STEADY = Employee(insured_days=400, hours_agreed=174, hours_worked=104, days_cut=21, compensation=700_000)


def made_up_reports(count: int) -> list[Report]:
    """Reports around every edge of the decree, the same ones in every run."""
    draw = random.Random(20260506)
    return [_report(draw) for _ in range(count)]


def _report(draw: random.Random) -> Report:
    month = draw.choice((date(2026, 6, 1), JULY, date(2026, 8, 1), date(2025, 2, 1)))
    month = JULY if draw.random() < 0.5 else month
    cut = draw.choice((0.1, 0.2, 0.21, 0.35, 0.5, 0.7))
    return Report(
        month=month,
        filed_on=month + timedelta(days=draw.choice((-20, -7, -1, -1, 0, 3, 4, 30, 31))),
        cause=draw.choice(("economic", "economic", "other", "disaster")),
        large=draw.random() < 0.4,
        days_used=draw.choice((0, 0, 30, 149, 150, 179, 180)),
        staff=tuple(_employee(draw, cut) for _ in range(draw.choice((1, 3, 8)))),
        dismissals=_dismissals(draw, month),
        claimed_on=month + timedelta(days=40) if draw.random() < 0.1 else None,
    )


def _employee(draw: random.Random, cut: float) -> Employee:
    agreed = draw.choice((87, 100, 174))
    worked = round(agreed * (1 - cut))
    return Employee(
        insured_days=draw.choice((400, 400, 400, 90, 89)),
        hours_agreed=agreed,
        hours_worked=worked,
        days_cut=draw.choice((5, 10, 21)),
        compensation=draw.choice((0, *range(200_000, 2_600_000, 300_000))),
    )


def _dismissals(draw: random.Random, month: date) -> tuple[date, ...]:
    days = [
        month + timedelta(days=draw.choice((-1, 0, 30, 61, 62, 80)))
        for _ in range(draw.choice((0, 0, 0, 1, 2)))
    ]
    return tuple(days)


def registers_of(reports: list[Report]) -> dict[str, Register]:
    """The registers that say all that, each report's employer a group."""
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in SCHEMAS}
    for at, one in enumerate(reports):
        of = {"_group": f"e{at}", "employer": f"e{at}"}
        rows["employers"].append(of | {"size_class": "large" if one.large else "priority"})
        rows["measures"].append(
            of | {
                "measure": f"m{at}", "month": one.month, "filed_on": one.filed_on, "days_used": one.days_used,
                "cause": one.cause,
                "claimed_on": one.claimed_on,
            }
        )  # fmt: skip
        rows["staff_months"] += [of | row for row in _staff(one)]
        rows["departures"] += [
            of | {"employee": f"gone-{day}", "left_on": day, "reason": "dismissed"} for day in one.dismissals
        ]
        rows["departures"].append(of | {"employee": "old", "left_on": one.month, "reason": "retired"})
    return {
        name: Register(pl.LazyFrame(rows[name], schema={"_group": pl.String, **schema}), complete=True)
        for name, schema in SCHEMAS.items()
    }


def _staff(report: Report) -> list[dict[str, Any]]:
    """Everybody's month, and a month before it that must not count."""
    rows = [
        {
            "employee": f"p{at}", "month": report.month, "insured_days": one.insured_days,
            "hours_normal": one.hours_agreed, "hours_worked": one.hours_worked, "days_cut": one.days_cut,
            "compensation": one.compensation,
        }
        for at, one in enumerate(report.staff)
    ]  # fmt: skip
    earlier = (report.month - timedelta(days=1)).replace(day=1)
    return rows + [{**row, "month": earlier, "hours_worked": 0, "compensation": 1} for row in rows]


def findings(registers: dict[str, Register], on: date) -> dict[str, dict[str, Any]]:
    """What both engines find, by measure."""
    pack = built_in("kr")
    compiled = pack.compile(pack.programmes[PROGRAMME], on)
    return {one["unit_id"]: one for one in agreed(registers, {PROGRAMME: compiled}, on)}


WORDS = {"entitled": "yes", "unknown": "open"}


@pytest.mark.parametrize("on", [ON, date(2026, 8, 20), date(2026, 9, 30)])
def test_six_hundred_reports_get_from_their_registers_what_the_judge_says(on: date) -> None:
    reports = made_up_reports(600)

    found = findings(registers_of(reports), on)

    words = [WORDS[found[f"m{at}"]["status"]] if f"m{at}" in found else "no" for at in range(len(reports))]
    assert [status(one, on) for one in reports] == words


def test_an_amount_is_exact_or_a_lower_bound_that_says_so() -> None:
    reports = made_up_reports(600)
    found = findings(registers_of(reports), ON)

    due = [(one, found[f"m{at}"]) for at, one in enumerate(reports) if f"m{at}" in found]
    wrong = [
        one
        for one, row in due
        if not (row["amount"] <= exact(one) if row["at_least"] else row["amount"] == int(exact(one)))
        or (touched(one) and not row["at_least"])
    ]
    assert (True, True, []) == (
        any(row["at_least"] for _, row in due),
        any(not row["at_least"] for _, row in due),
        wrong,
    )


def test_staff_insured_for_too_short_a_time_do_not_count() -> None:
    new = replace(STEADY, insured_days=89, hours_worked=174, compensation=0)
    reports = [Report(JULY, date(2026, 6, 1), "economic", False, 0, (STEADY, new))]

    assert 466_666 == findings(registers_of(reports), ON)["m0"]["amount"]


def test_a_row_of_staff_that_cannot_be_read_makes_the_month_unknown() -> None:
    reports = [Report(JULY, date(2026, 6, 1), "economic", False, 0, (STEADY, STEADY))]
    registers = registers_of(reports)
    frame = registers["staff_months"].frame
    assert frame is not None
    unread = frame.with_columns(insured_days=pl.when(pl.col("employee") != "p1").then("insured_days"))

    found = findings(registers | {"staff_months": Register(unread, complete=True)}, ON)

    assert "unknown" == found["m0"]["status"]


def test_without_the_register_of_departures_nobody_is_ruled_out_and_nobody_is_entitled() -> None:
    registers = registers_of([one for one in made_up_reports(200) if status(one, ON) == "yes"])

    found = findings(registers | {"departures": Register(None, complete=False)}, ON)

    assert {"unknown"} == {one["status"] for one in found.values()}


def test_taking_any_fact_away_never_turns_a_finding_into_a_no_nor_promises_more() -> None:
    changes: list[dict[str, Any]] = [
        {}, {"size_class": "large"}, {"size_class": "large", "hours_worked": 800}, {"days_used": 170},
        {"cause": "other", "filed_on": date(2026, 7, 3)},
        {"cause": "disaster", "filed_on": date(2026, 7, 10)},
        {"highest_compensation": 2_640_000},
        {"somebody_dismissed": True, "first_dismissal_on": date(2026, 9, 1)},
    ]  # fmt: skip

    assert [] == turned_to_no(PROGRAMME, [WHOLE | change for change in changes], ON)


@pytest.mark.parametrize(
    "more",
    [{"compensation": 6_300_000}, {"size_class": "priority"}, {"hours_worked": 800}, {"days_used": 0}],
)
def test_more_compensation_a_deeper_cut_and_days_left_never_bring_less(more: dict[str, Any]) -> None:
    units = [
        WHOLE | {"size_class": size, "days_used": used}
        for size in ("priority", "large")
        for used in (0, 160, 179)
    ]

    assert [] == shrunk(PROGRAMME, units, [more] * len(units), ON)


def test_each_month_is_a_period_of_its_own() -> None:
    found = findings(registers_of([Report(JULY, date(2026, 6, 1), "economic", False, 0, (STEADY,))]), ON)

    assert "2026-07-01" == found["m0"]["period"]


def test_before_the_guarded_time_is_over_the_claim_opens_on_its_end() -> None:
    (found,) = verdicts(PROGRAMME, [WHOLE], date(2026, 8, 31))

    assert ("unknown", date(2026, 9, 1)) == (found.status, found.claim_from)


def test_what_the_records_lack_is_named() -> None:
    pack = built_in("kr")

    assert {"staff_consulted", "nobody_hired", "not_three_years_running", "even_days"} == set(
        pack.assumptions(pack.programmes[PROGRAMME])
    )
