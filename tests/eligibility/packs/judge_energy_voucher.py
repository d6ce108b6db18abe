"""A second reading of the energy voucher in plain Python, member by member; it shares no line with the pack.

에너지법 §16의3, 시행령 §13의2 and the notices of 2025, which add housing and education aid and other homes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

SUMMER = (40_700, 58_800, 75_800, 102_000)
WINTER = (254_500, 348_700, 456_900, 599_300)


@dataclass(frozen=True)
class Member:
    """One person who lives in the household, with what the registers say of that person today."""

    birth: date
    disabled: bool = False
    due_on: date | None = None
    benefits: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Answer:
    """ "yes", "no" or "open", with what a yes comes to, and the year of the voucher."""

    word: str
    summer: int
    winter: int
    year: int


def voucher(members: list[Member], on: date, *, in_need: bool | None) -> Answer:
    """What a household gets of the voucher of the year that `on` belongs to; `in_need` is for notices."""
    year = on.year if (on.month, on.day) > (5, 25) else on.year - 1
    place = min(len(members), 4) - 1
    held = frozenset().union(*(one.benefits for one in members))
    word = "no" if _barred(held, on, year) else _named(members, on, year, in_need)
    return Answer(word, SUMMER[place], WINTER[place], year)


def _barred(held: frozenset[str], on: date, year: int) -> bool:
    """No basic aid, another aid for fuel, the voucher already, or too late."""
    poor = held & {"livelihood", "medical", "housing", "education"}
    return not poor or bool(held & {"fuel_aid", "energy_voucher"}) or on > date(year, 12, 31)


def _named(members: list[Member], on: date, year: int, in_need: bool | None) -> str:
    """Somebody whom the decree names, or a household that a notice names."""
    if in_need or any(_frail(one, on, year) for one in members):
        return "yes"
    return "open" if in_need is None else "no"


def _frail(member: Member, on: date, year: int) -> bool:
    """65 or more by the end of the year, born in the year of one's seventh birthday or later, or marked."""
    by_age = member.birth <= date(year - 65, 12, 31) or member.birth >= date(year - 7, 1, 1)
    return by_age or member.disabled or (member.due_on is not None and on < _six_months_on(member.due_on))


def _six_months_on(day: date) -> date:
    """The same day half a year later; the month's last day where it has no such day."""
    month = day.month + 6
    year, month = (day.year, month) if month <= 12 else (day.year + 1, month - 12)
    for number in range(day.day, 27, -1):
        try:
            return date(year, month, number)
        except ValueError:
            continue
    return date(year, month, day.day)
