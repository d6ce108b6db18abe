"""A second reading of who pays less for the telephone, in plain Python; it shares no line with the pack.

전기통신사업법 시행령 §2③: it is told the groups somebody is in, and gives what the best of them takes off.
"""

from __future__ import annotations

from collections.abc import Set
from typing import NamedTuple

AT_MOST = {
    "livelihood": 33_500, "medical": 33_500, "housing": 21_500, "education": 21_500, "basic_pension": 11_000,
}  # fmt: skip


class Reduction(NamedTuple):
    """What is sure at most, in won a month, and whether the bill may make it more."""

    won: int
    may_be_more: bool


def reduction(groups: Set[str]) -> Reduction | None:
    """The best of all groups; None for who is in none."""
    if not groups:
        return None
    return Reduction(max(AT_MOST.get(group, 0) for group in groups), "disabled" in groups)
