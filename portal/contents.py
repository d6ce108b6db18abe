"""What a person's own pages say, out of what was sealed for them. Facts about others stay out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from outreach.applications import Application
from outreach.decision_releases import Decision
from outreach.invitations import Sealed, SealedFinding
from templates.views import AccrualView, FactView, FindingView, PartView, ReasonView, Stage, StatusItem

SELF = "self"
STAGES = {"granted": Stage.GRANTED, "refused": Stage.REFUSED}


def said(words: Mapping[str, str], lang: str) -> str:
    """The words in the reader's language, or in the one there is."""
    return words.get(lang) or next(iter(words.values()), "")


def finding_view(finding: SealedFinding, lang: str, disputed: frozenset[str] = frozenset()) -> FindingView:
    """One finding with its reasons and the person's own facts; of others' facts only what follows is said."""
    told = finding.explanation
    return FindingView(
        programme=finding.programme,
        title=said(finding.title, lang),
        period=told["period"],
        law=finding.law,
        authority=said(told["authority"], lang),
        amount=told["amount"],
        currency=finding.currency,
        parts=tuple(
            PartView(said(one["label"], lang), one["amount"], one["law"])
            for one in told["parts"]
            if one["amount"] != 0  # what does not add anything is no part of it to a reader
        ),
        reasons=tuple(
            ReasonView(said(one["label"], lang), one["law"])
            for one in told["criteria"]
            if one["value"] is True
        ),
        facts=tuple(_fact_view(finding, one, lang, disputed) for one in _own_facts(finding)),
        claim_by=_day(told["claim_by"]),
        accrual=_accrual(told["accrual"]),
        at_least=told["at_least"],
        offset=told["offset"],
        instead_of={name: said(title, lang) for name, title in finding.instead_of.items()},
        assumptions=tuple(said(one, lang) for one in told["assumptions"].values()),
        per=told["per"],
        at_most=told["at_most"],
        months_lost=told["months_lost"],
    )


def fact_key(finding: SealedFinding, name: str) -> str:
    """What a fact's dispute box posts."""
    return f"{finding.entitlement_id}:{name}"


def read_disputes(findings: tuple[SealedFinding, ...], posted: list[str]) -> Mapping[str, frozenset[str]]:
    """Which facts were ticked, by finding; a key that no box of the page has is passed over."""
    ticked = frozenset(posted)
    named = {
        one.entitlement_id: frozenset(
            fact["name"] for fact in _own_facts(one) if fact_key(one, fact["name"]) in ticked
        )
        for one in findings
    }
    return {entitlement_id: names for entitlement_id, names in named.items() if names}


def status_items(
    sealed: Sealed, applied: Application, decided: Mapping[str, Decision], lang: str
) -> tuple[StatusItem, ...]:
    """How far each finding of an application has come."""
    return tuple(
        _status_item(one, decided.get(one.entitlement_id), applied.items[one.entitlement_id], lang)
        for one in sealed.findings
        if one.entitlement_id in applied.items
    )


def _status_item(finding: SealedFinding, decided: Decision | None, disputed: bool, lang: str) -> StatusItem:
    return StatusItem(
        programme=finding.programme,
        title=said(finding.title, lang),
        currency=finding.currency,
        applied_amount=finding.explanation["amount"],
        per=finding.explanation["per"],
        at_least=finding.explanation["at_least"],
        at_most=finding.explanation["at_most"],
        stage=STAGES[decided.outcome] if decided else Stage.APPLIED,
        amount=decided.amount if decided else None,
        decided_on=decided.decided_on if decided else None,
        authority=said(finding.explanation["authority"], lang),
        reason=decided.reason if decided else None,
        disputed=disputed,
    )


def _own_facts(finding: SealedFinding) -> list[Mapping[str, Any]]:
    """Known facts about the person out of a register: what no record shows, or another programme's rules
    gave, is nothing to confirm or dispute."""
    facts = finding.explanation["facts"]
    return [
        fact
        for fact in facts
        if fact["about"] == SELF and fact["value"] is not None and fact["extracted_on"] is not None
    ]


def _fact_view(
    finding: SealedFinding, fact: Mapping[str, Any], lang: str, disputed: frozenset[str]
) -> FactView:
    key = fact_key(finding, fact["name"])
    return FactView(
        key=key,
        name=fact["name"],
        label=said(fact["label"], lang),
        value=said(fact["words"], lang) if fact["words"] else fact["value"],
        unit=fact["unit"],
        register=said(finding.registers.get(fact["register"], {}), lang) or fact["register"],
        extracted_on=date.fromisoformat(fact["extracted_on"]),
        disputed=key in disputed,
    )


def _accrual(told: Mapping[str, Any] | None) -> AccrualView | None:
    if told is None or told["rate_bp"] is None:
        return None
    return AccrualView(date.fromisoformat(told["from"]), told["rate_bp"], told["law"])


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
