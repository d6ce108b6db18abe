"""A person is told when what they are owed differs from what they were last told, and only then."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from data.store.engine import reading, writing
from data.store.tables import message, plan
from outreach.consent import Reachability
from outreach.found import Found, FoundFinding, read_found
from outreach.gates import finding_troubles
from outreach.invitations import SealedFinding, seal_invitation
from outreach.listing import Rules
from outreach.message import MessageKind, MessageState
from outreach.outbox import remember_told
from outreach.people import Person
from outreach.plans import TO_TELL, NotTold
from outreach.suppression import SuppressionList
from tests.eligibility.made_runs import PROGRAMME, WHOLE, Desk, digest, finding, make_desk
from tests.outreach import invited

TODAY = date(2026, 9, 8)
SUBJECT = digest("subject")
PERSON = Person(SUBJECT, "김가온", date(1990, 3, 7), "ko", {"sms": invited.PHONE})
RULES = Rules(
    key=invited.KEY,
    channels={"file": "sms"},
    reachability=Reachability({(SUBJECT, "sms"): True}, {}),
    suppressed=SuppressionList(frozenset(), frozenset()),
    unusable=frozenset(),
    granted=frozenset(),
    not_to_people=frozenset(),
    with_first_day=frozenset({PROGRAMME}),
    today=TODAY,
    send_day=TODAY,
    before_claim_opens=False,
)


@dataclass
class Post:
    """Scans that are compared, and messages that tell what is known then, in one real store."""

    desk: Desk

    def find(self, amount: int | None) -> None:
        """A scan that finds this amount for the one unit there is, or nothing, is compared."""
        self.desk.diff(*([] if amount is None else [finding("a", amount)]))

    def found(self) -> Found:
        with reading(self.desk.engine) as connection:
            (one,) = read_found(connection, [PROGRAMME])
        return one

    @property
    def line(self) -> str:
        """Where a plan made now would put the person."""
        return RULES.line(self.found(), PERSON).line

    def send(self, state: MessageState = MessageState.DELIVERED) -> str:
        """An invitation that lists what is known now, and its message in a state; returns the invitation."""
        (one,) = self.found().findings
        plan_id = secrets.token_hex(8)
        with writing(self.desk.engine) as connection:
            connection.execute(insert(plan), {**invited.plan_row(plan_id, self.desk.now), "plan_id": plan_id})
            invitation_id = seal_invitation(
                connection,
                invited.KEY,
                plan_id=plan_id,
                subject_id=SUBJECT,
                household_id=one.household_id,
                channel="file",
                sealed=invited.sealed(findings=(self._sealed(one),)),
                address_mac="0" * 64,
                check_mac="0" * 64,
                now=self.desk.now,
            )
            row = invited.message_row(
                secrets.token_hex(16),
                invitation_id,
                plan_id,
                SUBJECT,
                one.household_id,
                "file",
                self.desk.now,
            )
            connection.execute(insert(message), row | {"state": state.value})
            if state in {MessageState.ACCEPTED, MessageState.DELIVERED}:
                remember_told(
                    connection, invitation_id, MessageKind.INVITATION.value, state, now=self.desk.now
                )
        return invitation_id

    def settle(self, invitation_id: str, state: MessageState) -> None:
        """A provider's receipt for an invitation's message comes in."""
        with writing(self.desk.engine) as connection:
            connection.execute(
                message.update().where(message.c.invitation_id == invitation_id).values(state=state.value)
            )
            remember_told(connection, invitation_id, MessageKind.INVITATION.value, state, now=self.desk.now)

    def trouble(self, invitation_id: str) -> str | None:
        """What the last look before handing over says of an invitation."""
        with reading(self.desk.engine) as connection:
            return finding_troubles(connection, [invitation_id], today=TODAY).get(invitation_id)

    def _sealed(self, one: FoundFinding) -> Any:
        told = invited.finding(one.entitlement_id, amount=one.amount)
        return SealedFinding(**{**told.__dict__, "revision": one.revision, "facts_hash": one.facts_hash})


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    desk = make_desk(tmp_path)
    yield Post(desk)
    desk.engine.dispose()


def test_there_and_back_tells_three_times_when_each_was_told(post: Post) -> None:
    lines = []
    for amount in (1000, 1001, 1000):
        post.find(amount)
        lines.append(post.line)
        post.send()
    assert [TO_TELL] * 3 == lines


def test_what_was_found_between_and_never_told_is_no_reason_to_tell_again(post: Post) -> None:
    post.find(1000)
    post.send()
    post.find(1001)
    post.find(1000)
    assert NotTold.ALREADY_TOLD.value == post.line


def test_what_did_not_arrive_was_not_told(post: Post) -> None:
    post.find(1000)
    post.send()
    post.find(1001)
    post.settle(post.send(), MessageState.UNDELIVERED)
    lines = [post.line]
    post.find(1000)
    assert [TO_TELL, NotTold.ALREADY_TOLD.value] == [*lines, post.line]


def test_a_late_receipt_of_an_older_message_changes_nothing(post: Post) -> None:
    post.find(1000)
    older = post.send(MessageState.UNDELIVERED)
    post.find(1001)
    post.send()
    post.settle(older, MessageState.DELIVERED)
    assert NotTold.ALREADY_TOLD.value == post.line


@pytest.mark.parametrize("state", [MessageState.PLANNED, MessageState.SENDING, MessageState.UNCERTAIN])
def test_a_message_on_its_way_with_these_facts_is_waited_for(post: Post, state: MessageState) -> None:
    post.find(1000)
    post.send(state)
    assert NotTold.BEING_TOLD.value == post.line


def test_a_message_in_doubt_with_other_facts_is_waited_for(post: Post) -> None:
    post.find(1000)
    post.send(MessageState.UNCERTAIN)
    post.find(1001)
    assert NotTold.BEING_TOLD.value == post.line


def test_a_message_that_waits_with_other_facts_is_not_waited_for(post: Post) -> None:
    post.find(1000)
    waiting = post.send(MessageState.PLANNED)
    post.find(1001)
    assert (TO_TELL, "finding_changed") == (post.line, post.trouble(waiting))


def test_a_rerun_and_another_key_tell_nobody(post: Post) -> None:
    post.find(1000)
    post.send()
    post.find(1000)
    (post.desk.workspace.root / "keys" / "findings.key").write_text(secrets.token_hex(32))
    post.find(1000)
    assert NotTold.ALREADY_TOLD.value == post.line


def test_who_was_unseen_for_a_while_is_not_told_again(post: Post) -> None:
    post.find(1000)
    post.send()
    post.desk.registers = {}
    post.find(None)
    post.desk.registers = {"cars": WHOLE}
    post.find(1000)
    assert NotTold.ALREADY_TOLD.value == post.line


def test_the_last_look_lets_pass_what_was_told_long_ago_and_is_true_again(post: Post) -> None:
    post.find(1000)
    post.send()
    post.find(1001)
    post.send()
    post.find(1000)
    assert post.trouble(post.send(MessageState.PLANNED)) is None


def test_the_last_look_stops_what_another_message_told_meanwhile(post: Post) -> None:
    post.find(1000)
    waiting = post.send(MessageState.PLANNED)
    post.send()
    assert "told_by_another_message" == post.trouble(waiting)


def test_the_last_look_stops_what_another_message_may_be_telling(post: Post) -> None:
    post.find(1000)
    waiting = post.send(MessageState.PLANNED)
    post.send(MessageState.SENDING)
    assert "being_told_by_another_message" == post.trouble(waiting)
