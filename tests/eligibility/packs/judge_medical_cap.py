"""A second reading of the yearly cap on medical costs in plain Python; it shares no line with the pack.

국민건강보험법 §44② with 시행령 별표 3: amounts in ten thousand won, for each decile of premiums by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

CAPS = {
    2023: ([87, 108, 108, 162, 162, 303, 303, 414, 497, 780],
           [134, 168, 168, 227, 227, 375, 375, 538, 646, 1014]),
    2024: ([87, 108, 108, 167, 167, 313, 313, 428, 514, 808],
           [138, 174, 174, 235, 235, 388, 388, 557, 669, 1050]),
    2025: ([89, 110, 110, 170, 170, 320, 320, 437, 525, 826],
           [141, 178, 178, 240, 240, 396, 396, 569, 684, 1074]),
    2026: ([90, 112, 112, 173, 173, 326, 326, 446, 536, 843],
           [143, 181, 181, 245, 245, 404, 404, 580, 698, 1096]),
}  # fmt: skip


@dataclass(frozen=True)
class Year:
    """What one person paid of covered costs in a year, and what came back of it."""

    year: int
    decile: int
    long_stay: bool
    paid: int
    back: int = 0


def cap(one: Year) -> int:
    """The year's cap in won."""
    return CAPS[one.year][one.long_stay][one.decile - 1] * 10_000


def due(one: Year) -> int:
    """What is still to be given back, in won."""
    over = one.paid - cap(one)
    return over - one.back if over > one.back else 0


def last_day(settled: date) -> date:
    """민법 §157, §160: three years from the day after, up to the day before the one like it; or to the end of
    February where that year has no 29th."""
    begins = settled + timedelta(days=1)
    try:
        return begins.replace(year=begins.year + 3) - timedelta(days=1)
    except ValueError:
        return begins.replace(year=begins.year + 3, day=28)
