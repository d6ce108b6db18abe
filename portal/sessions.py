"""Sessions: what a link and a birth date are exchanged for. Only a hash of the id is kept.

15 minutes without a request end a session, and so does an hour in all; leaving ends it at once
(OWASP ASVS 5.0, 7.3 and 7.4).
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, insert, select, update

from data.clock import micros
from data.store.tables import session
from outreach.invitations import is_closed

IDLE = timedelta(minutes=15)
ABSOLUTE = timedelta(minutes=60)
SEEN_EVERY = timedelta(seconds=30)  # a page that is read quickly does not write each time
ID_BYTES = 32


@dataclass(frozen=True)
class Session:
    """A session that is going on. `csrf` goes into every form it is shown."""

    session_hash: str
    invitation_id: str
    csrf: str
    is_stale: bool  # last seen long enough ago to be written down again


INSERT_SESSION = insert(session)
SELECT_SESSION = select(session).where(
    session.c.session_hash == bindparam("hash"),
    session.c.ended_at.is_(None),
    session.c.last_seen_at > bindparam("idle_since"),
    session.c.created_at > bindparam("created_since"),
    ~is_closed(session.c.invitation_id),
)
TOUCH_SESSION = (
    update(session)
    .where(session.c.session_hash == bindparam("hash"), session.c.ended_at.is_(None))
    .values(last_seen_at=bindparam("now"))
)
END_SESSION = (
    update(session)
    .where(session.c.session_hash == bindparam("hash"), session.c.ended_at.is_(None))
    .values(ended_at=bindparam("now"))
)


def start_session(connection: Connection, *, invitation_id: str, now: datetime) -> str:
    """A fresh 256-bit session id for the cookie; it is returned once."""
    session_id = secrets.token_urlsafe(ID_BYTES)
    connection.execute(
        INSERT_SESSION,
        {
            "session_hash": _hash(session_id),
            "invitation_id": invitation_id,
            "csrf": secrets.token_urlsafe(ID_BYTES),
            "created_at": micros(now),
            "last_seen_at": micros(now),
            "ended_at": None,
        },
    )
    return session_id


def find_session(connection: Connection, session_id: str | None, *, now: datetime) -> Session | None:
    """The session of a cookie while it lasts. Changes nothing."""
    if not session_id:
        return None
    values = {
        "hash": _hash(session_id),
        "idle_since": micros(now - IDLE),
        "created_since": micros(now - ABSOLUTE),
    }
    row = connection.execute(SELECT_SESSION, values).one_or_none()
    if row is None:
        return None
    stale = row.last_seen_at <= micros(now - SEEN_EVERY)
    return Session(row.session_hash, row.invitation_id, row.csrf, stale)


def touch_session(connection: Connection, found: Session, *, now: datetime) -> None:
    """Remember that the person was here."""
    connection.execute(TOUCH_SESSION, {"hash": found.session_hash, "now": micros(now)})


def end_session(connection: Connection, found: Session, *, now: datetime) -> None:
    """From now on the cookie opens nothing."""
    connection.execute(END_SESSION, {"hash": found.session_hash, "now": micros(now)})


def _hash(session_id: str) -> str:
    return hashlib.sha256(session_id.encode()).hexdigest()
