from __future__ import annotations

from typing import Any, cast

from data.vault import Vault
from outreach.found import FoundFinding
from outreach.people import Person
from outreach.sealing import ProgrammeWords, Sealer
from tests.outreach.invited import BIRTH_DATE, PHONE, explanation

REFUND = "kr/vehicle_tax_refund"
WORDS = ProgrammeWords(
    title={"ko": "환급"},
    law="지방세법 §130③",
    authority={"ko": "시장"},
    currency="KRW",
    per="once",
    at_most=False,
    months_lost=False,
    has_first_day=True,
    record_kind="bill",
    national_id=False,
    recipient_kind="person",
    registers={"payments": {"ko": "지방세 수납"}},
)
FOUND = FoundFinding(
    "e" * 32,
    1,
    REFUND,
    "5" * 32,
    "6" * 32,
    "bill-1",
    250130,
    False,
    0,
    (),
    (),
    "f" * 64,
    None,
    None,
    False,
    False,
    False,
)


def sealed_facts() -> dict[str, dict[str, Any]]:
    """The facts that are sealed for somebody, by name."""
    sealer = Sealer({"ko": "가온시"}, ("ko",), {REFUND: WORDS}, {}, cast(Vault, None))
    content = sealer.content(
        Person("5" * 32, "김가온", BIRTH_DATE, "ko", {"sms": PHONE}),
        "sms",
        [FOUND],
        explained={FOUND.entitlement_id: explanation(FOUND.entitlement_id)},
        record_ids={"bill-1": "BILL-1"},
    )
    return {fact["name"]: fact for fact in content.findings[0].explanation["facts"]}


def test_of_other_peoples_facts_no_value_is_sealed() -> None:
    facts = sealed_facts()
    assert [(facts[name]["value"], facts[name]["about"]) for name in ("prepaid_amount", "buyer_income")] == [
        (381690, "self"),
        (None, "other"),
    ]
