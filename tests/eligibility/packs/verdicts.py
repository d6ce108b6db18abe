"""Runs a built-in pack's own compiled programme over units whose facts a test gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

import eligibility
from eligibility.explanation import Explanation, explanation_of
from eligibility.judging import ALWAYS, CRITERION, PART, judge
from eligibility.pack import Pack, load_pack
from eligibility.sheets import RECIPIENT

PACKS = Path(eligibility.__file__).parent / "packs"


@cache
def built_in(name: str) -> Pack:
    """A pack of this repository, loaded once."""
    return load_pack(name, PACKS / name)


@dataclass(frozen=True)
class Verdict:
    """What the programme says of one unit."""

    status: str
    amount: int | None
    parts: dict[str, int | None]
    criteria: dict[str, bool | None]
    accrues_from: date | None
    claim_from: date | None
    claim_by: date | None
    at_least: bool
    offset: int | None


def verdicts(
    programme_id: str, units: Sequence[Mapping[str, Any]], as_of: date, *, pack: Pack | None = None
) -> list[Verdict]:
    """One verdict per unit, by the built-in pack or another; a fact left out is unknown."""
    pack = pack or built_in(programme_id.split("/")[0])
    programme = pack.programmes[programme_id]
    schema = {fact.name: fact.type.dtype for fact in pack.unit_of(programme).facts}
    rows = [{name: unit.get(name) for name in schema} for unit in units]
    sheet = pl.DataFrame(rows, schema=schema)
    judged = judge(pack.compile(programme, as_of), sheet.lazy()).collect()
    return [_verdict(row) for row in judged.iter_rows(named=True)]


def laid_open(programme_id: str, facts: Mapping[str, Any], as_of: date) -> Explanation:
    """What `owed explain` says of a unit with these facts, by the built-in pack."""
    pack = built_in(programme_id.split("/")[0])
    programme = pack.programmes[programme_id]
    schema = {fact.name: fact.type.dtype for fact in pack.unit_of(programme).facts}
    ids = dict.fromkeys((*ALWAYS, RECIPIENT + programme.recipient), "x")
    sheet = pl.DataFrame(
        [{name: facts.get(name) for name in schema} | ids],
        schema={**schema, **dict.fromkeys(ids, pl.String())},
    )
    compiled = pack.compile(programme, as_of)
    (row,) = judge(compiled, sheet.lazy()).collect().iter_rows(named=True)
    return explanation_of(compiled, row, deliveries={}, assumptions=pack.assumptions(programme))


def _verdict(row: dict[str, Any]) -> Verdict:
    def named(prefix: str) -> dict[str, Any]:
        return {name.removeprefix(prefix): value for name, value in row.items() if name.startswith(prefix)}

    rest = {name: row[name] for name in ("accrues_from", "claim_from", "claim_by", "at_least", "offset")}
    return Verdict(row["status"], row["amount"], named(PART), named(CRITERION), **rest)
