"""What each message needs to be told; as in `templates.views`, everything is in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from templates.views import AccrualView, Total, deadline_of, is_ceiling, is_lower_bound, total_of


@dataclass(frozen=True)
class MessageFinding:
    """`at_least`, `offset`, `instead_of`, `per`, `at_most` and `months_lost` as in `FindingView`."""

    programme: str
    title: str
    amount: int
    currency: str
    claim_by: date | None
    accrual: AccrualView | None = None
    at_least: bool = False
    offset: int | None = 0
    instead_of: Mapping[str, str] = field(default_factory=dict)
    per: str = "once"
    at_most: bool = False
    months_lost: bool = False


@dataclass(frozen=True)
class Sender:
    """Whose message it is and how to check it. A text has no `stop` address: its page has one."""

    agency: str
    phone: str
    check_number: str
    link: str
    stop: str | None = None


@dataclass(frozen=True)
class InvitationMessage:
    sender: Sender
    findings: tuple[MessageFinding, ...]
    link_until: date | None = None

    @property
    def total(self) -> Total | None:
        return total_of(self.findings)

    @property
    def at_least(self) -> bool:
        return is_lower_bound(self.findings)

    @property
    def at_most(self) -> bool:
        return is_ceiling(self.findings)

    @property
    def deadline(self) -> date | None:
        return deadline_of(self.findings)


@dataclass(frozen=True)
class ReceiptMessage:
    sender: Sender
    reference: str
    submitted_at: datetime
    titles: tuple[str, ...]
    decide_by: date | None = None


@dataclass(frozen=True)
class NoticeMessage:
    """Says that there is a decision, never which: the page says it, and a letter serves it."""

    sender: Sender
    reference: str
    titles: tuple[str, ...]


@dataclass(frozen=True)
class RenewedLinkMessage:
    sender: Sender
    link_until: date | None = None
