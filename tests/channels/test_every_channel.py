"""What every channel keeps, the file channel being the reference."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from channels.channel import (
    Channel,
    Envelope,
    Outcome,
    OutcomeKind,
    UnsupportedOption,
    UnverifiedWebhook,
    WebhookRequest,
)
from channels.registry import known_channels, open_channel
from tests.channels.mailserver import MailServer
from tests.channels.provider import FakeSendGrid, FakeTwilio
from tests.channels.sending import EMAIL, MOBILE, TEXT, envelope, never, send

NOW = 1_782_957_600.0


@dataclass(frozen=True)
class Stage:
    """A channel, and what its other end has received: (address, text) of each message."""

    channel: Channel
    received: Callable[[], list[tuple[str, str]]]
    settings: dict[str, Any]
    environment: dict[str, str]

    def message(self, reference: str = "m-1", **more: Any) -> Envelope:
        return envelope(self.channel.capabilities.address, reference, **more)


@contextmanager
def _other_end(name: str, outbox: Path) -> Iterator[tuple[Any, Callable[[], list[tuple[str, str]]]]]:
    if name == "file":
        yield None, lambda: [_read(path) for path in sorted(outbox.glob("*"))]
    elif name == "smtp":
        with MailServer() as server:
            yield server, lambda: [(str(mail["To"]), _plain(mail)) for mail in server.accepted]
    else:
        with FakeTwilio() if name == "twilio" else FakeSendGrid() as provider:
            yield provider, lambda: [(taken.to, taken.text) for taken in provider.accepted]


def _read(path: Path) -> tuple[str, str]:
    document = json.loads(path.read_text("utf-8"))
    return document["to"], document["text"]


def _plain(mail: Any) -> str:
    return str(mail.get_body(("plain",)).get_content()).rstrip("\n")


@pytest.fixture(params=known_channels())
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    outbox = tmp_path / "outbox"
    with _other_end(request.param, outbox) as (other_end, received):
        settings = other_end.settings() if other_end else {}
        environment = getattr(other_end, "environment", {})
        channel = open_channel(request.param, settings, environment, outbox=outbox, now=lambda: NOW)
        yield Stage(channel, received, settings, environment)


def test_each_envelope_ends_in_one_outcome_in_its_place(stage: Stage) -> None:
    envelopes = [stage.message(f"m-{number}", attempt=number) for number in range(1, 8)]
    outcomes = send(stage.channel, *envelopes)
    expected = [(f"m-{number}", number, OutcomeKind.ACCEPTED) for number in range(1, 8)]
    assert expected == [(outcome.reference, outcome.attempt, outcome.kind) for outcome in outcomes]


def test_what_arrives_is_what_was_sent(stage: Stage) -> None:
    message = stage.message()
    send(stage.channel, message)
    assert [(message.to, TEXT)] == stage.received()


def test_nothing_leaves_after_the_lease(stage: Stage) -> None:
    outcome = send(stage.channel, stage.message(), ready=never)
    expected = Outcome("m-1", 1, OutcomeKind.NOT_SENT, code="lease")
    assert ([expected], []) == (outcome, stage.received())


def test_the_lease_is_asked_about_once_for_each_envelope(stage: Stage) -> None:
    asked: list[str] = []

    def ready(message: Envelope) -> bool:
        asked.append(message.reference)
        return True

    send(stage.channel, stage.message("m-1"), stage.message("m-2"), ready=ready)
    assert ["m-1", "m-2"] == sorted(asked)


@pytest.mark.parametrize(
    "address",
    ["", "01012345678", "whatsapp:+821000001234", "+82 10 0000 1234", "nobody", "a@b@c", "a@b\r\nBcc: c@d"],
)
def test_an_address_of_another_form_is_rejected_unseen(stage: Stage, address: str) -> None:
    outcome = send(stage.channel, stage.message(to=address))
    expected = Outcome("m-1", 1, OutcomeKind.REJECTED, code="address")
    assert ([expected], []) == (outcome, stage.received())


@pytest.mark.parametrize("reference", ["", "../escape", "a b", "m" * 65, "m\n"])
def test_a_reference_that_could_be_a_path_or_a_line_is_refused(stage: Stage, reference: str) -> None:
    with pytest.raises(UnsupportedOption):
        send(stage.channel, stage.message(reference))
    assert [] == stage.received()


def test_an_option_it_cannot_honour_stops_the_whole_batch(stage: Stage) -> None:
    html = None if stage.channel.capabilities.carries_html else "<p>html</p>"
    odd = stage.message("m-2", html=html, subject=None, headers={"Bcc": EMAIL})
    with pytest.raises(UnsupportedOption):
        send(stage.channel, stage.message("m-1"), odd)
    assert [] == stage.received()


def test_an_unsigned_webhook_brings_no_receipts(stage: Stage) -> None:
    forged = WebhookRequest("https://owed.example/webhooks?m=m-1&a=1", {}, b"[]")
    with pytest.raises((UnverifiedWebhook, UnsupportedOption)):
        stage.channel.parse_receipts(forged)


def test_an_empty_batch_is_nothing(stage: Stage) -> None:
    assert [] == send(stage.channel)


def test_every_text_has_a_length(stage: Stage) -> None:
    length = stage.channel.measure(TEXT)
    assert (True, True) == (length.fits, length.parts >= 1)


def test_no_log_shows_an_address_a_text_or_a_secret(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        send(stage.channel, stage.message())
    secrets = [MOBILE, EMAIL, TEXT, "250,130", *stage.environment.values()]
    # "mail.log" is the log of the mail server on the other end, which is the test's own.
    ours = " ".join(record.getMessage() for record in caplog.records if record.name != "mail.log")
    assert [] == [secret for secret in secrets if secret in ours]


def test_no_repr_shows_an_address_a_text_or_a_secret(stage: Stage) -> None:
    shown = repr(stage.message()) + repr(vars(stage.channel)) + repr(stage.channel)
    secrets = [MOBILE, EMAIL, TEXT, "환급", *stage.environment.values()]
    assert [] == [secret for secret in secrets if secret in shown]
