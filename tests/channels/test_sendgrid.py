"""What the SendGrid channel sends, what it makes of the answers, and which events it believes."""

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
    UnsupportedOption,
    UnverifiedWebhook,
)
from channels.registry import open_channel
from tests.channels.provider import FakeSendGrid, Fault
from tests.channels.sending import EMAIL, TEXT, mail, send

NOW = 1_782_957_600.0


def channel_to(sendgrid: FakeSendGrid, *, now: float = NOW, **settings: Any) -> Channel:
    table = {key: value for key, value in sendgrid.settings(**settings).items() if value is not None}
    return open_channel("sendgrid", table, sendgrid.environment, outbox=Path("unused"), now=lambda: now)


def test_the_request_is_one_mail_to_one_person_that_watches_nobody(sendgrid: FakeSendGrid) -> None:
    unsubscribe = {"List-Unsubscribe": "<https://gaon.example/stop/ABC>"}
    send(channel_to(sendgrid), mail("m-7", attempt=2, headers=unsubscribe))
    expected = {
        "from": {"name": "가온시", "email": "notice@gaon.example"},
        "subject": "자동차세 환급 안내",
        "personalizations": [
            {"to": [{"email": EMAIL}], "custom_args": {"owed_reference": "m-7", "owed_attempt": "2"}}
        ],
        "content": [
            {"type": "text/plain", "value": TEXT},
            {"type": "text/html", "value": f"<p>{TEXT}</p>"},
        ],
        "headers": unsubscribe,
        "tracking_settings": {
            "click_tracking": {"enable": False, "enable_text": False},
            "open_tracking": {"enable": False},
            "subscription_tracking": {"enable": False},
            "ganalytics": {"enable": False},
        },
    }
    assert expected == sendgrid.accepted[0].fields


def test_a_mail_without_html_is_plain_text(sendgrid: FakeSendGrid) -> None:
    send(channel_to(sendgrid), mail(html=None))
    assert [{"type": "text/plain", "value": TEXT}] == sendgrid.accepted[0].fields["content"]


def test_an_accepted_mail_has_the_providers_id(sendgrid: FakeSendGrid) -> None:
    (outcome,) = send(channel_to(sendgrid), mail())
    assert (sendgrid.accepted[0].provider_id, "202") == (outcome.provider_id, outcome.code)


@pytest.mark.parametrize(
    ("fault", "kind", "code"),
    [
        (
            Fault.sendgrid(400, "personalizations.0.to.0.email"),
            OutcomeKind.REJECTED,
            "400 personalizations.to.email",
        ),
        (
            Fault.sendgrid(400, "personalizations[0].to[0].email"),
            OutcomeKind.REJECTED,
            "400 personalizations.to.email",
        ),
        (Fault.sendgrid(400, "from.email"), OutcomeKind.ACCOUNT, "400 from.email"),
        (Fault.sendgrid(400, "hong@example.invalid"), OutcomeKind.ACCOUNT, "400"),
        (Fault(400, "odd"), OutcomeKind.ACCOUNT, "400"),
        (Fault.sendgrid(401), OutcomeKind.ACCOUNT, "401"),
        (Fault.sendgrid(403), OutcomeKind.ACCOUNT, "403"),
        (Fault.sendgrid(413), OutcomeKind.ACCOUNT, "413"),
        (Fault.sendgrid(429), OutcomeKind.NOT_SENT, "429"),
        (Fault.ACCEPT_AND_SAY_500, OutcomeKind.UNCERTAIN, "500"),
        (Fault(503, None), OutcomeKind.UNCERTAIN, "503"),
        (Fault(302, None, {"Location": "/elsewhere"}), OutcomeKind.UNCERTAIN, "302"),
        (Fault(200, {}), OutcomeKind.UNCERTAIN, "200"),
        (Fault.DROP, OutcomeKind.UNCERTAIN, "RemoteDisconnected"),
    ],
)
def test_each_answer_has_one_meaning(
    sendgrid: FakeSendGrid, fault: Fault, kind: OutcomeKind, code: str
) -> None:
    sendgrid.faults.append(fault)
    (outcome,) = send(channel_to(sendgrid), mail())
    assert (kind, code, 1) == (outcome.kind, outcome.code, len(sendgrid.calls))


def test_an_answer_that_only_drips_is_not_waited_for(sendgrid: FakeSendGrid) -> None:
    sendgrid.faults.append(Fault(202, None, accepts=True, drip=0.15))
    (outcome,) = send(channel_to(sendgrid, timeout=0.2), mail())
    assert (OutcomeKind.UNCERTAIN, "TimeoutError") == (outcome.kind, outcome.code)


@pytest.mark.parametrize(
    ("header", "value"), [("Retry_After", "11"), ("X_RateLimit_Reset", str(int(NOW) + 11))]
)
def test_the_wait_the_provider_asks_for_comes_back(sendgrid: FakeSendGrid, header: str, value: str) -> None:
    sendgrid.faults.append(Fault.sendgrid(429, **{header: value}))
    (outcome,) = send(channel_to(sendgrid), mail())
    assert 11.0 == outcome.retry_after


def test_no_more_connections_are_open_than_the_setting_says(sendgrid: FakeSendGrid) -> None:
    send(channel_to(sendgrid, connections=2), *(mail(f"m-{number}") for number in range(12)))
    assert (12, 2) == (len(sendgrid.accepted), sendgrid.connections)


