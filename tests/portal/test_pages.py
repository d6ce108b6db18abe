from __future__ import annotations

import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine, Row, func, select

from data.store.engine import reading
from data.store.tables import application, application_item, case_, message, suppression
from eligibility.explanation import Explanation
from outreach.applications import find_application
from outreach.cases import read_case
from portal.sessions import ABSOLUTE, IDLE
from tests.outreach.decided import decide
from tests.outreach.invited import KEY, finding, invite, sealed
from tests.portal.visitor import ORIGIN, TOKEN, MovingClock, Visitor, new_app

REFERENCE = re.compile(r"\b[A-Z]{2}\d[A-Z]{2}\d[A-Z]{2}\b")


def rows(engine: Engine, table: Any) -> Sequence[Row[Any]]:
    with reading(engine) as connection:
        return connection.execute(select(table)).all()


# --- the case -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "shown",
    [
        "김가온",
        "자동차세 연납 환급",
        "250,130",
        "192,410",
        "지방세법 §128③",
        "381,690",
        "지방세 수납",
        "비영업용",
    ],
)
def test_the_case_shows_what_is_owed_and_why(inside: Visitor, shown: str) -> None:
    assert shown in inside.get("/case").text


@pytest.mark.parametrize("shown", ["Vehicle tax refund", "KRW 250,130", "Tax payments", "2 July 2026"])
def test_the_case_is_told_in_english_too(inside: Visitor, shown: str) -> None:
    assert shown in inside.get("/case?lang=en").text


def test_these_tests_tell_findings_as_eligibility_explains_them(inside: Visitor) -> None:
    told = inside.invited.sealed.findings[0].explanation
    assert set(told) == {one.name for one in fields(Explanation)}


def test_a_fact_the_records_do_not_show_is_not_asked_to_be_confirmed(inside: Visitor) -> None:
    assert "승계 동의" not in inside.get("/case").text


@pytest.mark.parametrize("hidden", ["87,654,321", "87654321", "새 소유자의 소득"])
def test_a_fact_about_somebody_else_is_not_shown(inside: Visitor, hidden: str) -> None:
    assert hidden not in inside.get("/case").text


def test_confirming_gives_a_reference_and_a_receipt(inside: Visitor, engine: Engine) -> None:
    response = inside.post("/case")
    kept = rows(engine, application)[0].reference
    receipts = [one.application_id for one in rows(engine, message) if one.kind == "receipt"]
    assert (response.headers["location"], kept in inside.get("/submitted").text, len(receipts)) == (
        "/submitted",
        True,
        1,
    )


def test_a_reference_has_digits_between_its_letters(inside: Visitor) -> None:
    inside.post("/case")
    assert REFERENCE.search(inside.get("/submitted").text)


def test_submitting_again_shows_the_same_reference(inside: Visitor, engine: Engine) -> None:
    token = TOKEN.search(inside.get("/case").text)
    assert token
    inside.client.post("/case", data={"csrf": token[1]})
    again = inside.client.post("/case", data={"csrf": token[1]})
    kept = rows(engine, application)
    assert (len(kept), again.status_code, kept[0].reference in again.text) == (1, 200, True)


def test_twenty_submits_at_once_give_one_application(inside: Visitor, engine: Engine) -> None:
    token = TOKEN.search(inside.get("/case").text)
    assert token

    def press(_: int) -> int:
        return inside.client.post("/case", data={"csrf": token[1]}).status_code

    with ThreadPoolExecutor(20) as pool:
        answers = sorted(pool.map(press, range(20)))
    receipts = [one for one in rows(engine, message) if one.kind == "receipt"]
    counts = (len(rows(engine, application)), len(rows(engine, application_item)), len(receipts))
    assert (answers, counts) == ([200] * 19 + [303], (1, 1, 1))


