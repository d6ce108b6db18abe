"""When people may be disturbed: mornings after nights, weekends and holidays in Korea."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from outreach.schedule import Schedule

SEOUL = ZoneInfo("Asia/Seoul")
SCHEDULE = Schedule(SEOUL, time(21), time(8), "KR", weekends=False, on_holidays=False)


def seoul(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SEOUL)


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2026-09-08 08:00", "2026-09-08 08:00"),
        ("2026-09-08 07:59", "2026-09-08 08:00"),
        ("2026-09-08 20:59", "2026-09-08 20:59"),
        ("2026-09-08 21:00", "2026-09-09 08:00"),
        ("2026-09-11 21:00", "2026-09-14 08:00"),  # Friday evening
        ("2026-09-12 12:00", "2026-09-14 08:00"),  # Saturday
        ("2026-09-23 21:00", "2026-09-28 08:00"),  # the eve of Chuseok, whose Saturday is a holiday too
        ("2026-12-31 23:59", "2027-01-04 08:00"),  # New Year's Day is a Friday
    ],
)
def test_the_next_moment_in_which_messages_may_leave(now: str, opens: str) -> None:
    assert seoul(opens) == SCHEDULE.next_open(seoul(now))


def test_weekends_and_holidays_may_be_opened() -> None:
    always = Schedule(SEOUL, time(21), time(8), "KR", weekends=True, on_holidays=True)
    assert always.is_open(seoul("2026-09-26 12:00"))


def test_a_days_count_begins_at_the_authoritys_midnight() -> None:
    assert seoul("2026-09-08 00:00") == SCHEDULE.local_midnight(seoul("2026-09-08 23:59"))


def test_the_quiet_days_are_named() -> None:
    days = SCHEDULE.quiet_days(date(2026, 9, 20), date(2026, 10, 4))
    assert (date(2026, 9, 24), date(2026, 9, 25), date(2026, 9, 26), date(2026, 10, 3)) == days
