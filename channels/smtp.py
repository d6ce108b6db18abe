"""Mail over an authority's own server."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import aiosmtplib

from channels.channel import (
    AddressKind,
    Capabilities,
    Envelope,
    Length,
    Outcome,
    OutcomeKind,
    ReadyToLeave,
    Receipt,
    UnsupportedOption,
    WebhookRequest,
)
from channels.codes import CodeTable, status_class
from channels.departure import Departure, send_each
from channels.length import in_characters
from channels.mime import Sender, build, message_id
from channels.settings import ChannelSettings, is_loopback

_CODES = CodeTable.of("smtp")
_ENHANCED = re.compile(r"[245]\.[0-9]{1,3}\.[0-9]{1,3}\b")  # RFC 3463
_GO_AHEAD = 354


@dataclass(frozen=True)
class MailServer:
    """Where and how to connect. `tls`: `starttls` (required, not tried), `tls` from the start, or `none`."""

    host: str
    port: int
    tls: str
    username: str | None
    password: str | None = field(repr=False)
    timeout: float
    connections: int


class SmtpChannel:
    """Keeps a few connections open and sends one mail to one person on each at a time."""

    def __init__(self, server: MailServer, *, sender: Sender, now: Callable[[], float]) -> None:
        self._server = server
        self._sender = sender
        self._now = now
        self._idle: list[aiosmtplib.SMTP] = []
        self.capabilities = Capabilities(
            name="smtp",
            address=AddressKind.EMAIL,
            carries_html=True,
            carries_links=True,
            max_batch=50,
            local_only=False,
            part_cost=0,
            currency="KRW",
        )

    def measure(self, text: str) -> Length:
        return in_characters(text)

    async def send(self, envelopes: Sequence[Envelope], ready: ReadyToLeave) -> list[Outcome]:
        return await send_each(
            self.capabilities,
            envelopes,
            ready=ready,
            hand_over=self._hand_over,
            at_once=self._server.connections,
        )

    async def _hand_over(self, departure: Departure) -> Outcome:
        connection: aiosmtplib.SMTP | None = None
        try:
            connection = await self._connection()
            await connection.mail(self._sender.address)
            await connection.rcpt(departure.envelope.to)
            return await self._transfer(connection, departure)
        except aiosmtplib.SMTPResponseException as refusal:
            step = _STEPS.get(type(refusal), "connect")
            return _refused(departure, step, refusal.code, refusal.message)
        except aiosmtplib.SMTPException as error:
            if type(error) is not aiosmtplib.SMTPException:
                raise
            # The server offers no encryption or no login where the settings ask for it.
            return departure.outcome(OutcomeKind.ACCOUNT, code="tls or login not offered")
        finally:
            self._keep(connection)

    async def _connection(self) -> aiosmtplib.SMTP:
        """One that answers: an idle one that may still be good is asked first."""
        while self._idle:
            connection = self._idle.pop()
            try:
                await connection.rset()
                return connection
            except (aiosmtplib.SMTPException, OSError):
                connection.close()
        return await self._connect()

    async def _connect(self) -> aiosmtplib.SMTP:
        server = self._server
        connection = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            username=server.username,
            password=server.password,
            use_tls=server.tls == "tls",
            start_tls=server.tls == "starttls",
            timeout=server.timeout,
            # Asking the resolver for our own name can take long; the sender's domain is a name as good.
            local_hostname=self._sender.domain,
        )
        await connection.connect()
        return connection

    def _keep(self, connection: aiosmtplib.SMTP | None) -> None:
        if connection is not None and connection.is_connected:
            self._idle.append(connection)

    async def _transfer(self, connection: aiosmtplib.SMTP, departure: Departure) -> Outcome:
        """Text and final dot in one write: from there on only the server's answer says what became of it.

        Before it, a connection that closes without the dot takes the mail back (RFC 5321 §3.8).
        """
        mail = build(departure.envelope, self._sender, at=self._now())
        response = await connection.execute_command(b"DATA")
        if response.code != _GO_AHEAD:
            raise aiosmtplib.SMTPDataError(response.code, response.message)
        protocol = connection.protocol
        if protocol is None or not connection.is_connected:
            raise aiosmtplib.SMTPServerDisconnected("closed before the text")
        try:
            departure.begin()
            protocol.write(mail + b"\r\n.\r\n")
            response = await protocol.read_response(timeout=self._server.timeout)
        except BaseException:
            connection.close()
            raise
        if response.code // 100 != 2:
            raise aiosmtplib.SMTPDataError(response.code, response.message)
        code = _code(response.code, response.message)
        identity = message_id(departure.envelope, self._sender)
        return departure.outcome(OutcomeKind.ACCEPTED, code=code, provider_id=identity)

    def parse_receipts(self, request: WebhookRequest) -> list[Receipt]:
        raise UnsupportedOption("a mail server brings no receipts")

    async def close(self) -> None:
        idle, self._idle = self._idle, []
        await asyncio.gather(*(_leave(connection) for connection in idle))
        await asyncio.sleep(0)  # what was aborted is closed on the loop's next turn


_STEPS: dict[type[Exception], str] = {
    aiosmtplib.SMTPSenderRefused: "sender",
    aiosmtplib.SMTPRecipientRefused: "recipient",
    aiosmtplib.SMTPDataError: "message",
}


async def _leave(connection: aiosmtplib.SMTP) -> None:
    """Take leave and close at once: an encrypted line would else wait for the other side's last word."""
    transport = connection.transport
    try:
        await connection.quit()
    except (aiosmtplib.SMTPException, OSError):
        connection.close()
    if isinstance(transport, asyncio.WriteTransport):
        transport.abort()


def _refused(departure: Departure, step: str, status: int, text: str) -> Outcome:
    """A reply that is not a yes; its text may quote an address, so only the codes are kept."""
    enhanced = _ENHANCED.match(text)
    word = _CODES.find(step, enhanced and enhanced[0], status, status_class(status))
    kind = OutcomeKind(word or ("uncertain" if departure.begun else "not_sent"))
    return departure.outcome(kind, code=_code(status, text))


def _code(status: int, text: str) -> str:
    enhanced = _ENHANCED.match(text)
    return f"{status} {enhanced[0]}" if enhanced else str(status)


def open_smtp(settings: ChannelSettings, now: Callable[[], float]) -> SmtpChannel:
    """Settings: host, port, sender, username, password_env, tls, timeout, connections."""
    tls = settings.choice("tls", ("starttls", "tls", "none"), default="starttls")
    server = MailServer(
        host=settings.text("host"),
        port=settings.count("port", {"starttls": 587, "tls": 465, "none": 25}[tls], at_least=1),
        tls=tls,
        username=settings.optional("username"),
        password=settings.optional_secret("password_env"),
        timeout=settings.seconds("timeout", 20),
        connections=settings.count("connections", 4, at_least=1),
    )
    if server.password and tls == "none" and not is_loopback(server.host):
        raise settings.invalid("tls", "must not be none where a password is sent")
    try:
        sender = Sender.parse(settings.text("sender"))
    except ValueError as error:
        raise settings.invalid("sender", str(error)) from None
    settings.done()
    return SmtpChannel(server, sender=sender, now=now)
