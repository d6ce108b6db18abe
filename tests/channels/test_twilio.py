"""What the Twilio channel sends, what it makes of the answers, and which callbacks it believes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from channels.channel import (
    Channel,
    InvalidSettings,
    OutcomeKind,
    Receipt,
    ReceiptKind,
    UnverifiedWebhook,
    WebhookRequest,
)
from channels.registry import open_channel
from tests.channels.provider import FakeTwilio, Fault
from tests.channels.sending import MOBILE, TEXT, send, sms

NOW = 1_782_957_600.0  # Thu, 02 Jul 2026 02:00:00 GMT


def channel_to(twilio: FakeTwilio, **settings: Any) -> Channel:
    table = {key: value for key, value in twilio.settings(**settings).items() if value is not None}
    return open_channel("twilio", table, twilio.environment, outbox=Path("unused"), now=lambda: NOW)


def test_the_form_holds_what_the_provider_needs_and_our_reference(twilio: FakeTwilio) -> None:
    send(channel_to(twilio), sms("m-7", attempt=2))
    expected = {
        "To": MOBILE,
        "From": "+15005550006",
        "Body": TEXT,
        "StatusCallback": "https://owed.example/webhooks/twilio?m=m-7&a=2",
    }
    assert expected == twilio.accepted[0].fields


def test_a_messaging_service_may_be_the_sender(twilio: FakeTwilio) -> None:
    service = "MG" + "0" * 32
    send(channel_to(twilio, messaging_service_sid=service, **{"from": None}), sms())
    fields = twilio.accepted[0].fields
    assert (service, None) == (fields["MessagingServiceSid"], fields.get("From"))


def test_a_callback_address_with_a_query_keeps_it(twilio: FakeTwilio) -> None:
    send(channel_to(twilio, callback_url="https://owed.example/hook?zone=outer"), sms())
    assert "https://owed.example/hook?zone=outer&m=m-1&a=1" == twilio.accepted[0].fields["StatusCallback"]


def test_an_accepted_message_has_the_providers_id(twilio: FakeTwilio) -> None:
    (outcome,) = send(channel_to(twilio), sms())
    assert (twilio.accepted[0].provider_id, "queued") == (outcome.provider_id, outcome.code)


@pytest.mark.parametrize(
    ("fault", "kind", "code"),
    [
        (Fault.twilio(400, 21610), OutcomeKind.STOPPED, "21610"),
        (Fault.twilio(400, 21211), OutcomeKind.REJECTED, "21211"),
        (Fault.twilio(400, 21614), OutcomeKind.REJECTED, "21614"),
        (Fault.twilio(400, 21606), OutcomeKind.ACCOUNT, "21606"),
        (Fault.twilio(400, 99999), OutcomeKind.ACCOUNT, "99999"),
        (Fault.twilio(401, 20003), OutcomeKind.ACCOUNT, "20003"),
        (Fault(403, None), OutcomeKind.ACCOUNT, "403"),
        (Fault(404, {}), OutcomeKind.ACCOUNT, "404"),
        (Fault.twilio(429, 20429), OutcomeKind.NOT_SENT, "20429"),
        (Fault(429, None), OutcomeKind.NOT_SENT, "429"),
        (Fault.twilio(400, 21611), OutcomeKind.NOT_SENT, "21611"),
        (Fault(408, None), OutcomeKind.UNCERTAIN, "408"),
        (Fault.ACCEPT_AND_SAY_500, OutcomeKind.UNCERTAIN, "500"),
        (Fault.twilio(500, 21610), OutcomeKind.UNCERTAIN, "21610"),
        (Fault(503, None), OutcomeKind.UNCERTAIN, "503"),
        (Fault(307, None, {"Location": "/elsewhere"}), OutcomeKind.UNCERTAIN, "307"),
        (Fault(201, "not a message", accepts=True), OutcomeKind.UNCERTAIN, "AttributeError"),
        (Fault(201, {}, accepts=True), OutcomeKind.UNCERTAIN, "no sid"),
        (Fault.DROP, OutcomeKind.UNCERTAIN, "ServerDisconnectedError"),
    ],
)
def test_each_answer_has_one_meaning(twilio: FakeTwilio, fault: Fault, kind: OutcomeKind, code: str) -> None:
    twilio.faults.append(fault)
    (outcome,) = send(channel_to(twilio), sms())
    assert (kind, code, 1) == (outcome.kind, outcome.code, len(twilio.calls))


def test_a_problem_document_is_understood_as_well(twilio: FakeTwilio) -> None:
    problem = {"type": "about:blank", "title": "Opted out", "status": 400, "code": 21610}
    twilio.faults.append(Fault(400, problem))
    (outcome,) = send(channel_to(twilio), sms())
    assert (OutcomeKind.STOPPED, "21610") == (outcome.kind, outcome.code)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        ("Thu, 02 Jul 2026 02:01:30 GMT", 90.0),
        ("Thu, 02 Jul 2026 01:00:00 GMT", 0.0),
        ("soon", None),
    ],
)
def test_the_wait_the_provider_asks_for_comes_back(
    twilio: FakeTwilio, header: str, seconds: float | None
) -> None:
    twilio.faults.append(Fault.twilio(429, 20429, Retry_After=header))
    (outcome,) = send(channel_to(twilio), sms())
    assert seconds == outcome.retry_after


def test_one_slow_answer_does_not_hold_the_batch_beyond_the_time_out(twilio: FakeTwilio) -> None:
    twilio.faults.append(Fault.ACCEPT_AND_SAY_NOTHING)
    outcomes = send(channel_to(twilio, timeout=0.3), *(sms(f"m-{number}") for number in range(3)))
    kinds = sorted(outcome.kind for outcome in outcomes)
    assert [OutcomeKind.ACCEPTED, OutcomeKind.ACCEPTED, OutcomeKind.UNCERTAIN] == kinds


def test_an_answer_that_only_drips_is_not_waited_for(twilio: FakeTwilio) -> None:
    twilio.faults.append(Fault(201, {"sid": "SM0", "status": "queued"}, accepts=True, drip=0.15))
    (outcome,) = send(channel_to(twilio, timeout=0.4), sms())
    assert (OutcomeKind.UNCERTAIN, "TimeoutError") == (outcome.kind, outcome.code)


def test_no_more_connections_are_open_than_the_setting_says(twilio: FakeTwilio) -> None:
    send(channel_to(twilio, connections=2), *(sms(f"m-{number}") for number in range(20)))
    assert (20, 2) == (len(twilio.accepted), twilio.connections)


@pytest.mark.parametrize(
    ("status", "more", "kind", "code"),
    [
        ("queued", {}, ReceiptKind.ACCEPTED, "queued"),
        ("sent", {}, ReceiptKind.ACCEPTED, "sent"),
        ("delivered", {}, ReceiptKind.DELIVERED, "delivered"),
        ("undelivered", {"ErrorCode": "30003"}, ReceiptKind.UNDELIVERED, "30003"),
        ("failed", {"ErrorCode": "30008"}, ReceiptKind.UNDELIVERED, "30008"),
        ("delivered", {"ErrorCode": ""}, ReceiptKind.DELIVERED, "delivered"),
        ("a status of tomorrow", {}, ReceiptKind.ACCEPTED, "a status of tomorrow"),
    ],
)
@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_a_signed_callback_is_a_receipt(
    twilio: FakeTwilio, status: str, more: dict[str, str], kind: ReceiptKind, code: str, algorithm: str
) -> None:
    channel = channel_to(twilio, shared_key_env="OWED_TEST_TWILIO_SHARED_KEY")
    send(channel, sms("m-7", attempt=3))
    sid = twilio.accepted[0].provider_id
    request = twilio.callback(twilio.accepted[0], status, algorithm=algorithm, **more)
    expected = [Receipt(f"{sid}:{status}", "m-7", kind, provider_id=sid, code=code, attempt=3)]
    assert expected == channel.parse_receipts(request)


def test_a_text_kept_back_by_a_stop_did_not_arrive_and_is_a_stop(twilio: FakeTwilio) -> None:
    channel = channel_to(twilio)
    send(channel, sms())
    request = twilio.callback(twilio.accepted[0], "failed", ErrorCode="21610")
    receipts = channel.parse_receipts(request)
    assert [ReceiptKind.UNDELIVERED, ReceiptKind.STOPPED] == [one.kind for one in receipts]
    assert 2 == len({one.event_key for one in receipts})


def callback_of_one(twilio: FakeTwilio, channel: Channel, **more: str) -> WebhookRequest:
    send(channel, sms())
    return twilio.callback(twilio.accepted[0], "delivered", **more)


@pytest.mark.parametrize(
    "change",
    [
        lambda request: replace(request, url=request.url.replace("m=m-1", "m=m-2")),
        lambda request: replace(request, url=request.url.replace("https", "http")),
        lambda request: replace(request, body=request.body.replace(b"%53%4D", b"%4D%4D")),
        lambda request: replace(request, body=request.body + b"&Extra=1"),
        lambda request: replace(request, body=b"\xff\xfe"),
        lambda request: replace(request, body=b"MessageSid=%FF"),
        lambda request: replace(request, headers={}),
        lambda request: replace(request, headers={"x-twilio-signature": "가"}),
        lambda request: replace(
            request,
            headers={**request.headers, "x-twilio-webhooks-signature-settings": "algorithm=HMAC_SHA256"},
        ),
        lambda request: replace(
            request, headers={**request.headers, "x-twilio-webhooks-signature-settings": "algorithm=NONE"}
        ),
    ],
)
def test_a_callback_changed_anywhere_is_not_believed(twilio: FakeTwilio, change: Any) -> None:
    channel = channel_to(twilio)
    request = change(callback_of_one(twilio, channel))
    with pytest.raises(UnverifiedWebhook):
        channel.parse_receipts(request)


def test_a_repeated_field_is_verified_and_not_a_fault(twilio: FakeTwilio) -> None:
    channel = channel_to(twilio)
    request = callback_of_one(twilio, channel)
    with pytest.raises(UnverifiedWebhook):
        channel.parse_receipts(replace(request, body=request.body + b"&To=%2B1&To=%2B2"))


def test_a_signed_incoming_text_is_no_receipt(twilio: FakeTwilio) -> None:
    channel = channel_to(twilio, callback_url="https://owed.example/webhooks/twilio")
    send(channel, sms())
    incoming = replace(twilio.accepted[0], fields={"StatusCallback": "https://owed.example/webhooks/twilio"})
    assert [] == channel.parse_receipts(twilio.callback(incoming, "received", Body="STOP"))


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ({"from": None}, "from"),
        ({"messaging_service_sid": "MG0"}, "from"),
        ({"base_url": "http://api.twilio.example"}, "base_url"),
        ({"timeout": 0}, "timeout"),
        ({"connections": 0}, "connections"),
        ({"token_env": "OWED_TEST_NOT_SET"}, "token_env"),
        ({"max_retries": 3}, "max_retries"),
    ],
)
def test_settings_that_cannot_be_used_are_named(
    twilio: FakeTwilio, settings: dict[str, Any], key: str
) -> None:
    with pytest.raises(InvalidSettings) as refused:
        channel_to(twilio, **settings)
    assert ("twilio", key) == (refused.value.channel, refused.value.key)


def test_the_environment_of_the_process_cannot_redirect_it(
    twilio: FakeTwilio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_EDGE", "elsewhere")
    monkeypatch.setenv("TWILIO_REGION", "nowhere")
    (outcome,) = send(channel_to(twilio), sms())
    assert OutcomeKind.ACCEPTED == outcome.kind
