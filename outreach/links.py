"""Links: an opaque id that leads one person to their page; only its hash is kept.

20 characters of a 57-letter alphabet are 116 bits, which OWASP ASVS 5.0 (6.5.2) lets stand under a plain
hash. The alphabet has no 0 O 1 l I, which people confuse, and no punctuation, which phones cut off.
The birth date is an access check, not authentication: what protects it is the counter.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection, and_, bindparam, case, func, insert, or_, select, update

from data.clock import micros, moment
from data.store.tables import link
from outreach.invitations import is_closed

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
LINK_LENGTH = 20
MAX_TRIES = 5
LOCKS = (timedelta(minutes=15), timedelta(hours=1), timedelta(days=1))
"""How long a link rests after the first five wrong dates, the second five, and every five after those.

Were every lock as short as the first, who has a link could try 480 dates a day, and nearly every date of a
lifetime before the link expires. So it is 15 dates on the first day and five a day from then on.
"""


@dataclass(frozen=True)
class Link:
    """A link that was given out and not revoked, as it stands at the moment it was looked up."""

    link_hash: str
    invitation_id: str
    message_id: str
    expires_at: datetime
    expired: bool
    tries_left: int
    locked_until: datetime | None  # once none is left


class Access(StrEnum):
    """What became of one try to pass the access check."""

    PASSED = "passed"
    WRONG = "wrong"
    LOCKED = "locked"  # five tries were used; the next counts when the lock ends
    GONE = "gone"  # expired or revoked since the page was shown


INSERT_LINK = insert(link)
REVOKE_OF_MESSAGE = (
    update(link)
    .where(link.c.message_id == bindparam("message"), link.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("now"))
)
SELECT_LINK = select(link).where(
    link.c.link_hash == bindparam("hash"), link.c.revoked_at.is_(None), ~is_closed(link.c.invitation_id)
)

# tries counts the wrong dates since the link was last passed, tries_since is the moment of the latest. Each
# fifth locks the link for the time that stands in LOCKS. One statement counts and decides, so that parallel
# guesses cannot share a try.
_LOCK_ENDED_BEFORE = case(
    *((link.c.tries <= MAX_TRIES * (n + 1), bindparam(f"lock_{n}")) for n in range(len(LOCKS) - 1)),
    else_=bindparam(f"lock_{len(LOCKS) - 1}"),
)
_OPEN = or_(
    link.c.tries % MAX_TRIES != 0, link.c.tries_since.is_(None), link.c.tries_since <= _LOCK_ENDED_BEFORE
)
_USABLE = and_(
    link.c.link_hash == bindparam("hash"),
    link.c.revoked_at.is_(None),
    link.c.expires_at > bindparam("now"),
)
COUNT_TRY = (
    update(link)
    .where(_USABLE, _OPEN)
    .values(tries=link.c.tries + 1, tries_since=bindparam("now"))
    .returning(link.c.tries)
)
SELECT_USABLE = select(link.c.tries).where(_USABLE)
MARK_PASSED = (
    update(link)
    .where(link.c.link_hash == bindparam("hash"))
    .values(
        tries=0, tries_since=None, first_passed_at=func.coalesce(link.c.first_passed_at, bindparam("now"))
    )
)


def new_link(
    connection: Connection, *, invitation_id: str, message_id: str, now: datetime, expires_at: datetime
) -> str:
    """A fresh link id for one message; earlier links of the same message stop working.

    The id is returned once and cannot be found again: the store keeps its SHA-256.
    """
    link_id = "".join(secrets.choice(ALPHABET) for _ in range(LINK_LENGTH))
    connection.execute(REVOKE_OF_MESSAGE, {"message": message_id, "now": micros(now)})
    connection.execute(
        INSERT_LINK,
        {
            "link_hash": link_hash(link_id),
            "invitation_id": invitation_id,
            "message_id": message_id,
            "created_at": micros(now),
            "expires_at": micros(expires_at),
            "revoked_at": None,
            "tries": 0,
            "tries_since": None,
            "first_passed_at": None,
        },
    )
    return link_id


def link_hash(link_id: str) -> str:
    """What the store knows a link by."""
    return hashlib.sha256(link_id.encode()).hexdigest()


def find_link(connection: Connection, link_id: str, now: datetime) -> Link | None:
    """The link, expired or not; None when it was never given out, was revoked, or its person is one whom
    only a caseworker may serve. Changes nothing.
    """
    row = connection.execute(SELECT_LINK, {"hash": link_hash(link_id)}).one_or_none()
    if row is None:
        return None
    locked_until = _locked_until(row.tries, row.tries_since)
    if locked_until is not None and locked_until <= now:
        locked_until = None
    return Link(
        link_hash=row.link_hash,
        invitation_id=row.invitation_id,
        message_id=row.message_id,
        expires_at=moment(row.expires_at),
        expired=row.expires_at <= micros(now),
        tries_left=0 if locked_until else MAX_TRIES - row.tries % MAX_TRIES,
        locked_until=locked_until,
    )


def _locked_until(tries: int, since: int | None) -> datetime | None:
    """When the lock of so many wrong dates ends; None when there is none."""
    if since is None or tries % MAX_TRIES:
        return None
    return moment(since) + LOCKS[min(tries // MAX_TRIES, len(LOCKS)) - 1]


def try_birth_date(
    connection: Connection, found: Link, *, given: frozenset[date], sealed: date, now: datetime
) -> Access:
    """Use up one try and compare; the caller commits whatever the answer is.

    `given` are the days that what was typed can mean (`outreach.birth_dates.read_birth_date`); `sealed` is
    the day on the register. At most five tries are compared before a lock, however many arrive at once.
    """
    values = {
        "hash": found.link_hash,
        "now": micros(now),
        **{f"lock_{n}": micros(now - lock) for n, lock in enumerate(LOCKS)},
    }
    if connection.execute(COUNT_TRY, values).one_or_none() is None:
        usable = connection.execute(SELECT_USABLE, values).one_or_none()
        return Access.GONE if usable is None else Access.LOCKED
    if sealed not in given:
        return Access.WRONG
    connection.execute(MARK_PASSED, values)
    return Access.PASSED
