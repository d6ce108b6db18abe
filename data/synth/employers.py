"""Workplaces of the made-up city: who works there, who left, and what was done to keep staff in hard months.

Three workplaces for a hundred residents, three in ten residents insured for employment (고용행정통계);
one workplace in forty reports a measure, as in a bad year (고용유지지원금 지급 현황 2020).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from data.synth.draws import NEVER, Random, Whole, Yes, between, day, first_of, happens, months, pick
from data.synth.identifiers import employer_numbers, papers
from data.synth.people import People

INSURED_SHARE = 0.42  # of residents aged 19 to 69
LARGE = 300  # staff; fewer where a large firm has many workplaces
MONTHS = 3  # whole months before the extract that measures are about
FULL_TIME, PART_TIME = 174, 87  # hours a month
CAUSES = ("economic", "other", "disaster")
WORKING_DAYS = 21  # of a month; hours are cut by two a day at least
HOURLY = (10_320, 36_000)  # won; the first is the minimum wage of 2026


@dataclass(frozen=True)
class Workplaces:
    """One row a workplace; `reporting` ones took measures in `MONTHS` months, `cut` of their hours each."""

    number: pl.Series
    large: Yes
    opened_on: Whole
    reporting: Yes
    first_month: Whole
    cut: np.ndarray[tuple[int], np.dtype[np.float64]]
    pays: Yes


@dataclass(frozen=True)
class Staff:
    """One row a person at work: rows of workplaces and people. `left_on` is NEVER for those who stayed."""

    employer: Whole
    person: Whole
    hired_on: Whole
    left_on: Whole
    hours: Whole
    hourly: Whole


def draw_staff(random: Random, people: People, employers: int, as_of: date) -> Staff:
    """Residents of working age at workplaces of very different sizes; one in twenty left this half year."""
    able = people.lives_here & (people.age >= 19) & (people.age < 70)
    person = random.permutation(np.flatnonzero(able & happens(random, INSURED_SHARE, len(able))))
    person = person if employers else person[:0]
    count = len(person)
    hired = day(as_of) - np.ceil(random.exponential(1_500, count)).astype(np.int64)
    hired = np.maximum(hired, people.birth[person] + 6_940)  # a little over nineteen years
    left = day(as_of) - between(random, 1, 180, count)
    leaves = happens(random, 0.05, count) & (left > hired)
    return Staff(
        employer=pick(random, random.pareto(1.3, employers) + 0.2, count),
        person=person,
        hired_on=hired,
        left_on=np.where(leaves, left, NEVER),
        hours=np.where(happens(random, 0.85, count), FULL_TIME, PART_TIME),
        hourly=between(random, *HOURLY, count),
    )


def draw_workplaces(random: Random, staff: Staff, employers: int, *, start: int, as_of: date) -> Workplaces:
    """Larger ones more often report a measure; most cut a fifth of the hours or more, and pay for it."""
    size = np.bincount(staff.employer, minlength=employers)
    chance = np.select([size < 2, size < 5, size < 30], [0.0, 0.02, 0.05], 0.08)
    opened = day(as_of) - between(random, 400, 12_000, employers)
    reporting = happens(random, chance, employers)
    return Workplaces(
        number=employer_numbers(employers, start),
        large=(size >= LARGE) | happens(random, 0.02, employers),
        opened_on=opened,
        reporting=reporting,
        first_month=between(random, 0, MONTHS - 1, employers),
        cut=np.where(happens(random, 0.8, employers), random.uniform(0.2, 0.7, employers), 0.1),
        pays=happens(random, 0.95, employers),
    )


def employers_frame(random: Random, workplaces: Workplaces) -> pl.DataFrame:
    """The register of insured employers."""
    return pl.DataFrame(
        {
            "employer": workplaces.number,
            "size_class": pl.Series(["priority", "large"]).gather(workplaces.large.astype(np.int64)),
            "opened_on": workplaces.opened_on,
            "name": _names(random, len(workplaces.large)),
        }
    )


def _names(random: Random, count: int) -> pl.Series:
    """Names of firms that stand for nobody's: 가온 is the city that does not exist."""
    firms = ("산업", "정밀", "푸드", "물산", "기업", "테크", "상사", "건설", "서비스", "물류")
    number = pl.Series(random.integers(1, 10_000, size=count)).cast(pl.String)
    return "가온" + number + pl.Series(firms).gather(random.integers(len(firms), size=count))


