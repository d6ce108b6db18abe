"""A real mail server on a local port that remembers what it took and fails when told to."""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from email import message_from_bytes, policy
from email.message import EmailMessage
from threading import Event, Thread
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.channels.provider import turns

DROP = "drop"
SILENCE = "silence"
LATE = "late"
LATE_BY = 0.6  # seconds


class MailServer:
    """`replies` holds, for each step, what to say next time instead of yes: a reply, DROP, SILENCE,
    or LATE for a yes after a while.

    SILENCE, DROP and LATE at "DATA" come after the final dot, when the mail is already taken.
    """

    def __init__(self, *, tls: ssl.SSLContext | None = None, password: str | None = None) -> None:
        self.accepted: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.connections = 0
        self.replies: dict[str, deque[str]] = {step: deque() for step in ("MAIL", "RCPT", "DATA")}
        self.port = 0
        self._sessions: list[SMTP] = []
        self._tls = tls
        self._password = password
        self._up = Event()
        self._thread = Thread(target=self._run, daemon=True)

    def __enter__(self) -> MailServer:
        self._thread.start()
        self._up.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def settings(self, **more: Any) -> dict[str, Any]:
        """A `[channel.smtp]` table for this server."""
        return {
            "host": "127.0.0.1",
            "port": self.port,
            "sender": "가온시 <notice@gaon.example>",
            "tls": "none",
            "timeout": 2,
            **more,
        }

    def hang_up(self) -> None:
        """Close every connection that is open now, as a server does with those that idle."""
        asyncio.run_coroutine_threadsafe(self._hang_up(), self._loop).result()

    async def _hang_up(self) -> None:
        for session in self._sessions:
            if session.transport is not None:
                session.transport.close()
        await turns()

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        server = await self._loop.create_server(self._session, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._up.set()
        await self._stop.wait()
        await turns()  # a connection that has just come in is known before the door is closed
        server.close()
        for session in self._sessions:
            if isinstance(session.transport, asyncio.WriteTransport):
                session.transport.abort()
        ours = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in ours:
            task.cancel()
        await asyncio.gather(*ours, return_exceptions=True)
        await turns()  # and what was aborted is closed

    def _session(self) -> SMTP:
        self.connections += 1
        login: dict[str, Any] = {}
        if self._password is not None:
            login = {"authenticator": self._log_in, "auth_require_tls": False}
        session = SMTP(
            self, enable_SMTPUTF8=False, hostname="mail.test", tls_context=self._tls, loop=self._loop, **login
        )
        self._sessions.append(session)
        return session

    def _log_in(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: LoginPassword
    ) -> AuthResult:
        return AuthResult(success=given.password.decode() == self._password, handled=False)

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return await self._reply(server, "MAIL", "250 OK")

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        reply = await self._reply(server, "RCPT", "250 OK")
        if reply.startswith("2"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        coming = self.replies["DATA"][0] if self.replies["DATA"] else "250"
        if not coming.startswith(("4", "5")):
            content = envelope.original_content or b""
            self.accepted.append(message_from_bytes(content, policy=policy.default))
            self.recipients += envelope.rcpt_tos
        return await self._reply(server, "DATA", "250 2.0.0 taken")

    async def _reply(self, server: SMTP, step: str, yes: str) -> str:
        reply = self.replies[step].popleft() if self.replies[step] else yes
        if reply == SILENCE:
            await self._stop.wait()
        if reply == LATE:
            await asyncio.sleep(LATE_BY)
            return yes
        if reply == DROP:
            assert isinstance(server.transport, asyncio.WriteTransport)
            server.transport.abort()
            await self._stop.wait()
        return reply
