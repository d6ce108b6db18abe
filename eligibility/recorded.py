"""The history of entitlements: what was known of each, and from which diff until which.

A row says what has been known since its diff; the next row of the same entitlement supersedes it. So what was
known on a past day is each entitlement's last row up to that day. When it holds in law stands in the row
itself: its period, and the days from and until when it can be claimed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, or_, select

from data.clock import moment
from data.store.tables import comparison, entitlement, entitlement_revision
from eligibility.beside import names_of


@dataclass(frozen=True)
class Recorded:
    """What was known of one entitlement from one diff until the next that changed it (`superseded_at`)."""

    entitlement_id: str
    programme: str
    subject_id: str
    unit_id: str
    period: str
    revision: int
    state: str
    amount: int | None
    at_least: bool
    offset: int | None
    instead_of: tuple[str, ...]
    after: tuple[str, ...]
    claim_from: date | None
    claim_by: date | None
    facts_hash: str
    run_id: str
    as_of: date
    recorded_at: datetime
    superseded_at: datetime | None

    def as_document(self) -> dict[str, Any]:
        return asdict(self)


_ABOUT = select(
    entitlement.c.entitlement_id,
    entitlement.c.programme,
    entitlement.c.subject_id,
    entitlement.c.unit_id,
    entitlement.c.period,
).where(
    entitlement.c.programme == bindparam("programme"),
    or_(
        entitlement.c.subject_id == bindparam("subject"),
        entitlement.c.unit_id == bindparam("subject"),
        entitlement.c.entitlement_id == bindparam("subject"),
    ),
)
_REVISIONS = (
    select(entitlement_revision, comparison.c.run_id, comparison.c.as_of, comparison.c.compared_at)
    .select_from(comparison)
    .join(entitlement_revision, entitlement_revision.c.comparison == comparison.c.number)
    .where(entitlement_revision.c.entitlement_id == bindparam("entitlement"))
    .order_by(comparison.c.number)
)
_SAME = ("revision", "state", "amount", "at_least", "offset", "claim_from", "claim_by", "facts_hash")


def history_of(connection: Connection, programme: str, subject: str) -> list[Recorded]:
    """Everything ever known of a programme's claims of a subject, a unit or an entitlement, oldest first."""
    about = connection.execute(_ABOUT, {"programme": programme, "subject": subject}).all()
    found: list[Recorded] = []
    for one in sorted(about, key=lambda row: (row.period, row.entitlement_id)):
        found += _chained(one, connection.execute(_REVISIONS, {"entitlement": one.entitlement_id}).all())
    return found


def as_known(history: Iterable[Recorded], until: datetime) -> list[Recorded]:
    """Of each entitlement, what was known at a moment; those not known yet are left out.

    Of a history in its order the last that was recorded by then, even where a clock went back in between.
    """
    return list({one.entitlement_id: one for one in history if one.recorded_at <= until}.values())


def _chained(about: Row[Any, Any, Any, Any, Any], rows: Sequence[Row[Any]]) -> Iterator[Recorded]:
    ends = [*(moment(row.compared_at) for row in rows[1:]), None]
    for row, end in zip(rows, ends, strict=True):
        yield Recorded(
            **about._mapping,
            **{name: row._mapping[name] for name in _SAME},
            instead_of=names_of(row.instead_of),
            after=names_of(row.after),
            run_id=row.run_id,
            as_of=row.as_of,
            recorded_at=moment(row.compared_at),
            superseded_at=end,
        )
