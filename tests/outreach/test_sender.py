"""The sender over real channels: nothing lost, nothing sent twice, whatever is killed or silent."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from channels.channel import AddressKind, Channel, Envelope, Outcome, ReadyToLeave
from channels.file import FileChannel
from channels.length import in_cp949
from channels.registry import open_channel
from data.store.engine import writing
from outreach.handover import GUARD, LEASE, Claim, recover
from outreach.message import MessageKind, MessageState
from outreach.outbox import record_receipts
from outreach.sender import Tally, hand_over
from tests.channels.provider import FakeTwilio, Fault
from tests.outreach.post import Office


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office.open(tmp_path)


def send(office: Office, folder: Path, channel: Channel, held: Claim | None = None) -> Tally:
    """Hand over one batch and close the channel, as one run of the sender does."""
    tally = Tally()
    claimed = held or office.claim(channel=channel.capabilities.name)

    async def run() -> None:
        desk = office.desk(folder, lambda _: channel)
        await hand_over(desk, office.lane(), channel, claimed, tally)
        await channel.close()

    asyncio.run(run())
    return tally


def files(folder: Path) -> FileChannel:
    return FileChannel(folder / "outbox", address=AddressKind.MOBILE, measure=in_cp949)


def texts(folder: Path) -> list[str]:
    return [
        json.loads(path.read_text("utf-8"))["text"] for path in sorted((folder / "outbox").glob("*.json"))
    ]


def test_an_invitation_reaches_the_file_channel_with_amount_and_link(office: Office, tmp_path: Path) -> None:
    one = office.post()
    send(office, tmp_path, files(tmp_path))
    (text,) = texts(tmp_path)
    assert (MessageState.ACCEPTED, True, True) == (
        office.state(one),
        "250,130원" in text,
        "https://owed.example/r/" in text,
    )


def test_a_second_run_sends_nothing_twice(office: Office, tmp_path: Path) -> None:
    for _ in range(3):
        office.post()
    send(office, tmp_path, files(tmp_path))
    again = send(office, tmp_path, files(tmp_path))
    assert (3, 0) == (len(texts(tmp_path)), again.count(MessageState.ACCEPTED))


def twilio(provider: FakeTwilio) -> Channel:
    return open_channel("twilio", provider.settings(timeout=0.3), provider.environment, outbox=Path("unused"))


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        (None, MessageState.ACCEPTED),
        (Fault.ACCEPT_AND_SAY_NOTHING, MessageState.UNCERTAIN),
        (Fault.ACCEPT_AND_DROP, MessageState.UNCERTAIN),
        (Fault.ACCEPT_AND_SAY_500, MessageState.UNCERTAIN),
        (Fault.twilio(429, 20429, Retry_After="60"), MessageState.PLANNED),
        (Fault.twilio(400, 21610), MessageState.SUPPRESSED),
        (Fault.twilio(400, 21211), MessageState.FAILED),
        (Fault.twilio(401, 20003), MessageState.PLANNED),
    ],
)
def test_what_the_provider_does_decides_the_state(
    office: Office, tmp_path: Path, fault: Fault | None, state: MessageState
) -> None:
    one = office.post(channel="twilio")
    with FakeTwilio() as provider:
        provider.faults.extend([fault] if fault else [])
        send(office, tmp_path, twilio(provider))
    assert state == office.state(one)


def test_silence_after_acceptance_is_never_sent_twice(office: Office, tmp_path: Path) -> None:
    one = office.post(channel="twilio")
    with FakeTwilio() as provider:
        provider.faults.append(Fault.ACCEPT_AND_SAY_NOTHING)
        for _ in range(3):
            send(office, tmp_path, twilio(provider))
            office.clock.forward(hours=1)
            with writing(office.engine) as connection:
                recover(connection, now=office.clock())
        assert (1, MessageState.UNCERTAIN) == (len(provider.accepted), office.state(one))


def test_the_providers_own_callback_settles_the_silence(office: Office, tmp_path: Path) -> None:
    one = office.post(channel="twilio")
    with FakeTwilio() as provider:
        provider.faults.append(Fault.ACCEPT_AND_SAY_NOTHING)
        send(office, tmp_path, twilio(provider))
        channel = twilio(provider)
        receipts = channel.parse_receipts(provider.callback(provider.accepted[0], "delivered"))
    with writing(office.engine) as connection:
        record_receipts(connection, receipts, channel=channel.capabilities, now=office.clock())
    assert MessageState.DELIVERED == office.state(one)


def test_a_message_whose_lease_is_nearly_over_stays(office: Office, tmp_path: Path) -> None:
    one = office.post()
    channel = SlowToBegin(office, files(tmp_path), LEASE - GUARD + timedelta(seconds=1))
    send(office, tmp_path, channel)
    assert ([], MessageState.PLANNED, "lease_ended") == (
        texts(tmp_path),
        office.state(one),
        office.row(one).reason,
    )


class SlowToBegin:
    """A channel that takes its time before the first byte, as a frozen machine does."""

    def __init__(self, office: Office, inner: FileChannel, pause: timedelta) -> None:
        self._office, self._inner, self._pause = office, inner, pause
        self.capabilities = inner.capabilities
        self.measure, self.parse_receipts, self.close = inner.measure, inner.parse_receipts, inner.close

    async def send(self, envelopes: Sequence[Envelope], ready: ReadyToLeave) -> list[Outcome]:
        self._office.clock.now += self._pause
        return await self._inner.send(envelopes, ready)


def test_a_message_that_cannot_be_made_pauses_the_plan_and_stays_planned(
    office: Office, tmp_path: Path
) -> None:
    one = office.post(kind=MessageKind.RECEIPT)  # of no application
    tally = send(office, tmp_path, files(tmp_path))
    assert ({"spring plan 1"}, MessageState.PLANNED, "mistake LookupError") == (
        tally.paused,
        office.state(one),
        office.row(one).provider_code,
    )


KILLED = """
import os, signal, sys
from pathlib import Path
from channels.channel import AddressKind
from channels.file import FileChannel
from channels.length import in_cp949
from data.store.engine import open_engine
from tests.outreach.post import Office
from tests.outreach.test_sender import send

class Killed(FileChannel):
    async def send(self, envelopes, ready):
        await super().send(envelopes, ready)
        os.kill(os.getpid(), signal.SIGKILL)

folder = Path(sys.argv[1])
office = Office(open_engine(f"sqlite:///{folder / 'owed.sqlite'}"))
send(office, folder, Killed(folder / "outbox", address=AddressKind.MOBILE, measure=in_cp949))
"""


def test_a_sender_killed_between_mark_and_outcome_leaves_its_messages_in_doubt(
    office: Office, tmp_path: Path
) -> None:
    posted = [office.post() for _ in range(3)]
    office.engine.dispose()
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path)], cwd=root, env=os.environ | {"PYTHONPATH": str(root)}
    )
    office.clock.forward(minutes=6)
    with writing(office.engine) as connection:
        recover(connection, now=office.clock())
    send(office, tmp_path, files(tmp_path))
    assert (-signal.SIGKILL, 3, {MessageState.UNCERTAIN}) == (
        done.returncode,
        len(texts(tmp_path)),
        {office.state(one) for one in posted},
    )
