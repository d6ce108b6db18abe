"""A mail as the bytes a server takes: plain text, and the same as html where there is one."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from email.header import Header
from email.utils import formatdate, parseaddr

from channels.channel import Envelope


@dataclass(frozen=True)
class Sender:
    """Who a mail comes from: `Gaon City <notice@city.example>` as its two parts."""

    name: str
    address: str

    @classmethod
    def parse(cls, text: str) -> Sender:
        """Raises ValueError when there is no address in it."""
        name, address = parseaddr(text)
        local, at, domain = address.partition("@")
        if not (local and at and domain) or not address.isascii() or any(c in text for c in "\r\n"):
            raise ValueError("not a sender such as `Name <local@domain>`")
        return cls(name, address)

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]


def message_id(envelope: Envelope, sender: Sender) -> str:
    """The same for the same try, so that a person can find in a mailbox or a log what may have left."""
    return f"<{envelope.reference}.{envelope.attempt}@{sender.domain}>"


def build(envelope: Envelope, sender: Sender, *, at: float) -> bytes:
    """The whole mail, dated `at` (seconds since 1970), with CR LF line ends and ASCII only.

    The bodies are base64, so no line is too long, none begins with a dot and no boundary can occur in one.
    Addresses and headers were checked before: `channels.departure`.
    """
    lines = [
        f"From: {_words('From', sender.name)} <{sender.address}>"
        if sender.name
        else f"From: {sender.address}",
        f"To: {envelope.to}",
        f"Subject: {_words('Subject', envelope.subject or '')}",
        f"Date: {formatdate(at)}",
        f"Message-ID: {message_id(envelope, sender)}",
        # RFC 3834: asks mailboxes not to answer with an absence notice.
        "Auto-Submitted: auto-generated",
        *(f"{name}: {value}" for name, value in envelope.headers.items()),
        "MIME-Version: 1.0",
        *_bodies(envelope),
    ]
    return "\r\n".join(lines).encode("ascii")


def _words(header: str, text: str) -> str:
    """A header's text: as it is when it is plain ASCII, else in encoded words (RFC 2047), folded."""
    if text.isascii() and not any(special in text for special in ("=?", *'"\\<>@,;:()[]')):
        return Header(text, header_name=header).encode(linesep="\r\n")
    return Header(text, "utf-8", header_name=header).encode(linesep="\r\n")


def _bodies(envelope: Envelope) -> list[str]:
    if envelope.html is None:
        return _part("plain", envelope.text)
    boundary = "=_" + hashlib.sha256(f"{envelope.reference}.{envelope.attempt}".encode()).hexdigest()[:32]
    return [
        f'Content-Type: multipart/alternative; boundary="{boundary}"',
        "",
        f"--{boundary}",
        *_part("plain", envelope.text),
        f"--{boundary}",
        *_part("html", envelope.html),
        f"--{boundary}--",
        "",
    ]


def _part(subtype: str, text: str) -> list[str]:
    encoded = base64.encodebytes(text.encode()).decode("ascii").rstrip("\n")
    return [
        f"Content-Type: text/{subtype}; charset=utf-8",
        "Content-Transfer-Encoding: base64",
        "",
        encoded.replace("\n", "\r\n"),
    ]
