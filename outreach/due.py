"""What is due now, without touching it: what `owed work` would look at."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import func, select

from data.clock import micros
from data.store.engine import reading
from data.store.tables import invitation, message
from outreach.message import MessageKind, MessageState
from outreach.plans import PlanState
from outreach.sender import Desk, Tally, open_lanes


class Due(NamedTuple):
    """How many messages of one kind are due under one plan, through one channel."""

    plan: str
    kind: str
    channel: str
    messages: int


def due_messages(desk: Desk, tally: Tally) -> list[Due]:
    """What is due under approved plans whose signature holds; refusals go into the tally."""
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
            found += [Due(plan.label, *row) for row in connection.execute(waiting)]
            if plan.state is PlanState.APPROVED:
                found += [
                    Due(plan.label, MessageKind.INVITATION.value, channel, count)
                    for channel, count in connection.execute(unreleased)
                ]
    return found
