"""The outbox: every message from the moment it is planned, and what is known about it since."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, func, select, update

from channels.channel import Capabilities, Receipt, ReceiptKind
from data.clock import micros
from data.errors import Failed, Refused
from data.store.tables import attempt, invitation, invitation_finding, message, receipt
from outreach import suppression
from outreach.letters import owe_letter
from outreach.message import MessageKind as MessageKind
from outreach.message import MessageState as MessageState
from outreach.message import NewMessage as NewMessage

ENQUEUE = (
    "INSERT INTO message (message_id, dedupe_key, plan_id, invitation_id, application_id, kind, channel,"
    " subject_id, household_id, state, not_before, send_before, attempts, created_at, updated_at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'planned', ?, ?, 0, ?, ?) ON CONFLICT (dedupe_key) DO NOTHING"
)
ENQUEUE_CHUNK = 10_000


def enqueue_many(connection: Connection, messages: Iterable[NewMessage], *, now: datetime) -> int:
    """Enqueue in bulk through the driver itself; how many were new. A known `dedupe_key` changes nothing."""
    at = micros(now)
    rows = iter(messages)
    added = 0
    while chunk := [(*one, at, at) for one in islice(rows, ENQUEUE_CHUNK)]:
        added += connection.exec_driver_sql(ENQUEUE, chunk).rowcount
    return added


def enqueue(
    connection: Connection,
    *,
    kind: MessageKind,
    plan_id: str,
    invitation_id: str,
    application_id: str | None = None,
    channel: str,
    subject_id: str,
    household_id: str,
    not_before: datetime,
    send_before: datetime,
    dedupe_key: str,
    now: datetime,
) -> bool:
    """Enqueue one message in the caller's transaction; False when its `dedupe_key` is already there.

    `channel` is the adapter's name (`invitation.channel`). Nothing is sent here: `owed work` hands it
    over, and looks again at everything when it does.
    """
    one = NewMessage(
        message_id=secrets.token_hex(16),
        dedupe_key=dedupe_key,
        plan_id=plan_id,
        invitation_id=invitation_id,
        application_id=application_id,
        kind=kind.value,
        channel=channel,
        subject_id=subject_id,
        household_id=household_id,
        not_before=micros(not_before),
        send_before=micros(send_before),
    )
    return enqueue_many(connection, [one], now=now) == 1


# --- what providers say later ---------------------------------------------------------------------

_BECOMES = {
    ReceiptKind.ACCEPTED: MessageState.ACCEPTED,
    ReceiptKind.DELIVERED: MessageState.DELIVERED,
    ReceiptKind.UNDELIVERED: MessageState.UNDELIVERED,
}
_RANK = {MessageState.ACCEPTED: 1, MessageState.UNDELIVERED: 2, MessageState.DELIVERED: 3}
_STOPS = {
    ReceiptKind.STOPPED: suppression.StopReason.PROVIDER,
    ReceiptKind.COMPLAINED: suppression.StopReason.COMPLAINT,
}


class Recorded(NamedTuple):
    """What became of a provider's call: events seen first, seen before, and about no message of ours."""

    new: int
    known: int
    strangers: int


def record_receipts(
    connection: Connection, receipts: Sequence[Receipt], *, channel: Capabilities, now: datetime
) -> Recorded:
    """Write each event once and let it settle its message, whatever state the message is in.

    Evidence only moves a message forward: accepted, undelivered, delivered. A stop or a complaint puts
    the address on the suppression list in the same transaction, so it is on disk before it is answered.
    """
    new = known = strangers = 0
    for event in receipts:
        row = _find(connection, event.reference)
        if row is None:
            strangers += 1
        elif not _first_time(connection, event, channel=channel.name, now=now):
            known += 1
        else:
            new += 1
            _apply(connection, row, event, channel=channel, now=now)
    return Recorded(new, known, strangers)


def _first_time(connection: Connection, event: Receipt, *, channel: str, now: datetime) -> bool:
    values = (event.event_key, event.reference, channel, event.kind.value, event.code, micros(now))
    return (
        connection.exec_driver_sql(
            "INSERT INTO receipt (event_key, message_id, channel, kind, provider_code, received_at)"
            " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (event_key) DO NOTHING",
            values,
        ).rowcount
        == 1
    )


