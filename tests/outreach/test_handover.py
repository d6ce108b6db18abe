"""The hand-over: everything is looked at again, under the lock, and every write names its claim."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from channels.channel import Outcome, OutcomeKind
from data.clock import micros
from data.store.engine import writing
from data.store.tables import (
    application,
    application_item,
    contact_consent,
    entitlement,
    invitation_finding,
    message,
    operator_key,
    person_state,
    plan,
)
from outreach.cases import CaseKind, list_cases
from outreach.handover import LEASE, recover
from outreach.message import MessageKind, MessageState
from outreach.suppression import StopReason, stop
from tests.outreach.post import NOW, PLAN, Office, Posted

SATURDAY_NIGHT = datetime(2026, 7, 11, 13, 0, tzinfo=UTC)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office.open(tmp_path)


def outcome(one: Posted, kind: OutcomeKind, attempt: int = 1, **more: Any) -> Outcome:
    return Outcome(one.message_id, attempt, kind, **more)


def test_a_person_who_may_be_told_is_marked_and_gets_a_link(office: Office) -> None:
    one = office.post()
    mark = office.mark(office.claim())
    assert [one.message_id] == [each.message_id for each in mark.leaving]
    assert 20 == len(mark.leaving[0].link_id)
    assert MessageState.SENDING == office.state(one)


def _died(office: Office, one: Posted) -> None:
    office.add(person_state, subject_id=one.subject_id, deceased=True, protected=False, batch_id="b")


def _protected(office: Office, one: Posted) -> None:
    office.add(person_state, subject_id=one.subject_id, deceased=False, protected=True, batch_id="b")


def _put_under_another(office: Office, one: Posted) -> None:
    """The message no longer is the one that was signed for this person."""
    office.change(message, {"subject_id": "another"}, message_id=one.message_id)


def _withdrew_consent(office: Office, one: Posted) -> None:
    office.change(contact_consent, {"allowed": False}, subject_id=one.subject_id)


def _stopped(office: Office, one: Posted) -> None:
    with writing(office.engine) as connection:
        stop(
            connection,
            now=NOW,
            reason=StopReason.CITIZEN,
            source="test",
            subject_id=one.subject_id,
            channel="sms",
        )


def _address_stopped(office: Office, one: Posted) -> None:
    with writing(office.engine) as connection:
        stop(
            connection,
            now=NOW,
            reason=StopReason.PROVIDER,
            source="test",
            address_mac=one.address_mac,
            channel="sms",
        )


def _ended(office: Office, one: Posted) -> None:
    office.change(entitlement, {"state": "ended"}, entitlement_id=one.entitlement_id)


def _unseen(office: Office, one: Posted) -> None:
    office.change(entitlement, {"state": "unseen"}, entitlement_id=one.entitlement_id)


def _changed(office: Office, one: Posted) -> None:
    office.change(entitlement, {"revision": 2}, entitlement_id=one.entitlement_id)


def _closed(office: Office, one: Posted) -> None:
    office.change(entitlement, {"claim_by": date(2026, 7, 5)}, entitlement_id=one.entitlement_id)


def _applied(office: Office, one: Posted) -> None:
    office.add(
        application,
        application_id="a",
        reference="A2B3",
        invitation_id=one.invitation_id,
        subject_id=one.subject_id,
        submitted_at=1,
        sealed=b"",
    )
    office.add(application_item, entitlement_id=one.entitlement_id, application_id="a", disputed=False)


@pytest.mark.parametrize(
    ("happens", "state", "reason"),
    [
        (_died, MessageState.SUPPRESSED, "deceased"),
        (_protected, MessageState.SUPPRESSED, "protected"),
        (_withdrew_consent, MessageState.SUPPRESSED, "no_consent"),
        (_stopped, MessageState.SUPPRESSED, "channel_stopped"),
        (_address_stopped, MessageState.SUPPRESSED, "channel_stopped"),
        (_ended, MessageState.CANCELLED, "finding_ended"),
        (_unseen, MessageState.CANCELLED, "finding_unseen"),
        (_changed, MessageState.CANCELLED, "finding_changed"),
        (_closed, MessageState.CANCELLED, "claim_closed"),
        (_applied, MessageState.CANCELLED, "finding_applied_for"),
        (_put_under_another, MessageState.CANCELLED, "not_of_this_plan"),
    ],
)
def test_what_happened_between_claim_and_mark_keeps_the_message_back(
    office: Office, happens: Callable[[Office, Posted], None], state: MessageState, reason: str
) -> None:
    one = office.post()
    held = office.claim()
    happens(office, one)
    office.mark(held)
    assert (state, reason) == (office.state(one), office.row(one).reason)


@pytest.mark.parametrize(
    ("table", "values", "where", "reason"),
    [
        (plan, {"state": "paused"}, {"plan_id": PLAN}, "plan_paused"),
        (plan, {"state": "void"}, {"plan_id": PLAN}, "plan_void"),
        (plan, {"sha256": "1" * 64}, {"plan_id": PLAN}, "plan_changed"),
        (operator_key, {"revoked_at": 1}, {"name": "lee"}, "approver_revoked"),
    ],
)
def test_a_plan_that_lost_its_approval_keeps_every_message_planned(
    office: Office, table: Any, values: dict[str, Any], where: dict[str, Any], reason: str
) -> None:
    one = office.post()
    held = office.claim()
    office.change(table, values, **where)
    mark = office.mark(held)
    assert (MessageState.PLANNED, reason) == (office.state(one), mark.plan_trouble)


def test_in_quiet_hours_a_message_waits_for_the_next_working_morning(office: Office) -> None:
    one = office.post()
    office.clock.now = SATURDAY_NIGHT
    office.mark(office.claim())
    monday = datetime(2026, 7, 12, 23, 0, tzinfo=UTC)
    assert (MessageState.PLANNED, micros(monday)) == (office.state(one), office.row(one).not_before)


def test_what_could_only_leave_too_late_expires(office: Office) -> None:
    one = office.post()
    office.clock.forward(days=8)
    office.mark(office.claim())
    assert MessageState.EXPIRED == office.state(one)


def test_the_daily_ceiling_puts_the_rest_off_to_the_next_day(office: Office) -> None:
    posted = [office.post() for _ in range(3)]
    office.mark(office.claim(), messages_per_day=2)
    states = sorted(office.state(one) for one in posted)
    assert [MessageState.PLANNED, MessageState.SENDING, MessageState.SENDING] == states


def test_the_daily_ceiling_counts_what_left_in_earlier_batches(office: Office) -> None:
    posted = [office.post() for _ in range(3)]
    for _ in posted:
        office.mark(office.claim(limit=1), messages_per_day=2)
    assert 2 == sum(office.state(one) is MessageState.SENDING for one in posted)


def test_one_finding_is_told_by_one_message_only(office: Office) -> None:
    first, second = office.post(), office.post()
    office.change(
        invitation_finding, {"entitlement_id": first.entitlement_id}, invitation_id=second.invitation_id
    )
    office.mark(office.claim(limit=1))
    office.mark(office.claim())
    reasons = {(office.state(one), office.row(one).reason) for one in (first, second)}
    assert {
        (MessageState.SENDING, None),
        (MessageState.CANCELLED, "being_told_by_another_message"),
    } == reasons


def test_a_citizens_stop_ends_what_is_claimed_before_it_is_marked(office: Office) -> None:
    one = office.post()
    held = office.claim()
    with writing(office.engine) as connection:
        stop(connection, now=NOW, reason=StopReason.CITIZEN, source="page", subject_id=one.subject_id)
    mark = office.mark(held)
    assert ((), MessageState.SUPPRESSED) == (mark.leaving, office.state(one))


def test_a_stop_from_before_the_message_was_enqueued_holds(office: Office) -> None:
    one = office.post()
    with writing(office.engine) as connection:
        stop(connection, now=NOW, reason=StopReason.CITIZEN, source="page", subject_id=one.subject_id)
    office.change(message, {"state": "planned"}, message_id=one.message_id)
    office.mark(office.claim())
    assert (MessageState.SUPPRESSED, "stopped") == (office.state(one), office.row(one).reason)


def test_a_stop_after_the_mark_says_that_a_message_may_still_arrive(office: Office) -> None:
    one = office.post()
    office.mark(office.claim())
    with writing(office.engine) as connection:
        answer = stop(
            connection, now=NOW, reason=StopReason.CITIZEN, source="page", subject_id=one.subject_id
        )
    assert answer.may_still_arrive


def test_a_receipt_leaves_though_outreach_was_stopped_and_at_night(office: Office) -> None:
    one = office.post(kind=MessageKind.RECEIPT)
    with writing(office.engine) as connection:
        stop(connection, now=NOW, reason=StopReason.CITIZEN, source="page", subject_id=one.subject_id)
    office.clock.forward(hours=12)
    office.mark(office.claim())
    assert MessageState.SENDING == office.state(one)


def test_a_receipt_for_a_stopped_channel_becomes_a_letter(office: Office) -> None:
    one = office.post(kind=MessageKind.RECEIPT)
    _stopped(office, one)
    office.mark(office.claim())
    with writing(office.engine) as connection:
        cases = list_cases(connection)
    assert [(CaseKind.LETTER, one.message_id)] == [(case.kind, case.message_id) for case in cases]


def test_a_notice_waits_for_the_morning(office: Office) -> None:
    one = office.post(kind=MessageKind.NOTICE)
    office.clock.forward(hours=12)
    office.mark(office.claim())
    assert MessageState.PLANNED == office.state(one)


def test_two_claims_never_hold_the_same_message(office: Office) -> None:
    office.post()
    first, second = office.claim(), office.claim()
    assert (1, 0) == (len(first.messages), len(second.messages))


def test_a_claim_that_expired_is_planned_anew_and_its_token_marks_nothing(office: Office) -> None:
    one = office.post()
    held = office.claim()
    office.clock.forward(seconds=LEASE.total_seconds() + 1)
    with writing(office.engine) as connection:
        recover(connection, now=office.clock())
    assert ((), MessageState.PLANNED) == (office.mark(held).leaving, office.state(one))


def test_an_expired_claim_marks_nothing_that_another_worker_holds_now(office: Office) -> None:
    one = office.post()
    late = office.claim()
    office.clock.forward(seconds=LEASE.total_seconds() + 1)
    with writing(office.engine) as connection:
        recover(connection, now=office.clock())
    office.claim()
    assert ((), MessageState.CLAIMED) == (office.mark(late).leaving, office.state(one))


def test_a_sending_mark_that_expired_is_in_doubt_and_stays_there(office: Office) -> None:
    one = office.post()
    office.mark(office.claim())
    office.clock.forward(seconds=LEASE.total_seconds() + 1)
    with writing(office.engine) as connection:
        recover(connection, now=office.clock())
    assert (MessageState.UNCERTAIN, ()) == (office.state(one), office.claim().messages)


def test_a_day_later_a_person_is_asked_about_it(office: Office) -> None:
    one = office.post()
    office.mark(office.claim())
    for _ in range(2):
        office.clock.forward(days=1, minutes=10)
        with writing(office.engine) as connection:
            recover(connection, now=office.clock())
    assert MessageState.NEEDS_DECISION == office.state(one)
