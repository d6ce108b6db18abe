"""Two providers on a local port: they speak the real APIs, remember everything, and fail when told to.

    with FakeTwilio() as twilio:
        twilio.faults.append(Fault.ACCEPT_AND_SAY_NOTHING)
        ... send over twilio.url ...
        assert 1 == len(twilio.accepted)

Each call takes the next fault from `faults`; None, or none left, is answered as the provider would.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Any, ClassVar
from urllib.parse import parse_qs, parse_qsl, urlsplit

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from channels.channel import WebhookRequest


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one call: whether the message is taken all the same, and what is answered.

    No `status` means no answer: the connection is dropped, or with `silent` left open for ever.
    """

    status: int | None = None
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    accepts: bool = False
    silent: bool = False
    drip: float = 0  # seconds between two bytes of the answer

    ACCEPT_AND_SAY_NOTHING: ClassVar[Fault]
    ACCEPT_AND_DROP: ClassVar[Fault]
    ACCEPT_AND_SAY_500: ClassVar[Fault]
    DROP: ClassVar[Fault]

    @classmethod
    def twilio(cls, status: int, code: int, **headers: str) -> Fault:
        """A refusal as Twilio words it; header names with `_` for `-`."""
        body = {"code": code, "message": f"refused {code}", "more_info": "", "status": status}
        return cls(status, body, {name.replace("_", "-"): value for name, value in headers.items()})

    @classmethod
    def sendgrid(cls, status: int, complaint: str | None = None, **headers: str) -> Fault:
        """A refusal as SendGrid words it, `complaint` being the field it names."""
        body = {"errors": [{"message": "refused", "field": complaint, "help": None}]}
        return cls(status, body, {name.replace("_", "-"): value for name, value in headers.items()})


Fault.ACCEPT_AND_SAY_NOTHING = Fault(accepts=True, silent=True)
Fault.ACCEPT_AND_DROP = Fault(accepts=True)
Fault.ACCEPT_AND_SAY_500 = Fault(500, {}, accepts=True)
Fault.DROP = Fault()


@dataclass(frozen=True)
class Call:
    """One request as it arrived."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Accepted:
    """One message the provider has: what it would hand on, and what it got of ours to give back."""

    provider_id: str
    to: str
    text: str
    reference: str
    attempt: int
    fields: Mapping[str, Any] = field(repr=False)


class FakeProvider(ABC):
    """An HTTP server in a thread of its own; `calls` are all requests, `accepted` the messages it took."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.accepted: list[Accepted] = []
        self.faults: deque[Fault | None] = deque()
        self.connections = 0
        self.url = ""
        self._up = Event()
        self._thread = Thread(target=self._run, daemon=True)
        self._open: set[asyncio.StreamWriter] = set()

    def __enter__(self) -> Any:
        self._thread.start()
        self._up.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def hang_up(self) -> None:
        """Close every connection that is open now, as a provider does with those that idle."""
        asyncio.run_coroutine_threadsafe(self._hang_up(), self._loop).result()

    async def _hang_up(self) -> None:
        for writer in list(self._open):
            writer.close()
        await turns()

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        self._up.set()
        await self._stop.wait()
        await turns()  # a connection that has just come in is known before the door is closed
        server.close()
        for writer in self._open:
            writer.transport.abort()
        ours = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in ours:
            task.cancel()
        await asyncio.gather(*ours, return_exceptions=True)
        await turns()  # and what was aborted is closed

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._open.add(writer)
        try:
            while (call := await _read_call(reader)) is not None:
                if not await self._answer(call, writer):
                    break
        except (ConnectionError, asyncio.IncompleteReadError):
            return  # the caller has hung up, as a caller whose time has run out does
        finally:
            self._open.discard(writer)
            writer.close()

    async def _answer(self, call: Call, writer: asyncio.StreamWriter) -> bool:
        """Whether the connection goes on."""
        self.calls.append(call)
        fault = self.faults.popleft() if self.faults else None
        if fault is None:
            status, headers, body = self.take(call)
        elif fault.status is None:
            if fault.accepts:
                self.take(call)
            if fault.silent:
                await self._stop.wait()
            return False
        else:
            if fault.accepts:
                self.take(call)
            status, headers, body = fault.status, dict(fault.headers), fault.body
        answer = _as_response(status, headers, body)
        pieces = [bytes([byte]) for byte in answer] if fault and fault.drip else [answer]
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(fault.drip if fault else 0)
        return True

    @abstractmethod
    def take(self, call: Call) -> tuple[int, dict[str, str], Any]:
        """Do what the provider does with a good call; the answer as status, headers and JSON body."""


async def turns() -> None:
    """Let the loop finish what it has begun: accepting or closing a connection takes several of its turns."""
    for _ in range(20):
        await asyncio.sleep(0)


async def _read_call(reader: asyncio.StreamReader) -> Call | None:
    head = await reader.readline()
    if not head:
        return None
    method, path, _ = head.decode().split(" ", 2)
    headers = {}
    while (line := (await reader.readline()).decode().strip()) != "":
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Call(method, path, headers, body)


