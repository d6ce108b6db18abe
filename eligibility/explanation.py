"""An explanation: why one unit is entitled, is not, or cannot be told, with values, sources and articles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

from data.registers import Delivery
from eligibility.compiler import NOT_ENTITLED, UNKNOWN, Compiled
from eligibility.facts import Fact, Sensitivity, Words
from eligibility.hanging import impossible_facts, open_facts, rates_without_value
from eligibility.judging import CRITERION, PART, RATE_DAY, STEP, WITHOUT
from eligibility.plain import settling
from eligibility.rates_told import is_unconfirmed, rates_told
from eligibility.sheets import RECIPIENT
from eligibility.terms import Term, facts_in

NO_OTHERS: Mapping[str, Compiled] = MappingProxyType({})


@dataclass(frozen=True)
class Explanation:
    """One unit and period, judged and laid open. Days are ISO texts, money whole smallest units.

    `at_least`: the amount is a lower bound; `at_most`: a ceiling; `unconfirmed`: it rests on a rate's value
    that nobody has confirmed, be it through another programme's amount (`rates` has that one too). `offset`:
    what of it goes to arrears first, None when that is not known. `after`: programmes that must be granted
    first. `instead_of`: programmes that nobody may have together with it. `months_lost`: what is claimed
    after `claim_by`, or where that is None, is paid only from the month of the claim. `settles`: missing
    facts of which one alone would settle it. `impossible`: known facts with which it cannot be reckoned, so
    that one must be wrong. `no_value`: rates without a value for the day that picks them; `decides` where it
    is unknown for that.
    """

    programme: str
    title: Words
    law: str
    authority: Words
    currency: str
    per: str
    as_of: str
    entitlement_id: str | None
    unit_id: str
    subject_id: str
    household_id: str
    asset_id: str
    period: str
    status: str
    amount: int | None
    at_least: bool
    at_most: bool
    unconfirmed: bool
    offset: int | None
    instead_of: Sequence[str]
    after: Sequence[str]
    parts: Sequence[Mapping[str, Any]]
    steps: Sequence[Mapping[str, Any]]
    accrual: Mapping[str, Any] | None
    claim_from: str | None
    claim_by: str | None
    months_lost: bool
    criteria: Sequence[Mapping[str, Any]]
    facts: Sequence[Mapping[str, Any]]
    missing: Sequence[str]
    settles: Sequence[str]
    impossible: Sequence[str]
    no_value: Sequence[Mapping[str, Any]]
    assumptions: Mapping[str, Words]
    rates: Sequence[Mapping[str, Any]]

    def as_document(self) -> dict[str, Any]:
        """The same as JSON."""
        return asdict(self)


def explanation_of(
    compiled: Compiled,
    row: Mapping[str, Any],
    *,
    deliveries: Mapping[str, Delivery],
    assumptions: Mapping[str, Words],
    entitlement_id: str | None = None,
    others: Mapping[str, Compiled] = NO_OTHERS,
) -> Explanation:
    """Lay open one row that `judge` gave for every unit; `others` are programmes whose findings it reads."""
    programme = compiled.programme
    return Explanation(
        programme=programme.id,
        title=dict(programme.title),
        law=programme.law,
        authority=dict(programme.authority),
        currency=programme.currency,
        per=programme.per,
        as_of=compiled.as_of.isoformat(),
        entitlement_id=entitlement_id,
        unit_id=row["_unit"],
        subject_id=row[RECIPIENT + programme.recipient],
        household_id=row["_group"],
        asset_id=row["_asset"],
        period=row["_period"],
        status=row["status"],
        **(_due(compiled, row, others) if row["status"] != NOT_ENTITLED else _NOTHING_DUE),
        at_most=programme.at_most,
        instead_of=list(programme.instead_of),
        steps=_steps(compiled, row),
        months_lost=programme.claim_rule is not None and programme.claim_rule.months_lost,
        criteria=_criteria(compiled, row),
        facts=[
            _fact(compiled, fact, row, deliveries)
            for fact in compiled.unit.facts
            if fact.name in compiled.read
        ],
        missing=_missing(compiled, row),
        settles=settling(compiled, row) if row["status"] == UNKNOWN else [],
        impossible=_impossible(compiled, row),
        no_value=_no_value(compiled, row),
        assumptions={name: dict(words) for name, words in assumptions.items()},
        rates=rates_told(compiled, row, others),
    )


_NOTHING_DUE: Mapping[str, Any] = {
    "amount": None,
    "at_least": False,
    "unconfirmed": False,
    "offset": None,
    "after": [],
    "parts": [],
    "accrual": None,
    "claim_from": None,
    "claim_by": None,
}


def _due(compiled: Compiled, row: Mapping[str, Any], others: Mapping[str, Compiled]) -> dict[str, Any]:
    """What is due, and when; `_NOTHING_DUE` to one who is not entitled."""
    return {
        "amount": row["amount"],
        "at_least": row["at_least"],
        "unconfirmed": is_unconfirmed(compiled, row, others),
        "offset": row["offset"],
        "after": _after(compiled, row),
        "parts": _parts(compiled, row),
        "accrual": _accrual(compiled, row),
        "claim_from": _iso(row["claim_from"]),
        "claim_by": _iso(row["claim_by"]),
    }


def _after(compiled: Compiled, row: Mapping[str, Any]) -> list[str]:
    there = dict.fromkeys(other for fact, other in compiled.opened_by.items() if (row[fact] or 0) > 0)
    return [other for other in there if row[WITHOUT + other] is not True]


def _parts(compiled: Compiled, row: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {"name": part.name, "label": dict(part.label), "amount": row[PART + part.name], "law": part.law}
        for part in compiled.programme.parts
    ]


def _steps(compiled: Compiled, row: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {"name": one.name, "label": dict(one.label), "value": _json(row[STEP + one.name]), "unit": one.unit}
        for one in compiled.programme.steps
    ]


def _accrual(compiled: Compiled, row: Mapping[str, Any]) -> dict[str, Any] | None:
    accrual = compiled.programme.accrual_rule
    if accrual is None or row["accrues_from"] is None:
        return None
    dated = compiled.book[accrual.rate].on(compiled.as_of)
    rate = None if dated is None else dated.value
    return {"from": _iso(row["accrues_from"]), "rate_bp": rate, "law": accrual.law}


def _criteria(compiled: Compiled, row: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "name": one.name,
            "label": dict(one.label),
            "value": row[CRITERION + one.name],
            "law": one.law,
            "facts": list(facts_in([compiled.conditions[one.name]])),
        }
        for one in compiled.criteria
    ]


def _fact(
    compiled: Compiled, fact: Fact, row: Mapping[str, Any], deliveries: Mapping[str, Delivery]
) -> dict[str, Any]:
    words = fact.values.get(str(row[fact.name]))
    register = fact.register(compiled.unit)
    delivery = deliveries.get(register)
    return {
        "name": fact.name,
        "label": dict(fact.label),
        "value": _json(row[fact.name]),
        "words": None if words is None else dict(words),
        "unit": fact.unit,
        "register": register,
        "extracted_on": None if delivery is None else delivery.extracted_on.isoformat(),
        "sensitive": fact.sensitivity is not Sensitivity.ORDINARY,
        "about": fact.about,
        "question": None if fact.question is None else dict(fact.question),
    }


def _undecided(compiled: Compiled, row: Mapping[str, Any]) -> list[Term]:
    """The criteria, the period and the parts without which there is no amount, where they are unknown; none
    once it is told."""
    if row["status"] != UNKNOWN:
        return []
    unknown = [one for name, one in compiled.conditions.items() if row[CRITERION + name] is None]
    unknown += [compiled.period] if compiled.period is not None and not row["_period"] else []
    return unknown + [compiled.parts[name] for name in compiled.sure_parts if row[PART + name] is None]


def _missing(compiled: Compiled, row: Mapping[str, Any]) -> list[str]:
    """The unknown facts on which it hangs; none where only time, the law or the office settles it."""
    return sorted({fact for one in _undecided(compiled, row) for fact in open_facts(one, row)})


def _impossible(compiled: Compiled, row: Mapping[str, Any]) -> list[str]:
    """Facts with which it cannot be reckoned; of a negative amount the negative facts it rests on."""
    found = {name for one in _undecided(compiled, row) for name in impossible_facts(one, row)}
    if row["status"] != NOT_ENTITLED and row["amount"] is not None and row["amount"] < 0:
        numbers = (name for name in facts_in(list(compiled.parts.values())) if isinstance(row[name], int))
        found |= {name for name in numbers if row[name] < 0}
    return sorted(found)


def _no_value(compiled: Compiled, row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rates that have no value for the day that picks them, each day once."""
    undecided = _undecided(compiled, row)
    needed = {one for term in undecided for one in rates_without_value(term, row)}
    picked = ((rate, row[f"{RATE_DAY}{number}"]) for number, (rate, _) in enumerate(compiled.rates))
    lacking = {(one.name, day): one for one, day in picked if day is not None and one.on(day) is None}
    return [
        {"name": name, "label": dict(rate.label), "day": day.isoformat(), "decides": (name, day) in needed}
        for (name, day), rate in sorted(lacking.items(), key=lambda pair: pair[0])
    ]


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _json(value: object) -> Any:
    return value.isoformat() if isinstance(value, date) else value
