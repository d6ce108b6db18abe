"""The hand-over: claim, mark as sending, settle. Every write after a claim names the claim's own token.

`mark_sending` is one durable transaction under the store's write lock, which a stop and a pause take too.
What may have left is never planned again by itself: an expired `sending` becomes `uncertain`.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from channels.channel import Capabilities
from data.clock import micros, moment
from data.store.tables import attempt, message
from outreach.cases import CaseKind, open_case
from outreach.gates import (
    IN_TURN,
    Gate,
    Verdict,
    claimed_rows,
    finding_troubles,
    plan_trouble,
    todays_allowance,
)
from outreach.letters import owe_letter
from outreach.links import new_link
from outreach.message import MessageKind, MessageState
from outreach.terms import Terms

LEASE = timedelta(minutes=5)
GUARD = timedelta(seconds=30)
"""How much of the lease must be left when a first byte leaves: more than a pause we reckon with."""
ASK_AFTER = timedelta(days=1)
"""How long evidence may take before a person is asked about a message in doubt."""


class Claim(NamedTuple):
    """Messages held by one random token until the lease ends."""

    token: str
    messages: tuple[str, ...]


@dataclass(frozen=True)
class Marked:
    """A message whose `sending` mark is in the caller's transaction; it may leave once that is committed."""

    message_id: str
    kind: MessageKind
    attempt: int
    invitation_id: str
    application_id: str | None
    link_id: str
    link_until: datetime
    lease_until: datetime


class Recovered(NamedTuple):
    """What expired leases became, and what was planned until its time had passed."""

    planned: int
    in_doubt: int
    asked: int
    expired: int


def recover(connection: Connection, *, now: datetime) -> Recovered:
    """Expired claims were never on the wire and are planned anew; expired `sending` marks are in doubt.

    What has been in doubt for a day becomes a case for a person. What was to leave before now and did not
    expires whatever its plan is in: a paused or refused plan must not keep a decision from anybody for ever.
    """
    expired = message.c.lease_until <= micros(now)
    free = {"claim_token": None, "lease_until": None, "updated_at": micros(now)}
    planned = connection.execute(
        update(message)
        .where(message.c.state == MessageState.CLAIMED.value, expired)
        .values(state=MessageState.PLANNED.value, **free)
    ).rowcount
    in_doubt = connection.execute(
        update(message)
        .where(message.c.state == MessageState.SENDING.value, expired)
        .values(state=MessageState.UNCERTAIN.value, reason="lease_expired", updated_at=micros(now))
    ).rowcount
    return Recovered(planned, in_doubt, _ask(connection, now=now), _expire(connection, now=now))


def _expire(connection: Connection, *, now: datetime) -> int:
    rows = connection.execute(
        update(message)
        .where(message.c.state == MessageState.PLANNED.value, message.c.send_before <= micros(now))
        .values(state=MessageState.EXPIRED.value, reason="send_before_passed", updated_at=micros(now))
        .returning(message.c.message_id, message.c.invitation_id, message.c.kind, message.c.dedupe_key)
    ).all()
    for row in rows:
        owe_letter(connection, row, now=now)
    return len(rows)


def _ask(connection: Connection, *, now: datetime) -> int:
    rows = connection.execute(
        update(message)
        .where(
            message.c.state == MessageState.UNCERTAIN.value, message.c.updated_at <= micros(now - ASK_AFTER)
        )
        .values(state=MessageState.NEEDS_DECISION.value)
        .returning(message.c.message_id, message.c.invitation_id)
    ).all()
    for row in rows:
        open_case(
            connection,
            kind=CaseKind.NEEDS_DECISION,
            dedupe_key=f"needs_decision:{row.message_id}",
            invitation_id=row.invitation_id,
            message_id=row.message_id,
            now=now,
        )
    return len(rows)


_DUE = (
    select(message.c.message_id)
    .where(
        message.c.state == MessageState.PLANNED.value,
        message.c.not_before <= bindparam("now"),
        message.c.plan_id == bindparam("plan"),
        message.c.channel == bindparam("through"),
    )
    .order_by(message.c.not_before, IN_TURN)
    .limit(bindparam("limit"))
)
_CLAIM = (
    update(message)
    .where(message.c.message_id.in_(_DUE.scalar_subquery()), message.c.state == MessageState.PLANNED.value)
    .values(
        state=MessageState.CLAIMED.value,
        claim_token=bindparam("token"),
        lease_until=bindparam("lease"),
        updated_at=bindparam("now"),
    )
    .returning(message.c.message_id)
)