def _as_response(status: int, headers: Mapping[str, str], body: Any) -> bytes:
    content = b"" if body is None else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} Answer", f"Content-Length: {len(content)}"]
    lines += ["Content-Type: application/json", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + content


class FakeTwilio(FakeProvider):
    """Twilio's Messages resource and its signed callbacks."""

    account_sid = "AC" + "0" * 32
    token = "the-token-of-a-made-up-account"
    shared_key = "the-shared-key-of-a-made-up-account"

    def settings(self, **more: Any) -> dict[str, Any]:
        """A `[channel.twilio]` table for this server, to go with `environment`."""
        return {
            "account_sid": self.account_sid,
            "token_env": "OWED_TEST_TWILIO_TOKEN",
            "from": "+15005550006",
            "base_url": self.url,
            "callback_url": "https://owed.example/webhooks/twilio",
            "timeout": 2,
            **more,
        }

    @property
    def environment(self) -> dict[str, str]:
        return {"OWED_TEST_TWILIO_TOKEN": self.token, "OWED_TEST_TWILIO_SHARED_KEY": self.shared_key}

    def take(self, call: Call) -> tuple[int, dict[str, str], Any]:
        login = base64.b64encode(f"{self.account_sid}:{self.token}".encode()).decode()
        if call.headers.get("authorization") != f"Basic {login}":
            return 401, {}, Fault.twilio(401, 20003).body
        if call.path != f"/2010-04-01/Accounts/{self.account_sid}/Messages.json":
            return 404, {}, Fault.twilio(404, 20404).body
        form = dict(parse_qsl(call.body.decode(), keep_blank_values=True))
        back = parse_qs(urlsplit(form.get("StatusCallback", "")).query)
        sid = f"SM{len(self.accepted):032x}"
        self.accepted.append(
            Accepted(
                sid,
                form["To"],
                form["Body"],
                back.get("m", [""])[0],
                int(back.get("a", ["0"])[0]),
                form,
            )
        )
        return 201, {}, {"sid": sid, "status": "queued", "to": form["To"], "body": form["Body"]}

    def callback(
        self, message: Accepted, status: str, *, algorithm: str = "sha1", **more: str
    ) -> WebhookRequest:
        """What this provider would post about a message, signed over the public address and every field."""
        form = {"MessageSid": message.provider_id, "MessageStatus": status, "To": message.to, **more}
        url = message.fields["StatusCallback"]
        signed = url + "".join(name + form[name] for name in sorted(form))
        key, headers = self.token, {"content-type": "application/x-www-form-urlencoded"}
        if algorithm == "sha256":
            key = self.shared_key
            headers["x-twilio-webhooks-signature-settings"] = "key=made-up,algorithm=HMAC_SHA256"
        digest = hmac.new(key.encode(), signed.encode(), algorithm).digest()
        headers["x-twilio-signature"] = base64.b64encode(digest).decode()
        body = "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in form.items())
        return WebhookRequest(url, headers, body.encode())


def _quoted(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())


class FakeSendGrid(FakeProvider):
    """SendGrid's mail resource and its signed events."""

    key = "SG.made-up.key"

    def __init__(self) -> None:
        super().__init__()
        self._private = ec.generate_private_key(ec.SECP256R1())

    @property
    def verification_key(self) -> str:
        """The public key as the provider's console shows it: the base64 of a PEM file, without its ends."""
        public = self._private.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return base64.b64encode(public).decode()

    def settings(self, **more: Any) -> dict[str, Any]:
        """A `[channel.sendgrid]` table for this server, to go with `environment`."""
        return {
            "key_env": "OWED_TEST_SENDGRID_KEY",
            "sender": "가온시 <notice@gaon.example>",
            "base_url": self.url,
            "verification_key": self.verification_key,
            "timeout": 2,
            **more,
        }

    @property
    def environment(self) -> dict[str, str]:
        return {"OWED_TEST_SENDGRID_KEY": self.key}

    def take(self, call: Call) -> tuple[int, dict[str, str], Any]:
        if call.headers.get("authorization") != f"Bearer {self.key}":
            return 401, {}, Fault.sendgrid(401).body
        if call.path != "/v3/mail/send":
            return 404, {}, Fault.sendgrid(404).body
        mail = json.loads(call.body)
        identity = hashlib.sha256(str(len(self.accepted)).encode()).hexdigest()[:22]
        person = mail["personalizations"][0]
        arguments = person.get("custom_args", {})
        self.accepted.append(
            Accepted(
                identity,
                person["to"][0]["email"],
                mail["content"][0]["value"],
                arguments.get("owed_reference", ""),
                int(arguments.get("owed_attempt", 0)),
                mail,
            )
        )
        return 202, {"X-Message-Id": identity}, None

    def event(self, message: Accepted, name: str, **more: Any) -> dict[str, Any]:
        """One event about a message, as this provider words it."""
        return {
            "email": message.to,
            "event": name,
            "sg_event_id": f"{name}-{message.provider_id}",
            "sg_message_id": f"{message.provider_id}.recvd-0",
            **message.fields["personalizations"][0].get("custom_args", {}),
            **more,
        }

    def webhook(self, *events: dict[str, Any], at: float) -> WebhookRequest:
        """What this provider would post at that time, signed over the time and the bytes."""
        body = json.dumps(events).encode()
        stamp = str(int(at))
        signature = self._private.sign(stamp.encode() + body, ec.ECDSA(hashes.SHA256()))
        headers = {
            "x-twilio-email-event-webhook-signature": base64.b64encode(signature).decode(),
            "x-twilio-email-event-webhook-timestamp": stamp,
        }
        return WebhookRequest("https://owed.example/webhooks/sendgrid", headers, body)
