"""The report: everybody found in exactly one line that has a name, whatever became of their message."""

from __future__ import annotations

import tomllib
from itertools import product
from pathlib import Path

import pytest

from data.errors import BadSettings
from outreach import gates
from outreach.message import MessageState
from outreach.plans import LINES, TO_TELL
from outreach.report import TOLD, WAITING, Reached, person_line, steps_of
from templates.render import BUILT_IN
from tests.outreach.town import Town

REASONS = [
    None,
    *("deceased", "protected", "stopped", "channel_stopped", "stopped_at_provider", "no_consent"),
    *("claim_closed", "standing_approval_over", "not_of_this_plan", "a reason of another day"),
    *gates.FINDING_TROUBLES,
]
ENDS = {
    MessageState.ACCEPTED: TOLD,
    MessageState.DELIVERED: TOLD,
    MessageState.UNDELIVERED: "undelivered",
    MessageState.FAILED: "failed",
    MessageState.UNCERTAIN: "uncertain",
    MessageState.NEEDS_DECISION: "needs_decision",
    MessageState.EXPIRED: "expired",
    MessageState.PLANNED: WAITING,
    MessageState.CLAIMED: WAITING,
    MessageState.SENDING: WAITING,
}


def words(lang: str) -> dict[str, dict[str, str]]:
    return tomllib.loads((BUILT_IN / "words" / f"{lang}.toml").read_text("utf-8"))


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_every_line_and_every_state_has_a_name(lang: str) -> None:
    lines = {*LINES, *(person_line(TO_TELL, state, why) for state, why in product(MessageState, REASONS))}
    known = words(lang)
    assert (set(), set()) == (lines - known["lines"].keys(), set(MessageState) - known["states"].keys())


def _put(town: Town, state: str, reason: str | None) -> None:
    town.execute("UPDATE message SET state = ?, reason = ?", state, reason)


@pytest.mark.parametrize("state", ENDS)
def test_a_message_in_any_state_keeps_its_person_in_one_line(sent: Town, state: MessageState) -> None:
    _put(sent, state.value, None)
    report = sent.run("report", "car-tax")
    people = sent.show()["lines"]["to_tell"]["people"]
    assert (report["found"], people) == (sum(report["lines"].values()), report["lines"][ENDS[state]])


@pytest.mark.parametrize("reason", ["finding_ended", "finding_unseen", "finding_changed", "deceased"])
@pytest.mark.parametrize("lang", ["ko", "en"])
def test_a_message_taken_back_has_a_line_that_says_why(sent: Town, reason: str, lang: str) -> None:
    _put(sent, "cancelled", reason)
    report = sent.run("report", "car-tax", "--lang", lang)
    assert words(lang)["lines"][reason] in Path(report["page"]).read_text("utf-8")


def test_the_next_plans_report_has_everybody_who_was_told_before(sent: Town) -> None:
    told = sent.run("report", "car-tax")["lines"]["told"]
    sent.plan()
    again = sent.run("report", "car-tax")
    assert (again["found"], told) == (sum(again["lines"].values()), again["lines"]["already_told"])


def test_a_report_in_an_unknown_language_is_refused(planned: Town) -> None:
    with pytest.raises(BadSettings, match="language fr"):
        planned.run("report", "car-tax", "--lang", "fr")


@pytest.fixture
def sent(planned: Town) -> Town:
    planned.approve()
    planned.work()
    return planned


def test_what_is_paid_once_and_what_is_paid_a_month_are_two_sums_at_every_step() -> None:
    per = {"kr/refund": "once", "kr/pension": "month", "kr/discount": "month"}
    reached = [
        Reached("s", name, frozenset({"told", "granted"}), amount, (), amount - 1, refused=False)
        for name, amount in (("kr/refund", 100), ("kr/pension", 30), ("kr/discount", 5))
    ]

    steps = {one.name: one.amount for one in steps_of(reached, "KRW", per)}

    assert {"KRW": {"once": 100, "month": 35}} == steps["told"]
    assert ({"KRW": {"once": 99, "month": 33}}, {}) == (steps["granted"], steps["applied"])
