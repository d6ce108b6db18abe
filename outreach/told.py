"""What a person was last told of a finding, and what may be on its way to them.

Not whether they were ever told these facts: who was told 1000, then 1001, and is owed 1000 again, was last
told something that is wrong. Messages about one finding leave in the order of its revisions, since a gate
stops those of an older one; so the last told is the highest revision told, however late its receipt came.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, and_, exists, or_, select

from data.store.tables import invitation_finding, message
from outreach.message import MessageKind, MessageState

_WAITING = [MessageState.PLANNED.value, MessageState.CLAIMED.value]
_IN_DOUBT = [
    MessageState.SENDING.value,
    MessageState.UNCERTAIN.value,
    MessageState.NEEDS_DECISION.value,
]
_LISTED, _POST = invitation_finding.alias("listed"), message.alias("post")


def last_told(entitlement_id: ColumnElement[str]) -> ScalarSelect[Any]:
    """The hash of the facts a person was last told of an entitlement; null when of none."""
    told = invitation_finding.alias("told")
    return (
        select(told.c.facts_hash)
        .where(told.c.entitlement_id == entitlement_id, told.c.told_at.is_not(None))
        .order_by(told.c.revision.desc(), told.c.told_at.desc())
        .limit(1)
        .scalar_subquery()
    )


def in_doubt(entitlement_id: ColumnElement[str], *, besides: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether an invitation other than `besides` may have told it just now: until that is known, none may."""
    return _on_its_way(entitlement_id, _POST.c.state.in_(_IN_DOUBT), _LISTED.c.invitation_id != besides)


def being_told(entitlement_id: ColumnElement[str], facts_hash: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether a message with these facts waits, or one with any facts may have left."""
    same = and_(_POST.c.state.in_(_WAITING), _LISTED.c.facts_hash == facts_hash)
    return _on_its_way(entitlement_id, or_(same, _POST.c.state.in_(_IN_DOUBT)))


def _on_its_way(entitlement_id: ColumnElement[str], *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(
        _LISTED.c.entitlement_id == entitlement_id,
        _POST.c.invitation_id == _LISTED.c.invitation_id,
        _POST.c.kind == MessageKind.INVITATION.value,
        *conditions,
    )
