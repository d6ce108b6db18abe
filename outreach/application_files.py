"""What the office gets to decide: one row for each finding that was applied for, under its own record id.

The last five columns are empty: filled in, the same file comes back through `owed decisions import`.
"""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from outreach.applications import Application, Confirmation, list_applications, read_confirmation
from outreach.decision_releases import released_decisions
from outreach.invitations import SealedFinding, open_invitation

HEADER = (
    "reference",
    "record_id",
    "programme",
    "submitted_on",
    "claimed",
    "currency",
    "disputed",
    "note",
    "outcome",
    "amount",
    "decided_on",
    "decided_by",
    "reason",
)
TO_FILL_IN = ("", "", "", "", "")


def undecided_rows(connection: Connection, key: bytes, *, time_zone: str) -> Iterator[tuple[str, ...]]:
    """Every finding applied for that has no released decision, the oldest application first.

    Rows hold facts about people: who writes them to a file audits that first.
    """
    zone = ZoneInfo(time_zone)
    for applied in list_applications(connection):
        decided = released_decisions(
            connection, key, application_id=applied.application_id, invitation_id=applied.invitation_id
        )
        confirmed = read_confirmation(connection, key, applied)
        for finding in open_invitation(connection, key, applied.invitation_id).findings:
            if finding.entitlement_id in applied.items and finding.entitlement_id not in decided:
                yield _row(applied, confirmed, finding, zone)


def _row(
    applied: Application, confirmed: Confirmation, finding: SealedFinding, zone: ZoneInfo
) -> tuple[str, ...]:
    return (
        applied.reference,
        finding.record_id,
        finding.programme,
        applied.submitted_at.astimezone(zone).date().isoformat(),
        str(finding.explanation["amount"]),
        finding.currency,
        " ".join(sorted(confirmed.disputed.get(finding.entitlement_id, ()))),
        confirmed.note,
        *TO_FILL_IN,
    )
