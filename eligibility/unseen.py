"""What a diff cannot tell the end of: programmes whose registers are not whole, and single entitlements."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
from sqlalchemy import Connection, select

from data.store.tables import entitlement
from eligibility.known import digits_of, number_of
from eligibility.missed import Missed
from eligibility.runs import Run
from eligibility.verdicts import EntitlementState

AT_ONCE = 500
NOBODY: frozenset[str] = frozenset()
_IDS = (entitlement.c.subject_id, entitlement.c.household_id, entitlement.c.unit_id)


@dataclass(frozen=True)
class Unseen:
    """`programmes` in which nothing ends; `missed` has the `id` of whatever else does not, and true."""

    programmes: list[str]
    missed: pl.DataFrame


def unseen_of(
    connection: Connection, run: Run, known: pl.LazyFrame, findings: pl.LazyFrame, missed: Missed | None
) -> Unseen:
    """Of what is known and not found any more, what rows in quarantine may be about, and what may be what was
    found for a period that is unknown now."""
    whole = {name: all_whole(run, name) for name in run.programmes}
    named = [name for name, is_whole in whole.items() if not is_whole and _only_named(run, name, missed)]
    doubtful = [name for name, is_whole in whole.items() if not is_whole and name not in named]
    timeless = {name: units for name, units in _without_period(run, findings).items() if name not in doubtful}
    chosen = sorted({*named, *timeless})
    schema = {"id": pl.UInt128, "missed": pl.Boolean}
    if not chosen:
        return Unseen(doubtful, pl.DataFrame(schema=schema))
    about = {name: _about(run, name, missed) for name in named}
    ids = [
        one
        for one, programme, *theirs in _looked_up(connection, _gone(known, findings, chosen))
        if about.get(programme, NOBODY) & set(theirs) or theirs[-1] in timeless.get(programme, NOBODY)
    ]
    frame = pl.DataFrame({"digits": ids}, schema={"digits": pl.String})
    return Unseen(doubtful, frame.select(id=number_of("digits"), missed=pl.lit(True)))


def _about(run: Run, programme: str, missed: Missed | None) -> frozenset[str]:
    return NOBODY if missed is None else missed.about(run.programmes[programme]["registers"])


def _without_period(run: Run, findings: pl.LazyFrame) -> dict[str, frozenset[str]]:
    """By programme that reckons a period, the units of which it is unknown: any of theirs may still hold."""
    names = [name for name, entry in run.programmes.items() if entry.get("reckons_period")]
    if not names:
        return {}
    blank = findings.filter(pl.col("programme").is_in(names), period="")
    units = blank.select("programme", "unit_id").collect(engine="streaming")
    return {name: frozenset(units.filter(programme=name)["unit_id"]) for name in units["programme"].unique()}


def _gone(known: pl.LazyFrame, findings: pl.LazyFrame, programmes: Sequence[str]) -> list[int]:
    """The ids of what has not ended yet and is not found any more."""
    still = known.filter(
        pl.col("programme").is_in(list(programmes)), pl.col("state") != EntitlementState.ENDED.value
    )
    found = findings.select(id=number_of("entitlement_id"))
    return still.select("id").join(found, on="id", how="anti").collect(engine="streaming")["id"].to_list()


def _looked_up(connection: Connection, ids: Sequence[int]) -> Iterator[tuple[str, str, str, str, str]]:
    """Entitlement, programme, and the three ids it is about, that of the unit last."""
    for at in range(0, len(ids), AT_ONCE):
        some = [digits_of(one) for one in ids[at : at + AT_ONCE]]
        chosen = select(entitlement.c.entitlement_id, entitlement.c.programme, *_IDS)
        for row in connection.execute(chosen.where(entitlement.c.entitlement_id.in_(some))):
            yield row[0], row[1], row[2], row[3], row[4]


def all_whole(run: Run, programme: str) -> bool:
    """Absence means something: every register that the programme reads is there with all of its rows."""
    return all(_is_there(one) and not one["quarantined"] for one in _registers(run, programme))


def _only_named(run: Run, programme: str, missed: Missed | None) -> bool:
    """All that its registers lack are rows in quarantine that say whom they are about."""
    there = all(_is_there(one) for one in _registers(run, programme))
    return (
        there
        and missed is not None
        and not any(missed.nameless.get(name, 0) for name in run.programmes[programme]["registers"])
    )


def _registers(run: Run, programme: str) -> list[dict[str, Any]]:
    registers = run.manifest["registers"]
    return [registers.get(name) or {} for name in run.programmes[programme]["registers"]]


def _is_there(register: dict[str, Any]) -> bool:
    """A row that belongs to nobody may be the one that is missed."""
    return bool(register) and register["complete"] and not register["ungrouped"]


def nameless_of(run: Run) -> dict[str, int]:
    """By register, the rows in quarantine that name nobody: each may be about anybody, so nothing ends."""
    return {name: one["nameless"] for name, one in run.manifest["missed"].items() if one["nameless"]}