def _apply(
    connection: Connection, row: Row[Any], event: Receipt, *, channel: Capabilities, now: datetime
) -> None:
    if event.kind in _STOPS:
        stop_address(connection, row.invitation_id, channel, reason=_STOPS[event.kind], now=now)
        return
    becomes = _BECOMES[event.kind]
    if _RANK.get(MessageState(row.state), 0) >= _RANK[becomes] or _is_of_an_earlier_try(row, event):
        return
    connection.execute(
        update(message)
        .where(message.c.message_id == row.message_id)
        .values(
            state=becomes.value,
            reason=None if becomes is not MessageState.UNDELIVERED else "undelivered",
            provider_id=event.provider_id or row.provider_id,
            provider_code=event.code or row.provider_code,
            claim_token=None,
            lease_until=None,
            updated_at=micros(now),
        )
    )
    remember_told(connection, row.invitation_id, row.kind, becomes, now=now)
    if becomes is MessageState.UNDELIVERED:
        owe_letter(connection, row, now=now)


def _is_of_an_earlier_try(row: Row[Any], event: Receipt) -> bool:
    """That an earlier try did not arrive says nothing of the one that is on its way; that it left does."""
    earlier = event.attempt is not None and event.attempt < row.attempts
    return earlier and event.kind is ReceiptKind.UNDELIVERED


def remember_told(
    connection: Connection, invitation_id: str, kind: str, becomes: MessageState, *, now: datetime
) -> None:
    """Keep `told_at` true: set once an invitation is accepted, taken back when it did not arrive."""
    if kind != MessageKind.INVITATION.value:
        return
    mine = invitation_finding.c.invitation_id == invitation_id
    if becomes is MessageState.UNDELIVERED:
        connection.execute(update(invitation_finding).where(mine).values(told_at=None))
        return
    connection.execute(
        update(invitation_finding)
        .where(mine, invitation_finding.c.told_at.is_(None))
        .values(told_at=micros(now))
    )


def stop_address(
    connection: Connection,
    invitation_id: str,
    channel: Capabilities,
    *,
    reason: suppression.StopReason,
    now: datetime,
) -> None:
    """The address an invitation went to asked for a stop: nothing more goes to it on this kind of channel."""
    mac = connection.execute(
        select(invitation.c.address_mac).where(invitation.c.invitation_id == invitation_id)
    ).scalar_one()
    suppression.stop(
        connection,
        now=now,
        reason=reason,
        source=channel.name,
        address_mac=mac,
        channel=channel.address.value,
    )


# --- looking, and settling by hand ----------------------------------------------------------------


def _find(connection: Connection, message_id: str) -> Row[Any] | None:
    return connection.execute(select(message).where(message.c.message_id == message_id)).first()


def find(connection: Connection, message_id: str) -> Row[Any]:
    """A message's row. Raises Failed when there is none."""
    row = _find(connection, message_id)
    if row is None:
        raise Failed("There is no such message.", mend="`owed outbox list` names those there are")
    return row


def in_state(connection: Connection, state: MessageState, *, limit: int) -> Sequence[Row[Any]]:
    """The messages in a state, those that changed last first."""
    return connection.execute(
        select(message)
        .where(message.c.state == state.value)
        .order_by(message.c.updated_at.desc())
        .limit(limit)
    ).all()


def attempts_of(connection: Connection, message_id: str) -> Sequence[Row[Any]]:
    return connection.execute(
        select(attempt).where(attempt.c.message_id == message_id).order_by(attempt.c.number)
    ).all()


def receipts_of(connection: Connection, message_id: str) -> Sequence[Row[Any]]:
    return connection.execute(
        select(receipt).where(receipt.c.message_id == message_id).order_by(receipt.c.received_at)
    ).all()


def counts(connection: Connection, *, plan_id: str | None = None) -> dict[tuple[str, str], int]:
    """How many messages are in each (kind, state), of one plan or of all."""
    query = select(message.c.kind, message.c.state, func.count()).group_by(message.c.kind, message.c.state)
    if plan_id is not None:
        query = query.where(message.c.plan_id == plan_id)
    return {(kind, state): count for kind, state, count in connection.execute(query)}


def settle_by_hand(connection: Connection, message_id: str, *, sent: bool, now: datetime) -> MessageState:
    """A person says what became of a message in doubt: accepted, or planned anew; else Refused."""
    row = find(connection, message_id)
    if not MessageState(row.state).is_in_doubt:
        raise Refused(
            f"Only a message in doubt can be settled by hand; this one is {row.state}.",
            mend="`owed outbox list --state uncertain` names those in doubt",
        )
    becomes = MessageState.ACCEPTED if sent else MessageState.PLANNED
    connection.execute(
        update(message)
        .where(message.c.message_id == message_id)
        .values(
            state=becomes.value,
            reason="settled by a person",
            claim_token=None,
            lease_until=None,
            not_before=micros(now) if not sent else row.not_before,
            updated_at=micros(now),
        )
    )
    if sent:
        remember_told(connection, row.invitation_id, row.kind, becomes, now=now)
    return becomes
