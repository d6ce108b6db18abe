from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, select

from data.store.engine import reading, writing
from data.store.tables import application, entitlement, message
from outreach.application_files import Undecided, UndecidedRow, undecided
from outreach.applications import (
    Confirmation,
    Submitted,
    list_applications,
    open_findings,
    read_confirmation,
    submit,
)
from tests.outreach.decided import decide
from tests.outreach.invited import KEY, NOW, Invited, finding, invite, new_store, sealed
from tests.outreach.post import entitlement_row


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return new_store(tmp_path)


def confirm(engine: Engine, invited: Invited, **words: str) -> Submitted:
    disputed = {one.entitlement_id: frozenset({"prepaid_amount"}) for one in invited.sealed.findings}
    said = Confirmation(language="ko", disputed=disputed if words else {}, note=words.get("note", ""))
    with writing(engine) as connection:
        return submit(connection, KEY, invitation_id=invited.invitation_id, confirmation=said, now=NOW)


def test_submitting_twice_gives_the_same_reference(engine: Engine) -> None:
    invited = invite(engine)
    first, second = confirm(engine, invited), confirm(engine, invited)
    assert second == Submitted(first.reference, first_time=False)


def test_the_receipt_belongs_to_its_application(engine: Engine) -> None:
    confirm(engine, invite(engine))
    with reading(engine) as connection:
        kept = connection.execute(select(application.c.application_id)).scalar_one()
        sent = connection.execute(select(message.c.application_id).where(message.c.kind == "receipt"))
        assert sent.scalar_one() == kept


def test_what_was_confirmed_can_be_read_back(engine: Engine) -> None:
    invited = invite(engine)
    confirm(engine, invited, note="잘못된 금액")
    with reading(engine) as connection:
        one = next(list_applications(connection))
        said = read_confirmation(connection, KEY, one)
    entitlement_id = invited.sealed.findings[0].entitlement_id
    assert (said.note, dict(said.disputed)) == (
        "잘못된 금액",
        {entitlement_id: frozenset({"prepaid_amount"})},
    )


@pytest.mark.parametrize(("known", "choices"), [("kr/other", ["kr/other"]), ("", []), (None, ["kr/other"])])
def test_what_has_ended_since_is_no_choice_any_more(
    engine: Engine, known: str | None, choices: list[str]
) -> None:
    one = replace(finding("e" * 32), instead_of={"kr/other": {"ko": "다른 환급", "en": "Another refund"}})
    invited = invite(engine, content=sealed(findings=(one,)))
    row = entitlement_row(one.entitlement_id, invited.subject_id, "6" * 32) | {"instead_of": known}
    with writing(engine) as connection:
        if known is not None:
            connection.execute(insert(entitlement), row)
        (shown,) = open_findings(connection, invited.sealed)
    assert list(shown.instead_of) == choices


def test_what_was_confirmed_lies_sealed(engine: Engine) -> None:
    confirm(engine, invite(engine), note="잘못된 금액")
    with reading(engine) as connection:
        assert "잘못된".encode() not in connection.execute(select(application.c.sealed)).scalar_one()


def test_the_office_gets_each_finding_under_its_own_record_id(engine: Engine) -> None:
    invited = invite(engine, content=sealed(findings=(finding("1" * 32), finding("2" * 32))))
    done = confirm(engine, invited, note="잘못된 금액")
    with reading(engine) as connection:
        rows = list(undecided(connection, KEY, time_zone="Asia/Seoul"))
    assert rows == [
        Undecided(
            UndecidedRow(
                reference=done.reference,
                record_id=f"BILL-{digit * 6}",
                record_kind="bill",
                programme="kr/vehicle_tax_refund",
                period="2026",
                entitlement_id=digit * 32,
                submitted_on=date(2026, 7, 6),
                claimed=250130,
                currency="KRW",
                per="once",
                disputed="prepaid_amount",
                note="잘못된 금액",
            ),
            national_id=False,
        )
        for digit in "12"
    ]


def test_what_is_decided_and_released_is_not_handed_out_again(engine: Engine) -> None:
    confirm(engine, invite(engine))
    decide(engine, outcome="granted", amount=250130)
    with reading(engine) as connection:
        assert list(undecided(connection, KEY, time_zone="Asia/Seoul")) == []
