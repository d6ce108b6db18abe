"""The outbox: each message once, and evidence that settles it in whatever state it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from channels.channel import Receipt, ReceiptKind
from data.clock import micros
from data.errors import Refused
from data.store.engine import reading, writing
from data.store.tables import message
from outreach.cases import CaseKind, list_cases
from outreach.message import MessageKind, MessageState
from outreach.outbox import Recorded, counts, enqueue, record_receipts, settle_by_hand
from outreach.suppression import read_list
from tests.outreach.post import NOW, PLAN, Office, Posted, capabilities

TWILIO = capabilities("twilio", local_only=False)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office.open(tmp_path)


def receipt(one: Posted, kind: ReceiptKind, *, key: str = "event-1") -> Receipt:
    return Receipt(key, one.message_id, kind, provider_id="SM1", code=kind.value)


def record(office: Office, *receipts: Receipt) -> Recorded:
    with writing(office.engine) as connection:
        return record_receipts(connection, receipts, channel=TWILIO, now=NOW)


def test_the_same_key_is_enqueued_once(office: Office) -> None:
    one = office.post()
    with writing(office.engine) as connection:
        again = enqueue(
            connection,
            kind=MessageKind.INVITATION,
            plan_id=PLAN,
            invitation_id=one.invitation_id,
            channel="file",
            subject_id=one.subject_id,
            household_id="h",
            not_before=NOW,
            send_before=NOW,
            dedupe_key=f"invitation:{one.subject_id}",
            now=NOW,
        )
    with reading(office.engine) as connection:
        assert (False, {("invitation", "planned"): 1}) == (again, counts(connection))


@pytest.mark.parametrize(
    ("before", "kind", "after"),
    [
        (MessageState.PLANNED, ReceiptKind.ACCEPTED, MessageState.ACCEPTED),
        (MessageState.CLAIMED, ReceiptKind.ACCEPTED, MessageState.ACCEPTED),
        (MessageState.SENDING, ReceiptKind.ACCEPTED, MessageState.ACCEPTED),
        (MessageState.UNCERTAIN, ReceiptKind.ACCEPTED, MessageState.ACCEPTED),
        (MessageState.NEEDS_DECISION, ReceiptKind.DELIVERED, MessageState.DELIVERED),
        (MessageState.CANCELLED, ReceiptKind.DELIVERED, MessageState.DELIVERED),
        (MessageState.ACCEPTED, ReceiptKind.DELIVERED, MessageState.DELIVERED),
        (MessageState.ACCEPTED, ReceiptKind.UNDELIVERED, MessageState.UNDELIVERED),
        (MessageState.UNDELIVERED, ReceiptKind.DELIVERED, MessageState.DELIVERED),
        (MessageState.DELIVERED, ReceiptKind.UNDELIVERED, MessageState.DELIVERED),
        (MessageState.DELIVERED, ReceiptKind.ACCEPTED, MessageState.DELIVERED),
        (MessageState.UNDELIVERED, ReceiptKind.ACCEPTED, MessageState.UNDELIVERED),
    ],
)
def test_evidence_moves_a_message_forward_and_never_back(
    office: Office, before: MessageState, kind: ReceiptKind, after: MessageState
) -> None:
    one = office.post()
    office.change(message, {"state": before.value}, message_id=one.message_id)
    record(office, receipt(one, kind))
    assert after == office.state(one)


def test_an_event_is_counted_once_however_often_it_is_delivered(office: Office) -> None:
    one = office.post()
    event = receipt(one, ReceiptKind.DELIVERED)
    assert [Recorded(1, 0, 0), Recorded(0, 1, 0)] == [record(office, event), record(office, event)]


def test_an_event_about_no_message_of_ours_is_a_stranger(office: Office) -> None:
    event = Receipt("event-1", "0" * 32, ReceiptKind.DELIVERED)
    assert Recorded(0, 0, 1) == record(office, event)


def test_a_receipt_that_comes_before_the_mark_keeps_the_message_from_leaving_again(office: Office) -> None:
    one = office.post()
    held = office.claim()
    record(office, receipt(one, ReceiptKind.ACCEPTED))
    assert ((), MessageState.ACCEPTED) == (office.mark(held).leaving, office.state(one))


def test_what_did_not_arrive_was_not_told(office: Office) -> None:
    one = office.post()
    record(office, receipt(one, ReceiptKind.ACCEPTED, key="1"))
    told = office.told_at(one)
    record(office, receipt(one, ReceiptKind.UNDELIVERED, key="2"))
    assert (micros(NOW), None) == (told, office.told_at(one))


def test_that_an_earlier_try_did_not_arrive_says_nothing_of_the_one_on_its_way(office: Office) -> None:
    one = office.post()
    office.change(message, {"state": "sending", "attempts": 2}, message_id=one.message_id)
    record(office, replace(receipt(one, ReceiptKind.UNDELIVERED), attempt=1))
    assert MessageState.SENDING == office.state(one)


@pytest.mark.parametrize("kind", [MessageKind.RECEIPT, MessageKind.NOTICE])
def test_a_reply_that_did_not_arrive_is_owed_as_a_letter(office: Office, kind: MessageKind) -> None:
    record(office, receipt(office.post(kind=kind), ReceiptKind.UNDELIVERED))
    with reading(office.engine) as connection:
        assert [CaseKind.LETTER] == [case.kind for case in list_cases(connection)]


@pytest.mark.parametrize("kind", [ReceiptKind.STOPPED, ReceiptKind.COMPLAINED])
def test_a_stop_told_by_the_provider_is_on_the_list_at_once(office: Office, kind: ReceiptKind) -> None:
    one = office.post()
    record(office, receipt(one, kind))
    with reading(office.engine) as connection:
        assert frozenset({(one.address_mac, "sms")}) == read_list(connection).addresses


@pytest.mark.parametrize(("sent", "after"), [(True, MessageState.ACCEPTED), (False, MessageState.PLANNED)])
def test_a_person_settles_what_is_in_doubt(office: Office, sent: bool, after: MessageState) -> None:
    one = office.post()
    office.change(message, {"state": "uncertain"}, message_id=one.message_id)
    with writing(office.engine) as connection:
        settle_by_hand(connection, one.message_id, sent=sent, now=NOW)
    assert (after, sent) == (office.state(one), office.told_at(one) is not None)


def test_nobody_settles_what_is_not_in_doubt(office: Office) -> None:
    one = office.post()
    with writing(office.engine) as connection, pytest.raises(Refused, match="planned"):
        settle_by_hand(connection, one.message_id, sent=True, now=NOW)
