"""What an approver is told of a programme's findings beside number and sum, and the samples they read."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from outreach.found import Found, FoundFinding
from outreach.listing import Line
from outreach.message import MessageKind
from outreach.particulars import particulars
from outreach.plans import TO_TELL, NotTold
from outreach.samples import made_up_messages
from outreach.sealing import ProgrammeWords
from templates.message_views import InvitationMessage, Sender
from tests.outreach.test_listing import finding

PENSION = {"ko": "기초연금", "en": "Basic pension"}
OTHER = {"ko": "다른 것", "en": "The other"}
TITLES = {"kr/pension": PENSION, "kr/other": OTHER}
WORDS = ProgrammeWords(
    title=PENSION, law="§1", authority=PENSION, currency="KRW", per="month", at_most=False, months_lost=True,
    has_first_day=True,
    record_kind="person", national_id=True, recipient_kind="person", registers={},
)  # fmt: skip
SENDER = Sender("가온시", "02-0000-0120", "473921", "https://gaon.example/r/x")
NOON = datetime(2026, 7, 2, 12, tzinfo=UTC)


def line(*tell: FoundFinding, kept: tuple[FoundFinding, ...] = ()) -> Line:
    where = TO_TELL if tell else NotTold.AFTER_ANOTHER.value
    return Line(Found("s", "h", (*tell, *kept)), where, tell=tell)


def mine(**changes: Any) -> FoundFinding:
    return finding(**{"programme": "kr/this", "claim_by": None} | changes)


def test_an_approver_learns_how_many_findings_each_thing_concerns() -> None:
    lines = [
        line(mine(offset=300, at_least=True), finding(offset=9)),
        line(mine(offset=None, instead_of=("kr/other",), claim_by=date(2026, 9, 1))),
        line(mine(after=("kr/pension",)), kept=(mine(after=("kr/pension",), offset=7),)),
        line(kept=(mine(after=("kr/pension",)),)),
    ]

    assert particulars("kr/this", WORDS, lines, TITLES) == {
        "at_most": False,
        "months_lost": True,
        "at_least": 1,
        "set_off": {"findings": 1, "amount": 300, "unknown": 1},
        "instead_of": [{"programme": "kr/other", "title": OTHER, "findings": 1}],
        "after": [{"programme": "kr/pension", "title": PENSION, "findings": 3, "told": 1}],
        "claim_by": {"findings": 1, "first": "2026-09-01"},
    }


def programme(name: str, *tell: FoundFinding, per: str = "month") -> dict[str, Any]:
    """A programme as a plan's document has it."""
    told = particulars(name, WORDS, [line(*tell)] if tell else [], TITLES)
    shown = {"id": name, "title": PENSION, "currency": "KRW", "per": per, "findings": len(tell)}
    return shown | {"particulars": told, "accrual": None}


def invitations(*programmes: dict[str, Any]) -> dict[bool, InvitationMessage]:
    messages = made_up_messages(programmes, SENDER, lang="en", on=NOON, claim_by=date(2027, 1, 1))
    return {
        special: view
        for kind, special, view in messages
        if kind is MessageKind.INVITATION and isinstance(view, InvitationMessage)
    }


def test_a_sample_leaves_out_programmes_that_nobody_is_told_of() -> None:
    shown = invitations(programme("kr/this", mine()), programme("kr/that"))

    assert {False: ["kr/this"]} == {
        special: [one.programme for one in view.findings] for special, view in shown.items()
    }


def test_where_nobody_is_told_anything_there_is_no_sample() -> None:
    assert {} == invitations(programme("kr/this"), programme("kr/that"))


def test_a_sample_says_per_what_it_is_and_names_a_day_only_where_findings_have_one() -> None:
    never, dated = mine(), mine(claim_by=date(2026, 9, 1))
    shown = [invitations(programme("kr/this", one))[False].findings[0] for one in (never, dated)]

    assert [("month", True, None), ("month", True, date(2027, 1, 1))] == [
        (one.per, one.months_lost, one.claim_by) for one in shown
    ]


def test_what_only_some_findings_have_is_shown_by_a_sample_of_its_own() -> None:
    shown = invitations(programme("kr/this", mine(), mine(offset=300, instead_of=("kr/other",))))

    said = {special: view.findings[0] for special, view in shown.items()}
    assert (0, {}) == (said[False].offset, said[False].instead_of)
    assert (12_345, {"kr/other": "The other"}) == (said[True].offset, said[True].instead_of)
