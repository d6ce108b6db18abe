"""The outbox: rows enqueued per second with the unique key live, and messages sent from claim to outcome.

The store is a real one on disk, every commit durable; people and plan are made up.
"""

from __future__ import annotations

import asyncio
import secrets
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, insert

from bench.channels import ACCOUNT, AT_ONCE, SENDER, TOKEN, Rate, provider, twilio_beside_its_package
from bench.measure import table
from channels.channel import Channel
from channels.registry import open_channel
from data.clock import micros
from data.commandline import SilentProgress
from data.store.engine import open_engine, reading, writing
from data.store.tables import contact_consent, entitlement, metadata, operator_key, plan
from data.workspace import Workspace
from outreach.invitations import Sealed, SealedFinding, seal_invitation
from outreach.message import MessageKind, MessageState, NewMessage
from outreach.outbox import counts, enqueue_many
from outreach.plans import Plan, PlanState
from outreach.schedule import Schedule
from outreach.sender import Desk, Lane, Tally, send_through
from outreach.terms import Terms
from templates.render import Renderer

NOW = datetime(2026, 7, 6, 1, 0, tzinfo=UTC)  # Monday 10:00 in Seoul
PLAN = "p" * 32
KEY = bytes(32)
PACKS = Path(__file__).resolve().parents[1] / "eligibility" / "packs"
TERMS = Terms(
    schedule=Schedule(
        ZoneInfo("Asia/Seoul"), time_of_day(21), time_of_day(8), "KR", weekends=False, on_holidays=False
    ),
    send_from=NOW - timedelta(days=1),
    send_before=NOW + timedelta(days=30),
    link_for=timedelta(days=30),
    to_tell=0,
    messages_per_day=1,
    standing_per_day=1,
    standing_until=NOW + timedelta(days=365),
    portal_url="https://gaon.example",
    agency={"ko": "가온시", "en": "Gaon City"},
    phone="02-0000-0120",
    channels={},
    templates={},
)


@dataclass(frozen=True)
class Post:
    """A store with one released plan; `invitations` are its (id, subject, household)."""

    folder: Path
    engine: Engine
    invitations: list[tuple[str, str, str]]

    def messages(self, count: int, channel: str) -> Iterator[NewMessage]:
        for number in range(count):
            invitation, subject, household = self.invitations[number % len(self.invitations)]
            yield NewMessage(
                secrets.token_hex(16),
                f"invitation:{PLAN}:{channel}:{number}",
                PLAN,
                invitation,
                None,
                MessageKind.INVITATION.value,
                channel,
                subject,
                household,
                micros(NOW),
                micros(NOW + timedelta(days=7)),
            )