def test_a_finding_applied_for_through_another_invitation_is_not_applied_for_twice(
    inside: Visitor, engine: Engine, clock: MovingClock
) -> None:
    inside.post("/case")
    content = sealed(findings=inside.invited.sealed.findings)
    with Visitor(new_app(engine, clock), invite(engine, content=content, campaign="autumn")) as later:
        later.enter()
        later.post("/case", page="/question")
        assert (len(rows(engine, application)), later.get("/case").headers["location"]) == (1, "/status")


def test_a_later_invitation_applies_only_for_what_is_left(
    inside: Visitor, engine: Engine, clock: MovingClock
) -> None:
    inside.post("/case")
    more = finding("9" * 32)
    content = sealed(findings=(*inside.invited.sealed.findings, more))
    with Visitor(new_app(engine, clock), invite(engine, content=content, campaign="autumn")) as later:
        later.enter()
        later.post("/case")
        with reading(engine) as connection:
            second = find_application(connection, later.invited.invitation_id, content)
        assert second is not None
        assert dict(second.items) == {"9" * 32: False}


def test_a_disputed_fact_becomes_a_case_with_its_words_sealed(inside: Visitor, engine: Engine) -> None:
    key = f"{inside.invited.sealed.findings[0].entitlement_id}:prepaid_amount"
    inside.post("/case", {"dispute": [key], "note": "다른 금액을 냈습니다"})
    row = rows(engine, case_)[0]
    with reading(engine) as connection:
        _, text = read_case(connection, KEY, row.case_id)
    assert (row.kind, text, "다른 금액".encode() in row.sealed_text) == (
        "dispute",
        "disputed: prepaid_amount\n다른 금액을 냈습니다",
        False,
    )


def test_a_fact_that_the_page_does_not_show_cannot_be_disputed(inside: Visitor, engine: Engine) -> None:
    key = f"{inside.invited.sealed.findings[0].entitlement_id}:buyer_income"
    inside.post("/case", {"dispute": [key]})
    assert [one.disputed for one in rows(engine, application_item)] == [False]


def test_a_note_that_is_too_long_comes_back_with_what_was_typed(inside: Visitor, engine: Engine) -> None:
    response = inside.post("/case", {"note": "가" * 1001})
    assert (response.status_code, "가" * 1001 in response.text, rows(engine, application)) == (422, True, [])


def test_the_submitted_page_shows_the_contact_masked(inside: Visitor) -> None:
    inside.post("/case")
    page = inside.get("/submitted").text
    assert ("010-****-1234" in page, "+821000001234" in page) == (True, False)


# --- the status -----------------------------------------------------------------------------------


def test_the_status_waits_until_a_decision_is_released(inside: Visitor, engine: Engine) -> None:
    inside.post("/case")
    before = inside.get("/status").text
    decide(engine, outcome="granted", amount=250130, released=False)
    assert inside.get("/status").text == before


def test_a_grant_is_told_with_its_amount(inside: Visitor, engine: Engine) -> None:
    inside.post("/case")
    decide(engine, outcome="granted", amount=240000)
    assert "240,000" in inside.get("/status").text


def test_a_decision_names_its_authority_in_the_readers_language(inside: Visitor, engine: Engine) -> None:
    inside.post("/case")
    decide(engine, outcome="granted", amount=240000)
    page = inside.get("/status?lang=en").text
    assert ("the mayor or head of district" in page, "시장·군수·구청장" in page) == (True, False)


def test_a_refusal_is_told_with_its_reason_and_a_remedy(inside: Visitor, engine: Engine) -> None:
    inside.post("/case")
    decide(engine, outcome="refused", reason="연납한 사실이 없습니다")
    page = inside.get("/status").text
    assert ("연납한 사실이 없습니다" in page, "90일" in page) == (True, True)


@pytest.mark.parametrize("path", ["/status", "/submitted"])
def test_a_page_after_the_confirmation_leads_back_to_it(inside: Visitor, path: str) -> None:
    response = inside.get(path)
    assert (response.status_code, response.headers["location"]) == (303, "/case")


# --- questions, stops, leaving ----------------------------------------------------------------------


