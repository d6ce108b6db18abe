"""Rows in quarantine that an operator looked at and found to be about nobody: they cast no doubt any more."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl
from sqlalchemy import Engine

from data import audit
from data.errors import BadSettings, Failed, Refused
from data.keys import KeyUse
from data.quarantine import read_quarantine
from data.registers import Delivery, deliveries, doubts, keep_doubts
from data.store.engine import writing
from data.workspace import Workspace


@dataclass(frozen=True)
class Dismissal:
    """Rows of one delivery, by their lines in the file, and why they are about nobody."""

    delivery: Delivery
    rows: tuple[int, ...]
    reason: str
    naming: int  # rows of these in which an id can be read
    left: pl.DataFrame = field(repr=False)  # the doubts that stay


def prepare(
    workspace: Workspace, engine: Engine, batch_id: str, rows: Iterable[int], reason: str
) -> Dismissal:
    """What dismissing these rows would mean; nothing is changed.

    Raises BadSettings for an empty reason, an unknown delivery or a row that is not in its quarantine,
    Refused for a row that was dismissed before, Failed when the delivery's doubts are lost.
    """
    words, chosen = " ".join(reason.split()), tuple(sorted(set(rows)))
    if not words or not chosen:
        raise BadSettings("A dismissal needs rows, and a reason in words.", where=batch_id)
    delivery = _delivery(workspace, engine, batch_id)
    kept = {row.line for row in read_quarantine(workspace, batch_id) if row.reasons}
    _refuse_any(batch_id, [line for line in chosen if line not in kept])
    found = doubts(workspace, delivery)
    known = pl.DataFrame(schema={"_row": pl.Int64}) if found is None else found
    if known["_row"].null_count():
        raise Failed(
            "Whom the rows of this delivery may be about is lost, so none can be taken out of it.",
            where=batch_id,
            mend="put the folder registers/ back from a backup",
        )
    theirs = known.filter(pl.col("_row").is_in(chosen))
    before = sorted(set(chosen) - set(theirs["_row"]))
    if before:
        raise Refused(
            f"{_lines(before)} dismissed before; nothing was changed.",
            where=batch_id,
            mend="leave it out; `owed quarantine show` marks rows that are dismissed",
        )
    named = theirs.filter(pl.any_horizontal(pl.exclude("_row").is_not_null())).height
    left = known.filter(~pl.col("_row").is_in(chosen))
    return Dismissal(delivery, chosen, words, named, left)


def _delivery(workspace: Workspace, engine: Engine, batch_id: str) -> Delivery:
    for one in deliveries(workspace, engine):
        if one.batch_id == batch_id:
            return one
    raise BadSettings(
        "There is no delivery of that name of which something was accepted.",
        where=batch_id,
        mend="see `owed quarantine list`",
    )


def _refuse_any(batch_id: str, strangers: list[int]) -> None:
    if strangers:
        raise BadSettings(
            f"{_lines(strangers)} not in quarantine.",
            where=batch_id,
            mend="name the lines as `owed quarantine show` does",
        )


def _lines(lines: list[int]) -> str:
    return f"Line {lines[0]} is" if len(lines) == 1 else f"Lines {', '.join(map(str, lines))} are"


def dismiss(
    workspace: Workspace,
    engine: Engine,
    batch_id: str,
    rows: Iterable[int],
    *,
    reason: str,
    actor: str,
    now: datetime,
) -> Dismissal:
    """Take rows out of their delivery's doubts; they stay in quarantine.

    The audit entry is durable first: cut short after it, the rows still cast doubt and can be dismissed
    again. Raises what `prepare` raises, and Locked while an intake or another dismissal runs.
    """
    with workspace.lock("intake"):
        made = prepare(workspace, engine, batch_id, rows, reason)
        with writing(engine) as connection:
            audit.append(
                connection,
                workspace.key(KeyUse.AUDIT),
                actor=actor,
                action="quarantine_dismiss",
                ref=batch_id,
                now=now,
                detail={"rows": list(made.rows), "reason": made.reason, "naming": made.naming},
            )
        keep_doubts(workspace, made.delivery.register, batch_id, made.left)
    return made


def count_left(workspace: Workspace, delivery: Delivery) -> int:
    """How many of its rows in quarantine still cast doubt."""
    found = doubts(workspace, delivery)
    return 0 if found is None else found.height


def dismissed_lines(workspace: Workspace, engine: Engine, name: str) -> set[int]:
    """The lines of a quarantine that were dismissed; none of a delivery of which nothing was accepted."""
    delivery = next((one for one in deliveries(workspace, engine) if one.batch_id == name), None)
    found = None if delivery is None else doubts(workspace, delivery)
    lost = found is not None and found["_row"].null_count()
    if delivery is None or lost:
        return set()
    lines = {row.line for row in read_quarantine(workspace, name) if row.reasons}
    return lines - set([] if found is None else found["_row"])
