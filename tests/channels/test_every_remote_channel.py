"""What every channel that crosses a network keeps when the network or the provider fails."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from channels.channel import AddressKind, Channel, Envelope, OutcomeKind
from channels.registry import open_channel
from tests.channels.mailserver import DROP, SILENCE, MailServer
from tests.channels.provider import FakeProvider, FakeSendGrid, FakeTwilio, Fault
from tests.channels.sending import envelope, send, send_batches

REMOTE = ("smtp", "twilio", "sendgrid")


@dataclass(frozen=True)
class Line:
    """A channel over a line that can fail; `accepted` counts the messages the other end has taken."""

    channel: Channel
    other_end: Any
    accepted: Callable[[], int]

    def message(self, reference: str = "m-1") -> Envelope:
        return envelope(self.channel.capabilities.address, reference)

    def accept_and(self, *, silent: bool) -> None:
        """The next message is taken, and then nothing is heard, or the connection is dropped."""
        if isinstance(self.other_end, FakeProvider):
            fault = Fault.ACCEPT_AND_SAY_NOTHING if silent else Fault.ACCEPT_AND_DROP
            self.other_end.faults.append(fault)
        else:
            self.other_end.replies["DATA"].append(SILENCE if silent else DROP)


@contextmanager
def _other_end(name: str) -> Iterator[Any]:
    ends: dict[str, Callable[[], Any]] = {"smtp": MailServer, "twilio": FakeTwilio, "sendgrid": FakeSendGrid}
    with ends[name]() as end:
        yield end


@pytest.fixture(params=REMOTE)
def line(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Line]:
    with _other_end(request.param) as end:
        settings = end.settings(timeout=0.4)
        channel = open_channel(
            request.param, settings, getattr(end, "environment", {}), outbox=tmp_path / "unused"
        )
        yield Line(channel, end, lambda: len(end.accepted))


def test_silence_after_acceptance_is_uncertain_and_never_a_second_try(line: Line) -> None:
    line.accept_and(silent=True)
    outcomes = send(line.channel, line.message())
    assert ([OutcomeKind.UNCERTAIN], 1) == ([outcome.kind for outcome in outcomes], line.accepted())


def test_a_drop_after_acceptance_is_uncertain_and_never_a_second_try(line: Line) -> None:
    line.accept_and(silent=False)
    outcomes = send(line.channel, line.message())
    assert ([OutcomeKind.UNCERTAIN], 1) == ([outcome.kind for outcome in outcomes], line.accepted())


def test_one_uncertain_message_leaves_the_others_of_its_batch_alone(line: Line) -> None:
    line.accept_and(silent=False)
    outcomes = send(line.channel, *(line.message(f"m-{number}") for number in range(5)))
    kinds = sorted(outcome.kind for outcome in outcomes)
    assert [OutcomeKind.ACCEPTED] * 4 + [OutcomeKind.UNCERTAIN] == kinds


def test_the_channel_goes_on_after_a_lost_connection(line: Line) -> None:
    line.accept_and(silent=False)
    outcomes = send_batches(line.channel, [[line.message("m-1")], [line.message("m-2")]])
    expected = [OutcomeKind.UNCERTAIN, OutcomeKind.ACCEPTED]
    assert expected == [outcome.kind for outcome in outcomes]


def test_a_connection_serves_more_than_one_message(line: Line) -> None:
    send_batches(line.channel, [[line.message("m-1")], [line.message("m-2")], [line.message("m-3")]])
    assert (3, 1) == (line.accepted(), line.other_end.connections)


def test_a_connection_closed_while_idle_puts_no_message_in_doubt(line: Line) -> None:
    batches = [[line.message("m-1")], [line.message("m-2")]]
    outcomes = send_batches(line.channel, batches, between=line.other_end.hang_up)
    assert [OutcomeKind.ACCEPTED] * 2 == [outcome.kind for outcome in outcomes]


@pytest.mark.parametrize("name", REMOTE)
def test_a_refused_connection_is_certainly_not_sent(name: str, tmp_path: Path) -> None:
    outcomes = send(_channel_to(_closed_port(), name, tmp_path), *_one_message(name))
    assert [OutcomeKind.NOT_SENT] == [outcome.kind for outcome in outcomes]


@pytest.mark.parametrize("name", REMOTE)
def test_the_lease_is_not_asked_about_before_there_is_a_connection(name: str, tmp_path: Path) -> None:
    asked: list[Envelope] = []

    def ready(message: Envelope) -> bool:
        asked.append(message)
        return True

    send(_channel_to(_closed_port(), name, tmp_path), *_one_message(name), ready=ready)
    assert [] == asked


def _closed_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _channel_to(port: int, name: str, folder: Path) -> Channel:
    url = f"http://127.0.0.1:{port}"
    tables: dict[str, dict[str, Any]] = {
        "smtp": MailServer().settings(port=port),
        "twilio": FakeTwilio().settings(base_url=url),
        "sendgrid": FakeSendGrid().settings(base_url=url),
    }
    environment = {**FakeTwilio().environment, **FakeSendGrid().environment}
    return open_channel(name, tables[name], environment, outbox=folder)


def _one_message(name: str) -> list[Envelope]:
    return [envelope(AddressKind.MOBILE if name == "twilio" else AddressKind.EMAIL)]