@pytest.mark.parametrize(
    ("event", "more", "kind", "code"),
    [
        ("processed", {}, ReceiptKind.ACCEPTED, "processed"),
        ("deferred", {"response": "400 later"}, ReceiptKind.ACCEPTED, "deferred"),
        ("delivered", {}, ReceiptKind.DELIVERED, "delivered"),
        ("bounce", {"type": "bounce", "status": "5.1.1"}, ReceiptKind.UNDELIVERED, "bounce bounce 5.1.1"),
        ("dropped", {"reason": "Bounced Address"}, ReceiptKind.UNDELIVERED, "dropped"),
        ("spamreport", {}, ReceiptKind.COMPLAINED, "spamreport"),
        ("unsubscribe", {}, ReceiptKind.STOPPED, "unsubscribe"),
        ("group_unsubscribe", {}, ReceiptKind.STOPPED, "group_unsubscribe"),
    ],
)
def test_a_signed_event_is_a_receipt(
    sendgrid: FakeSendGrid, event: str, more: dict[str, str], kind: ReceiptKind, code: str
) -> None:
    channel = channel_to(sendgrid)
    send(channel, mail("m-7", attempt=3))
    sent = sendgrid.event(sendgrid.accepted[0], event, **more)
    expected = Receipt(
        sent["sg_event_id"], "m-7", kind, provider_id=sent["sg_message_id"], code=code, attempt=3
    )
    assert [expected] == channel.parse_receipts(sendgrid.webhook(sent, at=NOW))


@pytest.mark.parametrize(
    ("reason", "why"),
    [
        ("Unsubscribed Address", ReceiptKind.STOPPED),
        ("Spam Reporting Address", ReceiptKind.COMPLAINED),
    ],
)
def test_a_mail_dropped_for_a_stop_did_not_arrive_and_is_a_stop(
    sendgrid: FakeSendGrid, reason: str, why: ReceiptKind
) -> None:
    channel = channel_to(sendgrid)
    send(channel, mail())
    event = sendgrid.event(sendgrid.accepted[0], "dropped", reason=reason)
    receipts = channel.parse_receipts(sendgrid.webhook(event, at=NOW))
    assert [ReceiptKind.UNDELIVERED, why] == [one.kind for one in receipts]
    assert 2 == len({one.event_key for one in receipts})


def test_events_that_are_not_ours_or_say_nothing_of_delivery_are_left_out(sendgrid: FakeSendGrid) -> None:
    channel = channel_to(sendgrid)
    send(channel, mail())
    message = sendgrid.accepted[0]
    strange = sendgrid.event(replace(message, fields={"personalizations": [{}]}), "delivered")
    request = sendgrid.webhook(sendgrid.event(message, "open"), strange, {"event": 3}, at=NOW)
    assert [] == channel.parse_receipts(request)


@pytest.mark.parametrize("age", [0, 24 * 3600, -200])
def test_a_late_delivery_of_an_event_is_still_believed(sendgrid: FakeSendGrid, age: int) -> None:
    channel = channel_to(sendgrid)
    send(channel, mail())
    event = sendgrid.event(sendgrid.accepted[0], "delivered")
    assert 1 == len(channel.parse_receipts(sendgrid.webhook(event, at=NOW - age)))


@pytest.mark.parametrize("age", [26 * 3600, -600])
def test_a_post_of_another_day_is_not_believed(sendgrid: FakeSendGrid, age: int) -> None:
    channel = channel_to(sendgrid)
    with pytest.raises(UnverifiedWebhook):
        channel.parse_receipts(sendgrid.webhook(at=NOW - age))


SIGNATURE = "x-twilio-email-event-webhook-signature"
STAMP = "x-twilio-email-event-webhook-timestamp"


@pytest.mark.parametrize(
    "change",
    [
        {"body": b"[ ]"},
        {"body": b"\xff"},
        {"headers": {}},
        {SIGNATURE: "not base64!"},
        {SIGNATURE: "A"},
        {SIGNATURE: "AAAA"},
        {SIGNATURE: "가"},
        {STAMP: str(int(NOW) + 1)},
        {STAMP: ""},
        {STAMP: "٣"},
    ],
)
def test_a_post_changed_anywhere_is_not_believed(sendgrid: FakeSendGrid, change: dict[str, Any]) -> None:
    channel = channel_to(sendgrid)
    request = sendgrid.webhook(at=NOW)
    whole = {key: value for key, value in change.items() if key in {"body", "headers"}}
    headers = {**request.headers, **{key: value for key, value in change.items() if key not in whole}}
    with pytest.raises(UnverifiedWebhook):
        channel.parse_receipts(replace(request, **{"headers": headers, **whole}))


def test_without_the_providers_key_no_event_can_be_believed(sendgrid: FakeSendGrid) -> None:
    channel = channel_to(sendgrid, verification_key=None)
    with pytest.raises(UnsupportedOption):
        channel.parse_receipts(sendgrid.webhook(at=NOW))


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ({"sender": "nobody"}, "sender"),
        ({"sender": "A <a@b.example>\r\nBcc: c@d.example"}, "sender"),
        ({"verification_key": "not a key"}, "verification_key"),
        ({"region": "moon"}, "region"),
        ({"key_env": None}, "key_env"),
        ({"click_tracking": True}, "click_tracking"),
    ],
)
def test_settings_that_cannot_be_used_are_named(
    sendgrid: FakeSendGrid, settings: dict[str, Any], key: str
) -> None:
    with pytest.raises(InvalidSettings) as refused:
        channel_to(sendgrid, **settings)
    assert ("sendgrid", key) == (refused.value.channel, refused.value.key)
