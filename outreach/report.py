"""What came of a plan: everybody found in exactly one line, and how far those told have come."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, and_, bindparam, exists, func, select

from data.errors import BadSettings
from data.store.tables import (
    application,
    application_item,
    case_,
    decision,
    decision_batch,
    entitlement,
    invitation,
    invitation_finding,
    link,
    message,
    plan_person,
)
from outreach.message import MessageKind, MessageState
from outreach.plan_page import held_of, passed_of
from outreach.plans import TO_TELL, NotTold, Plan
from templates.alternatives import sums
from templates.documents import Count, Line, ReportProgramme, ReportView, Step
from templates.render import LANGUAGES

TOLD = "told"
WAITING = "waiting"
STEPS = (TOLD, "delivered", "passed", "applied", "granted")

# Where a person the plan was to tell ended, by the state of their message.
_BY_STATE = {
    MessageState.ACCEPTED: TOLD,
    MessageState.DELIVERED: TOLD,
    MessageState.PLANNED: WAITING,
    MessageState.CLAIMED: WAITING,
    MessageState.SENDING: WAITING,
}
# What a last look before handing over found, where a plan has a line of its own for it.
_BY_REASON = {
    "deceased": NotTold.DECEASED.value,
    "protected": NotTold.PROTECTED.value,
    "stopped": NotTold.SUPPRESSED.value,
    "channel_stopped": NotTold.SUPPRESSED.value,
    "no_consent": NotTold.CONSENT_REFUSED.value,
    "finding_applied_for": NotTold.APPLIED.value,
    "told_by_another_message": NotTold.ALREADY_TOLD.value,
    "being_told_by_another_message": NotTold.BEING_TOLD.value,
    "claim_closed": NotTold.CLAIM_CLOSED.value,
    "finding_ended": "finding_ended",
    "finding_unseen": "finding_unseen",
    "finding_changed": "finding_changed",
}
_INVITED = and_(
    invitation.c.plan_id == plan_person.c.plan_id, invitation.c.subject_id == plan_person.c.subject_id
)
_PEOPLE = (
    select(
        plan_person.c.line,
        plan_person.c.amounts,
        plan_person.c.opens_on,
        message.c.state,
        message.c.reason,
    )
    .outerjoin(invitation, _INVITED)
    .outerjoin(
        message,
        and_(
            message.c.invitation_id == invitation.c.invitation_id,
            message.c.kind == MessageKind.INVITATION.value,
        ),
    )
    .where(plan_person.c.plan_id == bindparam("plan"))
)
_FINDINGS = (
    select(
        invitation.c.subject_id,
        entitlement.c.programme,
        entitlement.c.amount,
        entitlement.c.instead_of,
        message.c.state,
        exists()
        .where(link.c.invitation_id == invitation.c.invitation_id, link.c.first_passed_at.is_not(None))
        .label("passed"),
        application.c.application_id.is_not(None).label("applied"),
        decision.c.outcome,
        decision.c.amount.label("granted"),
    )
    .join(invitation_finding, invitation_finding.c.invitation_id == invitation.c.invitation_id)
    .join(entitlement, entitlement.c.entitlement_id == invitation_finding.c.entitlement_id)
    .outerjoin(
        message,
        and_(
            message.c.invitation_id == invitation.c.invitation_id,
            message.c.kind == MessageKind.INVITATION.value,
        ),
    )
    .outerjoin(application_item, application_item.c.entitlement_id == entitlement.c.entitlement_id)
    .outerjoin(
        application,
        and_(
            application.c.application_id == application_item.c.application_id,
            application.c.invitation_id == invitation.c.invitation_id,
        ),
    )
    .outerjoin(
        decision,
        and_(
            decision.c.entitlement_id == application_item.c.entitlement_id,
            decision.c.application_id == application.c.application_id,
            exists().where(
                decision_batch.c.decision_batch_id == decision.c.decision_batch_id,
                decision_batch.c.released_at.is_not(None),
            ),
        ),
    )
    .where(invitation.c.plan_id == bindparam("plan"))
)
_STATES = (
    select(message.c.state, func.count())
    .where(message.c.plan_id == bindparam("plan"))
    .group_by(message.c.state)
)
_CASES = (
    select(case_.c.kind, func.count())
    .join(invitation, invitation.c.invitation_id == case_.c.invitation_id)
    .where(invitation.c.plan_id == bindparam("plan"), case_.c.closed_at.is_(None))
    .group_by(case_.c.kind)
)


@dataclass(frozen=True)
class Reached:
    """How far one finding of one person has come, and what is at stake."""

    subject_id: str
    programme: str
    steps: frozenset[str]
    amount: int
    instead_of: tuple[str, ...]
    granted: int
    refused: bool


def report_view(connection: Connection, plan: Plan, *, lang: str, now: datetime) -> ReportView:
    """The page of a plan's outcome, in one language of the authority. Raises BadSettings for another."""
    document = plan.document
    if lang not in LANGUAGES or lang not in document["agency"]:
        raise BadSettings(
            f"There is no report in the language {lang}.", mend=f"choose from {', '.join(LANGUAGES)}"
        )
    people = connection.execute(_PEOPLE, {"plan": plan.plan_id}).all()
    reached = [_reached(row) for row in connection.execute(_FINDINGS, {"plan": plan.plan_id})]
    per = {one["id"]: str(one["per"]) for one in document["programmes"]}
    currency = str(document["programmes"][0]["currency"])  # a campaign has one
    steps = steps_of(reached, currency, per)
    undecided = {one.subject_id for one in reached if "applied" in one.steps and not _decided(one)}
    return ReportView(
        agency=document["agency"][lang],
        campaign=plan.campaign,
        plan=plan.number,
        plan_sha256=plan.sha256,
        author=plan.author,
        approver=plan.approver,
        proven=bool(plan.proven),
        made_at=now.astimezone(ZoneInfo(document["time_zone"])),
        as_of=date.fromisoformat(document["run"]["as_of"]),
        found=len(people),
        lines=_lines(people, document["lines"], currency),
        steps=steps,
        programmes=tuple(_programme(one, reached, per, lang) for one in document["programmes"]),
        messages=_counts(connection, _STATES, plan),
        cases=_counts(connection, _CASES, plan),
        refused=len({one.subject_id for one in reached if one.refused}),
        undecided=len(undecided),
        notes=_notes(steps),
        held=held_of(document, lang),
        passed=passed_of(document),
    )


