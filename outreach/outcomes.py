"""What became of a hand-over: each outcome is written under the token of its own claim, and only once."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, bindparam, or_, select, update

from channels.channel import Capabilities, Outcome, OutcomeKind
from data.clock import micros
from data.store.tables import attempt, invitation_finding, message
from outreach.letters import owe_letter
from outreach.message import MessageKind, MessageState
from outreach.outbox import stop_address
from outreach.plans import pause
from outreach.suppression import StopReason

MOST_ATTEMPTS = 8
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=6)
LONGEST_ASKED = timedelta(days=30)
"""The most of a provider's wish to wait that is heeded: a header may hold any number."""
LEASE_CODE = "lease"
"""The code of an envelope that stayed because its lease had run out: nothing is wrong with it."""


class Settled(NamedTuple):
    """How many messages went into which state; `stale` outcomes came too late and changed no message."""

    states: Counter[MessageState]
    stale: int
    paused: bool


_BY_ID = select(message).where(message.c.message_id.in_(bindparam("messages", expanding=True)))
_UNDER_TOKEN = (message.c.message_id == bindparam("message"), message.c.claim_token == bindparam("token"))
_SETTLE = (
    update(message)
    .where(
        *_UNDER_TOKEN,
        or_(message.c.state == MessageState.SENDING.value, message.c.state == MessageState.UNCERTAIN.value),
    )
    .values(
        state=bindparam("becomes"),
        reason=bindparam("why"),
        not_before=bindparam("later"),
        provider_id=bindparam("provider"),
        provider_code=bindparam("code"),
        claim_token=bindparam("keeps"),
        lease_until=None,
        updated_at=bindparam("now"),
    )
)
_FINISH = (
    update(attempt)
    .where(
        attempt.c.message_id == bindparam("message"),
        attempt.c.number == bindparam("try"),
        attempt.c.claim_token == bindparam("token"),
    )
    .values(
        finished_at=bindparam("now"),
        outcome=bindparam("kind"),
        provider_code=bindparam("code"),
        rendered_sha256=bindparam("rendered"),
    )
)
_TOLD = (
    update(invitation_finding)
    .where(
        invitation_finding.c.invitation_id == bindparam("invitation"), invitation_finding.c.told_at.is_(None)
    )
    .values(told_at=bindparam("now"))
)


def settle(
    connection: Connection,
    token: str,
    outcomes: Sequence[Outcome],
    *,
    rendered: Mapping[str, str],
    channel: Capabilities,
    now: datetime,
) -> Settled:
    """Write a batch's outcomes. A message that evidence or another worker has moved on keeps its state.

    `rendered` is the sha256 of what was handed over, by message id. A stop the provider holds goes on the
    suppression list and a refused account pauses the plan, in the same transaction.
    """
    rows = {
        row.message_id: row
        for row in connection.execute(_BY_ID, {"messages": [o.reference for o in outcomes]})
    }
    ours = [(rows[one.reference], one) for one in outcomes if _is_ours(rows[one.reference], one, token)]
    changes = [_change(row, one, token, now=now) for row, one in ours]
    if changes:
        connection.execute(_SETTLE, changes)
    connection.execute(_FINISH, [_finished(one, token, rendered, now=now) for one in outcomes])
    told = [row.invitation_id for row, one in ours if _tells(row, one)]
    if told:
        connection.execute(_TOLD, [{"invitation": one, "now": micros(now)} for one in told])
    states = Counter(MessageState(change["becomes"]) for change in changes)
    for (row, _), change in zip(ours, changes, strict=True):
        if MessageState(change["becomes"]).is_final:
            owe_letter(connection, row, now=now)
    paused = _consequences(connection, ours, channel, now=now)
    return Settled(states, stale=len(outcomes) - len(ours), paused=paused)


def _is_ours(row: Row[Any], outcome: Outcome, token: str) -> bool:
    """Still held by the token; once in doubt, only certain ends may settle it, never a second start."""
    if row.claim_token != token or row.attempts != outcome.attempt:
        return False
    if row.state == MessageState.UNCERTAIN.value:
        return outcome.kind in {OutcomeKind.ACCEPTED, OutcomeKind.REJECTED, OutcomeKind.STOPPED}
    return bool(row.state == MessageState.SENDING.value)


def _tells(row: Row[Any], outcome: Outcome) -> bool:
    return outcome.kind is OutcomeKind.ACCEPTED and row.kind == MessageKind.INVITATION.value


_ENDS: Mapping[OutcomeKind, tuple[MessageState, str | None]] = {
    OutcomeKind.ACCEPTED: (MessageState.ACCEPTED, None),
    OutcomeKind.REJECTED: (MessageState.FAILED, "address_refused"),
    OutcomeKind.STOPPED: (MessageState.SUPPRESSED, "stopped_at_provider"),
    OutcomeKind.UNCERTAIN: (MessageState.UNCERTAIN, "no_answer"),
    OutcomeKind.ACCOUNT: (MessageState.PLANNED, "account_refused"),
}


def _change(row: Row[Any], outcome: Outcome, token: str, *, now: datetime) -> dict[str, Any]:
    if outcome.kind is OutcomeKind.NOT_SENT:
        becomes, why, later = _again(row, outcome, now=now)
    else:
        becomes, why, later = *_ENDS[outcome.kind], row.not_before
    return {
        "message": row.message_id,
        "token": token,
        "becomes": becomes.value,
        "why": why,
        "later": later,
        "provider": outcome.provider_id,
        "code": outcome.code,
        "keeps": token if becomes is MessageState.UNCERTAIN else None,
        "now": micros(now),
    }


def _again(row: Row[Any], outcome: Outcome, *, now: datetime) -> tuple[MessageState, str | None, int]:
    """It certainly did not leave: planned anew after a wait that doubles, until tries or time run out."""
    if outcome.code == LEASE_CODE:
        return MessageState.PLANNED, "lease_ended", micros(now)
    if row.attempts >= MOST_ATTEMPTS:
        return MessageState.FAILED, "tries_used_up", row.not_before
    wait = min(FIRST_WAIT * 2 ** (row.attempts - 1), LONGEST_WAIT)
    asked = timedelta(seconds=min(outcome.retry_after or 0, LONGEST_ASKED.total_seconds()))
    later = micros(now + max(wait * random.uniform(0.8, 1.2), asked))
    if later >= row.send_before:
        return MessageState.EXPIRED, "not_sent_in_time", row.not_before
    return MessageState.PLANNED, "not_sent", later


def _finished(outcome: Outcome, token: str, rendered: Mapping[str, str], *, now: datetime) -> dict[str, Any]:
    return {
        "message": outcome.reference,
        "try": outcome.attempt,
        "token": token,
        "kind": outcome.kind.value,
        "code": outcome.code,
        "rendered": rendered.get(outcome.reference),
        "now": micros(now),
    }


def _consequences(
    connection: Connection,
    ours: Sequence[tuple[Row[Any], Outcome]],
    channel: Capabilities,
    *,
    now: datetime,
) -> bool:
    paused = False
    for row, outcome in ours:
        if outcome.kind is OutcomeKind.STOPPED:
            stop_address(connection, row.invitation_id, channel, reason=StopReason.PROVIDER, now=now)
        if outcome.kind is OutcomeKind.ACCOUNT:
            paused = pause(connection, row.plan_id) or paused
    return paused