def claim(connection: Connection, *, plan_id: str, channel: str, limit: int, now: datetime) -> Claim:
    """Hold up to `limit` messages that are due under a plan, through one channel, under a fresh token."""
    token = secrets.token_hex(16)
    values = {
        "now": micros(now),
        "plan": plan_id,
        "through": channel,
        "limit": limit,
        "token": token,
        "lease": micros(now + LEASE),
    }
    return Claim(token, tuple(connection.scalars(_CLAIM, values)))


class Mark(NamedTuple):
    """What the look at everything decided for a claim: what leaves now, and how often each verdict fell."""

    leaving: tuple[Marked, ...]
    verdicts: Counter[tuple[MessageState, str | None]]
    plan_trouble: str | None


def mark_sending(
    connection: Connection,
    held: Claim,
    *,
    plan_id: str,
    sha256: str,
    terms: Terms,
    channel: Capabilities,
    now: datetime,
) -> Mark:
    """Look again at everything and mark what may leave; everything else ends or waits, with its reason.

    `now` is asked of the clock inside the transaction. Messages this token no longer holds are left alone.
    """
    rows = claimed_rows(connection, held.messages, token=held.token, address=channel.address.value)
    kinds = {MessageKind(row.kind) for row in rows}
    invitations = [row.invitation_id for row in rows if row.kind == MessageKind.INVITATION.value]
    gate = Gate(
        terms=terms,
        now=now,
        plan_trouble=plan_trouble(connection, plan_id, sha256=sha256),
        troubles=finding_troubles(connection, invitations, today=now.astimezone(terms.zone).date()),
        allowance=todays_allowance(connection, plan_id, kinds, terms=terms, now=now),
    )
    judged = [(row, gate.judge(row)) for row in rows]
    _write_verdicts(connection, held.token, judged, now=now)
    leaving = [row for row, verdict in judged if verdict.state is MessageState.SENDING]
    return Mark(
        leaving=tuple(_begin(connection, row, terms=terms, now=now) for row in leaving),
        verdicts=Counter((verdict.state, verdict.reason) for _, verdict in judged),
        plan_trouble=gate.plan_trouble,
    )


_HELD = (
    message.c.message_id == bindparam("message"),
    message.c.state == MessageState.CLAIMED.value,
    message.c.claim_token == bindparam("token"),
)
_START = (
    update(message)
    .where(*_HELD)
    .values(
        state=MessageState.SENDING.value,
        attempts=message.c.attempts + 1,
        lease_until=bindparam("lease"),
        reason=None,
        updated_at=bindparam("now"),
    )
)
_LET_GO = (
    update(message)
    .where(*_HELD)
    .values(
        state=bindparam("becomes"),
        reason=bindparam("why"),
        not_before=bindparam("later"),
        claim_token=None,
        lease_until=None,
        updated_at=bindparam("now"),
    )
)
_ATTEMPT = insert(attempt)


def _write_verdicts(
    connection: Connection, token: str, judged: Sequence[tuple[Row[Any], Verdict]], *, now: datetime
) -> None:
    going = [row for row, verdict in judged if verdict.state is MessageState.SENDING]
    staying = [(row, verdict) for row, verdict in judged if verdict.state is not MessageState.SENDING]
    held = {"token": token, "now": micros(now)}
    if going:
        lease = micros(now + LEASE)
        connection.execute(_START, [held | {"message": row.message_id, "lease": lease} for row in going])
        connection.execute(_ATTEMPT, [_attempt(row, token, now) for row in going])
    if staying:
        connection.execute(_LET_GO, [held | _let_go(row, verdict) for row, verdict in staying])
    for row, verdict in staying:
        if verdict.state.is_final:
            owe_letter(connection, row, now=now)


def _attempt(row: Row[Any], token: str, now: datetime) -> dict[str, Any]:
    return {
        "message_id": row.message_id,
        "number": row.attempts + 1,
        "claim_token": token,
        "started_at": micros(now),
    }


def _let_go(row: Row[Any], verdict: Verdict) -> dict[str, Any]:
    return {
        "message": row.message_id,
        "becomes": verdict.state.value,
        "why": verdict.reason,
        "later": row.not_before if verdict.not_before is None else verdict.not_before,
    }


def _begin(connection: Connection, row: Row[Any], *, terms: Terms, now: datetime) -> Marked:
    """Each hand-over carries a link of its own; an earlier one of the same message stops working."""
    until = now + terms.link_for
    link_id = new_link(
        connection,
        invitation_id=row.invitation_id,
        message_id=row.message_id,
        now=now,
        expires_at=until,
    )
    return Marked(
        message_id=row.message_id,
        kind=MessageKind(row.kind),
        attempt=row.attempts + 1,
        invitation_id=row.invitation_id,
        application_id=row.application_id,
        link_id=link_id,
        link_until=until,
        lease_until=moment(micros(now + LEASE)),
    )
