"""Rows in quarantine that an operator goes on without: nobody waits for them any more, and they stay unseen.

A waived row casts no doubt in a scan. But whom it was about was not seen: while it is waived, nobody's
entitlement ends because a register that it belongs to says nothing of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

import polars as pl
from sqlalchemy import Engine

from data import audit
from data.clock import micros
from data.deliveries import Chain, Delivery, Settled, chains
from data.entry import Settlement, settle
from data.errors import BadSettings, Failed, Refused
from data.keys import KeyUse
from data.quarantine import OPEN, quarantine_of
from data.reasons import reason_of
from data.registers import chain_doubts, current
from data.store.engine import reading, writing
from data.workspace import Workspace


@dataclass(frozen=True)
class Waiver:
    """Rows of one delivery, by their lines in the file, and why it goes on without them."""

    chain: Chain
    lines: tuple[int, ...]
    reason: str
    naming: int  # rows of these in which an id can be read: somebody may be missed

    @property
    def left(self) -> int:
        """Rows that are open after it."""
        return self.chain.open - len(self.lines)


def find_chain(engine: Engine, batch_id: str) -> Chain:
    """A delivery by its own batch, or by that of rows mended later. Raises BadSettings."""
    with reading(engine) as connection:
        for chain in chains(connection):
            if batch_id in {piece.batch_id for piece in chain.pieces}:
                return chain
    raise BadSettings(
        "There is no delivery of that name of which something was accepted.",
        where=batch_id,
        mend="see `owed quarantine list`",
    )


def refuse_superseded(workspace: Workspace, engine: Engine, chain: Chain) -> Delivery:
    """What is in force of its register. Raises Refused when another delivery has taken this one's place."""
    delivery = current(workspace, engine)[chain.register]
    if chain.batch_id not in {one.batch_id for one in delivery.chains}:
        raise Refused(
            f"Another delivery of {chain.register} has taken the place of {chain.batch_id}.",
            where=chain.batch_id,
            mend=f"see what is in quarantine of {delivery.batch_id}: `owed quarantine list`",
        )
    return delivery


def prepare(
    workspace: Workspace, engine: Engine, batch_id: str, *, lines: Iterable[int], every: bool, reason: str
) -> Waiver:
    """What waiving these rows, or every open one, would mean; nothing is changed.

    Raises BadSettings for an empty reason, an unknown delivery or a line that is not in its quarantine,
    Refused for a row that is settled already, Failed when it is lost whom the rows may be about.
    """
    words, chain = reason_of(reason), find_chain(engine, batch_id)
    kept = quarantine_of(workspace, chain)
    still_open = set(kept.filter(pl.col("state") == OPEN)["line"])
    chosen = tuple(sorted(still_open if every else set(lines)))
    if not words or not chosen:
        raise BadSettings("A waiver needs rows that are open, and a reason in words.", where=batch_id)
    _refuse(batch_id, sorted(set(chosen) - set(kept["line"])), sorted(set(chosen) - still_open))
    doubted = chain_doubts(workspace, chain)
    if doubted["_row"].null_count():
        raise Failed(
            "Whom the rows of this delivery may be about is lost, so none can be taken out of it.",
            where=batch_id,
            mend="put the folder registers/ back from a backup",
        )
    theirs = doubted.filter(pl.col("_row").is_in(list(chosen)))
    naming = theirs.filter(pl.any_horizontal(pl.exclude("_row").is_not_null())).height
    return Waiver(chain, chosen, words, naming)


def _refuse(batch_id: str, strangers: Collection[int], settled: list[int]) -> None:
    if strangers:
        raise BadSettings(
            f"{_lines(sorted(strangers))} not in quarantine.",
            where=batch_id,
            mend="name the lines as `owed quarantine show` does",
        )
    if settled:
        raise Refused(
            f"{_lines(settled)} waived or mended before; nothing was changed.",
            where=batch_id,
            mend="leave it out; `owed quarantine show` says what became of each row",
        )


def _lines(lines: list[int]) -> str:
    return f"Line {lines[0]} is" if len(lines) == 1 else f"Lines {', '.join(map(str, lines))} are"


def waive(
    workspace: Workspace,
    engine: Engine,
    batch_id: str,
    *,
    lines: Iterable[int] = (),
    every: bool = False,
    reason: str,
    operator: str,
    now: datetime,
) -> Waiver:
    """Go on without rows; they stay in quarantine and can still be mended.

    The audit entry, with operator and reason, is in the same transaction. Raises what `prepare` raises, and
    Locked while an intake runs.
    """
    with workspace.lock("intake"):
        refuse_superseded(workspace, engine, find_chain(engine, batch_id))
        made = prepare(workspace, engine, batch_id, lines=lines, every=every, reason=reason)
        root = made.chain.batch_id
        settled = [Settlement(root, line, Settled.WAIVED, operator, made.reason) for line in made.lines]
        with writing(engine) as connection:
            settle(connection, settled, moment=micros(now))
            audit.append(
                connection,
                workspace.key(KeyUse.AUDIT),
                actor=operator,
                action="quarantine_waive",
                ref=root,
                now=now,
                detail={"lines": list(made.lines), "reason": made.reason, "naming": made.naming},
            )
    return made
