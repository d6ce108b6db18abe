"""Messages as made-up residents would get them: what an approver reads before signing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime

from channels.channel import Channel
from outreach.gather import Letterhead, form_of
from outreach.message import MessageKind
from outreach.sealing import ProgrammeWords
from templates.documents import Sample
from templates.message_views import (
    InvitationMessage,
    MessageFinding,
    NoticeMessage,
    ReceiptMessage,
    RenewedLinkMessage,
    Sender,
)
from templates.render import Renderer

MADE_UP_LINK = "XXXXXXXXXXXXXXXXXXXX"  # as long as a real one, and the alphabet's widest letter
MADE_UP_CHECK = "000000"
MADE_UP_REFERENCE = "A0A0A0AA"  # a shape no real reference has: zero is not among their digits
MADE_UP_AMOUNTS = {"KRW": 123_450, "USD": 123_400}
MADE_UP_STOP = "0" * 64


def made_up_messages(
    words: Mapping[str, ProgrammeWords], sender: Sender, *, lang: str, on: datetime, claim_by: date
) -> Iterator[tuple[MessageKind, object]]:
    """One message of every kind, telling of every programme of a campaign."""
    titles = tuple(one.title[lang] for one in words.values())
    findings = tuple(
        MessageFinding(
            programme=programme,
            title=one.title[lang],
            amount=MADE_UP_AMOUNTS.get(one.currency, 12_345),
            currency=one.currency,
            claim_by=claim_by,
            per=one.per,
        )
        for programme, one in words.items()
    )
    yield MessageKind.INVITATION, InvitationMessage(sender, findings, claim_by)
    yield MessageKind.RECEIPT, ReceiptMessage(sender, MADE_UP_REFERENCE, on, titles)
    yield MessageKind.NOTICE, NoticeMessage(sender, MADE_UP_REFERENCE, titles)
    yield MessageKind.RENEWED_LINK, RenewedLinkMessage(sender, claim_by)


def made_up_samples(
    renderer: Renderer,
    letterhead: Letterhead,
    words: Mapping[str, ProgrammeWords],
    channels: Mapping[str, Channel],
    *,
    languages: Sequence[str],
    on: datetime,
    claim_by: date,
) -> Iterator[Sample]:
    """Every kind in every language, in the form that each channel sends."""
    forms = {form_of(one.capabilities.address.value): one for one in channels.values()}
    for form, channel in forms.items():
        for lang in languages:
            stop = MADE_UP_STOP if form == "email" else None
            sender = letterhead.sender(lang, check_number=MADE_UP_CHECK, link_id=MADE_UP_LINK, stop=stop)
            for kind, view in made_up_messages(words, sender, lang=lang, on=on, claim_by=claim_by):
                message = renderer.message(kind.value, form, lang, view)
                yield Sample(
                    kind=kind.value,
                    lang=lang,
                    form=form,
                    text=message.text,
                    characters=len(message.text),
                    bytes=len(message.text.encode("cp949", "replace")),
                    parts=channel.measure(message.text).parts if form == "text" else None,
                    subject=message.subject,
                )
