"""The tables of provider codes: every word in them is one of ours."""

from __future__ import annotations

import pytest

from channels.channel import OutcomeKind, ReceiptKind
from channels.codes import CodeTable, status_class


@pytest.mark.parametrize("provider", ["twilio", "sendgrid", "smtp"])
def test_every_word_is_an_outcome_or_a_receipt(provider: str) -> None:
    known = {"receipt": {kind.value for kind in ReceiptKind}}
    outcomes = {kind.value for kind in OutcomeKind}
    words = CodeTable.of(provider).words()
    assert set() == {(section, word) for section, word in words if word not in known.get(section, outcomes)}


@pytest.mark.parametrize("provider", ["twilio", "sendgrid", "smtp"])
def test_no_refusal_by_itself_claims_acceptance(provider: str) -> None:
    claims = {word for section, word in CodeTable.of(provider).words() if section != "receipt"}
    assert "accepted" not in claims


def test_the_most_telling_key_decides() -> None:
    table = CodeTable({"error": {"21610": "stopped", "4xx": "account"}})
    found = [table.find("error", *keys) for keys in [(21610, 400, "4xx"), (7, 400, "4xx"), (None, "5xx")]]
    assert ["stopped", "account", None] == found


def test_a_status_has_a_class() -> None:
    assert "4xx" == status_class(429)
