"""Plans as the store keeps them: a campaign frozen, the state it is in, and where each person found ended."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from data.clock import moment
from data.errors import Failed
from data.store.tables import invitation, invitation_finding, plan, plan_person

TO_TELL = "to_tell"


class NotTold(StrEnum):
    """Why a person found is not told by a plan; the first that holds, in this order, is their line."""

    DECEASED = "deceased"
    PROTECTED = "protected"  # only a caseworker may write to them
    NO_PERSON = "no_person"  # an employer, a farm or the like: only people are written to here
    NO_CONTACT = "no_contact"  # no contact on record, or records that carry none
    MINOR = "minor"
    CONSENT_REFUSED = "consent_refused"
    SUPPRESSED = "suppressed"
    ADDRESS_UNUSABLE = "address_unusable"  # a message to this address did not arrive
    APPLIED = "applied"
    ALREADY_TOLD = "already_told"  # with exactly these facts
    BEING_TOLD = "being_told"  # another plan's message is on its way or in doubt
    AFTER_ANOTHER = "after_another"  # another programme must be granted to them first
    NOT_YET_CLAIMABLE = "not_yet_claimable"  # the claim opens on a later day
    OPENING_UNKNOWN = "opening_unknown"  # from when it can be claimed, no record tells
    CLAIM_CLOSED = "claim_closed"  # or would close before the message may leave
    RATE_UNCONFIRMED = "rate_unconfirmed"  # the amount rests on a rate nobody confirmed or accepted
    OVER_CEILING = "over_ceiling"


LINES = (TO_TELL, *(reason.value for reason in NotTold))
"""Every line there is, in the order in which they are shown."""


def lines_of(document: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """The lines of a plan's document with their people and sums, those to tell first."""
    return [(name, document["lines"][name]) for name in LINES if name in document["lines"]]


class PlanState(StrEnum):
    """What may happen under a plan."""

    DRAFT = "draft"  # being written; one that a crash left behind is swept away by the next planning
    WAITING = "waiting"  # for another person's signature
    APPROVED = "approved"
    RELEASED = "released"  # approved, and its messages are in the outbox
    PAUSED = "paused"  # nothing leaves until it is approved again
    VOID = "void"  # something it froze has changed, or a newer plan took its place

    @property
    def may_send(self) -> bool:
        return self in {PlanState.APPROVED, PlanState.RELEASED}


@dataclass(frozen=True)
class Plan:
    """One plan's row. `document` is everything the signature covers."""

    plan_id: str
    campaign: str
    number: int
    sha256: str
    document: dict[str, Any]
    state: PlanState
    author: str
    author_account: str
    created_at: datetime
    approver: str | None
    signature: str | None
    proven: bool | None
    approved_at: datetime | None

    @property
    def label(self) -> str:
        return f"{self.campaign} plan {self.number}"


def find_plan(connection: Connection, campaign: str, number: int | None = None) -> Plan:
    """A campaign's plan, the newest by default. Raises Failed when there is none."""
    mine = (plan.c.campaign == campaign) & (plan.c.state != PlanState.DRAFT.value)
    query = select(plan).where(mine).order_by(plan.c.number.desc()).limit(1)
    if number is not None:
        query = query.where(plan.c.number == number)
    row = connection.execute(query).first()
    if row is None:
        what = f"plan {number}" if number is not None else "plan"
        raise Failed(
            f"The campaign {campaign} has no {what}.", mend=f"owed campaign plan {campaign} --as NAME"
        )
    return _plan(row)


def plans_in(connection: Connection, states: Sequence[PlanState]) -> list[Plan]:
    """All plans in one of these states, the oldest approval first."""
    names = [state.value for state in states]
    rows = connection.execute(
        select(plan).where(plan.c.state.in_(names)).order_by(plan.c.approved_at, plan.c.created_at)
    )
    return [_plan(row) for row in rows]


