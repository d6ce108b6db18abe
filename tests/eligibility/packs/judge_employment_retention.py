"""A second reading of the subsidy for keeping staff in plain Python, employee by employee.

고용보험법 §21, §107 and 시행령 §19–§21; it shares no line with the pack it judges. What each employee brings
is reckoned by itself here, so that it shows what the pack's lower bound must never exceed.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

DAILY_CAP = 66_000
DAYS_A_YEAR = 180


@dataclass(frozen=True)
class Employee:
    """One employee's month."""

    insured_days: int
    hours_agreed: int
    hours_worked: int
    days_cut: int
    compensation: int


@dataclass(frozen=True)
class Report:
    """One employer's report for a month; `dismissals` are the days on which somebody was dismissed."""

    month: date
    filed_on: date
    cause: str
    large: bool
    days_used: int
    staff: tuple[Employee, ...]
    dismissals: tuple[date, ...] = ()
    claimed_on: date | None = None

    @property
    def counted(self) -> list[Employee]:
        """Those who were insured for ninety days."""
        return [one for one in self.staff if one.insured_days >= 90]


def status(report: Report, on: date) -> str:
    """ "yes", "no", or "open" while somebody may still be dismissed."""
    guarded_until = _first_of_next(_first_of_next(report.month))
    if not all(_doors(report, on)) or any(report.month <= day < guarded_until for day in _seen(report, on)):
        return "no"
    return "yes" if on >= guarded_until else "open"


def _seen(report: Report, on: date) -> list[date]:
    return [day for day in report.dismissals if day <= on]


def _doors(report: Report, on: date) -> list[bool]:
    agreed = sum(one.hours_agreed for one in report.counted)
    grace = timedelta(days={"economic": -1, "other": 3, "disaster": 30}[report.cause])
    return [
        report.filed_on <= report.month + grace,
        agreed > 0 and _lost(report) >= Fraction(agreed, 5),
        sum(one.compensation for one in report.counted) > 0,
        report.days_used < DAYS_A_YEAR,
        report.claimed_on is None or report.claimed_on > on,
        on < date(_first_of_next(report.month).year + 3, _first_of_next(report.month).month, 1),
    ]


def _lost(report: Report) -> int:
    return sum(one.hours_agreed - one.hours_worked for one in report.counted)


def exact(report: Report) -> Fraction:
    """The subsidy with each employee held to the daily limit, exact to the fraction of a won."""
    agreed = sum(one.hours_agreed for one in report.counted)
    deep = 2 * _lost(report) >= agreed
    portion = Fraction(2, 3) if deep or not report.large else Fraction(1, 2)
    days = monthrange(report.month.year, report.month.month)[1]
    supported = Fraction(min(days, DAYS_A_YEAR - report.days_used), days)
    each = [min(portion * one.compensation, Fraction(DAILY_CAP * one.days_cut)) for one in report.counted]
    return supported * sum(each, Fraction(0))


def touched(report: Report) -> bool:
    """The daily limit takes something from somebody."""
    agreed = sum(one.hours_agreed for one in report.counted)
    deep = 2 * _lost(report) >= agreed
    portion = Fraction(2, 3) if deep or not report.large else Fraction(1, 2)
    return any(portion * one.compensation > DAILY_CAP * one.days_cut for one in report.counted)


def _first_of_next(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
