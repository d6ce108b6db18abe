"""What a message is for, and the states it can be in: the words the outbox is written in."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class MessageKind(StrEnum):
    """What a message says. All but the invitation go under their plan's standing approval."""

    INVITATION = "invitation"
    RECEIPT = "receipt"
    NOTICE = "notice"
    RENEWED_LINK = "renewed_link"

    @property
    def under_standing_approval(self) -> bool:
        return self is not MessageKind.INVITATION

    @property
    def answers_the_citizen(self) -> bool:
        """It follows an act of the person a moment ago, so it does not wait for the morning.

        A new link is none: anybody who holds the expired one can ask for it, at any hour.
        """
        return self is MessageKind.RECEIPT


class MessageState(StrEnum):
    """Where a message is. `sending` is durable before the first byte leaves."""

    PLANNED = "planned"
    CLAIMED = "claimed"
    SENDING = "sending"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    UNCERTAIN = "uncertain"  # it may have left: only evidence or a person settles it
    NEEDS_DECISION = "needs_decision"  # still in doubt, and a person has been asked
    SUPPRESSED = "suppressed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """Nothing more will be done about it; a late receipt may still say what happened."""
        return self in _FINAL

    @property
    def is_in_doubt(self) -> bool:
        return self in {MessageState.UNCERTAIN, MessageState.NEEDS_DECISION}


_FINAL = frozenset(
    {
        MessageState.DELIVERED,
        MessageState.UNDELIVERED,
        MessageState.FAILED,
        MessageState.SUPPRESSED,
        MessageState.EXPIRED,
        MessageState.CANCELLED,
    }
)


class NewMessage(NamedTuple):
    """One row to be enqueued; moments are microseconds. The same `dedupe_key` is enqueued once, ever."""

    message_id: str
    dedupe_key: str
    plan_id: str
    invitation_id: str
    application_id: str | None
    kind: str
    channel: str
    subject_id: str
    household_id: str
    not_before: int
    send_before: int
