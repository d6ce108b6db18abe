"""A small post office: one approved plan in a real store, and people whose messages can be handed over."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, Row, insert, select, update

from channels.channel import AddressKind, Capabilities, Channel
from data.clock import micros
from data.store.engine import reading, writing
from data.store.tables import contact_consent, entitlement, invitation_finding, message, operator_key, plan
from data.workspace import Workspace
from outreach.handover import Claim, Mark, claim, mark_sending
from outreach.invitations import seal_invitation
from outreach.message import MessageKind, MessageState
from outreach.outbox import enqueue
from outreach.plans import Plan, PlanState
from outreach.schedule import Schedule
from outreach.sender import Desk, Lane
from outreach.terms import Terms
from templates.render import Renderer
from tests.outreach.invited import KEY, new_store, sealed

NOW = datetime(2026, 7, 6, 1, 0, tzinfo=UTC)  # Monday 10:00 in Seoul
SEOUL = ZoneInfo("Asia/Seoul")
PLAN = "p" * 32
SHA = "0" * 64
PACKS = Path(__file__).resolve().parents[2] / "eligibility" / "packs"

TERMS = Terms(
    schedule=Schedule(SEOUL, time(21), time(8), "KR", weekends=False, on_holidays=False),
    send_from=NOW - timedelta(days=1),
    send_before=NOW + timedelta(days=30),
    link_for=timedelta(days=30),
    to_tell=100,
    messages_per_day=100,
    standing_per_day=100,
    standing_until=NOW + timedelta(days=365),
    portal_url="https://owed.example",
    agency={"ko": "가온시", "en": "Gaon City"},
    phone="02-0000-0120",
    channels={},
    templates={},
)


def capabilities(name: str = "file", **changes: Any) -> Capabilities:
    values: dict[str, Any] = {
        "name": name,
        "address": AddressKind.MOBILE,
        "carries_html": False,
        "carries_links": True,
        "max_batch": 100,
        "local_only": True,
        "part_cost": 0,
        "currency": "KRW",
    }
    return Capabilities(**(values | changes))


@dataclass
class Clock:
    """A clock that goes when it is told to."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: float) -> None:
        self.now += timedelta(**span)


@dataclass(frozen=True)
class Posted:
    """One person's enqueued message."""

    message_id: str
    invitation_id: str
    subject_id: str
    entitlement_id: str
    address_mac: str


@dataclass
class Office:
    """The store, its one plan, and a clock of its own."""

    engine: Engine
    terms: Terms = TERMS
    clock: Clock = field(default_factory=Clock)

    @classmethod
    def open(cls, folder: Path) -> Office:
        office = cls(new_store(folder))
        with writing(office.engine) as connection:
            connection.execute(
                insert(operator_key),
                {"name": "lee", "public_key": "00" * 32, "account": "1001", "created_at": micros(NOW)},
            )
            connection.execute(insert(plan), _plan_row())
        return office

    def post(self, *, channel: str = "file", kind: MessageKind = MessageKind.INVITATION) -> Posted:
        """Enqueue one message to a new person who may be told."""
        subject, household = secrets.token_hex(16), secrets.token_hex(16)
        content, mac, now = sealed(), secrets.token_hex(32), self.clock()
        finding = content.findings[0]
        with writing(self.engine) as connection:
            invitation_id = seal_invitation(
                connection,
                KEY,
                plan_id=PLAN,
                subject_id=subject,
                household_id=household,
                channel=channel,
                sealed=content,
                address_mac=mac,
                check_mac=secrets.token_hex(32),
                now=now,
            )
            connection.execute(
                insert(entitlement), entitlement_row(finding.entitlement_id, subject, household)
            )
            connection.execute(
                insert(contact_consent),
                {"subject_id": subject, "channel": "sms", "allowed": True, "batch_id": "b"},
            )
            enqueue(
                connection,
                kind=kind,
                plan_id=PLAN,
                invitation_id=invitation_id,
                channel=channel,
                subject_id=subject,
                household_id=household,
                not_before=now,
                send_before=now + timedelta(days=7),
                dedupe_key=f"{kind.value}:{subject}",
                now=now,
            )
            message_id = connection.scalars(
                select(message.c.message_id).where(message.c.invitation_id == invitation_id)
            ).one()
        return Posted(message_id, invitation_id, subject, finding.entitlement_id, mac)

    def change(self, table: Any, values: dict[str, Any], **where: Any) -> None:
        """What another room writes: intake, diff, an operator."""
        with writing(self.engine) as connection:
            rows = [table.c[name] == value for name, value in where.items()]
            connection.execute(update(table).where(*rows).values(**values))

    def add(self, table: Any, **values: Any) -> None:
        with writing(self.engine) as connection:
            connection.execute(insert(table), values)

    def claim(self, *, channel: str = "file", limit: int = 100) -> Claim:
        with writing(self.engine) as connection:
            return claim(connection, plan_id=PLAN, channel=channel, limit=limit, now=self.clock())

    def mark(self, held: Claim, **changes: Any) -> Mark:
        """Look again at everything and mark; `changes` are of the plan's terms."""
        with writing(self.engine) as connection:
            return mark_sending(
                connection,
                held,
                plan_id=PLAN,
                sha256=SHA,
                terms=replace(self.terms, **changes),
                channel=capabilities(),
                now=self.clock(),
            )

    def row(self, one: Posted) -> Row[Any]:
        with reading(self.engine) as connection:
            return connection.execute(select(message).where(message.c.message_id == one.message_id)).one()

    def state(self, one: Posted) -> MessageState:
        return MessageState(self.row(one).state)

    def told_at(self, one: Posted) -> int | None:
        with reading(self.engine) as connection:
            told: int | None = connection.scalars(
                select(invitation_finding.c.told_at).where(
                    invitation_finding.c.invitation_id == one.invitation_id
                )
            ).one()
        return told

    def lane(self) -> Lane:
        renderer = Renderer(packs={"kr": PACKS / "kr" / "messages"})
        return Lane(_plan(), self.terms, renderer)

    def desk(self, folder: Path, open_channel: Callable[[str], Channel]) -> Desk:
        return Desk(
            engine=self.engine,
            workspace=Workspace(folder),
            key=KEY,
            built_in=PACKS,
            clock=self.clock,
            open_channel=open_channel,
        )


def _plan_row() -> dict[str, Any]:
    return {
        "plan_id": PLAN,
        "campaign": "spring",
        "number": 1,
        "sha256": SHA,
        "document": "{}",
        "state": PlanState.RELEASED.value,
        "author": "kim",
        "author_account": "1000",
        "approver": "lee",
        "created_at": micros(NOW),
    }


def _plan() -> Plan:
    return Plan(
        plan_id=PLAN,
        campaign="spring",
        number=1,
        sha256=SHA,
        document={},
        state=PlanState.RELEASED,
        author="kim",
        author_account="1000",
        created_at=NOW,
        approver="lee",
        signature=None,
        proven=True,
        approved_at=NOW,
    )


def entitlement_row(entitlement_id: str, subject: str, household: str) -> dict[str, Any]:
    return {
        "entitlement_id": entitlement_id,
        "revision": 1,
        "programme": "kr/vehicle_tax_refund",
        "subject_id": subject,
        "household_id": household,
        "unit_id": "u" * 32,
        "period": "2026",
        "state": "open",
        "amount": 250130,
        "at_least": False,
        "offset": 0,
        "instead_of": "",
        "after": "",
        "facts_hash": "f" * 64,
        "claim_from": date(2026, 7, 2),
        "claim_by": date(2031, 7, 1),
        "comparison": 1,
    }
