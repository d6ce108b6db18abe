"""Everything that is looked at again in the transaction that marks a message as sending.

A gate reads only the store, which intake, diff, the portal and the operators keep current, and answers
with one verdict for each message: go, wait until a moment, or end in a state with a reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal_column,
    or_,
    select,
)

from data.clock import micros
from data.store.tables import (
    application_item,
    attempt,
    contact_consent,
    entitlement,
    invitation,
    invitation_finding,
    message,
    operator_key,
    person_state,
    plan,
    suppression,
)
from outreach.message import MessageKind, MessageState
from outreach.plans import PlanState
from outreach.suppression import OUTREACH
from outreach.terms import Terms
from outreach.told import in_doubt, last_told


class Verdict(NamedTuple):
    """What a gate decided: `sending`, `planned` (not before a moment), or an end with its reason."""

    state: MessageState
    reason: str | None = None
    not_before: int | None = None


GO = Verdict(MessageState.SENDING)
_STANDING_KINDS = [kind.value for kind in MessageKind if kind.under_standing_approval]

_STOPPED = or_(
    suppression.c.subject_id == message.c.subject_id,
    suppression.c.address_mac == invitation.c.address_mac,
)
IN_TURN: ColumnElement[int] = literal_column("message.rowid")
"""The order in which messages came into the outbox; the index on state and moment ends with it."""

_CLAIMED = (
    select(
        message,
        func.coalesce(person_state.c.deceased, False).label("deceased"),
        func.coalesce(person_state.c.protected, False).label("protected"),
        func.coalesce(contact_consent.c.allowed, False).label("consents"),
        exists().where(_STOPPED, suppression.c.channel == OUTREACH).label("outreach_stopped"),
        or_(invitation.c.plan_id != message.c.plan_id, invitation.c.subject_id != message.c.subject_id).label(
            "foreign"
        ),
        exists().where(_STOPPED, suppression.c.channel == bindparam("address")).label("channel_stopped"),
    )
    .join(invitation, invitation.c.invitation_id == message.c.invitation_id)
    .outerjoin(person_state, person_state.c.subject_id == message.c.subject_id)
    .outerjoin(
        contact_consent,
        and_(
            contact_consent.c.subject_id == message.c.subject_id,
            contact_consent.c.channel == bindparam("address"),
        ),
    )
    .where(
        message.c.message_id.in_(bindparam("messages", expanding=True)),
        message.c.state == MessageState.CLAIMED.value,
        message.c.claim_token == bindparam("token"),
    )
    .order_by(message.c.not_before, IN_TURN)
)


def claimed_rows(
    connection: Connection, messages: Sequence[str], *, token: str, address: str
) -> Sequence[Row[Any]]:
    """The messages this token still holds, each with what the store says of its person now."""
    return connection.execute(
        _CLAIMED, {"messages": list(messages), "token": token, "address": address}
    ).all()


# --- the findings an invitation lists ---------------------------------------------------------------

_told_already = last_told(invitation_finding.c.entitlement_id) == invitation_finding.c.facts_hash
_in_doubt = in_doubt(invitation_finding.c.entitlement_id, besides=invitation_finding.c.invitation_id)


def _any(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.max(case((condition, 1), else_=0))


_FINDINGS = (
    select(
        invitation_finding.c.invitation_id,
        _any(exists().where(application_item.c.entitlement_id == invitation_finding.c.entitlement_id)).label(
            "finding_applied_for"
        ),
        _any(func.coalesce(entitlement.c.state, "ended") == "ended").label("finding_ended"),
        _any(entitlement.c.state == "unseen").label("finding_unseen"),
        _any(
            or_(
                entitlement.c.revision != invitation_finding.c.revision,
                entitlement.c.facts_hash != invitation_finding.c.facts_hash,
            )
        ).label("finding_changed"),
        _any(_told_already).label("told_by_another_message"),
        _any(_in_doubt).label("being_told_by_another_message"),
        func.min(entitlement.c.claim_by).label("claim_by"),
    )
    .outerjoin(entitlement, entitlement.c.entitlement_id == invitation_finding.c.entitlement_id)
    .where(invitation_finding.c.invitation_id.in_(bindparam("invitations", expanding=True)))
    .group_by(invitation_finding.c.invitation_id)
)
FINDING_TROUBLES = (
    "finding_applied_for",
    "finding_ended",
    "finding_unseen",
    "finding_changed",
    "told_by_another_message",
    "being_told_by_another_message",
)


def finding_troubles(connection: Connection, invitations: Sequence[str], *, today: date) -> Mapping[str, str]:
    """Why an invitation no longer says the truth, by its id; those that do are left out."""
    troubles = {}
    for row in connection.execute(_FINDINGS, {"invitations": list(invitations)}):
        reasons = [name for name in FINDING_TROUBLES if row._mapping[name]]
        if row.claim_by is not None and row.claim_by < today:
            reasons.append("claim_closed")
        if reasons:
            troubles[row.invitation_id] = reasons[0]
    return troubles


# --- the plan they go under -------------------------------------------------------------------------

_PLAN = (
    select(plan.c.state, plan.c.sha256, operator_key.c.revoked_at)
    .outerjoin(operator_key, operator_key.c.name == plan.c.approver)
    .where(plan.c.plan_id == bindparam("plan"))
)
_TRIED_SINCE = (
    select(func.count())
    .select_from(attempt)
    .join(message, message.c.message_id == attempt.c.message_id)
    .where(
        attempt.c.started_at >= bindparam("since"),
        message.c.plan_id == bindparam("plan"),
        message.c.kind.in_(bindparam("kinds", expanding=True)),
    )
)


def plan_trouble(connection: Connection, plan_id: str, *, sha256: str) -> str | None:
    """Why nothing may leave under a plan now, though its signature was verified when this run began."""
    row = connection.execute(_PLAN, {"plan": plan_id}).one()
    if not PlanState(row.state).may_send:
        return f"plan_{row.state}"
    if row.sha256 != sha256:
        return "plan_changed"
    return "approver_revoked" if row.revoked_at is not None else None


@dataclass
class Allowance:
    """What is left of the day's ceilings; counts down as verdicts are given. None is no bound."""

    invitations: int | None
    standing: int

    def take(self, kind: MessageKind) -> bool:
        """Use one up; False when the day's ceiling is reached."""
        if kind.under_standing_approval:
            self.standing -= 1
            return self.standing >= 0
        if self.invitations is None:
            return True
        self.invitations -= 1
        return self.invitations >= 0


