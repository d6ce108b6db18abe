"""Decisions of the office: taken in by one person, and told to nobody before another releases them."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, exists, select
from sqlalchemy import insert as plain_insert
from sqlalchemy.dialects.sqlite import insert

from data.clock import micros, moment
from data.errors import BadSettings, Refused
from data.keys import seal
from data.store.tables import application, application_item, decision, decision_batch
from outreach.decision_files import DecisionRow, Verdict, judge, read_amount, read_day
from outreach.invitations import SealedFinding, invitation_key, open_invitation
from outreach.operators import current_operator


@dataclass(frozen=True)
class Judged:
    """One row of the file, its verdict, and the finding it decides when it was found."""

    row: DecisionRow
    verdict: Verdict
    entitlement_id: str = ""
    application_id: str = ""
    invitation_id: str = ""


SELECT_APPLICATION = select(
    application.c.application_id, application.c.invitation_id, application.c.submitted_at
).where(application.c.reference == bindparam("reference"))
SELECT_ITEMS = select(application_item.c.entitlement_id).where(
    application_item.c.application_id == bindparam("application")
)
SELECT_TOLD = (
    select(decision.c.entitlement_id)
    .join(decision_batch, decision_batch.c.decision_batch_id == decision.c.decision_batch_id)
    .where(decision.c.entitlement_id == bindparam("entitlement"), decision_batch.c.released_at.is_not(None))
)
SELECT_BATCH = select(decision_batch).where(decision_batch.c.decision_batch_id == bindparam("batch"))
SELECT_BY_SHA = select(decision_batch).where(decision_batch.c.sha256 == bindparam("sha"))
SELECT_BATCHES = select(decision_batch).order_by(decision_batch.c.imported_at)
SELECT_OF_BATCH = (
    select(decision, application.c.reference, application.c.invitation_id)
    .join(application, application.c.application_id == decision.c.application_id)
    .where(decision.c.decision_batch_id == bindparam("batch"))
    .order_by(application.c.reference, decision.c.entitlement_id)
)
INSERT_BATCH = plain_insert(decision_batch)
_INSERT = insert(decision)
UPSERT_DECISION = _INSERT.on_conflict_do_update(
    index_elements=["entitlement_id"],
    set_={
        name: _INSERT.excluded[name]
        for name in ("decision_batch_id", "outcome", "amount", "decided_on", "decided_by", "sealed_reason")
    },
    where=~exists().where(  # one that was released since the rows were judged stays as it was told
        decision_batch.c.decision_batch_id == decision.c.decision_batch_id,
        decision_batch.c.released_at.is_not(None),
    ),
)


def find_batch(connection: Connection, sha256: str) -> Row[Any] | None:
    """The batch that a file with this sha256 made, when it was taken in before."""
    return connection.execute(SELECT_BY_SHA, {"sha": sha256}).one_or_none()


def read_batch(connection: Connection, batch_id: str) -> Row[Any]:
    """A batch's row. Raises BadSettings when there is none of that id."""
    row = connection.execute(SELECT_BATCH, {"batch": batch_id}).one_or_none()
    if row is None:
        raise BadSettings(
            "There is no such batch of decisions.",
            where=f"batch {batch_id}",
            mend="`owed decisions show` lists them",
        )
    return row


def list_batches(connection: Connection) -> Sequence[Row[Any]]:
    return connection.execute(SELECT_BATCHES).all()


def decisions_of(connection: Connection, batch_id: str) -> Sequence[Row[Any]]:
    """The rows of one batch with their references; the reason stays sealed."""
    return connection.execute(SELECT_OF_BATCH, {"batch": batch_id}).all()


def judge_rows(
    connection: Connection, key: bytes, rows: Sequence[DecisionRow], *, today: date
) -> list[Judged]:
    """Every row with what would become of it; changes nothing."""
    judged = [_judge(connection, key, row, today) for row in rows]
    meant = Counter(one.entitlement_id for one in judged if one.entitlement_id)
    return [Judged(one.row, Verdict.REPEATED) if meant[one.entitlement_id] > 1 else one for one in judged]


