"""Text messages through Twilio."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import aiohttp
from multidict import MultiDict
from twilio.base.exceptions import TwilioRestException, TwilioServiceException  # type: ignore[import-untyped]
from twilio.http import AsyncHttpClient  # type: ignore[import-untyped]
from twilio.http.response import Response  # type: ignore[import-untyped]
from twilio.request_validator import (  # type: ignore[import-untyped]
    HMAC_SHA1,
    HMAC_SHA256,
    RequestValidator,
    get_signature_algorithm,
)
from twilio.rest import Client  # type: ignore[import-untyped]

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
    UnverifiedWebhook,
    WebhookRequest,
    because,
)
from channels.codes import CodeTable, status_class
from channels.departure import Departure, seconds_to_wait, send_each
from channels.length import in_segments
from channels.settings import ChannelSettings

_CODES = CodeTable.of("twilio")
_departing: ContextVar[Departure] = ContextVar("departing")

# The package lets the environment override what it is given unless it gets an environment that is not empty.
_NO_ENVIRONMENT = {"TWILIO_EDGE": "", "TWILIO_REGION": ""}


@dataclass(frozen=True)
class Account:
    """Whose account sends, from which number or service, and where the callbacks go."""

    account_sid: str
    token: str = field(repr=False)
    sender: dict[str, str]  # from_ or messaging_service_sid
    callback_url: str | None
    shared_key: str | None = field(repr=False)
    base_url: str
    timeout: float
    connections: int
    part_cost: int
    currency: str


class _Request(aiohttp.ClientRequest):
    """Asks, with the connection open and nothing written on it, whether the message may still leave."""

    async def send(self, conn: Any) -> aiohttp.ClientResponse:
        _departing.get().begin()
        return await super().send(conn)


class Transport(AsyncHttpClient):  # type: ignore[misc]
    """The package's HTTP client on our terms: a time-out that holds, no second try, nothing logged.

    Its own one ignores the time-out it is given (twilio-python issue 925) and can post a message twice.
    """

    def __init__(self, account: Account, *, now: Callable[[], float]) -> None:
        super().__init__(logging.getLogger(__name__), is_async=True, timeout=account.timeout)
        self._account = account
        self._now = now
        self._session: aiohttp.ClientSession | None = None

    async def request(
        self,
        method: str,
        uri: str,
        params: dict[str, object] | None = None,
        data: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        """The signature is the package's; what goes out is one form, once, and no redirect is followed."""
        login, password = auth or (self._account.account_sid, self._account.token)
        all_headers = {**(headers or {}), "Authorization": aiohttp.encode_basic_auth(login, password)}
        form = urlencode(data or {}, doseq=True).encode()
        async with self._opened().request(
            method, uri, data=form, headers=all_headers, allow_redirects=False
        ) as response:
            _departing.get().retry_after = seconds_to_wait(response.headers.get("Retry-After"), self._now())
            return Response(response.status, await response.text(), response.headers)

    def _opened(self) -> aiohttp.ClientSession:
        """The session, made on first use because it belongs to the loop that is then running."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._account.connections),
                timeout=aiohttp.ClientTimeout(total=self._account.timeout),
                request_class=_Request,
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session

    async def close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()


class TwilioChannel:
    """Sends through the package's async client; callbacks carry our reference inside what is signed."""

    def __init__(self, account: Account, *, now: Callable[[], float]) -> None:
        self._account = account
        self._transport = Transport(account, now=now)
        client = Client(
            account.account_sid, account.token, http_client=self._transport, environment=_NO_ENVIRONMENT
        )
        client.api.base_url = account.base_url
        self._messages = client.messages
        self.capabilities = Capabilities(
            name="twilio",
            address=AddressKind.MOBILE,
            carries_html=False,
            carries_links=True,
            max_batch=100,
            local_only=False,
            part_cost=account.part_cost,
            currency=account.currency,
        )

    def measure(self, text: str) -> Length:
        return in_segments(text)

    async def send(self, envelopes: Sequence[Envelope], ready: ReadyToLeave) -> list[Outcome]:
        return await send_each(
            self.capabilities,
            envelopes,
            ready=ready,
            hand_over=self._hand_over,
            at_once=self._account.connections,
        )

    async def _hand_over(self, departure: Departure) -> Outcome:
        _departing.set(departure)
        envelope = departure.envelope
        options = dict(self._account.sender)
        if self._account.callback_url is not None:
            options["status_callback"] = _callback(self._account.callback_url, envelope)
        try:
            message = await self._messages.create_async(to=envelope.to, body=envelope.text, **options)
        except (TwilioRestException, TwilioServiceException) as refusal:
            return _refused(departure, refusal.status, refusal.code)
        if not message.sid:
            return departure.outcome(OutcomeKind.UNCERTAIN, code="no sid")
        return departure.outcome(OutcomeKind.ACCEPTED, code=str(message.status), provider_id=message.sid)

    def parse_receipts(self, request: WebhookRequest) -> list[Receipt]:
        form = self._verified_form(request)
        query = parse_qs(urlsplit(request.url).query)
        sid, status = form.get("MessageSid"), form.get("MessageStatus")
        reference = query.get("m", [""])[0]
        if not (sid and status and reference):
            return []  # signed, but about no message of ours: an incoming text, or another application
        error = form.get("ErrorCode") or None
        attempt = query.get("a", [""])[0]
        # A status we do not know is still proof that the provider has the message.
        kind = ReceiptKind(_CODES.find("receipt", status) or "accepted")
        happened = Receipt(
            event_key=f"{sid}:{status}",
            reference=reference,
            kind=kind,
            provider_id=sid,
            code=error or status,
            attempt=int(attempt) if attempt.isdecimal() else None,
        )
        why = _CODES.find("receipt", error)
        return [happened] if why is None else [happened, because(happened, ReceiptKind(why))]

    def _verified_form(self, request: WebhookRequest) -> MultiDict[str]:
        """What was signed: the public address and every field, with the key the request names."""
        algorithm = get_signature_algorithm(
            request.headers.get("x-twilio-webhooks-signature-settings")
        ).upper()
        key = {HMAC_SHA1: self._account.token, HMAC_SHA256: self._account.shared_key}.get(algorithm)
        signature = request.headers.get("x-twilio-signature")
        if key is None or not signature:
            raise UnverifiedWebhook
        try:
            pairs = parse_qsl(request.body.decode(), keep_blank_values=True, errors="strict")
        except ValueError:
            raise UnverifiedWebhook from None
        form = MultiDict(pairs)
        if not RequestValidator(key).validate(request.url, form, signature, algorithm):
            raise UnverifiedWebhook
        return form

    async def close(self) -> None:
        await self._transport.close()


