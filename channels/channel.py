"""The contract every channel keeps: what goes in, what comes out, and what it says it can do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Protocol


class AddressKind(StrEnum):
    """What a channel needs in order to reach somebody."""

    MOBILE = "sms"  # E.164, such as +821012345678
    EMAIL = "email"


@dataclass(frozen=True)
class Envelope:
    """One message ready to leave: rendered, addressed, and named so that evidence can find it again.

    `reference` is our message id and `attempt` the try; both travel with the message (in the callback
    address, custom arguments or headers) and come back in receipts. Neither says anything of a person.
    What does is kept out of the repr, so that no log or traceback can show it.

    A channel of kind `sms` carries neither subject nor html nor headers, one of kind `email` needs a
    subject: anything else raises UnsupportedOption before a byte of the batch has left.
    """

    reference: str  # 1 to 64 characters of A-Z a-z 0-9 _ -
    attempt: int
    to: str = field(repr=False)
    text: str = field(repr=False)
    subject: str | None = field(default=None, repr=False)
    html: str | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


class OutcomeKind(StrEnum):
    """What is known about one hand-over when `send` returns."""

    ACCEPTED = "accepted"  # the provider has it
    NOT_SENT = "not_sent"  # certainly never left, or the provider says it was not taken: may be tried again
    REJECTED = "rejected"  # certainly not sent, and this address will not work
    STOPPED = "stopped"  # the provider holds a stop for this address
    ACCOUNT = "account"  # certainly not sent: our account, key or sender is refused; pause
    UNCERTAIN = "uncertain"  # it may have left; only evidence or a person may settle it


@dataclass(frozen=True)
class Outcome:
    """What became of one envelope: `code` is the provider's own word, `retry_after` seconds it asks for."""

    reference: str
    attempt: int
    kind: OutcomeKind
    provider_id: str | None = None
    code: str | None = None
    retry_after: float | None = None


class ReceiptKind(StrEnum):
    """What a provider says happened later."""

    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    STOPPED = "stopped"  # the person asked the provider to stop
    COMPLAINED = "complained"  # the person called it spam; treated as a stop


@dataclass(frozen=True)
class Receipt:
    """One event. `event_key` is the same for the same event however often it is delivered; `attempt` is
    the try it speaks of, where the provider hands it back."""

    event_key: str
    reference: str
    kind: ReceiptKind
    provider_id: str | None = None
    code: str | None = None
    attempt: int | None = None


def because(happened: Receipt, why: ReceiptKind) -> Receipt:
    """The second thing one event says: that a message did not arrive, and the stop that kept it back."""
    return replace(happened, event_key=f"{happened.event_key}:{why.value}", kind=why)


@dataclass(frozen=True)
class WebhookRequest:
    """A provider's call as it arrived: the public address it was sent to, headers in lower case, raw body."""

    url: str
    headers: Mapping[str, str]
    body: bytes


class UnverifiedWebhook(Exception):
    """The request does not carry the provider's signature over exactly these bytes."""


class UnsupportedOption(Exception):
    """The channel was asked for something it cannot honour; it says so and does not drop it."""


class InvalidSettings(Exception):
    """A channel's table in the settings cannot be used: `key` says which line, `why` says what to mend."""

    def __init__(self, channel: str, *, key: str, why: str) -> None:
        super().__init__(f"channel.{channel}.{key}: {why}")
        self.channel = channel
        self.key = key
        self.why = why


@dataclass(frozen=True)
class Length:
    """How long a text is to a channel: what it is counted in, how many, and how many parts are charged.

    `form` is the network's name for a message of this length where it charges by it ("SMS", "LMS");
    `unencodable` are the characters it cannot carry, each once. A text with any does not fit.
    """

    unit: str  # "GSM-7 characters", "UCS-2 characters", "CP949 bytes", "characters"
    count: int
    parts: int
    fits: bool
    form: str | None = None
    unencodable: tuple[str, ...] = ()


@dataclass(frozen=True)
class Capabilities:
    """What a channel needs and can do. `part_cost` is in the currency's smallest unit per charged part."""

    name: str
    address: AddressKind
    carries_html: bool
    carries_links: bool
    max_batch: int
    local_only: bool  # nothing leaves this machine: the only kind an unproven plan may use
    part_cost: int
    currency: str


ReadyToLeave = Callable[[Envelope], bool]
"""Asked once an envelope, just before its first byte, with a fresh clock: False when the lease has run
out, and the envelope must come back as NOT_SENT with code `lease`. It may be asked from another thread."""


class Channel(Protocol):
    """One way out. `send` never raises for what a provider or network does: that is an Outcome.

    A channel belongs to one event loop from its first `send` to `close`: its connections live there.
    """

    @property
    def capabilities(self) -> Capabilities: ...

    def measure(self, text: str) -> Length: ...

    async def send(self, envelopes: Sequence[Envelope], ready: ReadyToLeave) -> list[Outcome]:
        """One outcome for each envelope, in their order."""
        ...

    def parse_receipts(self, request: WebhookRequest) -> list[Receipt]:
        """Raises UnverifiedWebhook when the signature does not hold; a channel without receipts raises
        UnsupportedOption."""
        ...

    async def close(self) -> None: ...
