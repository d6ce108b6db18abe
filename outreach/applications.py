"""Applications: what a citizen confirmed, once for each finding, with what they dispute."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, bindparam, insert, select

from data.clock import micros, moment
from data.digests import canonical_json
from data.keys import seal, unseal
from data.store.tables import application, application_item, entitlement, invitation
from outreach.cases import CaseKind, open_case
from outreach.invitations import Sealed, SealedFinding, invitation_key, open_invitation
from outreach.notices import send_receipt

LETTERS = "ABCDEFGHJKLMNPRSTVWXYZ"  # no I O Q U, which are read as 1 0 0 V
DIGITS = "23456789"
REFERENCE_SHAPE = "LLDLLDLL"  # digits between the letters, so that no reference is a word
NOTE_LIMIT = 1000


class Submitted(NamedTuple):
    """The application's reference; `first_time` is False when it had been submitted before."""

    reference: str
    first_time: bool


@dataclass(frozen=True)
class Confirmation:
    """What the citizen sent: facts they say are wrong, by finding, and words of their own."""

    language: str
    disputed: Mapping[str, frozenset[str]] = field(default_factory=dict)  # entitlement id -> fact names
    note: str = ""


@dataclass(frozen=True)
class Application:
    """An application as it stands: `items` are the findings in it, True where a fact is disputed."""

    application_id: str
    reference: str
    invitation_id: str
    submitted_at: datetime
    items: Mapping[str, bool]  # entitlement id -> disputed


INSERT_APPLICATION = insert(application)
INSERT_ITEMS = insert(application_item)
SELECT_SUBJECT = select(invitation.c.subject_id).where(invitation.c.invitation_id == bindparam("invitation"))
SELECT_OF_INVITATION = select(application).where(application.c.invitation_id == bindparam("invitation"))
SELECT_OF_FINDINGS = (
    select(application, application_item.c.entitlement_id)
    .join(application_item, application_item.c.application_id == application.c.application_id)
    .where(application_item.c.entitlement_id.in_(bindparam("entitlements", expanding=True)))
    .order_by(application.c.submitted_at.desc())
)
SELECT_BESIDE = select(entitlement.c.entitlement_id, entitlement.c.instead_of).where(
    entitlement.c.entitlement_id.in_(bindparam("entitlements", expanding=True))
)
SELECT_ITEMS = (
    select(application_item.c.entitlement_id, application_item.c.disputed)
    .where(application_item.c.application_id == bindparam("application"))
    .order_by(application_item.c.entitlement_id)
)
SELECT_REFERENCE = select(application.c.application_id).where(
    application.c.reference == bindparam("reference")
)
SELECT_ALL = select(application).order_by(application.c.submitted_at, application.c.application_id)


def submit(
    connection: Connection, key: bytes, *, invitation_id: str, confirmation: Confirmation, now: datetime
) -> Submitted:
    """Record what was confirmed and enqueue its receipt, in the caller's writing transaction.

    An invitation gives one application and a finding is applied for once: submitting again, or through a
    later invitation that lists the same findings, gives the earlier reference and changes nothing.
    """
    sealed = open_invitation(connection, key, invitation_id)
    earlier = find_application(connection, invitation_id, sealed)
    if earlier is not None:
        return Submitted(earlier.reference, first_time=False)
    application_id, reference = secrets.token_hex(16), _new_reference(connection)
    findings = open_findings(connection, sealed)
    document = _document(findings, confirmation)
    own_key = invitation_key(connection, key, invitation_id)
    row = {
        "application_id": application_id,
        "reference": reference,
        "invitation_id": invitation_id,
        "subject_id": connection.execute(SELECT_SUBJECT, {"invitation": invitation_id}).scalar_one(),
        "submitted_at": micros(now),
        "sealed": seal(own_key, canonical_json(document).encode(), context=_context(application_id)),
    }
    connection.execute(INSERT_APPLICATION, row)
    connection.execute(INSERT_ITEMS, _item_rows(application_id, document))
    _open_case(connection, key, row, document, now=now)
    send_receipt(connection, invitation_id=invitation_id, application_id=application_id, now=now)
    return Submitted(reference, first_time=True)


def find_application(connection: Connection, invitation_id: str, sealed: Sealed) -> Application | None:
    """The invitation's application; or, once all it lists was applied for through others, the latest."""
    own = connection.execute(SELECT_OF_INVITATION, {"invitation": invitation_id}).one_or_none()
    if own is not None:
        return _application(connection, own)
    others = _applied(connection, sealed)
    listed = {one.entitlement_id for one in sealed.findings}
    if not others or listed - {row.entitlement_id for row in others}:
        return None
    return _application(connection, others[0])


