"""What one person is told, sealed under a key of its own.

The plan command seals; the sender and the portal open. Each invitation has a random key, wrapped under
`KeyUse.INVITATIONS`; what the person answers is sealed under the same key, so that destroying one wrapped
key leaves nothing readable of that person's correspondence.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, exists, insert, or_, select

from data.clock import micros
from data.digests import canonical_json
from data.errors import Failed
from data.keys import KEY_BYTES, seal, unseal
from data.store.tables import invitation, invitation_finding, person_state


@dataclass(frozen=True)
class SealedFinding:
    """One finding as it is told: `explanation` is eligibility's `Explanation.as_document()`.

    `record_id` is the unit's own number at the authority, of the kind `record_kind` (a bill number, a farm's
    number): the office knows the finding by it, together with the `period`, for one unit may have several.
    `national_id`: that number is a person's national id, for people have no other. `title` is the
    programme's title by language, `law` and `authority` the programme's own; `registers` names each register
    of the explanation's facts by language, from its contract's title; `instead_of` gives the titles of the
    programmes, also found for the person, that exclude this one.
    """

    entitlement_id: str
    revision: int
    facts_hash: str
    programme: str
    title: Mapping[str, str]
    law: str
    authority: str
    record_id: str
    record_kind: str
    national_id: bool
    period: str
    currency: str
    instead_of: Mapping[str, Mapping[str, str]]
    registers: Mapping[str, Mapping[str, str]]
    explanation: Mapping[str, Any]


@dataclass(frozen=True)
class Sealed:
    """Everything a message and the person's pages may show, and the access check's answer.

    `address` is E.164 or an e-mail address; `phone_last4` is empty where the address is not a phone;
    `birth_date` is the day on the register; `agency` is the authority's name by language.
    """

    language: str
    name: str
    address: str
    phone_last4: str
    birth_date: date
    agency: Mapping[str, str]
    findings: tuple[SealedFinding, ...]
    check_number: str

    def as_json(self) -> bytes:
        """Canonical JSON: the same invitation is always the same bytes."""
        document = asdict(self) | {"birth_date": self.birth_date.isoformat()}
        return canonical_json(document).encode()

    @classmethod
    def from_json(cls, text: bytes) -> Sealed:
        document = json.loads(text)
        document["birth_date"] = date.fromisoformat(document["birth_date"])
        document["findings"] = tuple(SealedFinding(**one) for one in document["findings"])
        return cls(**document)


INSERT_INVITATION = insert(invitation)
INSERT_FINDINGS = insert(invitation_finding)
SELECT_SEALED = select(invitation.c.wrapped_key, invitation.c.sealed).where(
    invitation.c.invitation_id == bindparam("invitation")
)


def is_closed(invitation_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether the invited person has died or is protected since: then only a caseworker may go on.

    Who holds the phone and knows the birth date may be the one a person is protected from.
    """
    return exists().where(
        invitation.c.invitation_id == invitation_id,
        person_state.c.subject_id == invitation.c.subject_id,
        or_(person_state.c.deceased, person_state.c.protected),
    )


def seal_invitation(
    connection: Connection,
    key: bytes,
    *,
    plan_id: str,
    subject_id: str,
    household_id: str,
    channel: str,
    sealed: Sealed,
    address_mac: str,
    check_mac: str,
    now: datetime,
) -> str:
    """Write one invitation and the findings it lists, and return its id (32 hex digits).

    `key` is the workspace's invitations key; `channel` is the adapter's name (file, smtp, twilio, sendgrid);
    `check_mac` comes from `outreach.checks.check_mac`. The plan's row must be there already.
    """
    invitation_id = secrets.token_hex(16)
    own_key = secrets.token_bytes(KEY_BYTES)
    connection.execute(
        INSERT_INVITATION,
        {
            "invitation_id": invitation_id,
            "plan_id": plan_id,
            "subject_id": subject_id,
            "household_id": household_id,
            "wrapped_key": seal(key, own_key, context=_context("wrapped_key", invitation_id)),
            "sealed": seal(own_key, sealed.as_json(), context=_context("sealed", invitation_id)),
            "channel": channel,
            "address_mac": address_mac,
            "check_mac": check_mac,
            "created_at": micros(now),
        },
    )
    connection.execute(INSERT_FINDINGS, [_finding_row(invitation_id, one) for one in sealed.findings])
    return invitation_id


def open_invitation(connection: Connection, key: bytes, invitation_id: str) -> Sealed:
    """What was sealed. Raises Failed when the invitation is not there or does not open with this key."""
    row = connection.execute(SELECT_SEALED, {"invitation": invitation_id}).one_or_none()
    if row is None:
        raise _unknown(invitation_id)
    own_key = unseal(key, row.wrapped_key, context=_context("wrapped_key", invitation_id))
    return Sealed.from_json(unseal(own_key, row.sealed, context=_context("sealed", invitation_id)))


def invitation_key(connection: Connection, key: bytes, invitation_id: str) -> bytes:
    """The invitation's own key, under which the person's answers and the office's reasons are sealed."""
    row = connection.execute(SELECT_SEALED, {"invitation": invitation_id}).one_or_none()
    if row is None:
        raise _unknown(invitation_id)
    return unseal(key, row.wrapped_key, context=_context("wrapped_key", invitation_id))


def _finding_row(invitation_id: str, finding: SealedFinding) -> dict[str, Any]:
    return {
        "invitation_id": invitation_id,
        "entitlement_id": finding.entitlement_id,
        "revision": finding.revision,
        "facts_hash": finding.facts_hash,
        "told_at": None,
    }


def _context(column: str, invitation_id: str) -> str:
    return f"invitation.{column}|{invitation_id}"


def _unknown(invitation_id: str) -> Failed:
    return Failed(
        "There is no such invitation.",
        where=f"invitation {invitation_id}",
        mend="it may have been erased; look with `owed outbox list`",
    )