def next_number(connection: Connection, campaign: str) -> int:
    highest = connection.execute(select(func.max(plan.c.number)).where(plan.c.campaign == campaign))
    return int(highest.scalar_one() or 0) + 1


def state_of(connection: Connection, plan_id: str) -> PlanState:
    return PlanState(connection.execute(select(plan.c.state).where(plan.c.plan_id == plan_id)).scalar_one())


def set_state(connection: Connection, plan_id: str, state: PlanState) -> None:
    connection.execute(update(plan).where(plan.c.plan_id == plan_id).values(state=state.value))


def pause(connection: Connection, plan_id: str) -> bool:
    """Stop everything under a plan from now on; False when it was not going."""
    going = [state.value for state in PlanState if state.may_send]
    changed = connection.execute(
        update(plan)
        .where(plan.c.plan_id == plan_id, plan.c.state.in_(going))
        .values(state=PlanState.PAUSED.value)
    )
    return changed.rowcount == 1


def void_waiting(connection: Connection, campaign: str) -> int:
    """Void a campaign's plans that nobody has approved: a newer one takes their place."""
    changed = connection.execute(
        update(plan)
        .where(plan.c.campaign == campaign, plan.c.state == PlanState.WAITING.value)
        .values(state=PlanState.VOID.value)
    )
    return changed.rowcount


def list_digest(connection: Connection, plan_id: str) -> str:
    """SHA-256 over every person's line, every sealed invitation of a plan and the findings each one lists.

    An invitation that belongs to nobody's line counts, too: it would be sent like the others.
    """
    digest = hashlib.sha256()
    for row in connection.execute(_LIST.where(plan_person.c.plan_id == plan_id)):
        sealed = hashlib.sha256(row.sealed + row.wrapped_key).hexdigest() if row.sealed else ""
        opens = row.opens_on.isoformat() if row.opens_on else ""
        fields = (row.subject_id, row.line, row.amounts, opens, row.invitation_id or "", sealed)
        more = (row.channel or "", row.address_mac or "", row.check_mac or "", row.household_id or "")
        digest.update(json.dumps([*fields, *more]).encode())
    for listed in connection.execute(_LISTED.where(invitation.c.plan_id == plan_id)):
        digest.update(json.dumps(list(listed)).encode())
    return digest.hexdigest()


_LIST = (
    select(
        plan_person.c.subject_id,
        plan_person.c.line,
        plan_person.c.amounts,
        plan_person.c.opens_on,
        invitation.c.invitation_id,
        invitation.c.household_id,
        invitation.c.wrapped_key,
        invitation.c.sealed,
        invitation.c.channel,
        invitation.c.address_mac,
        invitation.c.check_mac,
    )
    .outerjoin(
        invitation,
        (invitation.c.plan_id == plan_person.c.plan_id)
        & (invitation.c.subject_id == plan_person.c.subject_id),
    )
    .order_by(plan_person.c.subject_id)
)
_LISTED = (
    select(
        invitation.c.invitation_id,
        invitation_finding.c.entitlement_id,
        invitation_finding.c.revision,
        invitation_finding.c.facts_hash,
    )
    .outerjoin(invitation_finding, invitation_finding.c.invitation_id == invitation.c.invitation_id)
    .order_by(invitation.c.invitation_id, invitation_finding.c.entitlement_id)
)


def _plan(row: Row[Any]) -> Plan:
    return Plan(
        plan_id=row.plan_id,
        campaign=row.campaign,
        number=row.number,
        sha256=row.sha256,
        document=_in_order(json.loads(row.document)),
        state=PlanState(row.state),
        author=row.author,
        author_account=row.author_account,
        created_at=moment(row.created_at),
        approver=row.approver,
        signature=row.signature,
        proven=row.proven,
        approved_at=None if row.approved_at is None else moment(row.approved_at),
    )


def _in_order(document: dict[str, Any]) -> dict[str, Any]:
    """Canonical JSON sorts its keys; lines are read in the order in which they are shown."""
    return document | {"lines": dict(lines_of(document))} if document else document