def _months_ago(as_of: date, ago: int) -> int:
    """The first day of the month so many months before the extract's."""
    return int(first_of(months(np.array([day(as_of)])) - ago)[0])


def _reported(workplaces: Workplaces, month: int) -> Yes:
    """Who took a measure in the month numbered from 0, the oldest, to `MONTHS` - 1."""
    return workplaces.reporting & (workplaces.first_month <= month)


def measures_frame(random: Random, workplaces: Workplaces, *, start: int, as_of: date) -> pl.DataFrame:
    """The register of measures, one row a month; one in sixteen was filed too late."""
    parts = []
    for month in range(MONTHS):
        rows = np.flatnonzero(_reported(workplaces, month))
        first = _months_ago(as_of, MONTHS - month)
        late = happens(random, 1 / 16, len(rows))
        filed = np.where(late, between(random, 0, 20, len(rows)), -between(random, 1, 12, len(rows)))
        before = (workplaces.opened_on[rows] % 8) * 20 + 30 * (month - workplaces.first_month[rows])
        parts.append(
            pl.DataFrame(
                {
                    "employer": workplaces.number.gather(rows),
                    "month": np.full(len(rows), first),
                    "filed_on": first + filed,
                    "cause": pl.Series(CAUSES).gather(pick(random, (0.85, 0.1, 0.05), len(rows))),
                    "days_used": np.where(workplaces.opened_on[rows] % 3 == 0, before, 30 * month),
                    "claimed_on": _claimed(random, rows, first=first, as_of=as_of),
                }
            )
        )
    frame = pl.concat(parts)
    return frame.with_columns(measure=papers("M", as_of.year, count=frame.height, start=start))


def _claimed(random: Random, rows: Whole, *, first: int, as_of: date) -> Whole:
    """Two in three have asked for the money of a month, within two months of its end."""
    asked = first + 31 + between(random, 1, 60, len(rows))
    did = happens(random, 2 / 3, len(rows)) & (asked <= day(as_of))
    return np.where(did, asked, NEVER)


def staff_months_frame(
    random: Random, people: People, workplaces: Workplaces, staff: Staff, as_of: date
) -> pl.DataFrame:
    """Hours of everybody at a workplace that took measures, in the months of these and the one before."""
    parts = []
    for month in range(-1, MONTHS):
        first = _months_ago(as_of, MONTHS - month)
        here = (staff.hired_on < first) & ((staff.left_on == NEVER) | (staff.left_on >= first))
        soon = workplaces.reporting & (workplaces.first_month == month + 1)
        at = (_reported(workplaces, month) | soon)[staff.employer]
        rows = np.flatnonzero(here & at)
        of = staff.employer[rows]
        cut = np.where(_reported(workplaces, month)[of], workplaces.cut[of], 0.0)
        cut = np.clip(cut + np.where(cut > 0, random.normal(0, 0.05, len(rows)), 0), 0, 1)
        lost = np.round(staff.hours[rows] * cut).astype(np.int64)
        paid = lost * staff.hourly[rows] * 7 // 100 * 10 * workplaces.pays[of]
        parts.append(
            pl.DataFrame(
                {
                    "employer": workplaces.number.gather(of),
                    "employee": people.number.gather(staff.person[rows]),
                    "month": np.full(len(rows), first),
                    "insured_days": first - staff.hired_on[rows],
                    "hours_normal": staff.hours[rows],
                    "hours_worked": staff.hours[rows] - lost,
                    "days_cut": np.minimum(-(-lost // 2), WORKING_DAYS),
                    "compensation": paid,
                }
            )
        )
    return pl.concat(parts)


def departures_frame(random: Random, people: People, workplaces: Workplaces, staff: Staff) -> pl.DataFrame:
    """The register of staff who left: most resigned, those of sixty and more retired, some were dismissed."""
    rows = np.flatnonzero(staff.left_on != NEVER)
    reason = pick(random, (0.86, 0.14), len(rows))
    retired = people.age[staff.person[rows]] >= 60
    return pl.DataFrame(
        {
            "employer": workplaces.number.gather(staff.employer[rows]),
            "employee": people.number.gather(staff.person[rows]),
            "left_on": staff.left_on[rows],
            "reason": pl.Series(["resigned", "dismissed", "retired"]).gather(np.where(retired, 2, reason)),
        }
    )
