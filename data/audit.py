"""The record of who did what: append-only, each entry chained to the one before by a keyed hash.

Entries hold ids, counts, hashes and an operator's reason for what was done, never a fact about a person, so
that erasing somebody leaves the chain whole. Who changes, drops or reorders an entry without the audit key is
found by `verify`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, desc, insert, select

from data.clock import micros
from data.digests import canonical_json
from data.keys import keyed_hash
from data.store.tables import audit_entry

START = "start"

_LAST = select(audit_entry.c.seq, audit_entry.c.mac).order_by(desc(audit_entry.c.seq)).limit(1)
_ALL = select(audit_entry).order_by(audit_entry.c.seq)


class Verdict(NamedTuple):
    """What `verify` found: how many entries hold, and the number of the first that does not."""

    entries: int
    first_broken: int | None
    head: str

    @property
    def whole(self) -> bool:
        return self.first_broken is None


def append(
    connection: Connection,
    key: bytes,
    *,
    actor: str,
    action: str,
    ref: str,
    now: datetime,
    detail: Mapping[str, Any] | None = None,
) -> str:
    """Add one entry in the caller's writing transaction; returns its keyed hash, the chain's new head."""
    last = connection.execute(_LAST).first()
    previous = last.mac if last else START
    entry = {
        "seq": (last.seq if last else 0) + 1,
        "at": micros(now),
        "actor": actor,
        "action": action,
        "ref": ref,
        "detail": canonical_json(dict(detail or {})),
        "previous": previous,
    }
    mac = _mac(key, entry)
    connection.execute(insert(audit_entry), {**entry, "mac": mac})
    return mac


def verify(connection: Connection, key: bytes, *, head: str | None = None) -> Verdict:
    """Walk the chain from its start. Give `head`, kept elsewhere, to notice entries cut off at the end."""
    previous, count = START, 0
    for row in connection.execute(_ALL).mappings():
        entry = {name: row[name] for name in ("seq", "at", "actor", "action", "ref", "detail", "previous")}
        if row["seq"] != count + 1 or row["previous"] != previous or row["mac"] != _mac(key, entry):
            return Verdict(count, count + 1, previous)
        previous, count = row["mac"], count + 1
    if head is not None and head != previous:
        return Verdict(count, count + 1, previous)
    return Verdict(count, None, previous)


def _mac(key: bytes, entry: Mapping[str, Any]) -> str:
    return keyed_hash(key, *(str(entry[name]) for name in sorted(entry)))
