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

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
LINK_LENGTH = 20
MAX_TRIES = 5
LOCK = timedelta(minutes=15)


@dataclass(frozen=True)
class Link:
    """A link that was given out and not revoked, as it stands at the moment it was looked up."""

    link_hash: str
    invitation_id: str
    message_id: str
    expires_at: datetime
    expired: bool
    tries_left: int
    locked_until: datetime | None  # 15 minutes after the last try, once none is left


class Access(StrEnum):
    """What became of one try to pass the access check."""

    PASSED = "passed"
    WRONG = "wrong"
    LOCKED = "locked"  # five tries were used; the next counts 15 minutes after the last
    GONE = "gone"  # expired or revoked since the page was shown


INSERT_LINK = insert(link)
REVOKE_OF_MESSAGE = (
    update(link)
    .where(link.c.message_id == bindparam("message"), link.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("now"))
)
SELECT_LINK = select(link).where(link.c.link_hash == bindparam("hash"), link.c.revoked_at.is_(None))

# tries_since is the moment of the latest counted try: a lock, and the memory of earlier tries, end 15
# minutes after it. One statement counts and decides, so that parallel guesses cannot share a try.
_LAPSED = or_(link.c.tries_since.is_(None), link.c.tries_since <= bindparam("lapsed_before"))
_USABLE = and_(
    link.c.link_hash == bindparam("hash"),
    link.c.revoked_at.is_(None),
    link.c.expires_at > bindparam("now"),
)
COUNT_TRY = (
    update(link)
    .where(_USABLE, or_(link.c.tries < MAX_TRIES, _LAPSED))
    .values(tries=case((_LAPSED, 1), else_=link.c.tries + 1), tries_since=bindparam("now"))
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
    """The link, expired or not; None when it was never given out or was revoked. Changes nothing."""
    row = connection.execute(SELECT_LINK, {"hash": link_hash(link_id)}).one_or_none()
    if row is None:
        return None
    left, since = MAX_TRIES, row.tries_since
    if since is not None and since > micros(now - LOCK):
        left -= row.tries
    return Link(
        link_hash=row.link_hash,
        invitation_id=row.invitation_id,
        message_id=row.message_id,
        expires_at=moment(row.expires_at),
        expired=row.expires_at <= micros(now),
        tries_left=left,
        locked_until=None if left else moment(since) + LOCK,
    )


def try_birth_date(
    connection: Connection, found: Link, *, given: frozenset[date], sealed: date, now: datetime
) -> Access:
    """Use up one try and compare; the caller commits whatever the answer is.

    `given` are the days that what was typed can mean (`outreach.birth_dates.read_birth_date`); `sealed` is
    the day on the register. At most five tries are compared, however many arrive at once.
    """
    values = {
        "hash": found.link_hash,
        "now": micros(now),
        "lapsed_before": micros(now - LOCK),
    }
    if connection.execute(COUNT_TRY, values).one_or_none() is None:
        usable = connection.execute(SELECT_USABLE, values).one_or_none()
        return Access.GONE if usable is None else Access.LOCKED
    if sealed not in given:
        return Access.WRONG
    connection.execute(MARK_PASSED, values)
    return Access.PASSED
