"""Messages as files in a folder: nothing leaves this machine, and each message is there exactly once."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

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
from channels.departure import Departure, send_each
from channels.length import STYLES, in_characters
from channels.settings import ChannelSettings

# Flushing is waiting for the disk: several at a time share one turn of its journal.
_AT_ONCE = 8

T = TypeVar("T")


class FileChannel:
    """Writes `<reference>.json`, readable by its owner only; a reference that is there is never rewritten."""

    def __init__(
        self, outbox: Path, *, address: AddressKind = AddressKind.MOBILE, measure: Callable[[str], Length]
    ) -> None:
        self._outbox = outbox
        self._measure = measure
        self._threads: ThreadPoolExecutor | None = None
        self.capabilities = Capabilities(
            name="file",
            address=address,
            carries_html=address is AddressKind.EMAIL,
            carries_links=True,
            max_batch=200,
            local_only=True,
            part_cost=0,
            currency="KRW",
        )

    def measure(self, text: str) -> Length:
        return self._measure(text)

    async def send(self, envelopes: Sequence[Envelope], ready: ReadyToLeave) -> list[Outcome]:
        self._outbox.mkdir(mode=0o700, parents=True, exist_ok=True)
        outcomes = await send_each(
            self.capabilities, envelopes, ready=ready, hand_over=self._hand_over, at_once=_AT_ONCE
        )
        await self._in_thread(self._make_durable)
        return outcomes

    async def _hand_over(self, departure: Departure) -> Outcome:
        return await self._in_thread(lambda: self._write(departure))

    async def _in_thread(self, work: Callable[[], T]) -> T:
        if self._threads is None:
            self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="outbox")
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def _write(self, departure: Departure) -> Outcome:
        envelope = departure.envelope
        target = self._outbox / f"{envelope.reference}.json"
        if not target.exists():
            partial = target.with_name(f".{target.name}.{envelope.attempt}.{os.getpid()}.part")
            try:
                _write_flushed(partial, as_document(envelope))
                departure.begin()
                partial.rename(target)
            finally:
                partial.unlink(missing_ok=True)
        return departure.outcome(OutcomeKind.ACCEPTED, code="written", provider_id=target.name)

    def _make_durable(self) -> None:
        """The names are on disk, too, before anybody is told that the messages are there."""
        folder = os.open(self._outbox, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def parse_receipts(self, request: WebhookRequest) -> list[Receipt]:
        raise UnsupportedOption("files bring no receipts")

    async def close(self) -> None:
        if self._threads is not None:
            self._threads.shutdown()
            self._threads = None


def as_document(envelope: Envelope) -> str:
    """What a message's file holds."""
    document = {
        "reference": envelope.reference,
        "attempt": envelope.attempt,
        "to": envelope.to,
        "subject": envelope.subject,
        "text": envelope.text,
        "html": envelope.html,
        "headers": dict(envelope.headers),
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _write_flushed(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def open_file(settings: ChannelSettings, outbox: Path) -> FileChannel:
    """Settings: `address` is sms or email, `measure` how a text message is counted."""
    address = AddressKind(settings.choice("address", {kind.value for kind in AddressKind}, default="sms"))
    style = settings.choice("measure", STYLES, default="cp949")
    settings.done()
    measure = in_characters if address is AddressKind.EMAIL else STYLES[style]
    return FileChannel(outbox, address=address, measure=measure)
