"""A delivery that an operator lets pass a gate after it was taken in."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Engine

from data import audit
from data.clock import micros
from data.entry import LetPass, let_pass
from data.errors import BadSettings
from data.gates import Gate, Gates
from data.keys import KeyUse
from data.store.engine import writing
from data.waiver import find_chain
from data.workspace import Workspace


def accept_delivery(
    workspace: Workspace,
    engine: Engine,
    batch_id: str,
    *,
    gate: Gate,
    reason: str,
    until: date | None,
    today: date,
    operator: str,
    now: datetime,
) -> LetPass:
    """Keep, with an audit entry, that a delivery passes a gate until a day; raises BadSettings."""
    gates = Gates([gate], reason)
    chain = find_chain(engine, batch_id)
    if until is not None and until < today:
        raise BadSettings(f"{until} is past.", where=batch_id, mend="give a day ahead with --until")
    made = LetPass(gate.value, gates.reason, today, until or gates.until(gate, today))
    with writing(engine) as connection:
        let_pass(connection, chain.batch_id, [made], actor=operator, moment=micros(now))
        audit.append(
            connection,
            workspace.key(KeyUse.AUDIT),
            actor=operator,
            action="register_accept",
            ref=chain.batch_id,
            now=now,
            detail={"gate": made.gate, "reason": made.reason, "until": str(made.until)},
        )
    return made
