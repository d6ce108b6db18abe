"""What we send is what the providers' own OpenAPI descriptions declare: `make conformance DATA=folder`.

The folder holds `providers/twilio_messages_v2010.json` and `providers/sendgrid_mail_v3.json`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from channels.registry import open_channel
from tests.channels.provider import FakeSendGrid, FakeTwilio
from tests.channels.sending import mail, send, sms

TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "array": list,
    "object": dict,
}


def described(name: str) -> dict[str, Any]:
    folder = os.environ.get("OWED_CONFORMANCE_DATA")
    assert folder, "say where the descriptions are: make conformance DATA=folder"
    found: dict[str, Any] = json.loads(Path(folder, "providers", name).read_text("utf-8"))
    return found


def resolved(node: Mapping[str, Any], spec: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in node:
        found: Any = spec
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        node = found
    return node


def disagreements(
    value: Any, schema: Mapping[str, Any], spec: Mapping[str, Any], *, at: str
) -> Iterator[str]:
    """Where a document says something its description does not declare, or in another type."""
    schema = resolved(schema, spec)
    expected = TYPES.get(schema.get("type", ""))
    if expected and not isinstance(value, expected):
        yield f"{at}: not a {schema['type']}"
    elif isinstance(value, dict) and "properties" in schema:
        yield from (f"{at}: {name} is missing" for name in schema.get("required", []) if name not in value)
        for name, part in value.items():
            if name in schema["properties"]:
                yield from disagreements(part, schema["properties"][name], spec, at=f"{at}.{name}")
            else:
                yield f"{at}.{name}: not declared"
    elif isinstance(value, list):
        for part in value:
            yield from disagreements(part, schema["items"], spec, at=f"{at}[]")


def body_of(spec: Mapping[str, Any], path: str, content_type: str) -> Mapping[str, Any]:
    body = resolved(spec["paths"][path]["post"]["requestBody"], spec)
    found: Mapping[str, Any] = body["content"][content_type]["schema"]
    return found


@pytest.mark.parametrize("sender", [{"from": "+15005550006"}, {"messaging_service_sid": "MG" + "0" * 32}])
def test_every_field_of_a_text_is_declared_by_twilio(sender: dict[str, str]) -> None:
    spec = described("twilio_messages_v2010.json")
    schema = body_of(
        spec,
        "/2010-04-01/Accounts/{AccountSid}/Messages.json",
        "application/x-www-form-urlencoded",
    )
    with FakeTwilio() as twilio:
        table = {key: value for key, value in twilio.settings().items() if key != "from"}
        channel = open_channel("twilio", {**table, **sender}, twilio.environment, outbox=Path("unused"))
        send(channel, sms())
    assert [] == list(disagreements(twilio.accepted[0].fields, schema, spec, at="form"))


@pytest.mark.parametrize("html", [None, "<p>html</p>"])
def test_every_field_of_a_mail_is_declared_by_sendgrid(html: str | None) -> None:
    spec = described("sendgrid_mail_v3.json")
    schema = body_of(spec, "/v3/mail/send", "application/json")
    stop = {"List-Unsubscribe": "<https://gaon.example/stop>"}
    with FakeSendGrid() as sendgrid:
        channel = open_channel("sendgrid", sendgrid.settings(), sendgrid.environment, outbox=Path("unused"))
        send(channel, mail(html=html, headers=stop))
    assert [] == list(disagreements(sendgrid.accepted[0].fields, schema, spec, at="mail"))


def test_the_judge_can_say_no() -> None:
    spec = described("sendgrid_mail_v3.json")
    schema = body_of(spec, "/v3/mail/send", "application/json")
    wrong = {"personalizations": [{"to": [{"address": "a@b.example"}]}], "subject": 3, "content": []}
    found = list(disagreements(wrong, schema, spec, at="mail"))
    assert {"mail: from is missing", "mail.subject: not a string"} <= set(found)
