"""Messages as made-up residents would get them: what an approver reads before signing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from channels.channel import Channel
from outreach.gather import Letterhead, form_of
from outreach.message import MessageKind
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
from templates.views import AccrualView

MADE_UP_LINK = "XXXXXXXXXXXXXXXXXXXX"  # as long as a real one, and the alphabet's widest letter
MADE_UP_CHECK = "000000"
MADE_UP_REFERENCE = "A0A0A0AA"  # a shape no real reference has: zero is not among their digits
MADE_UP_AMOUNTS = {"KRW": 123_450, "USD": 123_400}
MADE_UP_STOP = "0" * 64


def made_up_messages(
    programmes: Sequence[Mapping[str, Any]], sender: Sender, *, lang: str, on: datetime, claim_by: date
) -> Iterator[tuple[MessageKind, bool, object]]:
    """One message of every kind, telling of every programme of a plan (as its document has them) of which it
    tells somebody; and a second invitation with what only some findings have, where there are such: then the
    flag is set. None at all where nobody is told anything.
    """
    told = [one for one in programmes if one["findings"]]
    if not told:
        return
    titles = tuple(one["title"][lang] for one in told)
    usual = tuple(_finding(one, lang, on.date(), claim_by) for one in told)
    special = tuple(_special(one, finding, lang) for one, finding in zip(told, usual, strict=True))
    yield MessageKind.INVITATION, False, InvitationMessage(sender, usual, claim_by)
    if special != usual:
        yield MessageKind.INVITATION, True, InvitationMessage(sender, special, claim_by)
    yield MessageKind.RECEIPT, False, ReceiptMessage(sender, MADE_UP_REFERENCE, on, titles)
    yield MessageKind.NOTICE, False, NoticeMessage(sender, MADE_UP_REFERENCE, titles)
    yield MessageKind.RENEWED_LINK, False, RenewedLinkMessage(sender, claim_by)


def _finding(one: Mapping[str, Any], lang: str, on: date, claim_by: date) -> MessageFinding:
    """As most findings of the programme are, with a made-up amount and day."""
    known, accrual = one["particulars"], one["accrual"]
    return MessageFinding(
        programme=one["id"],
        title=one["title"][lang],
        amount=MADE_UP_AMOUNTS.get(one["currency"], 12_345),
        currency=one["currency"],
        claim_by=claim_by if 2 * known["claim_by"]["findings"] >= one["findings"] else None,
        accrual=AccrualView(on, accrual["rate_bp"], accrual["law"]) if accrual else None,
        at_least=2 * known["at_least"] > one["findings"],
        per=one["per"],
        at_most=known["at_most"],
        months_lost=known["months_lost"],
    )


def _special(one: Mapping[str, Any], usual: MessageFinding, lang: str) -> MessageFinding:
    """The same with what is set off first, and with what it can only be had instead of."""
    known = one["particulars"]
    unknown = None if known["set_off"]["unknown"] else 0
    return replace(
        usual,
        offset=usual.amount // 10 if known["set_off"]["findings"] else unknown,
        instead_of={other["programme"]: other["title"][lang] for other in known["instead_of"]},
    )


def made_up_samples(
    renderer: Renderer,
    letterhead: Letterhead,
    programmes: Sequence[Mapping[str, Any]],
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
            messages = made_up_messages(programmes, sender, lang=lang, on=on, claim_by=claim_by)
            for kind, special, view in messages:
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
                    special=special,
                )
