"""Everybody found: their open entitlements, and what outreach already did about each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, exists, func, select

from data.store.tables import application_item, decision, decision_batch, entitlement
from outreach.told import being_told, last_told


class FoundFinding(NamedTuple):
    """One open entitlement, and what outreach did about it; `told` exactly these facts, no others since."""

    entitlement_id: str
    revision: int
    programme: str
    subject_id: str
    household_id: str
    unit_id: str
    amount: int
    at_least: bool
    offset: int | None
    instead_of: tuple[str, ...]
    after: tuple[str, ...]
    facts_hash: str
    claim_from: date | None
    claim_by: date | None
    applied: bool
    told: bool
    being_told: bool


@dataclass(frozen=True)
class Found:
    """One person found, with all their findings in the campaign's programmes."""

    subject_id: str
    household_id: str
    findings: tuple[FoundFinding, ...]

    @property
    def programmes(self) -> frozenset[str]:
        """Those they were found in."""
        return frozenset(one.programme for one in self.findings)


_FOUND = (
    select(
        entitlement.c.entitlement_id,
        entitlement.c.revision,
        entitlement.c.programme,
        entitlement.c.subject_id,
        entitlement.c.household_id,
        entitlement.c.unit_id,
        func.coalesce(entitlement.c.amount, 0).label("amount"),
        entitlement.c.at_least,
        entitlement.c.offset,
        entitlement.c.instead_of,
        entitlement.c.after,
        entitlement.c.facts_hash,
        entitlement.c.claim_from,
        entitlement.c.claim_by,
        exists().where(application_item.c.entitlement_id == entitlement.c.entitlement_id).label("applied"),
        func.coalesce(last_told(entitlement.c.entitlement_id) == entitlement.c.facts_hash, False).label(
            "told"
        ),
        being_told(entitlement.c.entitlement_id, entitlement.c.facts_hash).label("being_told"),
    )
    .where(
        entitlement.c.state == "open", entitlement.c.programme.in_(bindparam("programmes", expanding=True))
    )
    .order_by(entitlement.c.subject_id, entitlement.c.entitlement_id)
)


def read_found(connection: Connection, programmes: Sequence[str]) -> Iterator[Found]:
    """Everybody with an open entitlement in one of the programmes, by subject id."""
    rows = connection.execute(_FOUND, {"programmes": list(programmes)})
    findings = (_finding(row) for row in rows)
    for subject, mine in groupby(findings, key=lambda one: one.subject_id):
        listed = tuple(mine)
        yield Found(subject, listed[0].household_id, listed)


def _finding(row: Any) -> FoundFinding:
    one = FoundFinding._make(row)
    return one._replace(instead_of=_names(row.instead_of), after=_names(row.after))


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split(",")) if text else ()


def count_found(connection: Connection, programmes: Sequence[str]) -> int:
    """How many open entitlements the programmes have."""
    count = select(func.count()).where(
        entitlement.c.state == "open", entitlement.c.programme.in_(list(programmes))
    )
    return int(connection.execute(count).scalar_one())


_waiting = entitlement.alias("waiting")
_GRANTED = (
    select(entitlement.c.subject_id, entitlement.c.programme)
    .join(decision, decision.c.entitlement_id == entitlement.c.entitlement_id)
    .join(decision_batch, decision_batch.c.decision_batch_id == decision.c.decision_batch_id)
    .where(
        decision.c.outcome == "granted",
        decision_batch.c.released_at.is_not(None),
        exists().where(
            _waiting.c.subject_id == entitlement.c.subject_id,
            _waiting.c.programme.in_(bindparam("programmes", expanding=True)),
            _waiting.c.after != "",
        ),
    )
)


def read_grants(connection: Connection, programmes: Sequence[str]) -> frozenset[tuple[str, str]]:
    """What was granted, as (subject, programme), to people of whom a finding waits for a grant."""
    rows = connection.execute(_GRANTED, {"programmes": list(programmes)})
    return frozenset((row.subject_id, row.programme) for row in rows)