def open_findings(connection: Connection, sealed: Sealed) -> tuple[SealedFinding, ...]:
    """What an invitation lists and nobody has applied for yet.

    Of the programmes that could be had instead, those stay that are still found: what has ended since is no
    choice any more.
    """
    applied = {row.entitlement_id for row in _applied(connection, sealed)}
    waiting = [one for one in sealed.findings if one.entitlement_id not in applied]
    ids = [one.entitlement_id for one in waiting]
    rows = connection.execute(SELECT_BESIDE, {"entitlements": ids})
    beside = {row.entitlement_id: frozenset(row.instead_of.split(",")) for row in rows}
    return tuple(_narrowed(one, beside.get(one.entitlement_id)) for one in waiting)


def _narrowed(finding: SealedFinding, beside: frozenset[str] | None) -> SealedFinding:
    if beside is None:
        return finding
    return replace(
        finding, instead_of={name: one for name, one in finding.instead_of.items() if name in beside}
    )


def list_applications(connection: Connection) -> Iterator[Application]:
    """Every application, the oldest first."""
    for row in connection.execute(SELECT_ALL).all():
        yield _application(connection, row)


def read_confirmation(connection: Connection, key: bytes, one: Application) -> Confirmation:
    """What the citizen confirmed, disputed and wrote. Who shows it to an operator audits that first."""
    sealed = connection.execute(SELECT_OF_INVITATION, {"invitation": one.invitation_id}).one().sealed
    own_key = invitation_key(connection, key, one.invitation_id)
    document = json.loads(unseal(own_key, sealed, context=_context(one.application_id)))
    return Confirmation(
        language=document["language"],
        disputed={item["entitlement_id"]: frozenset(item["disputed"]) for item in document["findings"]},
        note=document["note"],
    )


def _applied(connection: Connection, sealed: Sealed) -> Sequence[Row[Any]]:
    listed = [one.entitlement_id for one in sealed.findings]
    return connection.execute(SELECT_OF_FINDINGS, {"entitlements": listed}).all()


def _application(connection: Connection, row: Row[Any]) -> Application:
    items = connection.execute(SELECT_ITEMS, {"application": row.application_id}).all()
    return Application(
        application_id=row.application_id,
        reference=row.reference,
        invitation_id=row.invitation_id,
        submitted_at=moment(row.submitted_at),
        items={item.entitlement_id: item.disputed for item in items},
    )


def _document(findings: Sequence[SealedFinding], confirmation: Confirmation) -> dict[str, Any]:
    """What was shown and what was said of it, as it is sealed."""
    return {
        "language": confirmation.language,
        "note": confirmation.note,
        "findings": [
            {
                "entitlement_id": one.entitlement_id,
                "revision": one.revision,
                "amount": one.explanation["amount"],
                "disputed": sorted(confirmation.disputed.get(one.entitlement_id, ())),
            }
            for one in findings
        ],
    }


def _item_rows(application_id: str, document: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "entitlement_id": item["entitlement_id"],
            "application_id": application_id,
            "disputed": bool(item["disputed"]),
        }
        for item in document["findings"]
    ]


def _open_case(
    connection: Connection, key: bytes, row: Mapping[str, Any], document: Mapping[str, Any], *, now: datetime
) -> None:
    """A dispute, or words alone, is something a person must read."""
    disputed = [name for item in document["findings"] for name in item["disputed"]]
    if not disputed and not document["note"]:
        return
    lines = [f"disputed: {', '.join(disputed)}"] * bool(disputed) + [document["note"]] * bool(
        document["note"]
    )
    open_case(
        connection,
        kind=CaseKind.DISPUTE if disputed else CaseKind.QUESTION,
        dedupe_key=f"application:{row['application_id']}",
        invitation_id=row["invitation_id"],
        text="\n".join(lines),
        key=key,
        now=now,
    )


def _new_reference(connection: Connection) -> str:
    """A reference nobody has: 7 billion there are, so the loop ends at once."""
    while True:
        reference = "".join(secrets.choice(LETTERS if one == "L" else DIGITS) for one in REFERENCE_SHAPE)
        if connection.execute(SELECT_REFERENCE, {"reference": reference}).one_or_none() is None:
            return reference


def _context(application_id: str) -> str:
    return f"application.sealed|{application_id}"