def _reached(row: Row[Any]) -> Reached:
    state = None if row.state is None else MessageState(row.state)
    holds = {
        TOLD: _BY_STATE.get(state) == TOLD if state else False,
        "delivered": state is MessageState.DELIVERED,
        "passed": row.passed,
        "applied": row.applied,
        "granted": row.outcome == "granted",
    }
    return Reached(
        subject_id=row.subject_id,
        programme=row.programme,
        steps=frozenset(name for name, yes in holds.items() if yes),
        amount=row.amount or 0,
        instead_of=tuple(row.instead_of.split(",")) if row.instead_of else (),
        granted=row.granted or 0,
        refused=row.outcome == "refused",
    )


def _decided(one: Reached) -> bool:
    return one.refused or "granted" in one.steps


def person_line(planned: str, state: str | None, reason: str | None) -> str:
    """The one line a person stands in now: the plan's own, or what became of their message."""
    if planned != TO_TELL:
        return planned
    if state is None:
        return WAITING
    now = MessageState(state)
    if now in {MessageState.SUPPRESSED, MessageState.CANCELLED}:
        return _BY_REASON.get(reason or "", now.value)
    return _BY_STATE.get(now, now.value)


def _lines(people: Sequence[Any], planned: Mapping[str, Any], currency: str) -> tuple[Line, ...]:
    """Those told first, then the others as the plan's page orders them; all together are everybody found."""
    counted: Counter[str] = Counter({TOLD: 0})
    amounts: dict[str, Counter[str]] = defaultdict(Counter)
    opens: dict[str, Counter[date]] = defaultdict(Counter)
    for row in people:
        name = person_line(row.line, row.state, row.reason)
        counted[name] += 1
        amounts[name].update(json.loads(row.amounts))
        if row.opens_on is not None:
            opens[name][row.opens_on] += 1
    order = [TOLD, WAITING, *(name for name in planned if name != TO_TELL)]
    names = [name for name in order if name in counted]
    names += sorted(set(counted) - set(names))
    return tuple(
        Line(
            name,
            counted[name],
            {currency: dict(amounts[name])} if amounts[name] else {},
            dict(sorted(opens[name].items())),
        )
        for name in names
    )


def steps_of(reached: Iterable[Reached], currency: str, per: Mapping[str, str]) -> tuple[Step, ...]:
    """For each step the people who took it with any of their findings, and what those findings come to, per
    what each is paid."""
    taken: dict[tuple[str, str], list[Reached]] = defaultdict(list)
    for one in reached:
        for name in one.steps:
            taken[name, one.subject_id].append(one)
    people: Counter[str] = Counter()
    amounts: dict[str, Counter[str]] = {name: Counter() for name in STEPS}
    for (name, _), theirs in taken.items():
        people[name] += 1
        amounts[name].update(_in_all(theirs, name, per))
    return tuple(
        Step(name, people[name], {currency: dict(amounts[name])} if amounts[name] else {}) for name in STEPS
    )


def _in_all(theirs: Sequence[Reached], step: str, per: Mapping[str, str]) -> Mapping[str, int]:
    """What one person's findings come to; what is granted is granted, of the rest they can have so much."""
    if step != "granted":
        return sums(theirs, per)
    granted: Counter[str] = Counter()
    for one in theirs:
        granted[per[one.programme]] += one.granted
    return granted


def _programme(
    one: Mapping[str, Any], reached: Sequence[Reached], per: Mapping[str, str], lang: str
) -> ReportProgramme:
    mine = [each for each in reached if each.programme == one["id"]]
    return ReportProgramme(
        id=one["id"],
        title=one["title"][lang],
        law=one["law"],
        currency=one["currency"],
        steps=steps_of(mine, one["currency"], per),
        refused=len({each.subject_id for each in mine if each.refused}),
    )


def _counts(connection: Connection, query: Any, plan: Plan) -> tuple[Count, ...]:
    rows = connection.execute(query, {"plan": plan.plan_id})
    return tuple(Count(name, number) for name, number in sorted(tuple(row) for row in rows))


def _notes(steps: Sequence[Step]) -> tuple[str, ...]:
    told, delivered = steps[0].people, steps[1].people
    return ("no_delivery",) if told and not delivered else ()
