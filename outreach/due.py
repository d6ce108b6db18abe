"""What is due now, without touching it: what `owed work` would look at."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Engine, func, select

from data.clock import micros, moment
from data.store.engine import reading
from data.store.tables import invitation, message
from data.store.tables import plan as plan_table
from outreach.message import MessageKind, MessageState
from outreach.plans import PlanState
from outreach.sender import Desk, Tally, open_lanes


class Due(NamedTuple):
    """How many messages of one kind leave under one plan, through one channel, and from when."""

    plan: str
    kind: str
    channel: str
    messages: int
    first: datetime


class Waiting(NamedTuple):
    """Messages that may leave later: after quiet hours and holidays, on another day, or at their next try."""

    messages: int
    first: datetime


def waiting_messages(engine: Engine, *, now: datetime) -> Waiting | None:
    """How many messages of released plans wait for a later moment, and the earliest; None when none does."""
    later = (
        select(func.count(), func.min(message.c.not_before))
        .join(plan_table, plan_table.c.plan_id == message.c.plan_id)
        .where(
            plan_table.c.state == PlanState.RELEASED.value,
            message.c.state == MessageState.PLANNED.value,
            message.c.not_before > micros(now),
        )
    )
    with reading(engine) as connection:
        count, first = connection.execute(later).one()
    return Waiting(count, moment(first)) if count else None


def due_messages(desk: Desk, tally: Tally) -> list[Due]:
    """What is due under approved plans whose signature holds; refusals go into the tally.

    A plan that no run has released yet is there as a whole, with the moment it may begin to leave.
    """
    found = []
    for lane in open_lanes(desk, tally):
        plan, now = lane.plan, desk.clock()
        waiting = (
            select(message.c.kind, message.c.channel, func.count())
            .where(
                message.c.plan_id == plan.plan_id,
                message.c.state == MessageState.PLANNED.value,
                message.c.not_before <= micros(now),
            )
            .group_by(message.c.kind, message.c.channel)
        )
        unreleased = (
            select(invitation.c.channel, func.count())
            .where(invitation.c.plan_id == plan.plan_id)
            .group_by(invitation.c.channel)
        )
        with reading(desk.engine) as connection:
            found += [
                Due(plan.label, kind, channel, count, now)
                for kind, channel, count in connection.execute(waiting)
            ]
            if plan.state is PlanState.APPROVED:
                first = lane.terms.first_moment(now)
                found += [
                    Due(plan.label, MessageKind.INVITATION.value, channel, count, first)
                    for channel, count in connection.execute(unreleased)
                ]
    return found
