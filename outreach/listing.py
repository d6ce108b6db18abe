"""Where every person found ends: to be told, through which channel and of what, or not told and why."""

from __future__ import annotations

import hashlib
from calendar import monthrange
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, or_, select

from data.store.tables import invitation, message
from outreach.consent import Reachability
from outreach.found import Found, FoundFinding
from outreach.message import MessageState
from outreach.people import Person, address_mac
from outreach.plans import TO_TELL, NotTold
from outreach.suppression import SuppressionList
from templates.alternatives import sums

ADULT_AT = 19
"""Full age in Korea, 민법 제4조; whoever is younger is told through a caseworker."""


@dataclass(frozen=True)
class Line:
    """Where one person found ended. Those to tell have a channel and at least one finding to be told.

    `opens_on` is when what they can get can first be claimed, where that is what they wait for.
    """

    found: Found
    line: str
    channel: str | None = None
    tell: tuple[FoundFinding, ...] = ()
    opens_on: date | None = None

    def ends(self, why: NotTold) -> Line:
        return Line(self.found, why.value)

    def sums(self, per: Mapping[str, str]) -> dict[str, int]:
        """What the person is told they can have, per what it is paid; of one who is not told, all that was
        found. `per` goes by programme."""
        return sums(self.tell or self.found.findings, per)


_UNUSABLE = (
    select(invitation.c.address_mac, message.c.state)
    .join(invitation, invitation.c.invitation_id == message.c.invitation_id)
    .where(
        or_(
            message.c.state == MessageState.UNDELIVERED.value,
            (message.c.state == MessageState.FAILED.value) & (message.c.reason == "address_refused"),
        )
    )
)


def unusable_addresses(connection: Connection) -> frozenset[str]:
    """Addresses that a message did not reach or that a provider refused, keyed.

    A message that failed because a provider was out of order says nothing against its address.
    """
    return frozenset(row.address_mac for row in connection.execute(_UNUSABLE))


@dataclass(frozen=True)
class Rules:
    """What decides a line besides the person: lists from the store, the campaign's channels and days.

    `channels` maps each channel, in the campaign's order, to the kind of address it needs; `key` is the
    invitations key. `send_day` is the first day on which a message may leave; `granted` are (subject,
    programme) of what was granted; `not_to_people` the programmes that are due to employers, farms and
    the like, `with_first_day` those that can be claimed only from a day on.
    """

    key: bytes
    channels: Mapping[str, str]
    reachability: Reachability
    suppressed: SuppressionList
    unusable: frozenset[str]
    granted: frozenset[tuple[str, str]]
    not_to_people: frozenset[str]
    with_first_day: frozenset[str]
    today: date
    send_day: date
    before_claim_opens: bool

    def line(self, found: Found, person: Person | None) -> Line:
        """The person's one line, before rates and ceilings are looked at."""
        state = self.reachability.state(found.subject_id)
        if state.deceased:
            return Line(found, NotTold.DECEASED.value)
        if state.protected:
            return Line(found, NotTold.PROTECTED.value)
        if found.programmes <= self.not_to_people:
            return Line(found, NotTold.NO_PERSON.value)
        if person is None or not person.contacts:
            return Line(found, NotTold.NO_CONTACT.value)
        if _age(person.birth_date, self.today) < ADULT_AT:
            return Line(found, NotTold.MINOR.value)
        channel, why_not = self._channel(person)
        if channel is None:
            return Line(found, why_not.value)
        return self._findings(found, channel)

    def _channel(self, person: Person) -> tuple[str | None, NotTold]:
        """The first channel that may be used, or what keeps the person from the one that came closest."""
        reasons = []
        for channel, kind in self.channels.items():
            why_not = self._keeps(person, kind)
            if why_not is None:
                return channel, NotTold.NO_CONTACT
            reasons.append(why_not)
        return None, max(reasons, key=list(NotTold).index)

    def _keeps(self, person: Person, kind: str) -> NotTold | None:
        address = person.contacts.get(kind)
        if not address:
            return NotTold.NO_CONTACT
        if not self.reachability.allowed.get((person.subject_id, kind), False):
            return NotTold.CONSENT_REFUSED
        mac = address_mac(self.key, address)
        if self.suppressed.holds(subject_id=person.subject_id, address_mac=mac, channel=kind):
            return NotTold.SUPPRESSED
        return NotTold.ADDRESS_UNUSABLE if mac in self.unusable else None

    def _findings(self, found: Found, channel: str) -> Line:
        reasons = {one.entitlement_id: self._keeps_finding(one) for one in found.findings}
        tell = tuple(one for one in found.findings if reasons[one.entitlement_id] is None)
        if tell:
            return Line(found, TO_TELL, channel, tell)
        first = min((why for why in reasons.values() if why is not None), key=list(NotTold).index)
        if first is not NotTold.NOT_YET_CLAIMABLE:
            return Line(found, first.value)
        waiting = [one for one in found.findings if reasons[one.entitlement_id] is first]
        opens = min((one.claim_from for one in waiting if one.claim_from is not None), default=None)
        return Line(found, first.value, opens_on=opens)

    def _keeps_finding(self, one: FoundFinding) -> NotTold | None:
        not_open = one.claim_from is not None and one.claim_from > self.send_day
        unknown = one.claim_from is None and one.programme in self.with_first_day
        reasons = {
            NotTold.APPLIED: one.applied,
            NotTold.ALREADY_TOLD: one.told,
            NotTold.BEING_TOLD: one.being_told,
            NotTold.AFTER_ANOTHER: any((one.subject_id, name) not in self.granted for name in one.after),
            NotTold.NOT_YET_CLAIMABLE: not_open and not self.before_claim_opens,
            NotTold.OPENING_UNKNOWN: unknown and not self.before_claim_opens,
            NotTold.CLAIM_CLOSED: one.claim_by is not None and one.claim_by < self.send_day,
        }
        return next((why for why, holds in reasons.items() if holds), None)


def cut(
    lines: Sequence[Line], *, at_most: int, plan_id: str, months_lost: Collection[str], send_day: date
) -> list[Line]:
    """Keep the first `at_most` people to tell, by the day on which waiting costs them something and then by
    a lot the plan's id draws. In a programme of `months_lost` that is the last of the month, where its
    claim has no other last day."""
    told = [one for one in lines if one.line == TO_TELL]
    if len(told) <= at_most:
        return list(lines)

    def turn(one: Line) -> tuple[date, str]:
        days = [costs_from(found, months_lost=months_lost, send_day=send_day) for found in one.tell]
        return min(days), lot(plan_id, one.found.subject_id)

    kept = {one.found.subject_id for one in sorted(told, key=turn)[:at_most]}
    return [
        one.ends(NotTold.OVER_CEILING) if one.line == TO_TELL and one.found.subject_id not in kept else one
        for one in lines
    ]


def costs_from(one: FoundFinding, *, months_lost: Collection[str], send_day: date) -> date:
    """The last day before which nothing of a finding is lost; the last of all days where nothing ever is."""
    if one.claim_by is not None:
        return one.claim_by
    return end_of_month(send_day) if one.programme in months_lost else date.max


def end_of_month(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def lot(plan_id: str, subject_id: str) -> str:
    """Draws an order for a plan among those whom nothing else tells apart."""
    return hashlib.sha256(f"{plan_id}|{subject_id}".encode()).hexdigest()


def _age(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
