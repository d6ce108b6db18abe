"""Replies to what a citizen did: the receipt, the notice of a decision, a new link.

A stop ends outreach, not the answer to one's own application: that still comes through the invitation's
channel, or, where the channel itself was stopped, by a letter that a caseworker writes.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection, bindparam, func, select

from data.clock import micros
from data.store.tables import invitation, message
from outreach.cases import CaseKind, open_case
from outreach.message import MessageKind
from outreach.outbox import enqueue
from outreach.suppression import OUTREACH, stopped_scopes

REPLY_WITHIN = timedelta(days=7)
RENEWAL_WITHIN = timedelta(days=7)  # longer than nights and holidays, in which nothing leaves
RENEW_EVERY = timedelta(hours=1)
RENEWALS_A_DAY = 3
"""Whoever has an expired link can ask, and each time another person's phone rings."""

SELECT_INVITATION = select(
    invitation.c.plan_id,
    invitation.c.subject_id,
    invitation.c.household_id,
    invitation.c.channel,
    invitation.c.address_mac,
).where(invitation.c.invitation_id == bindparam("invitation"))
SELECT_RENEWALS = select(
    func.count().label("all"),
    func.max(message.c.created_at).label("last"),
    func.count().filter(message.c.created_at > bindparam("day_ago")).label("today"),
).where(message.c.invitation_id == bindparam("invitation"), message.c.kind == MessageKind.RENEWED_LINK.value)


class Reply(StrEnum):
    """How an answer goes out."""

    MESSAGE = "message"
    LETTER = "letter"  # a case: the channel was stopped
    KNOWN = "known"  # it is on its way already


def send_receipt(connection: Connection, *, invitation_id: str, application_id: str, now: datetime) -> Reply:
    """The application's reference to the contact on record, once."""
    return _reply(connection, MessageKind.RECEIPT, invitation_id, application_id, application_id, now)


def send_notice(
    connection: Connection, *, invitation_id: str, application_id: str, batch_id: str, now: datetime
) -> Reply:
    """That there is a decision, once for each released batch that decided something of the application."""
    once = f"{application_id}:{batch_id}"
    return _reply(connection, MessageKind.NOTICE, invitation_id, application_id, once, now)


def renew_link(connection: Connection, *, invitation_id: str, now: datetime) -> bool:
    """Enqueue a new link to the contact on record, at most once an hour and three times a day; False when
    none goes out.

    Whoever asked is told the same either way: the page must not say who is on which list.
    """
    values = {"invitation": invitation_id, "day_ago": micros(now - timedelta(days=1))}
    count, last, today = connection.execute(SELECT_RENEWALS, values).one()
    if today >= RENEWALS_A_DAY or (last is not None and last > micros(now - RENEW_EVERY)):
        return False
    row = connection.execute(SELECT_INVITATION, {"invitation": invitation_id}).one()
    if _channel_is_stopped(connection, row.subject_id, row.address_mac):
        return False
    return enqueue(
        connection,
        kind=MessageKind.RENEWED_LINK,
        plan_id=row.plan_id,
        invitation_id=invitation_id,
        channel=row.channel,
        subject_id=row.subject_id,
        household_id=row.household_id,
        not_before=now,
        send_before=now + RENEWAL_WITHIN,
        dedupe_key=f"renewed_link:{invitation_id}:{count + 1}",
        now=now,
    )


def _reply(
    connection: Connection,
    kind: MessageKind,
    invitation_id: str,
    application_id: str,
    once: str,
    now: datetime,
) -> Reply:
    row = connection.execute(SELECT_INVITATION, {"invitation": invitation_id}).one()
    if _channel_is_stopped(connection, row.subject_id, row.address_mac):
        opened = open_case(
            connection,
            kind=CaseKind.LETTER,
            dedupe_key=f"letter:{kind.value}:{once}",
            invitation_id=invitation_id,
            now=now,
        )
        return Reply.LETTER if opened else Reply.KNOWN
    added = enqueue(
        connection,
        kind=kind,
        plan_id=row.plan_id,
        invitation_id=invitation_id,
        application_id=application_id,
        channel=row.channel,
        subject_id=row.subject_id,
        household_id=row.household_id,
        not_before=now,
        send_before=now + REPLY_WITHIN,
        dedupe_key=f"{kind.value}:{once}",
        now=now,
    )
    return Reply.MESSAGE if added else Reply.KNOWN


def _channel_is_stopped(connection: Connection, subject_id: str, address_mac: str) -> bool:
    return bool(stopped_scopes(connection, subject_id=subject_id, address_mac=address_mac) - {OUTREACH})
