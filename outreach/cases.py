"""Cases: what a person at the office must do. The text is sealed under its invitation's key."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy.dialects.sqlite import insert

from data.clock import micros, moment
from data.errors import BadSettings, Refused
from data.keys import seal, unseal
from data.store.tables import application, case_
from outreach.invitations import invitation_key


class CaseKind(StrEnum):
    """Why a person must look."""

    DISPUTE = "dispute"  # the citizen says that a fact is wrong
    QUESTION = "question"  # the citizen asks
    NEEDS_DECISION = "needs_decision"  # a message that may or may not have left
    LETTER = "letter"  # a receipt or notice that no open channel can carry


@dataclass(frozen=True)
class Case:
    """One case as a list shows it: nothing in it is about a person but its references."""

    case_id: str
    kind: CaseKind
    invitation_id: str | None
    message_id: str | None
    reference: str | None
    has_text: bool
    opened_at: datetime
    closed_at: datetime | None


OPEN_CASE = insert(case_).on_conflict_do_nothing(index_elements=["dedupe_key"]).returning(case_.c.case_id)
SELECT_CASES = (
    select(case_, application.c.reference)
    .outerjoin(application, application.c.invitation_id == case_.c.invitation_id)
    .order_by(case_.c.opened_at, case_.c.case_id)
)
SELECT_OPEN = SELECT_CASES.where(case_.c.closed_at.is_(None))
SELECT_CASE = SELECT_CASES.where(case_.c.case_id == bindparam("case"))
CLOSE_CASE = (
    update(case_)
    .where(case_.c.case_id == bindparam("case"), case_.c.closed_at.is_(None))
    .values(closed_at=bindparam("now"))
)


def open_case(
    connection: Connection,
    *,
    kind: CaseKind,
    dedupe_key: str,
    now: datetime,
    invitation_id: str | None = None,
    message_id: str | None = None,
    text: str | None = None,
    key: bytes | None = None,
) -> bool:
    """Open a case once per `dedupe_key`; False when it is there already.

    `text` is sealed under the invitation's own key, for which `key`, the workspace's invitations key, is
    needed.
    """
    case_id = secrets.token_hex(8)
    sealed_text = None
    if text is not None:
        if key is None or invitation_id is None:
            raise ValueError("a text needs its invitation and the key")
        own_key = invitation_key(connection, key, invitation_id)
        sealed_text = seal(own_key, text.encode(), context=_context(case_id))
    row = {
        "case_id": case_id,
        "kind": kind.value,
        "invitation_id": invitation_id,
        "message_id": message_id,
        "dedupe_key": dedupe_key,
        "sealed_text": sealed_text,
        "opened_at": micros(now),
    }
    return connection.execute(OPEN_CASE, row).one_or_none() is not None


def list_cases(connection: Connection, *, closed_too: bool = False) -> Sequence[Case]:
    """The open cases, oldest first; with `closed_too` all of them."""
    rows = connection.execute(SELECT_CASES if closed_too else SELECT_OPEN)
    return [_case(row) for row in rows]


def read_case(connection: Connection, key: bytes, case_id: str) -> tuple[Case, str | None]:
    """One case and its text. Who calls this shows it to an operator and audits that first."""
    row = connection.execute(SELECT_CASE, {"case": case_id}).one_or_none()
    if row is None:
        raise _unknown(case_id)
    if row.sealed_text is None:
        return _case(row), None
    own_key = invitation_key(connection, key, row.invitation_id)
    return _case(row), unseal(own_key, row.sealed_text, context=_context(case_id)).decode()


def close_case(connection: Connection, case_id: str, *, now: datetime) -> None:
    """Close an open case. Raises BadSettings when there is none of that id, Refused when it is closed."""
    if connection.execute(CLOSE_CASE, {"case": case_id, "now": micros(now)}).rowcount == 1:
        return
    if connection.execute(SELECT_CASE, {"case": case_id}).one_or_none() is None:
        raise _unknown(case_id)
    raise Refused("The case is closed already.", where=f"case {case_id}")


def _case(row: object) -> Case:
    values = row._mapping  # type: ignore[attr-defined]
    closed = values["closed_at"]
    return Case(
        case_id=values["case_id"],
        kind=CaseKind(values["kind"]),
        invitation_id=values["invitation_id"],
        message_id=values["message_id"],
        reference=values["reference"],
        has_text=values["sealed_text"] is not None,
        opened_at=moment(values["opened_at"]),
        closed_at=None if closed is None else moment(closed),
    )


def _context(case_id: str) -> str:
    return f"case.sealed_text|{case_id}"


def _unknown(case_id: str) -> BadSettings:
    return BadSettings(
        "There is no such case.", where=f"case {case_id}", mend="list them with `owed cases list --all`"
    )
