"""A second reading of 아동수당법 in plain Python, month by month; it shares no line with the pack it judges.

§4① and 부칙 <제21489호> §2 (who and how much, the years up to 2030), §4⑤ with 시행령 §2① (small
children), §4⑥ with 시행령 §2② (areas), §13 (abroad).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

ALLOWANCE = 100_000
BELOW = {2025: 8, 2026: 9, 2027: 10, 2028: 11, 2029: 12}  # later: 13
AREAS = {"capital": 0, "other": 5_000, "declining": 10_000, "declining_notified": 20_000}


@dataclass(frozen=True)
class Child:
    """One child; None is not known. `abroad_since` is None for who lives here."""

    birth: date
    area: str | None = "capital"
    in_daycare: bool | None = False
    abroad_since: date | None = None


@dataclass(frozen=True)
class Month:
    """What is paid for a month; a part that cannot be told is None, and no allowance is no parts at all."""

    allowance: int
    area: int | None
    parents: int | None

    @property
    def amount(self) -> int:
        """At least this."""
        return self.allowance + (self.area or 0) + (self.parents or 0)


NOTHING = Month(0, 0, 0)


def paid_in(child: Child, on: date) -> Month:
    """The month in which `on` lies, of a child who does not get the allowance yet."""
    if not _of_age(child.birth, on) or _stopped(child.abroad_since, on):
        return NOTHING
    return Month(ALLOWANCE, _for_area(child.area, on), _for_parents(child, on))


def _months(day: date) -> int:
    return day.year * 12 + day.month


def _of_age(birth: date, on: date) -> bool:
    """Up to the month before the one of the birthday that ends it; all of 2017's in 2026 to 2029."""
    if birth > on:
        return False
    if birth.year == 2017 and 2026 <= on.year <= 2029:
        return True
    return _months(on) < _months(birth) + 12 * BELOW.get(on.year, 13)


def _stopped(abroad_since: date | None, on: date) -> bool:
    """From the month after the 90th day abroad."""
    return abroad_since is not None and _months(on) > _months(abroad_since + timedelta(days=90))


def _for_area(area: str | None, on: date) -> int | None:
    if area is None:
        return None
    return AREAS[area] if on.year >= 2026 else 0


def _for_parents(child: Child, on: date) -> int | None:
    """A million in the first twelve months, half of it in the next; vouchers for daycare take some of it."""
    month = _months(on) - _months(child.birth)
    if month >= 24:
        return 0
    if child.in_daycare is not False:
        return None
    return 1_000_000 if month < 12 else 500_000


def last_day_without_a_loss(birth: date, on: date) -> date | None:
    """Within sixty days, the day of birth among them, the sixtieth (§10); afterwards there is none."""
    sixtieth = birth + timedelta(days=59)
    return sixtieth if on <= sixtieth else None
