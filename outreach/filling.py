"""Fills the outbox from an approved plan: each sealed invitation becomes one planned message, once."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, Engine, bindparam, case, func, select

from data.clock import Clock, micros
from data.store.engine import reading, writing
from data.store.tables import entitlement, invitation, invitation_finding
from outreach.listing import end_of_month
from outreach.message import MessageKind, NewMessage
from outreach.outbox import enqueue_many
from outreach.plans import Plan, PlanState, set_state, state_of
from outreach.terms import Terms, end_of

PIECE = 10_000

_LISTED = (
    select(invitation.c.invitation_id)
    .join(invitation_finding, invitation_finding.c.invitation_id == invitation.c.invitation_id)
    .outerjoin(entitlement, entitlement.c.entitlement_id == invitation_finding.c.entitlement_id)
    .group_by(invitation.c.invitation_id)
)
_COSTS_FROM = func.min(
    func.coalesce(
        entitlement.c.claim_by,
        case(
            (entitlement.c.programme.in_(bindparam("months_lost", expanding=True)), bindparam("month_ends")),
            else_=bindparam("never"),
        ),
        type_=Date,
    )
)
_IN_TURN = _LISTED.where(invitation.c.plan_id == bindparam("plan")).order_by(
    _COSTS_FROM, invitation.c.invitation_id
)
_INVITATIONS = _LISTED.add_columns(
    invitation.c.subject_id,
    invitation.c.household_id,
    invitation.c.channel,
    func.min(entitlement.c.claim_by).label("claim_by"),
).where(invitation.c.invitation_id.in_(bindparam("some", expanding=True)))


def fill_outbox(engine: Engine, plan: Plan, terms: Terms, *, clock: Clock) -> int:
    """Put an approved plan's messages into the outbox; how many were new.

    Those come first whom waiting costs something first, and leave first where a day has a ceiling. Each
    piece is a transaction of its own, so that a stop never waits long; interrupted, the next run goes on,
    since a person's message has one `dedupe_key` in a plan.
    """
    waiting = _in_turn(engine, plan, terms, clock())
    added = 0
    for at in range(0, max(1, len(waiting)), PIECE):
        some = waiting[at : at + PIECE]
        turns = {one: turn for turn, one in enumerate(some)}
        with writing(engine) as connection:
            if not state_of(connection, plan.plan_id).may_send:
                return added
            rows = connection.execute(_INVITATIONS, {"some": some}).all()
            rows = sorted(rows, key=lambda row: turns[row.invitation_id])
            added += enqueue_many(connection, _messages(plan, terms, rows, clock()), now=clock())
            if at + PIECE >= len(waiting):
                set_state(connection, plan.plan_id, PlanState.RELEASED)
    return added


def _in_turn(engine: Engine, plan: Plan, terms: Terms, now: datetime) -> list[str]:
    """The plan's invitations by the day on which waiting costs something; then by their ids, a lot."""
    programmes = plan.document["programmes"]
    values = {
        "plan": plan.plan_id,
        "months_lost": [one["id"] for one in programmes if one["particulars"]["months_lost"]],
        "month_ends": end_of_month(terms.first_moment(now).astimezone(terms.zone).date()),
        "never": date.max,
    }
    with reading(engine) as connection:
        return list(connection.execute(_IN_TURN, values).scalars())


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
