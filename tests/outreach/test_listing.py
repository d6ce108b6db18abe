"""Where a person found ends: in the first line that holds, or among those to tell."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from outreach.consent import PersonState, Reachability
from outreach.found import Found, FoundFinding
from outreach.listing import Line, Rules, cut
from outreach.people import Person, address_mac
from outreach.plans import TO_TELL, NotTold
from outreach.suppression import SuppressionList

KEY = bytes(range(32))
TODAY = date(2026, 7, 6)
PHONE = "+821000001234"
NOBODY = SuppressionList(frozenset(), frozenset())


def finding(**changes: Any) -> FoundFinding:
    one = FoundFinding(
        entitlement_id="e",
        revision=1,
        programme="kr/vehicle_tax_refund",
        subject_id="s",
        household_id="h",
        unit_id="u",
        amount=1000,
        at_least=False,
        offset=0,
        instead_of=(),
        after=(),
        facts_hash="f",
        claim_from=TODAY,
        claim_by=TODAY,
        applied=False,
        told=False,
        being_told=False,
    )
    return one._replace(**changes)


PERSON = Person("s", "김가온", date(1990, 3, 7), "ko", {"sms": PHONE})
RULES = Rules(
    key=KEY,
    channels={"file": "sms", "smtp": "email"},
    reachability=Reachability({("s", "sms"): True, ("s", "email"): True}, {}),
    suppressed=NOBODY,
    unusable=frozenset(),
    granted=frozenset(),
    not_to_people=frozenset(),
    with_first_day=frozenset({"kr/vehicle_tax_refund"}),
    today=TODAY,
    send_day=TODAY,
    before_claim_opens=False,
)


def line(*findings: FoundFinding, rules: Rules = RULES, person: Person | None = PERSON) -> Line:
    return rules.line(Found("s", "h", findings or (finding(),)), person)


def test_who_can_be_told_is_told_through_the_first_channel() -> None:
    told = line()
    assert (TO_TELL, "file", (finding(),)) == (told.line, told.channel, told.tell)


def test_the_next_channel_is_tried_where_the_first_has_no_address() -> None:
    assert "smtp" == line(person=replace(PERSON, contacts={"email": "a@b.example"})).channel


def _state(**changes: bool) -> Rules:
    state = PersonState(**({"deceased": False, "protected": False} | changes))
    return replace(RULES, reachability=RULES.reachability._replace(states={"s": state}))


REFUSED = replace(RULES, reachability=Reachability({("s", "sms"): False}, {}))
UNASKED = replace(RULES, reachability=Reachability({}, {}))
STOPPED = replace(RULES, suppressed=SuppressionList(frozenset({("s", "*")}), frozenset()))
BOUNCED = replace(RULES, unusable=frozenset({address_mac(KEY, PHONE)}))


@pytest.mark.parametrize(
    ("rules", "person", "why"),
    [
        (_state(deceased=True), None, NotTold.DECEASED),
        (_state(protected=True), PERSON, NotTold.PROTECTED),
        (replace(RULES, not_to_people=frozenset({"kr/vehicle_tax_refund"})), None, NotTold.NO_PERSON),
        (RULES, None, NotTold.NO_CONTACT),
        (RULES, replace(PERSON, contacts={}), NotTold.NO_CONTACT),
        (RULES, replace(PERSON, birth_date=date(2007, 7, 7)), NotTold.MINOR),
        (REFUSED, PERSON, NotTold.CONSENT_REFUSED),
        (UNASKED, PERSON, NotTold.CONSENT_REFUSED),
        (STOPPED, PERSON, NotTold.SUPPRESSED),
        (BOUNCED, PERSON, NotTold.ADDRESS_UNUSABLE),
    ],
)
def test_what_keeps_a_person_from_being_told(rules: Rules, person: Person | None, why: NotTold) -> None:
    assert why.value == line(rules=rules, person=person).line


def test_who_turns_nineteen_today_is_told() -> None:
    assert TO_TELL == line(person=replace(PERSON, birth_date=date(2007, 7, 6))).line


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"applied": True}, NotTold.APPLIED),
        ({"told": True}, NotTold.ALREADY_TOLD),
        ({"being_told": True}, NotTold.BEING_TOLD),
        ({"claim_from": date(2026, 7, 7)}, NotTold.NOT_YET_CLAIMABLE),
        ({"claim_from": None}, NotTold.OPENING_UNKNOWN),
        ({"claim_by": date(2026, 7, 5)}, NotTold.CLAIM_CLOSED),
    ],
)
def test_what_keeps_a_finding_from_being_told(changes: dict[str, Any], why: NotTold) -> None:
    assert why.value == line(finding(**changes)).line


@pytest.mark.parametrize("changes", [{"with_first_day": frozenset()}, {"before_claim_opens": True}])
def test_what_has_no_first_day_or_need_not_be_open_is_told(changes: dict[str, Any]) -> None:
    assert TO_TELL == line(finding(claim_from=None), rules=replace(RULES, **changes)).line


def test_who_waits_for_their_claim_to_open_is_told_when_that_is() -> None:
    later = finding(claim_from=date(2027, 1, 1))
    waits = line(later, finding(entitlement_id="e2", claim_from=date(2026, 12, 1)))
    assert (NotTold.NOT_YET_CLAIMABLE.value, date(2026, 12, 1)) == (waits.line, waits.opens_on)


@pytest.mark.parametrize("changes", [{"send_day": date(2027, 1, 1)}, {"before_claim_opens": True}])
def test_a_claim_that_is_open_when_messages_leave_or_need_not_be_is_told(changes: dict[str, Any]) -> None:
    found = finding(claim_from=date(2027, 1, 1), claim_by=date(2027, 12, 31))
    assert TO_TELL == line(found, rules=replace(RULES, **changes)).line


def test_a_claim_that_closes_before_messages_leave_is_not_told() -> None:
    rules = replace(RULES, send_day=TODAY + timedelta(days=1))
    assert NotTold.CLAIM_CLOSED.value == line(rules=rules).line


@pytest.mark.parametrize(
    ("granted", "where"),
    [
        ({("s", "kr/first"), ("s", "kr/second")}, TO_TELL),
        ({("s", "kr/first"), ("other", "kr/second")}, NotTold.AFTER_ANOTHER.value),
        (set(), NotTold.AFTER_ANOTHER.value),
    ],
)
def test_what_lies_after_other_grants_waits_for_all_of_them(
    granted: set[tuple[str, str]], where: str
) -> None:
    rules = replace(RULES, granted=frozenset(granted))
    assert where == line(finding(after=("kr/first", "kr/second")), rules=rules).line


def test_of_two_that_exclude_each_other_the_larger_counts() -> None:
    one = finding(amount=300, instead_of=("kr/other",))
    both = (one, finding(programme="kr/other", amount=500), finding(programme="kr/third", amount=7))
    per = {"kr/vehicle_tax_refund": "once", "kr/other": "once", "kr/third": "once"}
    assert {"once": 507} == line(*both).sums(per)


def test_a_person_is_told_of_the_findings_that_are_left() -> None:
    left = finding(entitlement_id="e2")
    assert (left,) == line(finding(told=True), left).tell


def test_a_ceiling_keeps_the_earliest_claim_by_dates() -> None:
    lines = [
        RULES.line(Found(name, "h", (finding(subject_id="s", claim_by=date(2026, 7, day)),)), replace(PERSON))
        for name, day in (("a", 20), ("b", 10), ("c", 15))
    ]
    kept = cut(lines, at_most=2, plan_id="p", months_lost=(), send_day=TODAY)
    assert [NotTold.OVER_CEILING.value, TO_TELL, TO_TELL] == [one.line for one in kept]


@pytest.mark.parametrize(
    ("at_most", "kept"), [(1, {"soon"}), (2, {"soon", "monthly"}), (3, {"soon", "monthly", "august"})]
)
def test_who_loses_a_month_each_month_comes_before_whose_claim_ends_later_or_never(
    at_most: int, kept: set[str]
) -> None:
    days = {"never": None, "august": date(2026, 8, 1), "monthly": None, "soon": date(2026, 7, 30)}
    lines = [
        line_of(name, claim_by=day, programme="kr/monthly" if name == "monthly" else "kr/once")
        for name, day in days.items()
    ]
    found = cut(lines, at_most=at_most, plan_id="p", months_lost={"kr/monthly"}, send_day=TODAY)
    assert kept == {one.found.subject_id for one in found if one.line == TO_TELL}


def line_of(name: str, **changes: Any) -> Line:
    """Where somebody with one finding ends."""
    return RULES.line(Found(name, "h", (finding(subject_id="s", **changes),)), replace(PERSON))


def test_below_the_ceiling_nobody_is_cut() -> None:
    assert [line()] == cut([line()], at_most=1, plan_id="p", months_lost=(), send_day=TODAY)


@pytest.mark.parametrize(("told", "amount"), [(1, 100_000), (2, 133_500), (0, 133_500)])
def test_what_is_held_back_from_a_person_is_not_in_the_sum_they_are_told(told: int, amount: int) -> None:
    both = (finding(amount=100_000), finding(amount=33_500, programme="kr/telecom_discount"))
    per = dict.fromkeys(("kr/vehicle_tax_refund", "kr/telecom_discount"), "month")
    assert {"month": amount} == Line(Found("s", "h", both), TO_TELL, tell=both[:told]).sums(per)


def test_what_is_paid_once_and_what_is_paid_a_month_are_two_sums() -> None:
    monthly = (
        finding(amount=33_500, programme="kr/telecom_discount"),
        finding(amount=500, programme="kr/third"),
    )
    once = finding(amount=100_000)
    per = {"kr/vehicle_tax_refund": "once", "kr/telecom_discount": "month", "kr/third": "month"}
    assert {"once": 100_000, "month": 34_000} == line(once, *monthly).sums(per)
