"""Releases: a second person signs a batch of decisions, and from then on it is told."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, bindparam, select, update

from data.clock import micros
from data.digests import document_sha256
from data.errors import Refused
from data.keys import unseal
from data.store.tables import decision, decision_batch
from outreach.decisions import decisions_of, read_batch, reason_context
from outreach.invitations import invitation_key
from outreach.notices import Reply, send_notice
from outreach.operators import Signer, current_operator

PURPOSE = "owed decisions release v1"


@dataclass(frozen=True)
class Decision:
    """A released decision as the citizen's page shows it."""

    entitlement_id: str
    outcome: str  # granted | refused
    amount: int | None
    decided_on: date
    reason: str | None


class Released(NamedTuple):
    """What a release sent out: notices as messages, and letters where the channel was stopped."""

    notices: int
    letters: int


SELECT_RELEASED = (
    select(decision)
    .join(decision_batch, decision_batch.c.decision_batch_id == decision.c.decision_batch_id)
    .where(decision.c.application_id == bindparam("application"), decision_batch.c.released_at.is_not(None))
    .order_by(decision.c.entitlement_id)
)
RELEASE_BATCH = (
    update(decision_batch)
    .where(decision_batch.c.decision_batch_id == bindparam("batch"), decision_batch.c.released_at.is_(None))
    .values(released_by=bindparam("name"), signature=bindparam("signed"), released_at=bindparam("now"))
)


def release(connection: Connection, *, batch_id: str, name: str, signer: Signer, now: datetime) -> Released:
    """Sign a batch as its second person and enqueue the notices, in the caller's writing transaction.

    Raises Refused when the releaser took the file in, the key is not the releaser's, the batch is released
    already, or nothing is left in it.
    """
    batch = read_batch(connection, batch_id)
    rows = decisions_of(connection, batch_id)
    signature = _signature(connection, batch, rows, name, signer)
    connection.execute(
        RELEASE_BATCH, {"batch": batch_id, "name": name, "signed": signature, "now": micros(now)}
    )
    replies = Counter(
        send_notice(
            connection,
            invitation_id=invitation_id,
            application_id=application_id,
            batch_id=batch_id,
            now=now,
        )
        for invitation_id, application_id in sorted({(row.invitation_id, row.application_id) for row in rows})
    )
    return Released(notices=replies[Reply.MESSAGE], letters=replies[Reply.LETTER])


def _signature(
    connection: Connection, batch: Row[Any], rows: Sequence[Row[Any]], name: str, signer: Signer
) -> str:
    where = f"batch {batch.decision_batch_id}"
    if batch.released_at is not None:
        raise Refused(f"The batch was released already, by {batch.released_by}.", where=where)
    importer = current_operator(connection, batch.imported_by)
    releaser = current_operator(connection, name)
    if name == batch.imported_by or releaser.public_key == importer.public_key:
        raise Refused(
            f"{name} took this file in; decisions are released by another person.",
            where=where,
            mend="have a second operator run this with a key of their own",
        )
    if signer.public_key != releaser.public_key:
        raise Refused(
            f"The key is not the one of {name}.", where=where, mend="name the key's owner with --as"
        )
    if not rows:
        raise Refused("Nothing is left in the batch: a later file replaced its rows.", where=where)
    return signer.sign(PURPOSE, document_sha256(_document(batch, rows)))


def signed_sha256(connection: Connection, batch_id: str) -> str:
    """What a release of the batch signs now; another value than at its release means that it was changed."""
    rows = decisions_of(connection, batch_id)
    return document_sha256(_document(read_batch(connection, batch_id), rows))


def _document(batch: Row[Any], rows: Sequence[Row[Any]]) -> Mapping[str, Any]:
    """What a release signs: the file and each decision taken from it."""
    return {
        "batch": batch.decision_batch_id,
        "file": batch.sha256,
        "imported_by": batch.imported_by,
        "decisions": [
            {
                "entitlement_id": row.entitlement_id,
                "outcome": row.outcome,
                "amount": row.amount,
                "decided_on": row.decided_on.isoformat(),
                "decided_by": row.decided_by,
                "sealed_reason": hashlib.sha256(row.sealed_reason or b"").hexdigest(),
            }
            for row in rows
        ],
    }


def released_decisions(
    connection: Connection, key: bytes, *, application_id: str, invitation_id: str
) -> Mapping[str, Decision]:
    """What has been decided and released of one application, by entitlement id."""
    rows = connection.execute(SELECT_RELEASED, {"application": application_id}).all()
    if not rows:
        return {}
    own_key = invitation_key(connection, key, invitation_id)
    return {row.entitlement_id: _decision(row, own_key) for row in rows}


def _decision(row: Row[Any], own_key: bytes) -> Decision:
    reason = None
    if row.sealed_reason is not None:
        reason = unseal(own_key, row.sealed_reason, context=reason_context(row.entitlement_id)).decode()
    return Decision(row.entitlement_id, row.outcome, row.amount, row.decided_on, reason)
