"""What the office gets to decide: one row for each finding that was applied for, under its own record id.

The last five columns are empty: filled in, the same file comes back through `owed decisions import`. What a
record id is, `record_kind` says. Of a finding about a person it is the national id, since the office knows
people by no other number: such a file is written on purpose alone, and the audit record has it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from outreach.applications import Application, Confirmation, list_applications, read_confirmation
from outreach.decision_releases import released_decisions
from outreach.invitations import SealedFinding, open_invitation


class UndecidedRow(NamedTuple):
    """One row of the file, in the order of its columns; `claimed` is in the currency's smallest unit.

    One record may have several findings in one application, of several periods or things: `entitlement_id`
    is which of them the row is about.
    """

    reference: str
    record_id: str
    record_kind: str
    programme: str
    period: str
    entitlement_id: str
    submitted_on: date
    claimed: int
    currency: str
    per: str  # what is claimed is paid once, or every day, week, month or year
    disputed: str  # names of facts
    note: str
    outcome: str = ""
    amount: str = ""
    decided_on: str = ""
    decided_by: str = ""
    reason: str = ""


class Undecided(NamedTuple):
    """A row, and whether its record id is a national id."""

    row: UndecidedRow
    national_id: bool


def undecided(connection: Connection, key: bytes, *, time_zone: str) -> Iterator[Undecided]:
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
                yield Undecided(_row(applied, confirmed, finding, zone), finding.national_id)


def write_rows(target: Path, rows: list[UndecidedRow]) -> None:
    """The rows as a CSV that a spreadsheet opens with its ids whole, readable by its owner alone."""
    import polars as pl

    from data.spreadsheets import write_spreadsheet

    kinds = {"submitted_on": pl.Date, "claimed": pl.Int64}
    schema = {name: kinds.get(name, pl.String) for name in UndecidedRow._fields}
    write_spreadsheet(target, pl.DataFrame(rows, schema=schema, orient="row"))


def _row(
    applied: Application, confirmed: Confirmation, finding: SealedFinding, zone: ZoneInfo
) -> UndecidedRow:
    return UndecidedRow(
        reference=applied.reference,
        record_id=finding.record_id,
        record_kind=finding.record_kind,
        programme=finding.programme,
        period=finding.period,
        entitlement_id=finding.entitlement_id,
        submitted_on=applied.submitted_at.astimezone(zone).date(),
        claimed=finding.explanation["amount"],
        currency=finding.currency,
        per=finding.explanation["per"],
        disputed=" ".join(sorted(confirmed.disputed.get(finding.entitlement_id, ()))),
        note=confirmed.note,
    )
