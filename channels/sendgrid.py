"""Mail through SendGrid."""

from __future__ import annotations

import asyncio
import binascii
import json
import logging
import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, field
from typing import Any

import python_http_client
from sendgrid import SendGridAPIClient
from sendgrid.helpers.eventwebhook import EventWebhook
from sendgrid.helpers.mail import (
    ClickTracking,
    CustomArg,
    Email,
    Ganalytics,
    Header,
    Mail,
    OpenTracking,
    SubscriptionTracking,
    To,
    TrackingSettings,
)

from channels.channel import (
    AddressKind,
    Capabilities,
    Envelope,
    Length,
    Outcome,
    OutcomeKind,
    ReadyToLeave,
    Receipt,
    ReceiptKind,
    UnsupportedOption,
    UnverifiedWebhook,
    WebhookRequest,
    because,
)
from channels.codes import CodeTable, status_class
from channels.departure import Departure, seconds_to_wait, send_each
from channels.keepalive import Answer, Connections
from channels.length import in_characters
from channels.mime import Sender
from channels.settings import ChannelSettings

_CODES = CodeTable.of("sendgrid")
_departing: ContextVar[Departure] = ContextVar("departing")
_HOSTS = {"global": "https://api.sendgrid.com", "eu": "https://api.eu.sendgrid.com"}

_REFERENCE = "owed_reference"
_ATTEMPT = "owed_attempt"

# The provider redelivers for a day, and the event key makes a replay harmless: what is older is refused,
# what is a little in the future is a clock.
_OLDEST = 25 * 3600
_AHEAD = 300

# The package writes whole mails to its debug log.
logging.getLogger("python_http_client.client").addFilter(lambda record: False)


@dataclass(frozen=True)
class Account:
    """Whose key sends, as whom, and the key the provider signs its events with."""

    key: str = field(repr=False)
    sender: Sender
    verification_key: str | None
    base_url: str
    timeout: float
    connections: int
    part_cost: int
    currency: str


class KeepAliveClient(python_http_client.Client):  # type: ignore[misc]
    """The package's client over connections that stay open; it answers, whatever the status is."""

    def __init__(self, connections: Connections, **options: Any) -> None:
        super().__init__(**options)
        self._connections = connections

    def _build_client(self, name: str | None = None) -> KeepAliveClient:
        return KeepAliveClient(
            self._connections,
            host=self.host,
            version=self._version,
            request_headers=dict(self.request_headers),
            url_path=[*self._url_path, name] if name else self._url_path,
        )

    def _make_request(self, opener: object, request: Any, timeout: float | None = None) -> Answer:
        return self._connections.exchange(request, _departing.get())


class SendGridChannel:
    """One person in one request: two people who share a mailbox would void a common one."""

    def __init__(self, account: Account, *, now: Callable[[], float]) -> None:
        self._account = account
        self._now = now
        self._connections = Connections(account.base_url, timeout=account.timeout)
        self._api = SendGridAPIClient(account.key, host=account.base_url)
        self._api.client = KeepAliveClient(
            self._connections,
            host=account.base_url,
            version=3,
            request_headers={**self._api.client.request_headers, "Content-Type": "application/json"},
        )
        self._webhook = EventWebhook(account.verification_key) if account.verification_key else None
        self._threads: ThreadPoolExecutor | None = None
        self.capabilities = Capabilities(
            name="sendgrid",
            address=AddressKind.EMAIL,
            carries_html=True,
            carries_links=True,
            max_batch=100,
            local_only=False,
            part_cost=account.part_cost,
            currency=account.currency,
        )

    def measure(self, text: str) -> Length:
        return in_characters(text)

    async def send(self, envelopes: Sequence[Envelope], ready: ReadyToLeave) -> list[Outcome]:
        return await send_each(
            self.capabilities,
            envelopes,
            ready=ready,
            hand_over=self._hand_over,
            at_once=self._account.connections,
        )

    async def _hand_over(self, departure: Departure) -> Outcome:
        """The package is synchronous, so each mail takes a thread; a time-out over all its steps holds."""
        _departing.set(departure)
        if self._threads is None:
            self._threads = ThreadPoolExecutor(self._account.connections, thread_name_prefix="sendgrid")
        mail = _mail(departure.envelope, self._account.sender)
        posting = asyncio.get_running_loop().run_in_executor(
            self._threads, copy_context().run, self._api.send, mail
        )
        try:
            response = await asyncio.wait_for(posting, 2 * self._account.timeout)
        except BaseException:
            # Nobody waits for the thread any longer: what has not begun in it must not begin now.
            departure.abandon()
            raise
        return self._judged(departure, response)

    def _judged(self, departure: Departure, response: Any) -> Outcome:
        status, headers = response.status_code, response.headers
        if status == 202:
            identity = headers.get("X-Message-Id")
            return departure.outcome(OutcomeKind.ACCEPTED, code="202", provider_id=identity)
        departure.retry_after = seconds_to_wait(headers.get("Retry-After"), self._now())
        if departure.retry_after is None and str(headers.get("X-RateLimit-Reset", "")).isdecimal():
            departure.retry_after = max(0.0, int(headers["X-RateLimit-Reset"]) - self._now())
        complaint = _field(response.body) if status == 400 else None
        word = _CODES.find("error", complaint, status, status_class(status))
        code = f"{status} {complaint}" if complaint else str(status)
        return departure.outcome(OutcomeKind(word or "uncertain"), code=code)

    def parse_receipts(self, request: WebhookRequest) -> list[Receipt]:
        events = self._verified_events(request)
        return [receipt for event in events for receipt in _receipts(event)]

    def _verified_events(self, request: WebhookRequest) -> list[dict[str, Any]]:
        if self._webhook is None:
            raise UnsupportedOption("channel.sendgrid.verification_key is not set")
        signature = request.headers.get("x-twilio-email-event-webhook-signature", "")
        stamp = request.headers.get("x-twilio-email-event-webhook-timestamp", "")
        if not stamp.isdecimal() or not -_AHEAD <= self._now() - int(stamp) <= _OLDEST:
            raise UnverifiedWebhook
        try:
            payload = request.body.decode()
            # A signature that is not base64 raises; for the caller it is one that does not hold.
            if not self._webhook.verify_signature(payload, signature, stamp):
                raise UnverifiedWebhook
            events = json.loads(payload)
        except (ValueError, binascii.Error):
            raise UnverifiedWebhook from None
        return [event for event in events if isinstance(event, dict)] if isinstance(events, list) else []

    async def close(self) -> None:
        if self._threads is not None:
            self._threads.shutdown(wait=False)
            self._threads = None
        self._connections.close()


