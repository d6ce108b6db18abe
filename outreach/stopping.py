"""A citizen's own stop: from their page, or from the address in an e-mail's header (RFC 8058).

The token in that address is the invitation's id and a keyed hash of it. It opens nothing, names nobody and
never expires: who holds an old e-mail can still stop the next one.
"""

from __future__ import annotations

import hmac
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select

from data.keys import keyed_hash
from data.store.tables import invitation
from outreach.suppression import StopReason, stop

ID_LENGTH = 32
MAC_LENGTH = 32  # hexadecimal: 128 bits

SELECT_SUBJECT = select(invitation.c.subject_id).where(invitation.c.invitation_id == bindparam("invitation"))


class Stopped(NamedTuple):
    """What a stop did: whether it is new, and whether a message may be on its way at this moment."""

    is_new: bool
    may_still_arrive: bool


def stop_token(key: bytes, invitation_id: str) -> str:
    """The last part of `<portal>/stop/<token>`, for List-Unsubscribe; `key` is the invitations key."""
    return invitation_id + keyed_hash(key, "stop", invitation_id)[:MAC_LENGTH]


def read_stop_token(key: bytes, token: str) -> str | None:
    """The invitation a token was made for; None when it was not made with this key."""
    if not token.isascii():
        return None
    expected = stop_token(key, token[:ID_LENGTH])
    return token[:ID_LENGTH] if hmac.compare_digest(token, expected) else None


def stop_outreach(connection: Connection, *, invitation_id: str, source: str, now: datetime) -> Stopped:
    """No more invitations to the invited person, through any channel, from this transaction on.

    `source` is where the wish came from ("page" or "email header"). Receipts and notices of an application
    of their own still come.
    """
    subject_id = connection.execute(SELECT_SUBJECT, {"invitation": invitation_id}).scalar_one()
    answer = stop(connection, now=now, reason=StopReason.CITIZEN, source=source, subject_id=subject_id)
    return Stopped(answer.is_new, answer.may_still_arrive)
