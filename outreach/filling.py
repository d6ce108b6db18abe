"""Fills the outbox from an approved plan: each sealed invitation becomes one planned message, once."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, bindparam, func, select

from data.clock import Clock, micros
from data.store.engine import writing
from data.store.tables import entitlement, invitation, invitation_finding
from outreach.message import MessageKind, NewMessage
from outreach.outbox import enqueue_many
from outreach.plans import Plan, PlanState, set_state, state_of
from outreach.terms import Terms, end_of

PIECE = 10_000

_INVITATIONS = (
    select(
        invitation.c.invitation_id,
        invitation.c.subject_id,
        invitation.c.household_id,
        invitation.c.channel,
        func.min(entitlement.c.claim_by).label("claim_by"),
    )
    .join(invitation_finding, invitation_finding.c.invitation_id == invitation.c.invitation_id)
    .outerjoin(entitlement, entitlement.c.entitlement_id == invitation_finding.c.entitlement_id)
    .where(invitation.c.plan_id == bindparam("plan"), invitation.c.subject_id > bindparam("after"))
    .group_by(invitation.c.invitation_id)
    .order_by(invitation.c.subject_id)
    .limit(PIECE)
)


def fill_outbox(engine: Engine, plan: Plan, terms: Terms, *, clock: Clock) -> int:
    """Put an approved plan's messages into the outbox; how many were new.

    Each piece is a transaction of its own, so that a stop never waits long; interrupted, the next run goes
    on, since a person's message has one `dedupe_key` in a plan.
    """
    added, after = 0, ""
    while True:
        with writing(engine) as connection:
            if not state_of(connection, plan.plan_id).may_send:
                return added
            rows = connection.execute(_INVITATIONS, {"plan": plan.plan_id, "after": after}).all()
            added += enqueue_many(connection, _messages(plan, terms, rows, clock()), now=clock())
            if len(rows) < PIECE:
                set_state(connection, plan.plan_id, PlanState.RELEASED)
                return added
        after = rows[-1].subject_id


def _messages(plan: Plan, terms: Terms, rows: Iterable[Any], now: datetime) -> Iterator[NewMessage]:
    first = terms.first_moment(now)
    for row in rows:
        last = terms.send_before
        if row.claim_by is not None:
            last = min(last, end_of(row.claim_by, terms.zone))
        yield NewMessage(
            message_id=secrets.token_hex(16),
            dedupe_key=f"invitation:{plan.plan_id}:{row.subject_id}",
            plan_id=plan.plan_id,
            invitation_id=row.invitation_id,
            application_id=None,
            kind=MessageKind.INVITATION.value,
            channel=row.channel,
            subject_id=row.subject_id,
            household_id=row.household_id,
            not_before=micros(first),
            send_before=micros(last),
        )