@contextmanager
def post(people: int) -> Iterator[Post]:
    """A store in a folder that is then removed, with so many people who may be told."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        engine = open_engine(f"sqlite:///{folder / 'owed.sqlite'}")
        metadata.create_all(engine)
        with writing(engine) as connection:
            connection.execute(insert(operator_key), _operator())
            connection.execute(insert(plan), _plan_row())
            invitations = [_invite(connection) for _ in range(people)]
        yield Post(folder, engine, invitations)
        engine.dispose()


def enqueue_rate(*, rows: int = 100_000, people: int = 1_000) -> Rate:
    """Rows enqueued through `enqueue_many`, in transactions of 10,000 as a release does it."""
    with post(people) as ground:
        messages = list(ground.messages(rows, "file"))
        started, used = time.perf_counter(), time.process_time()
        for first in range(0, rows, 10_000):
            with writing(ground.engine) as connection:
                added = enqueue_many(connection, messages[first : first + 10_000], now=NOW)
                assert added == min(10_000, rows - first)
        seconds, processor = time.perf_counter() - started, time.process_time() - used
    return Rate(rows / seconds, processor / rows * 1e6)


def file_rate(*, messages: int = 2_000) -> Rate:
    """From claim to outcome with the file channel: two durable writes a batch, and each file flushed."""
    with post(messages) as ground:
        return _sent(ground, open_channel("file", {}, {}, outbox=ground.folder / "outbox"), messages)


def twilio_rate(url: str, *, messages: int = 4_000) -> Rate:
    """From claim to outcome with the Twilio channel against a local provider."""
    settings = {
        "account_sid": ACCOUNT,
        "token_env": "TOKEN",
        "from": SENDER,
        "base_url": url,
        "callback_url": "https://gaon.example/hooks/twilio",
        "connections": AT_ONCE,
    }
    with post(messages) as ground:
        return _sent(ground, open_channel("twilio", settings, {"TOKEN": TOKEN}, outbox=Path()), messages)


def _sent(ground: Post, channel: Channel, messages: int) -> Rate:
    name = channel.capabilities.name
    with writing(ground.engine) as connection:
        enqueue_many(connection, ground.messages(messages, name), now=NOW)
    desk = Desk(ground.engine, Workspace(ground.folder), KEY, PACKS, lambda: NOW, lambda _: channel)
    lane = Lane(_plan(), TERMS, Renderer(packs={"kr": PACKS / "kr" / "messages"}))
    started, used = time.perf_counter(), time.process_time()
    asyncio.run(_empty(desk, lane, channel))
    seconds, processor = time.perf_counter() - started, time.process_time() - used
    with reading(ground.engine) as connection:
        accepted = counts(connection)[MessageKind.INVITATION.value, MessageState.ACCEPTED.value]
    assert accepted == messages, f"{accepted} of {messages} were accepted"
    return Rate(messages / seconds, processor / messages * 1e6)


async def _empty(desk: Desk, lane: Lane, channel: Channel) -> None:
    await send_through(desk, lane, channel, Tally(), SilentProgress())
    await channel.close()


def report(*, rows: int = 100_000, messages: int = 4_000) -> str:
    """All of it as a Markdown table; the ratio is against the provider's package alone, in the same run."""
    enqueued, filed = enqueue_rate(rows=rows), file_rate(messages=messages // 2)
    alone = twilio_beside_its_package(messages=messages, runs=1).yardstick
    with provider() as url:
        sent = twilio_rate(url, messages=messages)
    lines = [
        _row("enqueue", enqueued),
        _row("send, file channel", filed),
        _row("send, Twilio channel", sent),
        _row("Twilio's package alone", alone),
        ["ratio", f"{sent.per_second / alone.per_second:.2f} ×", f"{alone.processor / sent.processor:.2f} ×"],
    ]
    return table(["", "messages/s", "messages for the same processor (µs each)"], lines)


def _row(name: str, rate: Rate) -> list[str]:
    return [name, f"{rate.per_second:,.0f}", f"{rate.processor:,.0f}"]


# --- made-up rows -----------------------------------------------------------------------------------


def _operator() -> dict[str, Any]:
    return {"name": "lee", "public_key": "00" * 32, "account": "1001", "created_at": micros(NOW)}


def _plan_row() -> dict[str, Any]:
    return {
        "plan_id": PLAN,
        "campaign": "bench",
        "number": 1,
        "sha256": "0" * 64,
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
        campaign="bench",
        number=1,
        sha256="0" * 64,
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


def _invite(connection: Any) -> tuple[str, str, str]:
    subject, household, entitlement_id = (secrets.token_hex(16) for _ in range(3))
    content = Sealed(
        language="ko",
        name="김가온",
        address="+821000001234",
        phone_last4="1234",
        birth_date=date(1990, 3, 7),
        agency={"ko": "가온시", "en": "Gaon City"},
        findings=(_finding(entitlement_id),),
        check_number="473921",
    )
    invitation = seal_invitation(
        connection,
        KEY,
        plan_id=PLAN,
        subject_id=subject,
        household_id=household,
        channel="file",
        sealed=content,
        address_mac=secrets.token_hex(32),
        check_mac=secrets.token_hex(32),
        now=NOW,
    )
    connection.execute(insert(entitlement), _entitlement(entitlement_id, subject, household))
    connection.execute(
        insert(contact_consent), {"subject_id": subject, "channel": "sms", "allowed": True, "batch_id": "b"}
    )
    return invitation, subject, household


def _finding(entitlement_id: str) -> SealedFinding:
    return SealedFinding(
        entitlement_id=entitlement_id,
        revision=1,
        facts_hash="f" * 32,
        programme="kr/vehicle_tax_refund",
        title={"ko": "자동차세 연납 환급", "en": "Vehicle tax refund"},
        law="지방세법 §130③",
        authority="시장·군수·구청장",
        record_id="BILL-000001",
        record_kind="bill",
        national_id=False,
        period="2026",
        currency="KRW",
        instead_of={},
        registers={},
        explanation={
            "per": "once",
            "amount": 250_130,
            "at_least": False,
            "at_most": False,
            "offset": 0,
            "claim_by": "2031-07-01",
            "months_lost": False,
            "accrual": None,
            "facts": [],
        },
    )


def _entitlement(entitlement_id: str, subject: str, household: str) -> dict[str, Any]:
    return {
        "entitlement_id": entitlement_id,
        "revision": 1,
        "programme": "kr/vehicle_tax_refund",
        "subject_id": subject,
        "household_id": household,
        "unit_id": "u" * 32,
        "period": "2026",
        "state": "open",
        "amount": 250_130,
        "at_least": False,
        "offset": 0,
        "instead_of": "",
        "after": "",
        "facts_hash": "f" * 32,
        "claim_from": date(2026, 7, 2),
        "claim_by": date(2031, 7, 1),
        "comparison": 1,
    }
