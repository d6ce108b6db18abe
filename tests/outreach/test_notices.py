from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from data.clock import moment
from data.store.engine import reading, writing
from data.store.tables import case_, invitation, message
from outreach.message import MessageKind
from outreach.notices import Reply, renew_link, send_notice, send_receipt
from outreach.stopping import stop_outreach
from outreach.suppression import StopReason, stop
from tests.outreach.invited import NOW, Invited, invite, new_store


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return new_store(tmp_path)


@pytest.fixture
def invited(engine: Engine) -> Invited:
    return invite(engine)


def stop_channel(engine: Engine, invited: Invited) -> None:
    """The provider says that the address asked for a stop."""
    with writing(engine) as connection:
        mac = connection.execute(
            select(invitation.c.address_mac).where(invitation.c.invitation_id == invited.invitation_id)
        ).scalar_one()
        stop(connection, now=NOW, reason=StopReason.PROVIDER, source="twilio", address_mac=mac, channel="sms")


def kinds(engine: Engine) -> list[str]:
    with reading(engine) as connection:
        return list(connection.scalars(select(message.c.kind).where(message.c.kind != "invitation")))


def test_a_receipt_is_sent_once(engine: Engine, invited: Invited) -> None:
    with writing(engine) as connection:
        answers = [
            send_receipt(connection, invitation_id=invited.invitation_id, application_id="a", now=NOW)
            for _ in range(2)
        ]
    assert (answers, kinds(engine)) == ([Reply.MESSAGE, Reply.KNOWN], ["receipt"])


def test_each_batch_sends_an_application_one_notice(engine: Engine, invited: Invited) -> None:
    with writing(engine) as connection:
        for batch in ("first", "first", "second"):
            send_notice(
                connection,
                invitation_id=invited.invitation_id,
                application_id="a",
                batch_id=batch,
                now=NOW,
            )
    assert kinds(engine) == ["notice", "notice"]


def test_a_reply_goes_through_the_invitations_channel(engine: Engine) -> None:
    invited = invite(engine, channel="twilio")
    with writing(engine) as connection:
        send_receipt(connection, invitation_id=invited.invitation_id, application_id="a", now=NOW)
        sent = connection.execute(select(message).where(message.c.kind == "receipt")).one()
    assert (sent.channel, sent.subject_id, sent.plan_id) == ("twilio", invited.subject_id, "plan-spring")


def test_a_stop_of_outreach_does_not_stop_the_receipt(engine: Engine, invited: Invited) -> None:
    with writing(engine) as connection:
        stop_outreach(connection, invitation_id=invited.invitation_id, source="page", now=NOW)
        answer = send_receipt(connection, invitation_id=invited.invitation_id, application_id="a", now=NOW)
    assert answer is Reply.MESSAGE


def test_where_the_channel_is_stopped_the_answer_is_a_letter(engine: Engine, invited: Invited) -> None:
    stop_channel(engine, invited)
    with writing(engine) as connection:
        answers = [
            send_receipt(connection, invitation_id=invited.invitation_id, application_id="a", now=NOW)
            for _ in range(2)
        ]
        cases = connection.scalars(select(case_.c.kind)).all()
    assert (answers, cases, kinds(engine)) == ([Reply.LETTER, Reply.KNOWN], ["letter"], [])


def test_a_link_is_renewed_at_most_once_an_hour(engine: Engine, invited: Invited) -> None:
    with writing(engine) as connection:
        answers = [
            renew_link(connection, invitation_id=invited.invitation_id, now=NOW + timedelta(minutes=minutes))
            for minutes in (0, 1, 59, 60)
        ]
    assert answers == [True, False, False, True]


def test_a_stopped_channel_gets_no_new_link(engine: Engine, invited: Invited) -> None:
    stop_channel(engine, invited)
    with writing(engine) as connection:
        renewed = renew_link(connection, invitation_id=invited.invitation_id, now=NOW)
    assert (renewed, kinds(engine)) == (False, [])


def test_an_expired_link_sends_few_new_ones_a_day(engine: Engine, invited: Invited) -> None:
    with writing(engine) as connection:
        asked = [
            renew_link(connection, invitation_id=invited.invitation_id, now=NOW + timedelta(hours=hours))
            for hours in range(26)
        ]
    assert [hours for hours, sent in enumerate(asked) if sent] == [0, 1, 2, 24, 25]


def test_only_an_answer_to_the_person_goes_out_at_night() -> None:
    assert [one for one in MessageKind if one.answers_the_citizen] == [MessageKind.RECEIPT]


def test_a_new_link_asked_for_on_a_long_weekend_is_still_sent(engine: Engine, invited: Invited) -> None:
    with writing(engine) as connection:
        renew_link(connection, invitation_id=invited.invitation_id, now=NOW)
        query = select(message.c.send_before).where(message.c.kind == "renewed_link")
        until = moment(connection.execute(query).scalar_one())
    assert until > NOW + timedelta(days=5)