def _callback(url: str, envelope: Envelope) -> str:
    """The callback address of one try: the provider signs it whole, so the reference comes back proved."""
    joint = "&" if urlsplit(url).query else "?"
    return url + joint + urlencode({"m": envelope.reference, "a": envelope.attempt})


def _refused(departure: Departure, status: int, code: int | None) -> Outcome:
    """Above 500 the code says why, but not whether it was taken: the status comes first there."""
    if status >= 500:
        word = _CODES.find("error", status_class(status))
    else:
        word = _CODES.find("error", code, status, status_class(status))
    return departure.outcome(OutcomeKind(word or "uncertain"), code=str(code or status))


def open_twilio(settings: ChannelSettings, now: Callable[[], float]) -> TwilioChannel:
    """Settings: account_sid, token_env, from or messaging_service_sid, callback_url, shared_key_env,
    timeout, connections, part_cost, currency; base_url for tests."""
    account = Account(
        account_sid=settings.text("account_sid"),
        token=settings.secret("token_env"),
        sender=_sender(settings),
        callback_url=settings.optional("callback_url"),
        shared_key=settings.optional_secret("shared_key_env"),
        base_url=settings.address_of_api("base_url", "https://api.twilio.com"),
        timeout=settings.seconds("timeout", 20),
        connections=settings.count("connections", 32, at_least=1),
        part_cost=settings.count("part_cost", 0),
        currency=settings.text("currency", "USD"),
    )
    settings.done()
    return TwilioChannel(account, now=now)


def _sender(settings: ChannelSettings) -> dict[str, str]:
    number, service = settings.optional("from"), settings.optional("messaging_service_sid")
    if number and not service:
        return {"from_": number}
    if service and not number:
        return {"messaging_service_sid": service}
    raise settings.invalid("from", "name either from or messaging_service_sid")
