"""What a page shows of a sealed finding."""

from __future__ import annotations

from typing import Any

from outreach.invitations import SealedFinding
from portal.contents import finding_view

WORDS = {"ko": "가", "en": "a"}


def fact(name: str, **changes: Any) -> dict[str, Any]:
    """A person's own fact from a register, but for the changes."""
    return {
        "name": name,
        "label": WORDS,
        "value": True,
        "words": None,
        "unit": "",
        "register": "benefits",
        "extracted_on": "2026-11-10",
        "about": "self",
    } | changes


def sealed(*facts: dict[str, Any], **changes: Any) -> SealedFinding:
    explanation: dict[str, Any] = {
        "period": "",
        "authority": WORDS,
        "amount": 11_000,
        "parts": [],
        "criteria": [],
        "facts": list(facts),
        "claim_by": None,
        "accrual": None,
        "at_least": False,
        "at_most": True,
        "months_lost": False,
        "offset": 0,
        "per": "month",
        "assumptions": {},
    }
    return SealedFinding(
        entitlement_id="e",
        revision=1,
        facts_hash="f",
        programme="kr/telecom_discount",
        title=WORDS,
        law="전기통신사업법 시행령 §2③",
        authority="a",
        record_id="r",
        record_kind="person",
        national_id=True,
        period="",
        currency="KRW",
        instead_of={},
        registers={"benefits": WORDS},
        explanation=explanation | changes,
    )


def test_only_what_a_register_says_of_the_person_can_be_disputed() -> None:
    found = fact("pension_found", register="findings of kr/basic_pension", extracted_on=None)
    others, unknown = fact("spouse", about="other"), fact("silent", value=None)

    view = finding_view(sealed(fact("has_pension"), found, others, unknown), "ko")

    assert [one.name for one in view.facts] == ["has_pension"]


def test_a_part_that_adds_nothing_is_not_listed_and_one_not_known_is() -> None:
    amounts = {"first": 11_000, "second": 0, "third": None}
    parts = [
        {"name": name, "label": {"ko": name, "en": name}, "amount": amount, "law": "§1"}
        for name, amount in amounts.items()
    ]

    view = finding_view(sealed(parts=parts), "en")

    assert [("first", 11_000), ("third", None)] == [(one.label, one.amount) for one in view.parts]