def test_a_question_becomes_one_case_however_often_it_is_sent(inside: Visitor, engine: Engine) -> None:
    for _ in range(2):
        assert inside.post("/question", {"question": "언제 들어오나요?"}).status_code == 200
    assert [one.kind for one in rows(engine, case_)] == ["question"]


def test_a_question_is_kept_without_what_only_a_terminal_reads(inside: Visitor, engine: Engine) -> None:
    inside.post("/question", {"question": "언제\x1b[2J\r\n들어오\t나요?\x9b\x07"})
    with reading(engine) as connection:
        case = connection.execute(select(case_.c.case_id)).scalar_one()
        assert read_case(connection, KEY, case)[1] == "언제[2J\n들어오\t나요?"


def test_an_empty_question_is_asked_for_again(inside: Visitor) -> None:
    assert inside.post("/question", {"question": " "}).status_code == 422


def test_a_stop_puts_the_person_on_the_list(inside: Visitor, engine: Engine) -> None:
    inside.post("/stop")
    listed = [(one.subject_id, one.channel) for one in rows(engine, suppression)]
    assert listed == [(inside.invited.subject_id, "*")]


def test_a_receipt_still_comes_after_a_stop(inside: Visitor, engine: Engine) -> None:
    inside.post("/stop")
    inside.post("/case")
    assert [one.state for one in rows(engine, message) if one.kind == "receipt"] == ["planned"]


def test_leaving_ends_the_session(inside: Visitor) -> None:
    cookie = inside.client.cookies["__Host-owed"]
    inside.post("/logout", page="/case")
    inside.client.cookies.set("__Host-owed", cookie)
    assert inside.get("/case").status_code == 403


def test_fifteen_idle_minutes_end_a_session(inside: Visitor, clock: MovingClock) -> None:
    clock.move(seconds=IDLE.total_seconds())
    assert inside.get("/case").status_code == 403


def test_a_page_keeps_a_session_going(inside: Visitor, clock: MovingClock) -> None:
    clock.move(minutes=14)
    inside.get("/case")
    clock.move(minutes=14)
    assert inside.get("/case").status_code == 200


def test_an_hour_ends_a_session_that_is_in_use(inside: Visitor, clock: MovingClock) -> None:
    answers = []
    for _ in range(6):
        clock.move(seconds=ABSOLUTE.total_seconds() / 6)
        answers.append(inside.get("/case").status_code)
    assert answers == [200, 200, 200, 200, 200, 403]


@pytest.mark.parametrize("path", ["/case", "/submitted", "/status", "/question", "/stop"])
def test_nothing_of_a_case_is_shown_without_a_session(visitor: Visitor, path: str) -> None:
    response = visitor.get(path)
    assert (response.status_code, "김가온" in response.text) == (403, False)


def test_a_form_without_its_sessions_token_is_refused(inside: Visitor, engine: Engine) -> None:
    response = inside.client.post("/case", data={"csrf": "guessed"}, headers={"origin": ORIGIN})
    assert (response.status_code, rows(engine, application)) == (403, [])


def test_one_persons_session_never_shows_anothers_case(
    inside: Visitor, engine: Engine, clock: MovingClock
) -> None:
    other = sealed(name="박다른", birth_date=date(1985, 1, 2))
    with Visitor(new_app(engine, clock), invite(engine, content=other)) as stranger:
        stranger.enter("1985-01-02")
        assert ("김가온" in stranger.get("/case").text, "박다른" in inside.get("/case").text) == (
            False,
            False,
        )


def test_two_findings_are_applied_for_together(engine: Engine, clock: MovingClock) -> None:
    content = sealed(findings=(finding("1" * 32), finding("2" * 32)))
    with Visitor(new_app(engine, clock), invite(engine, content=content)) as visitor:
        visitor.enter()
        visitor.post("/case")
        with reading(engine) as connection:
            assert connection.execute(select(func.count()).select_from(application_item)).scalar_one() == 2
