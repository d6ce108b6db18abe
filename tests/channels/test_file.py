"""The file channel: one private file for each message, once."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from channels.channel import AddressKind, Channel, InvalidSettings, OutcomeKind
from channels.registry import open_channel
from tests.channels.sending import MOBILE, TEXT, mail, never, send, send_batches, sms


def channel_in(outbox: Path, **settings: Any) -> Channel:
    return open_channel("file", settings, {}, outbox=outbox)


def test_a_file_holds_the_whole_message(tmp_path: Path) -> None:
    send(channel_in(tmp_path), sms("m-7", attempt=2))
    expected = {
        "reference": "m-7",
        "attempt": 2,
        "to": MOBILE,
        "subject": None,
        "text": TEXT,
        "html": None,
        "headers": {},
    }
    assert expected == json.loads((tmp_path / "m-7.json").read_text("utf-8"))


def test_only_the_owner_may_read_the_messages(tmp_path: Path) -> None:
    outbox = tmp_path / "outbox"
    send(channel_in(outbox), sms("m-7"))
    modes = (oct(outbox.stat().st_mode & 0o777), oct((outbox / "m-7.json").stat().st_mode & 0o777))
    assert ("0o700", "0o600") == modes


def test_a_second_try_is_accepted_and_changes_nothing(tmp_path: Path) -> None:
    batches = [[sms("m-7", attempt=1)], [sms("m-7", attempt=2, text="other")]]
    outcomes = send_batches(channel_in(tmp_path), batches)
    kept = json.loads((tmp_path / "m-7.json").read_text("utf-8"))["attempt"]
    assert ([OutcomeKind.ACCEPTED] * 2, 1) == ([outcome.kind for outcome in outcomes], kept)


def test_the_same_message_twice_in_one_batch_is_one_file(tmp_path: Path) -> None:
    send(channel_in(tmp_path), *(sms("m-7") for _ in range(20)))
    assert ["m-7.json"] == sorted(path.name for path in tmp_path.iterdir())


def test_what_was_held_back_or_failed_leaves_no_trace(tmp_path: Path) -> None:
    send(channel_in(tmp_path), sms(), ready=never)
    assert [] == list(tmp_path.iterdir())


def test_a_message_that_cannot_be_written_is_not_sent_and_the_others_are(tmp_path: Path) -> None:
    (tmp_path / f".m-1.json.1.{os.getpid()}.part").mkdir()  # in the way of its temporary file
    outcomes = send(channel_in(tmp_path), *(sms(f"m-{number}") for number in range(3)))
    expected = [OutcomeKind.ACCEPTED, OutcomeKind.NOT_SENT, OutcomeKind.ACCEPTED]
    assert expected == [outcome.kind for outcome in outcomes]


def test_it_can_stand_in_for_a_mail_channel(tmp_path: Path) -> None:
    channel = channel_in(tmp_path, address="email")
    send(channel, mail())
    kept = json.loads((tmp_path / "m-1.json").read_text("utf-8"))
    assert (AddressKind.EMAIL, f"<p>{TEXT}</p>") == (channel.capabilities.address, kept["html"])


def test_nothing_leaves_the_machine(tmp_path: Path) -> None:
    assert channel_in(tmp_path).capabilities.local_only


@pytest.mark.parametrize(
    ("settings", "unit"),
    [
        ({}, "CP949 bytes"),
        ({"measure": "cp949"}, "CP949 bytes"),
        ({"measure": "segments"}, "UCS-2 characters"),
        ({"address": "email"}, "characters"),
    ],
)
def test_a_text_is_measured_as_the_settings_say(tmp_path: Path, settings: dict[str, str], unit: str) -> None:
    assert unit == channel_in(tmp_path, **settings).measure(TEXT).unit


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ({"address": "letter"}, "address"),
        ({"measure": "inches"}, "measure"),
        ({"folder": "elsewhere"}, "folder"),
    ],
)
def test_settings_that_cannot_be_used_are_named(tmp_path: Path, settings: dict[str, str], key: str) -> None:
    with pytest.raises(InvalidSettings) as refused:
        channel_in(tmp_path, **settings)
    assert ("file", key) == (refused.value.channel, refused.value.key)
