"""Judges one unit in plain Python, rule by rule: the reference that judges the other engines, and the way
to ask what would follow if a fact were known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from eligibility.compiler import ENTITLED, NOT_ENTITLED, UNKNOWN, Compiled
from eligibility.reckoning import KNOWN, reckon
from eligibility.terms import INT64


@dataclass(frozen=True)
class Answer:
    """What the rules give for the facts of one unit; None is unknown."""

    status: str
    amount: int | None
    at_least: bool
    offset: int | None
    criteria: Mapping[str, bool | None]
    parts: Mapping[str, int | None]
    accrues_from: Any
    claim_from: Any
    claim_by: Any

    @property
    def unknown(self) -> list[str]:
        return [name for name, value in self.criteria.items() if value is None]

    @property
    def unmet(self) -> list[str]:
        return [name for name, value in self.criteria.items() if value is False]


def judge_unit(compiled: Compiled, facts: Mapping[str, Any]) -> Answer:
    """Judge one unit by its facts, each fact of the unit by name."""
    memo: dict[int, Any] = {}
    criteria = {name: reckon(one, facts, memo) for name, one in compiled.conditions.items()}
    parts = {name: reckon(one, facts, memo) for name, one in compiled.parts.items()}
    amount = _amount(compiled, parts)
    arrears = None if compiled.arrears is None else reckon(compiled.arrears, facts, memo)
    days = (compiled.accrues_from, compiled.claim_from, compiled.claim_by)
    accrues_from, claim_from, claim_by = (None if one is None else reckon(one, facts, memo) for one in days)
    return Answer(
        status=_status(compiled, criteria, amount, has_period=_has_period(compiled, facts, memo)),
        amount=amount,
        at_least=any(parts[part.name] is None for part in compiled.programme.parts if part.may_add),
        offset=_offset(compiled, amount, arrears),
        criteria=criteria,
        parts=parts,
        accrues_from=accrues_from,
        claim_from=claim_from,
        claim_by=claim_by,
    )


def settling(compiled: Compiled, facts: Mapping[str, Any]) -> list[str]:
    """The unknown facts of which one alone, whatever it says, would tell whether the unit is entitled."""
    missing = [name for name in compiled.facts if facts[name] is None]
    return [name for name in missing if _settled(compiled, {**facts, name: KNOWN})]


def _settled(compiled: Compiled, facts: Mapping[str, Any]) -> bool:
    memo: dict[int, Any] = {}
    criteria = [reckon(one, facts, memo) for one in compiled.conditions.values()]
    needed = [reckon(compiled.parts[name], facts, memo) for name in compiled.sure_parts]
    is_told = all(one is not None for one in (*criteria, *needed)) and _has_period(compiled, facts, memo)
    return any(one is False for one in criteria) or is_told


def _amount(compiled: Compiled, parts: Mapping[str, int | None]) -> int | None:
    if not parts or any(parts[name] is None for name in compiled.sure_parts):
        return None
    amount = sum(part for part in parts.values() if part is not None)
    return amount if INT64[0] <= amount <= INT64[1] else None


def _offset(compiled: Compiled, amount: int | None, arrears: int | None) -> int | None:
    """Of a programme that asks for no arrears nothing is set off, whatever its amount."""
    if compiled.arrears is None:
        return 0
    return None if amount is None or arrears is None else min(amount, arrears)


def _has_period(compiled: Compiled, facts: Mapping[str, Any], memo: dict[int, Any]) -> bool:
    """Which period it is for is known, or no rule says one."""
    return compiled.period is None or reckon(compiled.period, facts, memo) is not None


def _status(
    compiled: Compiled, criteria: Mapping[str, bool | None], amount: int | None, *, has_period: bool
) -> str:
    if any(value is False for value in criteria.values()):
        return NOT_ENTITLED
    is_known = all(criteria.values()) and (amount is not None or not compiled.parts) and has_period
    return ENTITLED if is_known else UNKNOWN
