"""What the channels' tests send, and how."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from channels.channel import AddressKind, Channel, Envelope, Outcome, ReadyToLeave

MOBILE = "+821000001234"
EMAIL = "hong.gildong@example.invalid"
TEXT = "[가온시] 자동차세 연납 환급금 250,130원이 있습니다. https://gaon.example/ABCDEFGHJKLMNPQRSTUV"


def envelope(kind: AddressKind, reference: str = "m-1", *, attempt: int = 1, **more: Any) -> Envelope:
    """A message as one kind of channel takes it."""
    if kind is AddressKind.MOBILE:
        fields = {"to": MOBILE, "text": TEXT, **more}
    else:
        fields = {
            "to": EMAIL,
            "text": TEXT,
            "subject": "자동차세 환급 안내",
            "html": f"<p>{TEXT}</p>",
            **more,
        }
    return Envelope(reference, attempt, **fields)


def sms(reference: str = "m-1", **more: Any) -> Envelope:
    return envelope(AddressKind.MOBILE, reference, **more)


def mail(reference: str = "m-1", **more: Any) -> Envelope:
    return envelope(AddressKind.EMAIL, reference, **more)


def always(_: Envelope) -> bool:
    return True


def never(_: Envelope) -> bool:
    return False


def send(channel: Channel, *envelopes: Envelope, ready: ReadyToLeave = always) -> list[Outcome]:
    """Send one batch and close the channel."""
    return send_batches(channel, [envelopes], ready=ready)


def send_batches(
    channel: Channel,
    batches: Sequence[Sequence[Envelope]],
    *,
    ready: ReadyToLeave = always,
    between: Callable[[], None] = lambda: None,
) -> list[Outcome]:
    """Send batch after batch over the same connections, then close; the outcomes of all.

    `between` happens after each batch.
    """

    async def run() -> list[Outcome]:
        outcomes: list[Outcome] = []
        try:
            for batch in batches:
                outcomes += await channel.send(batch, ready)
                await asyncio.to_thread(between)
            return outcomes
        finally:
            await channel.close()

    return asyncio.run(run())
