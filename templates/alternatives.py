"""What several findings come to in all, where some can only be had instead of others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Protocol


class Claim(Protocol):
    """One finding. `instead_of` are the programmes that nobody may have together with it."""

    @property
    def programme(self) -> str: ...
    @property
    def amount(self) -> int: ...
    @property
    def instead_of(self) -> Collection[str]: ...


def most_together(claims: Sequence[Claim]) -> int:
    """The most that one person can have of these: of two that exclude each other, the larger."""
    if not claims:
        return 0
    first, rest = claims[0], claims[1:]
    beside = [one for one in rest if not _exclude(first, one)]
    with_it = first.amount + most_together(beside)
    return with_it if len(beside) == len(rest) else max(with_it, most_together(rest))


def sums(claims: Sequence[Claim], per: Mapping[str, str]) -> dict[str, int]:
    """The most that one person can have of these, per what it is paid: a month's and a single sum are no sum.

    `per` says of each programme whether it pays once or a day, week, month or year.
    """
    kinds: dict[str, list[Claim]] = defaultdict(list)
    for one in claims:
        kinds[per[one.programme]].append(one)
    return {kind: most_together(some) for kind, some in kinds.items()}


def _exclude(one: Claim, other: Claim) -> bool:
    """It is enough that one of them says so."""
    return other.programme in one.instead_of or one.programme in other.instead_of
