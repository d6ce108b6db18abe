"""What must hold of every programme: what is not known is never a no, and what may grow never shrinks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from tests.eligibility.packs.verdicts import Verdict, verdicts

Facts = Mapping[str, Any]


def turned_to_no(programme: str, units: Sequence[Facts], as_of: date) -> list[tuple[Facts, str]]:
    """The units, each with a fact, that lose a finding or gain an amount when that fact is taken away."""
    pairs = [(unit, gone) for unit in units for gone in unit if unit[gone] is not None]
    before = verdicts(programme, [unit for unit, _ in pairs], as_of)
    after = verdicts(programme, [{**unit, gone: None} for unit, gone in pairs], as_of)
    return [pair for pair, had, has in zip(pairs, before, after, strict=True) if _lost(had, has)]


def _lost(had: Verdict, has: Verdict) -> bool:
    if had.status == "not_entitled":
        return False
    promised_more = has.status == "entitled" and (has.amount or 0) > (had.amount or 0)
    return has.status == "not_entitled" or promised_more


def shrunk(
    programme: str, units: Sequence[Facts], changes: Sequence[Mapping[str, Any]], as_of: date
) -> list[Facts]:
    """The units that are entitled to less, or no more entitled, after what should have brought them more."""
    before = verdicts(programme, units, as_of)
    more = [{**unit, **change} for unit, change in zip(units, changes, strict=True)]
    after = verdicts(programme, more, as_of)
    return [
        unit
        for unit, had, has in zip(units, before, after, strict=True)
        if had.status == "entitled" and (has.status != "entitled" or (has.amount or 0) < (had.amount or 0))
    ]
