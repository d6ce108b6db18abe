from __future__ import annotations

import hmac
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest
from httpx2 import Response
from sqlalchemy import Engine, select

from channels.registry import open_channel
from data.store.engine import reading
from data.store.tables import message, receipt, suppression
from tests.outreach.invited import invite
from tests.portal.visitor import SETTINGS, MovingClock, Visitor, new_app

TOKEN = "not-a-real-token"
TABLE = {"account_sid": "AC" + "0" * 32, "token_env": "TWILIO_TOKEN", "from": "+15005550006"}


@pytest.fixture
def provider(engine: Engine, clock: MovingClock, tmp_path: Path) -> Iterator[Visitor]:
    """A portal that Twilio may call; nothing leaves for Twilio, only its calls come in."""
    environment = {"TWILIO_TOKEN": TOKEN}
    channels = {
        "twilio": open_channel("twilio", TABLE, environment, outbox=tmp_path),
        "file": open_channel("file", {}, environment, outbox=tmp_path),
    }
    with Visitor(new_app(engine, clock, channels=channels), invite(engine, channel="twilio")) as visitor:
        yield visitor


def call(
    provider: Visitor, status: str, *, key: str = TOKEN, error: str | None = None, sid: str = "SM1"
) -> Response:
    """What Twilio posts about our message, signed with the account's token over the public address.

    https://www.twilio.com/docs/usage/security#validating-requests
    """
    path = f"/hooks/twilio?m={provider.invited.message_id}&a=1"
    fields = {"MessageSid": sid, "MessageStatus": status} | ({"ErrorCode": error} if error else {})
    signed = SETTINGS.portal_url + path + "".join(name + fields[name] for name in sorted(fields))
    signature = b64encode(hmac.digest(key.encode(), signed.encode(), "sha1")).decode()
    return provider.client.post(path, data=fields, headers={"x-twilio-signature": signature})


def state(engine: Engine) -> str:
    with reading(engine) as connection:
        return str(connection.execute(select(message.c.state)).scalar_one())


def test_a_signed_call_settles_its_message(provider: Visitor, engine: Engine) -> None:
    assert (call(provider, "delivered").status_code, state(engine)) == (204, "delivered")


def test_a_call_that_comes_twice_is_recorded_once(provider: Visitor, engine: Engine) -> None:
    answers = [call(provider, "delivered").status_code for _ in range(2)]
    with reading(engine) as connection:
        assert (answers, len(connection.execute(select(receipt)).all())) == ([204, 204], 1)


def test_a_call_with_another_signature_changes_nothing(provider: Visitor, engine: Engine) -> None:
    assert (call(provider, "delivered", key="another").status_code, state(engine)) == (403, "accepted")


def test_a_call_without_a_signature_is_refused(provider: Visitor) -> None:
    fields = {"MessageSid": "SM1", "MessageStatus": "delivered"}
    assert provider.client.post("/hooks/twilio", data=fields).status_code == 403


def test_a_stop_at_the_provider_is_on_disk_when_it_is_answered(provider: Visitor, engine: Engine) -> None:
    answer = call(provider, "failed", error="21610")
    with reading(engine) as connection:
        stops = connection.execute(select(suppression.c.channel, suppression.c.reason)).all()
    assert (answer.status_code, [tuple(row) for row in stops]) == (204, [("sms", "provider")])


@pytest.mark.parametrize("channel", ["file", "unknown"])
def test_a_channel_that_is_never_called_is_not_found(provider: Visitor, channel: str) -> None:
    assert provider.client.post(f"/hooks/{channel}", content=b"x").status_code == 404


def test_a_provider_may_report_more_than_a_form_holds(provider: Visitor) -> None:
    assert provider.client.post("/hooks/unknown", content=b"x" * 1_000_000).status_code == 404
