"""Made-up residents who were invited: rows written by the real functions, for two rooms' tests."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, insert

from data.clock import micros
from data.store.engine import open_engine, writing
from data.store.tables import message, metadata, plan
from outreach.checks import check_mac
from outreach.invitations import Sealed, SealedFinding, seal_invitation
from outreach.links import new_link

KEY = bytes(range(32))
NOW = datetime(2026, 7, 6, 1, 0, tzinfo=UTC)  # Monday 10:00 in Seoul
BIRTH_DATE = date(1990, 3, 7)
CHECK_NUMBER = "473921"
PHONE = "+821000001234"


@dataclass(frozen=True)
class Invited:
    """One invited person and the link they got."""

    invitation_id: str
    message_id: str
    link_id: str
    subject_id: str
    sealed: Sealed


def new_store(folder: Path) -> Engine:
    engine = open_engine(f"sqlite:///{folder / 'owed.sqlite'}")
    metadata.create_all(engine)
    return engine


def explanation(unit_id: str, **changes: Any) -> dict[str, Any]:
    """A refund of car tax paid in advance, as eligibility explains it."""
    document: dict[str, Any] = {
        "programme": "kr/vehicle_tax_refund",
        "title": {"ko": "자동차세 연납 환급", "en": "Vehicle tax refund"},
        "law": "지방세법 §130③",
        "authority": {"ko": "시장·군수·구청장", "en": "the mayor or head of district"},
        "currency": "KRW",
        "per": "once",
        "as_of": "2026-07-02",
        "entitlement_id": unit_id,
        "unit_id": unit_id,
        "subject_id": "5" * 32,
        "household_id": "6" * 32,
        "asset_id": "7" * 32,
        "period": "2026",
        "status": "entitled",
        "amount": 250130,
        "at_least": False,
        "at_most": False,
        "unconfirmed": False,
        "offset": 0,
        "instead_of": [],
        "after": [],
        "parts": [
            {
                "name": "vehicle_tax",
                "label": {"ko": "자동차세", "en": "Vehicle tax"},
                "amount": 192410,
                "law": "지방세법 §130③",
            },
            {
                "name": "education_tax",
                "label": {"ko": "지방교육세", "en": "Education tax"},
                "amount": 57720,
                "law": "지방세법 §151",
            },
        ],
        "steps": [],
        "accrual": {"from": "2026-07-02", "rate_bp": 310, "law": "지방세기본법 §62"},
        "claim_from": "2026-07-02",
        "claim_by": "2031-07-01",
        "months_lost": False,
        "criteria": [
            {
                "name": "prepaid_the_year",
                "label": {"ko": "1년치를 미리 냈습니다", "en": "The whole year's tax was paid in advance"},
                "value": True,
                "law": "지방세법 §128③",
                "facts": ["prepaid_amount"],
            },
            {
                "name": "not_passed_on",
                "label": {"ko": "새 소유자에게 넘기지 않았습니다", "en": "The prepayment was not passed on"},
                "value": True,
                "law": "지방세법 §130③",
                "facts": ["passed_on"],
            },
        ],
        "facts": [
            {
                "name": "use",
                "label": {"ko": "용도", "en": "Use"},
                "value": "private",
                "words": {"ko": "비영업용", "en": "private"},
                "unit": "",
                "register": "vehicles",
                "extracted_on": "2026-07-02",
                "sensitive": False,
                "about": "self",
                "question": None,
            },
            {
                "name": "consent",
                "label": {"ko": "승계 동의", "en": "Consent to pass it on"},
                "value": None,
                "words": None,
                "unit": "",
                "register": "passed_prepayments",
                "extracted_on": None,
                "sensitive": False,
                "about": "self",
                "question": None,
            },
            {
                "name": "prepaid_amount",
                "label": {"ko": "미리 낸 세금", "en": "Tax paid in advance"},
                "value": 381690,
                "words": None,
                "unit": "KRW",
                "register": "payments",
                "extracted_on": "2026-07-02",
                "sensitive": False,
                "about": "self",
                "question": None,
            },
            {
                "name": "transferred_on",
                "label": {"ko": "차를 넘긴 날", "en": "Day the car was transferred"},
                "value": "2026-07-01",
                "words": None,
                "unit": "date",
                "register": "vehicles",
                "extracted_on": "2026-07-02",
                "sensitive": False,
                "about": "self",
                "question": None,
            },
            {
                "name": "buyer_income",
                "label": {"ko": "새 소유자의 소득", "en": "Income of the new owner"},
                "value": 87654321,
                "words": None,
                "unit": "KRW",
                "register": "incomes",
                "extracted_on": "2026-07-02",
                "sensitive": True,
                "about": "other",
                "question": None,
            },
        ],
        "missing": [],
        "impossible": [],
        "no_value": [],
        "settles": [],
        "assumptions": {},
        "rates": [],
    }
    return document | changes


def finding(entitlement_id: str, **changes: Any) -> SealedFinding:
    return SealedFinding(
        entitlement_id=entitlement_id,
        revision=1,
        facts_hash="f" * 64,
        programme="kr/vehicle_tax_refund",
        title={"ko": "자동차세 연납 환급", "en": "Vehicle tax refund"},
        law="지방세법 §130③",
        authority="시장·군수·구청장",
        record_id=f"BILL-{entitlement_id[:6]}",
        record_kind="bill",
        national_id=False,
        period=changes.get("period", "2026"),
        currency="KRW",
        instead_of={},
        registers={
            "payments": {"ko": "지방세 수납", "en": "Tax payments"},
            "vehicles": {"ko": "자동차 등록원부", "en": "Vehicle register"},
        },
        explanation=explanation(entitlement_id, **changes),
    )


def sealed(language: str = "ko", **changes: Any) -> Sealed:
    values: dict[str, Any] = {
        "language": language,
        "name": "김가온",
        "address": PHONE,
        "phone_last4": PHONE[-4:],
        "birth_date": BIRTH_DATE,
        "agency": {"ko": "가온시", "en": "Gaon City"},
        "findings": (finding(secrets.token_hex(16)),),
        "check_number": CHECK_NUMBER,
    }
    return Sealed(**(values | changes))


def invite(
    engine: Engine,
    *,
    content: Sealed | None = None,
    now: datetime = NOW,
    days: int = 30,
    channel: str = "file",
    campaign: str = "spring",
    key: bytes = KEY,
) -> Invited:
    """Seal one invitation, put its accepted message beside it, and give out its link."""
    content = content or sealed()
    subject_id, household_id = secrets.token_hex(16), secrets.token_hex(16)
    with writing(engine) as connection:
        connection.execute(
            insert(plan).prefix_with("OR IGNORE"),
            plan_row(campaign, now),
        )
        invitation_id = seal_invitation(
            connection,
            key,
            plan_id=f"plan-{campaign}",
            subject_id=subject_id,
            household_id=household_id,
            channel=channel,
            sealed=content,
            address_mac=secrets.token_hex(32),
            check_mac=check_mac(key, check_number=content.check_number, address=content.address),
            now=now,
        )
        message_id = secrets.token_hex(16)
        connection.execute(
            insert(message),
            message_row(
                message_id, invitation_id, f"plan-{campaign}", subject_id, household_id, channel, now
            ),
        )
        link_id = new_link(
            connection,
            invitation_id=invitation_id,
            message_id=message_id,
            now=now,
            expires_at=now + timedelta(days=days),
        )
    return Invited(invitation_id, message_id, link_id, subject_id, content)


def plan_row(campaign: str, now: datetime) -> dict[str, Any]:
    return {
        "plan_id": f"plan-{campaign}",
        "campaign": campaign,
        "number": 1,
        "sha256": "0" * 64,
        "document": "{}",
        "state": "approved",
        "author": "kim",
        "author_account": "1000",
        "created_at": micros(now),
    }


def message_row(
    message_id: str,
    invitation_id: str,
    plan_id: str,
    subject_id: str,
    household_id: str,
    channel: str,
    now: datetime,
) -> dict[str, Any]:
    return {
        "message_id": message_id,
        "dedupe_key": f"invitation:{invitation_id}",
        "plan_id": plan_id,
        "invitation_id": invitation_id,
        "kind": "invitation",
        "channel": channel,
        "subject_id": subject_id,
        "household_id": household_id,
        "state": "accepted",
        "not_before": micros(now),
        "send_before": micros(now + timedelta(days=7)),
        "attempts": 1,
        "created_at": micros(now),
        "updated_at": micros(now),
    }
