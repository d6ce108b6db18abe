"""The list that wins over everything: who may not be written to, through which channel, and since when."""

from __future__ import annotations

import secrets
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, func, or_, select, update

from data.clock import micros
from data.store.tables import invitation, message, suppression
from outreach.message import MessageKind, MessageState

OUTREACH = "*"
"""The scope of a citizen's own stop: no invitation through any channel. Receipt and decision on an
application of one's own still come, through a channel that was not stopped."""


class StopReason(StrEnum):
    """Why somebody is on the list."""

    CITIZEN = "citizen"  # said so on the page
    PROVIDER = "provider"  # the provider holds a stop for the address
    COMPLAINT = "complaint"  # called it spam


class StopAnswer(NamedTuple):
    """What a stop did: `ended` waiting invitations will not leave; one may be leaving this moment."""

    is_new: bool
    ended: int
    may_still_arrive: bool


def stop(
    connection: Connection,
    *,
    now: datetime,
    reason: StopReason,
    source: str,
    subject_id: str | None = None,
    address_mac: str | None = None,
    channel: str = OUTREACH,
) -> StopAnswer:
    """Put a person or an address on the list and end what waits for them, in the caller's transaction.

    `connection` must come from `data.store.engine.writing`: the hand-over takes the same lock, so no
    message is marked `sending` after this is committed. Name either the person or the address; `channel`
    is `OUTREACH`, "sms" or "email". `source` says where the stop came from, never anything of the person.
    """
    if (subject_id is None) == (address_mac is None):
        raise ValueError("a stop names a person or an address, not both")
    is_new = not connection.execute(
        select(suppression.c.suppression_id).where(
            suppression.c.subject_id.is_not_distinct_from(subject_id),
            suppression.c.address_mac.is_not_distinct_from(address_mac),
            suppression.c.channel == channel,
        )
    ).first()
    if is_new:
        connection.execute(
            suppression.insert().values(
                suppression_id=secrets.token_hex(16),
                subject_id=subject_id,
                address_mac=address_mac,
                channel=channel,
                reason=reason.value,
                source=source,
                since=micros(now),
            )
        )
    if subject_id is None or channel != OUTREACH:
        return StopAnswer(is_new, 0, False)  # the hand-over looks at the list before each message
    return _end_invitations(connection, subject_id, now, is_new=is_new)


def _end_invitations(connection: Connection, subject_id: str, now: datetime, *, is_new: bool) -> StopAnswer:
    invitations = select(invitation.c.invitation_id).where(invitation.c.subject_id == subject_id)
    mine = message.c.invitation_id.in_(invitations) & (message.c.kind == MessageKind.INVITATION.value)
    ended = connection.execute(
        update(message)
        .where(mine, message.c.state.in_([MessageState.PLANNED.value, MessageState.CLAIMED.value]))
        .values(
            state=MessageState.SUPPRESSED.value, reason="stopped", claim_token=None, updated_at=micros(now)
        )
    )
    leaving = connection.execute(
        select(func.count()).where(mine, message.c.state == MessageState.SENDING.value)
    ).scalar_one()
    return StopAnswer(is_new, ended.rowcount, leaving > 0)


_SCOPES = select(suppression.c.channel).where(
    or_(
        suppression.c.subject_id == bindparam("subject"),
        suppression.c.address_mac == bindparam("address"),
    )
)


def stopped_scopes(connection: Connection, *, subject_id: str, address_mac: str) -> frozenset[str]:
    """The scopes in which a person or their address is stopped: `OUTREACH`, "sms", "email"."""
    return frozenset(connection.scalars(_SCOPES, {"subject": subject_id, "address": address_mac}))


class SuppressionList(NamedTuple):
    """The whole list in memory, for planning: scope by person and scope by address."""

    people: frozenset[tuple[str, str]]
    addresses: frozenset[tuple[str, str]]

    def holds(self, *, subject_id: str, address_mac: str, channel: str) -> bool:
        return any(
            (subject_id, scope) in self.people or (address_mac, scope) in self.addresses
            for scope in (OUTREACH, channel)
        )


def read_list(connection: Connection) -> SuppressionList:
    rows = connection.execute(
        select(suppression.c.subject_id, suppression.c.address_mac, suppression.c.channel)
    ).all()
    return SuppressionList(
        people=frozenset((row.subject_id, row.channel) for row in rows if row.subject_id),
        addresses=frozenset((row.address_mac, row.channel) for row in rows if row.address_mac),
    )
