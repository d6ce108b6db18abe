"""When people may be disturbed: quiet hours, weekends and public holidays at the authority."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

LONGEST_CLOSURE = 60
"""Days after which a schedule that never opens is a mistake in the campaign, not a holiday."""


@lru_cache(maxsize=16)
def public_holidays(country: str, year: int) -> frozenset[date]:
    """The public holidays of one year, substitutes included. `country` is an ISO 3166 code such as KR."""
    return frozenset(holidays.country_holidays(country, years=year))


@dataclass(frozen=True)
class Schedule:
    """The hours in which messages may leave. Quiet hours span midnight, such as 21:00 to 08:00."""

    zone: ZoneInfo
    quiet_from: time
    quiet_until: time
    country: str
    weekends: bool
    on_holidays: bool

    def is_open(self, now: datetime) -> bool:
        return self.next_open(now) == now

    def next_open(self, now: datetime) -> datetime:
        """`now` when messages may leave, else the first moment they may again."""
        local = now.astimezone(self.zone)
        if self._disturbs_nobody(local):
            return now
        for ahead in range(LONGEST_CLOSURE):
            day = local.date() + timedelta(days=ahead)
            opening = datetime.combine(day, self.quiet_until, self.zone)
            if opening > local and self._working_day(day):
                return opening.astimezone(UTC)
        raise ValueError("a schedule that never opens")

    def local_midnight(self, now: datetime) -> datetime:
        """When the authority's current day began: daily ceilings count from here."""
        local = now.astimezone(self.zone)
        return datetime.combine(local.date(), time(), self.zone).astimezone(UTC)

    def next_day(self, now: datetime) -> datetime:
        """The first open moment of a later day."""
        tomorrow = now.astimezone(self.zone).date() + timedelta(days=1)
        return self.next_open(datetime.combine(tomorrow, time(), self.zone).astimezone(UTC))

    def quiet_days(self, first: date, last: date) -> tuple[date, ...]:
        """The public holidays on which nothing is sent, from `first` to `last`."""
        if self.on_holidays:
            return ()
        years = range(first.year, last.year + 1)
        found = sorted(day for year in years for day in public_holidays(self.country, year))
        return tuple(day for day in found if first <= day <= last)

    def _disturbs_nobody(self, local: datetime) -> bool:
        return self._working_day(local.date()) and not self._quiet(local.time())

    def _working_day(self, day: date) -> bool:
        if not self.weekends and day.weekday() >= 5:
            return False
        return self.on_holidays or day not in public_holidays(self.country, day.year)

    def _quiet(self, at: time) -> bool:
        return at >= self.quiet_from or at < self.quiet_until