def _judge(connection: Connection, key: bytes, row: DecisionRow, today: date) -> Judged:
    found = connection.execute(SELECT_APPLICATION, {"reference": row.reference.upper()}).one_or_none()
    if found is None:
        return Judged(row, Verdict.UNKNOWN_REFERENCE)
    application_id, invitation_id = found.application_id, found.invitation_id
    items = set(connection.scalars(SELECT_ITEMS, {"application": application_id}))
    sealed = open_invitation(connection, key, invitation_id)
    meant = [one.entitlement_id for one in sealed.findings if _means(row, one)]
    meant = [one for one in meant if one in items]
    if len(meant) != 1:
        return Judged(row, Verdict.AMBIGUOUS if meant else Verdict.UNKNOWN_RECORD)
    ids = (meant[0], application_id, invitation_id)
    if row.outcome and connection.execute(SELECT_TOLD, {"entitlement": ids[0]}).one_or_none() is not None:
        return Judged(row, Verdict.ALREADY_DECIDED, *ids)
    verdict = judge(row, today=today)
    if verdict.is_taken_in and _precedes(row, found.submitted_at):
        verdict = Verdict.BAD_DATE
    return Judged(row, verdict, *ids)


def _precedes(row: DecisionRow, submitted_at: int) -> bool:
    """Whether it would have been decided before it was applied for, in whatever zone the office lies."""
    decided_on = read_day(row.decided_on)
    return decided_on is not None and decided_on < moment(submitted_at).date() - timedelta(days=1)


def _means(row: DecisionRow, finding: SealedFinding) -> bool:
    """Whether the finding fits all that the row says of it; a period or id that is empty says nothing."""
    return (
        (row.programme, row.record_id) == (finding.programme, finding.record_id)
        and (not row.period or _period(row.period) == _period(finding.period))
        and row.entitlement_id in ("", finding.entitlement_id)
    )


def _period(text: str) -> date | str:
    """A period that is a day is the same however a spreadsheet writes it."""
    return read_day(text) or text


def take_in(
    connection: Connection, key: bytes, judged: Sequence[Judged], *, sha256: str, operator: str, now: datetime
) -> str:
    """Record the rows that hold as one batch, and return its id; nobody is told before it is released.

    A decision of an earlier batch that was never released is replaced by the new one: that is how a
    mistake is mended. Raises Refused when no row of the file can be taken in, or `operator` may not act.
    """
    current_operator(connection, operator)
    taken = [one for one in judged if one.verdict.is_taken_in]
    if not taken:
        raise Refused(
            "No row of the file holds a decision that can be taken in.",
            mend="fill in outcome (granted or refused), amount, decided_on and decided_by, then import it;"
            " --dry-run names each line that is wrong",
        )
    batch_id = secrets.token_hex(8)
    connection.execute(
        INSERT_BATCH,
        {
            "decision_batch_id": batch_id,
            "sha256": sha256,
            "rows_in": len(judged),
            "imported_by": operator,
            "imported_at": micros(now),
        },
    )
    connection.execute(UPSERT_DECISION, [_row(connection, key, one, batch_id) for one in taken])
    return batch_id


def _row(connection: Connection, key: bytes, one: Judged, batch_id: str) -> dict[str, Any]:
    sealed_reason = None
    if one.row.reason:
        own_key = invitation_key(connection, key, one.invitation_id)
        sealed_reason = seal(own_key, one.row.reason.encode(), context=reason_context(one.entitlement_id))
    return {
        "entitlement_id": one.entitlement_id,
        "decision_batch_id": batch_id,
        "application_id": one.application_id,
        "outcome": one.verdict.value,
        "amount": read_amount(one.row.amount) if one.verdict is Verdict.GRANTED else None,
        "decided_on": read_day(one.row.decided_on),
        "decided_by": one.row.decided_by or "automatic",
        "sealed_reason": sealed_reason,
    }


def reason_context(entitlement_id: str) -> str:
    """What a sealed reason is bound to."""
    return f"decision.sealed_reason|{entitlement_id}"