def todays_allowance(
    connection: Connection, plan_id: str, kinds: set[MessageKind], *, terms: Terms, now: datetime
) -> Allowance:
    """Count what left since midnight at the authority, under the lock; only what can bind is counted."""
    since = micros(terms.schedule.local_midnight(now))

    def tried(names: list[str]) -> int:
        values = {"plan": plan_id, "since": since, "kinds": names}
        return int(connection.execute(_TRIED_SINCE, values).scalar_one())

    bounded = terms.messages_per_day < terms.to_tell and MessageKind.INVITATION in kinds
    standing = any(kind.under_standing_approval for kind in kinds)
    return Allowance(
        invitations=terms.messages_per_day - tried([MessageKind.INVITATION.value]) if bounded else None,
        standing=terms.standing_per_day - (tried(_STANDING_KINDS) if standing else 0),
    )


# --- the verdict ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Gate:
    """What one look at the store found for a batch under one plan; `judge` is a pure function of it."""

    terms: Terms
    now: datetime
    plan_trouble: str | None
    troubles: Mapping[str, str]
    allowance: Allowance

    def judge(self, row: Row[Any]) -> Verdict:
        kind = MessageKind(row.kind)
        if self.plan_trouble is not None:
            return Verdict(MessageState.PLANNED, self.plan_trouble, row.not_before)
        if row.send_before <= micros(self.now):
            return Verdict(MessageState.EXPIRED, "send_before_passed")
        if row.foreign:  # what was signed is an invitation of this plan to this person
            return Verdict(MessageState.CANCELLED, "not_of_this_plan")
        ended = self._person(row, kind) or self._approval(row, kind)
        return ended or self._moment(row, kind) or GO

    def _person(self, row: Row[Any], kind: MessageKind) -> Verdict | None:
        """Death, protection and a stopped channel end every kind; the rest only concerns outreach."""
        reasons = {
            "deceased": row.deceased,
            "protected": row.protected,
            "channel_stopped": row.channel_stopped,
        }
        if not kind.under_standing_approval:
            reasons |= {"stopped": row.outreach_stopped, "no_consent": not row.consents}
        return next(
            (Verdict(MessageState.SUPPRESSED, name) for name, holds in reasons.items() if holds), None
        )

    def _approval(self, row: Row[Any], kind: MessageKind) -> Verdict | None:
        if kind.under_standing_approval:
            if self.now >= self.terms.standing_until:
                return Verdict(MessageState.CANCELLED, "standing_approval_over")
            return None
        trouble = self.troubles.get(row.invitation_id)
        if trouble is not None:
            return Verdict(MessageState.CANCELLED, trouble)
        if self.now >= self.terms.send_before:
            return Verdict(MessageState.EXPIRED, "send_before_passed")
        return None

    def _moment(self, row: Row[Any], kind: MessageKind) -> Verdict | None:
        """Quiet hours and daily ceilings put a message off; past its send-before it expires instead."""
        schedule = self.terms.schedule
        if not kind.answers_the_citizen and not schedule.is_open(self.now):
            return _put_off(row, schedule.next_open(self.now), "quiet_hours")
        if not kind.under_standing_approval and self.now < self.terms.send_from:
            return _put_off(row, schedule.next_open(self.terms.send_from), "before_send_from")
        if not self.allowance.take(kind):
            return _put_off(row, schedule.next_day(self.now), "daily_ceiling")
        return None


def _put_off(row: Row[Any], until: datetime, reason: str) -> Verdict:
    if micros(until) >= row.send_before:
        return Verdict(MessageState.EXPIRED, reason)
    return Verdict(MessageState.PLANNED, reason, micros(until))
