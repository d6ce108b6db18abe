"""What became of a hand-over: each outcome leads to its state, once, under the token of its own claim."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from channels.channel import Outcome, OutcomeKind
from data.clock import micros
from data.store.engine import writing
from data.store.tables import (
    message,
    plan,
)
from outreach.cases import CaseKind, list_cases
from outreach.handover import recover
from outreach.listing import unusable_addresses
from outreach.message import MessageKind, MessageState
from outreach.outcomes import settle
from outreach.suppression import read_list
from tests.outreach.post import NOW, PLAN, TERMS, Office, Posted, capabilities

TERMS_WITHOUT_NIGHTS = replace(
    TERMS,
    schedule=replace(
        TERMS.schedule, quiet_from=time(23, 59, 59), quiet_until=time(), weekends=True, on_holidays=True
    ),
)
SATURDAY_NIGHT = datetime(2026, 7, 11, 13, 0, tzinfo=UTC)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office.open(tmp_path)


def outcome(one: Posted, kind: OutcomeKind, attempt: int = 1, **more: Any) -> Outcome:
    return Outcome(one.message_id, attempt, kind, **more)


def _settle(office: Office, token: str, *outcomes: Outcome) -> None:
    with writing(office.engine) as connection:
        settle(connection, token, outcomes, rendered={}, channel=capabilities(), now=office.clock())


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        (OutcomeKind.ACCEPTED, MessageState.ACCEPTED),
        (OutcomeKind.NOT_SENT, MessageState.PLANNED),
        (OutcomeKind.REJECTED, MessageState.FAILED),
        (OutcomeKind.STOPPED, MessageState.SUPPRESSED),
        (OutcomeKind.ACCOUNT, MessageState.PLANNED),
        (OutcomeKind.UNCERTAIN, MessageState.UNCERTAIN),
    ],
)
def test_every_outcome_leads_to_its_state(office: Office, kind: OutcomeKind, state: MessageState) -> None:
    one = office.post()
    held = office.claim()
    office.mark(held)
    _settle(office, held.token, outcome(one, kind))
    assert state == office.state(one)


def test_accepting_an_invitation_remembers_that_its_findings_were_told(office: Office) -> None:
    one = office.post()
    held = office.claim()
    office.mark(held)
    _settle(office, held.token, outcome(one, OutcomeKind.ACCEPTED))
    assert micros(NOW) == office.told_at(one)


def test_an_outcome_under_another_token_changes_nothing(office: Office) -> None:
    one = office.post()
    office.mark(office.claim())
    _settle(office, "another", outcome(one, OutcomeKind.NOT_SENT))
    assert MessageState.SENDING == office.state(one)


def test_an_outcome_under_another_token_has_no_consequences(office: Office) -> None:
    one = office.post()
    office.mark(office.claim())
    _settle(office, "another", outcome(one, OutcomeKind.ACCEPTED), outcome(one, OutcomeKind.ACCOUNT))
    office.post()
    assert (None, None) == (office.told_at(one), office.mark(office.claim()).plan_trouble)


def test_a_late_not_sent_does_not_plan_anew_what_is_in_doubt(office: Office) -> None:
    one = office.post()
    held = office.claim()
    office.mark(held)
    office.clock.forward(minutes=6)
    with writing(office.engine) as connection:
        recover(connection, now=office.clock())
    _settle(office, held.token, outcome(one, OutcomeKind.NOT_SENT))
    assert MessageState.UNCERTAIN == office.state(one)


def test_a_late_acceptance_settles_what_is_in_doubt(office: Office) -> None:
    one = office.post()
    held = office.claim()
    office.mark(held)
    office.clock.forward(minutes=6)
    with writing(office.engine) as connection:
        recover(connection, now=office.clock())
    _settle(office, held.token, outcome(one, OutcomeKind.ACCEPTED))
    assert MessageState.ACCEPTED == office.state(one)


def test_the_wait_the_provider_asks_for_is_kept(office: Office) -> None:
    one = office.post()
    held = office.claim()
    office.mark(held)
    _settle(office, held.token, outcome(one, OutcomeKind.NOT_SENT, retry_after=3600))
    assert micros(NOW + timedelta(hours=1)) == office.row(one).not_before


@pytest.mark.parametrize("seconds", [1e12, float("inf")])
def test_an_absurd_wait_ends_the_message_and_not_the_sender(office: Office, seconds: float) -> None:
    one = office.post()
    held = office.claim()
    office.mark(held)
    _settle(office, held.token, outcome(one, OutcomeKind.NOT_SENT, retry_after=seconds))
    assert MessageState.EXPIRED == office.state(one)


def test_a_notice_that_waited_under_a_paused_plan_until_too_late_is_owed_as_a_letter(office: Office) -> None:
    one = office.post(kind=MessageKind.NOTICE)
    office.change(plan, {"state": "paused"}, plan_id=PLAN)
    office.clock.forward(days=7)
    with writing(office.engine) as connection:
        recover(connection, now=office.clock())
        owed = [case.kind for case in list_cases(connection)]
    assert (MessageState.EXPIRED, [CaseKind.LETTER]) == (office.state(one), owed)


def test_an_address_is_unusable_when_it_was_refused_and_not_when_the_provider_was_out_of_order(
    office: Office,
) -> None:
    refused, unlucky = office.post(), office.post()
    office.change(message, {"state": "failed", "reason": "address_refused"}, message_id=refused.message_id)
    office.change(message, {"state": "failed", "reason": "tries_used_up"}, message_id=unlucky.message_id)
    with writing(office.engine) as connection:
        assert frozenset({refused.address_mac}) == unusable_addresses(connection)


def test_after_the_standing_approval_a_notice_is_owed_as_a_letter(office: Office) -> None:
    one = office.post(kind=MessageKind.NOTICE)
    office.mark(office.claim(), standing_until=NOW)
    with writing(office.engine) as connection:
        owed = [case.kind for case in list_cases(connection)]
    assert ("standing_approval_over", [CaseKind.LETTER]) == (office.row(one).reason, owed)


def test_a_message_whose_time_ends_in_the_night_expires_and_does_not_wait_for_the_morning(
    office: Office,
) -> None:
    one = office.post()
    office.change(message, {"send_before": micros(SATURDAY_NIGHT + timedelta(hours=9))})
    office.clock.now = SATURDAY_NIGHT
    office.mark(office.claim())
    assert (MessageState.EXPIRED, "quiet_hours") == (office.state(one), office.row(one).reason)


def test_a_daily_ceiling_begins_anew_each_day(office: Office) -> None:
    for _ in range(2):
        office.post()
    leaving = []
    for _ in range(2):
        leaving.append(len(office.mark(office.claim(), messages_per_day=1).leaving))
        office.clock.forward(days=1)
    assert [1, 1] == leaving


def test_tries_are_bounded(office: Office) -> None:
    one = office.post()
    office.terms = TERMS_WITHOUT_NIGHTS
    for attempt in range(1, 9):
        held = office.claim()
        office.mark(held)
        _settle(office, held.token, outcome(one, OutcomeKind.NOT_SENT, attempt))
        office.clock.forward(hours=8)
    assert (MessageState.FAILED, 8) == (office.state(one), office.row(one).attempts)


def test_a_refused_account_pauses_the_plan(office: Office) -> None:
    one = office.post()
    held = office.claim()
    office.mark(held)
    _settle(office, held.token, outcome(one, OutcomeKind.ACCOUNT, code="20003"))
    assert "plan_paused" == office.mark(office.claim()).plan_trouble


def test_a_stop_that_the_provider_holds_goes_on_the_list_for_the_address(office: Office) -> None:
    one = office.post()
    held = office.claim()
    office.mark(held)
    _settle(office, held.token, outcome(one, OutcomeKind.STOPPED, code="21610"))
    with writing(office.engine) as connection:
        assert frozenset({(one.address_mac, "sms")}) == read_list(connection).addresses