def _mail(envelope: Envelope, sender: Sender) -> Mail:
    mail = Mail(
        from_email=Email(sender.address, sender.name or None),
        to_emails=To(envelope.to),
        subject=envelope.subject,
        plain_text_content=envelope.text,
        html_content=envelope.html,
    )
    mail.add_custom_arg(CustomArg(_REFERENCE, envelope.reference, p=0))
    mail.add_custom_arg(CustomArg(_ATTEMPT, str(envelope.attempt), p=0))
    for name, value in envelope.headers.items():
        mail.add_header(Header(name, value))
    # Nobody's reading is watched, and our links stay ours.
    mail.tracking_settings = TrackingSettings(
        ClickTracking(False, False), OpenTracking(False), SubscriptionTracking(False), Ganalytics(False)
    )
    return mail


def _field(body: bytes) -> str | None:
    """The field a refusal complains of, without its numbers: `personalizations.to.email`."""
    try:
        found = json.loads(body)["errors"][0]["field"]
    except (ValueError, LookupError, TypeError):
        return None
    if not isinstance(found, str) or not re.fullmatch(r"[A-Za-z0-9_.\[\]]{1,80}", found):
        return None
    return re.sub(r"\.?\[?[0-9]+\]?", "", found)


def _receipts(event: dict[str, Any]) -> list[Receipt]:
    """One event as ours; none when it is not about a message of ours or says nothing of its delivery."""
    name, reference, key = event.get("event"), event.get(_REFERENCE), event.get("sg_event_id")
    if not (isinstance(name, str) and isinstance(reference, str) and isinstance(key, str)):
        return []
    word = _CODES.find("receipt", name)
    if word is None:
        return []
    attempt = str(event.get(_ATTEMPT, ""))
    happened = Receipt(
        event_key=key,
        reference=reference,
        kind=ReceiptKind(word),
        provider_id=event.get("sg_message_id"),
        code=_event_code(event, name),
        attempt=int(attempt) if attempt.isdecimal() else None,
    )
    reason = event.get("reason") if name == "dropped" else None
    why = _CODES.find("receipt", reason if isinstance(reason, str) else None)
    return [happened] if why is None else [happened, because(happened, ReceiptKind(why))]


def _event_code(event: dict[str, Any], name: str) -> str:
    """The event, its type and mail status; the reason in words often quotes an address and stays out."""
    details = (str(event.get(key, "")) for key in ("type", "status"))
    return " ".join([name, *(detail for detail in details if re.fullmatch(r"[a-z0-9.]{1,20}", detail))])


def open_sendgrid(settings: ChannelSettings, now: Callable[[], float]) -> SendGridChannel:
    """Settings: key_env, sender, verification_key, region (global or eu), timeout, connections, part_cost,
    currency; base_url for tests."""
    region = settings.choice("region", _HOSTS, default="global")
    try:
        sender = Sender.parse(settings.text("sender"))
    except ValueError as error:
        raise settings.invalid("sender", str(error)) from None
    account = Account(
        key=settings.secret("key_env"),
        sender=sender,
        verification_key=settings.optional("verification_key"),
        base_url=settings.address_of_api("base_url", _HOSTS[region]),
        timeout=settings.seconds("timeout", 20),
        connections=settings.count("connections", 8, at_least=1),
        part_cost=settings.count("part_cost", 0),
        currency=settings.text("currency", "USD"),
    )
    settings.done()
    try:
        return SendGridChannel(account, now=now)
    except ValueError:
        raise settings.invalid("verification_key", "is not a public key in base64") from None
