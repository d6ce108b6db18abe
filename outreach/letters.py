"""Letters: what must reach a person and went through no channel, a caseworker writes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from outreach.cases import CaseKind, open_case
from outreach.message import MessageKind


def owe_letter(connection: Connection, row: Row[Any], *, now: datetime) -> None:
    """A receipt or notice that no channel carried becomes a letter that a caseworker writes."""
    if row.kind not in {MessageKind.RECEIPT.value, MessageKind.NOTICE.value}:
        return
    open_case(
        connection,
        kind=CaseKind.LETTER,
        dedupe_key=f"letter:{row.dedupe_key}",
        invitation_id=row.invitation_id,
        message_id=row.message_id,
        now=now,
    )
