"""Gathers what a message says, from the sealed invitation and the store; templates render what it gathers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from channels.channel import AddressKind, Capabilities, Envelope
from data.workspace import Settings
from outreach.addresses import link_address, stop_address
from outreach.applications import Application, find_application
from outreach.handover import Marked
from outreach.invitations import Sealed, SealedFinding, open_invitation
from outreach.message import MessageKind
from outreach.stopping import stop_token
from outreach.terms import Terms
from templates.message_views import (
    InvitationMessage,
    MessageFinding,
    NoticeMessage,
    ReceiptMessage,
    RenewedLinkMessage,
    Sender,
)
from templates.render import RenderedMessage, Renderer
from templates.views import AccrualView

MessageView = InvitationMessage | ReceiptMessage | NoticeMessage | RenewedLinkMessage


@dataclass(frozen=True)
class Letterhead:
    """What every message of a plan names, whoever gets it."""

    agency: Mapping[str, str]
    phone: str
    portal_url: str

    @classmethod
    def of(cls, terms: Terms) -> Letterhead:
        return cls(terms.agency, terms.phone, terms.portal_url)

    @classmethod
    def of_settings(cls, settings: Settings) -> Letterhead:
        return cls(settings.authority, settings.phone, settings.portal_url)

    def sender(self, lang: str, *, check_number: str, link_id: str, stop: str | None) -> Sender:
        """An email carries the token of its stop; a text leaves stopping to the page its link leads to."""
        return Sender(
            agency=self.agency[lang],
            phone=self.phone,
            check_number=check_number,
            link=link_address(self.portal_url, link_id),
            stop=None if stop is None else stop_address(self.portal_url, stop),
        )


def form_of(address: str) -> str:
    """Whether a kind of address is written to as a "text" or an "email"."""
    return "email" if address == AddressKind.EMAIL.value else "text"


def message_finding(finding: SealedFinding, lang: str) -> MessageFinding:
    told = finding.explanation
    return MessageFinding(
        programme=finding.programme,
        title=finding.title[lang],
        amount=told["amount"],
        currency=finding.currency,
        at_least=told["at_least"],
        offset=told["offset"],
        instead_of={name: title[lang] for name, title in finding.instead_of.items()},
        per=told["per"],
        at_most=told["at_most"],
        months_lost=told["months_lost"],
        claim_by=_day(told["claim_by"]),
        accrual=_accrual(told["accrual"]),
    )


def invitation_view(
    findings: Iterable[SealedFinding], sender: Sender, *, lang: str, link_until: date
) -> InvitationMessage:
    return InvitationMessage(
        sender=sender,
        findings=tuple(message_finding(one, lang) for one in findings),
        link_until=link_until,
    )


@dataclass(frozen=True)
class Gathered:
    """One message ready to be rendered: what it says, in which language, and to whom it goes."""

    view: MessageView
    kind: MessageKind
    lang: str
    to: str


def gather(connection: Connection, key: bytes, one: Marked, *, terms: Terms, address: str) -> Gathered:
    """What a marked message says. `key` is the invitations key; `address` the channel's kind of address."""
    sealed = open_invitation(connection, key, one.invitation_id)
    lang = sealed.language
    stop = stop_token(key, one.invitation_id) if form_of(address) == "email" else None
    sender = Letterhead.of(terms).sender(
        lang, check_number=sealed.check_number, link_id=one.link_id, stop=stop
    )
    until = one.link_until.astimezone(terms.zone).date()
    view: MessageView
    if one.kind is MessageKind.INVITATION:
        view = invitation_view(sealed.findings, sender, lang=lang, link_until=until)
    elif one.kind is MessageKind.RENEWED_LINK:
        view = RenewedLinkMessage(sender, until)
    else:
        view = _reply(connection, one, sealed, sender, terms)
    return Gathered(view, one.kind, lang, sealed.address)


def _reply(
    connection: Connection, one: Marked, sealed: Sealed, sender: Sender, terms: Terms
) -> ReceiptMessage | NoticeMessage:
    found = find_application(connection, one.invitation_id, sealed)
    if found is None:
        raise LookupError("a reply without its application")
    titles = _titles(found, sealed)
    if one.kind is MessageKind.NOTICE:
        return NoticeMessage(sender, found.reference, titles)
    return ReceiptMessage(sender, found.reference, _local(found.submitted_at, terms), titles)


def _titles(found: Application, sealed: Sealed) -> tuple[str, ...]:
    applied = [one for one in sealed.findings if one.entitlement_id in found.items]
    return tuple(dict.fromkeys(one.title[sealed.language] for one in applied))


def render(renderer: Renderer, gathered: Gathered, *, address: str) -> RenderedMessage:
    return renderer.message(gathered.kind.value, form_of(address), gathered.lang, gathered.view)


def envelope(one: Marked, gathered: Gathered, rendered: RenderedMessage, channel: Capabilities) -> Envelope:
    """The message as the channel takes it; an email that is outreach stops by one click (RFC 8058)."""
    stop = gathered.view.sender.stop
    headers = {"List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    return Envelope(
        reference=one.message_id,
        attempt=one.attempt,
        to=gathered.to,
        text=rendered.text,
        subject=rendered.subject,
        html=rendered.html if channel.carries_html else None,
        headers=headers if stop is not None and one.kind is MessageKind.INVITATION else {},
    )


def _local(moment: datetime, terms: Terms) -> datetime:
    return moment.astimezone(terms.zone)


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _accrual(told: Mapping[str, Any] | None) -> AccrualView | None:
    if told is None:
        return None
    return AccrualView(date.fromisoformat(told["from"]), told["rate_bp"], told["law"])
