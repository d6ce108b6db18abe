"""Deliveries that an operator lets pass a gate after they were taken in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime

from sqlalchemy import Engine

from data import audit
from data.clock import micros
from data.contract import Contract
from data.entry import LetPass, let_pass
from data.errors import BadSettings, Refused
from data.gates import Gate, Gates
from data.keys import KeyUse
from data.registers import is_stale
from data.store.engine import writing
from data.waiver import find_chain
from data.workspace import Workspace


def accept_delivery(
    workspace: Workspace,
    engine: Engine,
    batch_ids: Sequence[str],
    contracts: Callable[[str], Contract],
    *,
    gate: Gate,
    reason: str,
    until: date | None,
    today: date,
    operator: str,
    now: datetime,
) -> LetPass:
    """Keep, with an audit entry each, that deliveries pass a gate until a day: all of them, or none.

    `contracts` finds a contract by its name. Raises BadSettings, and Refused for one that is not stale.
    """
    gates = Gates([gate], reason)
    found = [find_chain(engine, batch_id) for batch_id in dict.fromkeys(batch_ids)]
    if until is not None and until < today:
        raise BadSettings(
            f"{until} is past.", where=", ".join(batch_ids), mend="give a day ahead with --until"
        )
    for chain in found:
        if not is_stale(chain, contracts(chain.contract), today):
            raise Refused(
                f"The extract of {chain.extracted_on} is not stale on {today}, or was accepted before.",
                where=chain.batch_id,
                mend="leave it out",
            )
    made = LetPass(gate.value, gates.reason, today, until or gates.until(gate, today))
    with writing(engine) as connection:
        for chain in found:
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
