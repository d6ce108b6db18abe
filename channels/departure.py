"""The moment a message leaves: the one fact that decides what may be said of it afterwards."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from email.utils import parsedate_to_datetime
from threading import Lock

from channels.channel import (
    AddressKind,
    Capabilities,
    Envelope,
    Outcome,
    OutcomeKind,
    ReadyToLeave,
    UnsupportedOption,
)

_REFERENCE = re.compile(r"[A-Za-z0-9_-]{1,64}")
_MOBILE = re.compile(r"\+[1-9][0-9]{6,14}")
_EMAIL = re.compile(r"[^\s@<>(),;:\"\\\x00-\x1f\x7f]{1,64}@[^\s@<>(),;:\"\\\x00-\x1f\x7f]{1,255}")
_HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
# Headers that decide who gets a message or how it is read are the channel's own.
_OWN_HEADERS = re.compile(
    r"(?i)(from|sender|to|cc|bcc|reply-to|return-path|subject|date|message-id|mime-version|content-.*|dkim-.*)"
)


class Held(Exception):
    """The lease ran out before the first byte: nothing has left."""


class Departure:
    """One envelope on its way. Until `begin` has returned nothing has left; afterwards it may have.

    `retry_after` keeps the seconds a provider asked for, from wherever its answer was read.
    """

    def __init__(self, envelope: Envelope, ready: ReadyToLeave) -> None:
        self.envelope = envelope
        self.begun = False
        self.retry_after: float | None = None
        self._ready = ready
        self._abandoned = False
        self._lock = Lock()

    def begin(self) -> None:
        """To be called with the connection open and nothing written; raises Held if it must stay."""
        with self._lock:
            if self._abandoned or not self._ready(self.envelope):
                raise Held
            self.begun = True

    def abandon(self) -> None:
        """From here on it can no longer begin, even from a thread that is still at work on it."""
        with self._lock:
            self._abandoned = True

    def outcome(self, kind: OutcomeKind, *, code: str | None, provider_id: str | None = None) -> Outcome:
        """What became of it. A wait is kept only where the message may be tried again."""
        wait = self.retry_after if kind is OutcomeKind.NOT_SENT else None
        return Outcome(self.envelope.reference, self.envelope.attempt, kind, provider_id, code, wait)

    def broken(self, error: Exception) -> Outcome:
        """What is known when the conversation ended without an answer: only whether it had begun.

        The code is the error's name; its text may quote an address and is dropped.
        """
        if isinstance(error, Held):
            return self.outcome(OutcomeKind.NOT_SENT, code="lease")
        kind = OutcomeKind.UNCERTAIN if self.begun else OutcomeKind.NOT_SENT
        return self.outcome(kind, code=type(error).__name__)


async def send_each(
    capabilities: Capabilities,
    envelopes: Sequence[Envelope],
    *,
    ready: ReadyToLeave,
    hand_over: Callable[[Departure], Awaitable[Outcome]],
    at_once: int,
) -> list[Outcome]:
    """One outcome for each envelope, in their order, with at most `at_once` on their way together."""
    for envelope in envelopes:
        _refuse_unsupported(capabilities, envelope)
    waiting = iter(enumerate(envelopes))
    outcomes: dict[int, Outcome] = {}

    async def work() -> None:
        for place, envelope in waiting:
            outcomes[place] = await _send_one(capabilities, Departure(envelope, ready), hand_over)

    await asyncio.gather(*(work() for _ in range(min(at_once, len(envelopes)))))
    return [outcomes[place] for place in range(len(envelopes))]


async def _send_one(
    capabilities: Capabilities, departure: Departure, hand_over: Callable[[Departure], Awaitable[Outcome]]
) -> Outcome:
    if not can_reach(capabilities.address, departure.envelope.to):
        return departure.outcome(OutcomeKind.REJECTED, code="address")
    try:
        return await hand_over(departure)
    except Exception as error:
        # Whatever went wrong in a provider's package, one question is left: may it have left or not?
        return departure.broken(error)


def can_reach(kind: AddressKind, address: str) -> bool:
    """Whether an address has the form this kind of channel needs; nothing else ever reaches a provider."""
    pattern = _MOBILE if kind is AddressKind.MOBILE else _EMAIL
    return address.isascii() and pattern.fullmatch(address) is not None


def seconds_to_wait(header: str | None, now: float) -> float | None:
    """A Retry-After header as seconds from `now`: it is a number or a date (RFC 9110 §10.2.3)."""
    if not header:
        return None
    try:
        if header.isascii() and header.strip().isdigit():
            return float(header)
        return max(0.0, parsedate_to_datetime(header).timestamp() - now)
    except ValueError:
        return None


def _refuse_unsupported(capabilities: Capabilities, envelope: Envelope) -> None:
    """Raises for what this channel would have to drop or could not carry safely."""
    if _REFERENCE.fullmatch(envelope.reference) is None:
        raise UnsupportedOption("a reference is 1 to 64 letters, digits, '-' or '_'")
    if envelope.html is not None and not capabilities.carries_html:
        raise UnsupportedOption(f"{capabilities.name} carries no html")
    if capabilities.address is AddressKind.EMAIL:
        _refuse_mail(capabilities, envelope)
    elif envelope.subject is not None or envelope.headers:
        raise UnsupportedOption(f"{capabilities.name} carries neither subject nor headers")


def _refuse_mail(capabilities: Capabilities, envelope: Envelope) -> None:
    if not envelope.subject or _CONTROL.search(envelope.subject):
        raise UnsupportedOption(f"{capabilities.name} needs a subject of one line")
    for name, value in envelope.headers.items():
        if not _HEADER_NAME.fullmatch(name) or _OWN_HEADERS.fullmatch(name):
            raise UnsupportedOption(f"{capabilities.name} does not take this header from a message")
        if _CONTROL.search(value) or not value.isascii() or len(value) > 900:
            raise UnsupportedOption(f"the header {name} must be one line of ASCII, 900 characters at most")
