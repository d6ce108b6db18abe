"""Finds what there is in one bucket unit by unit, in plain Python: slow, simple, and the judge of the scan.

It shares with the fast engine what packs declare and rules say (facts, programmes, terms, rates), and
nothing of how that is worked out: no frame, no join, no expression. Every cell of its findings is that of
`findings.FINDING_SCHEMA`, or one of the two is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from typing import Any

from data.errors import Failed
from eligibility.compiler import ENTITLED, NOT_ENTITLED, Compiled
from eligibility.facts import Fact, FactType, Rows, Unit
from eligibility.plain import Answer, judge_unit
from eligibility.plain_facts import Row, Table, fact_of, units_of
from eligibility.reckoning import reckon

NO_TABLE = Table(None)


@dataclass(eq=False)
class Reference:
    """The registers of one bucket, and the programmes to judge by their ids, those they need included."""

    tables: Mapping[str, Table]
    compiled: Mapping[str, Compiled]
    as_of: date
    _found: dict[str, Table] = field(default_factory=dict)
    _asked: dict[tuple[str, bool], Table] = field(default_factory=dict)

    def findings(self) -> list[dict[str, Any]]:
        """Everyone who is entitled or may be, by programme and id."""
        rows = [row for name in sorted(self.compiled) for row in self.found(name).rows or ()]
        return [{**_without_group(row), "instead_of": _beside(row, rows, self.compiled)} for row in rows]

    def found(self, name: str) -> Table:
        """One programme's findings, without rows where it cannot run. Programmes do not need each other in
        a circle: the scan refuses such before."""
        if name not in self._found:
            self._found[name] = self._judge(self.compiled[name]) if name in self.compiled else NO_TABLE
        return self._found[name]

    def units(self, unit: Unit) -> list[Row]:
        """The rows of its own register that are units, as they are known."""
        return units_of(unit, self.tables.get(unit.register, NO_TABLE), self.as_of)

    def facts(self, unit: Unit, row: Row, names: Sequence[str]) -> dict[str, Any]:
        """The named facts of one unit."""
        chosen = [fact for fact in unit.facts if fact.name in names]
        own = self.tables.get(unit.register, NO_TABLE).placed
        return {
            fact.name: fact_of(fact, row, self._table(unit, fact), self.as_of, unit=unit, own=own)
            for fact in chosen
        }

    def _table(self, unit: Unit, fact: Fact) -> Table:
        relation = fact.source.relation
        if isinstance(relation, Rows) and relation.programme is not None:
            return self._findings(relation.programme, relation, unit)
        return self.tables.get(fact.register(unit), NO_TABLE)

    def _findings(self, name: str, relation: Rows, unit: Unit) -> Table:
        """A programme's findings as the units of a relation read them: who stands in no row may be one that
        the programme never saw, unless each unit asks about the very row that it is."""
        found = self.found(name)
        if found.rows is None:
            return found
        judged = self.compiled[name]
        itself = judged.unit is unit and _names_the_row(relation, unit, judged.programme.recipient)
        if (name, itself) not in self._asked:
            own = self.tables[judged.unit.register]
            doubts = [
                *(_as_finding(judged, doubt) for doubt in own.doubts),
                *(
                    {**row, "asset_id": None}
                    for row in found.rows
                    if judged.unit.asset and not row["asset_id"]
                ),
            ]
            if itself:
                doubts = [doubt for doubt in doubts if doubt["unit_id"] is not None]
            inexact = judged.programme.at_most
            rows = [{**row, "amount": None} if inexact or row["at_least"] else row for row in found.rows]
            self._asked[name, itself] = Table(rows, itself or own.complete, doubts)
        return self._asked[name, itself]

    def _judge(self, compiled: Compiled) -> Table:
        unit = compiled.unit
        if self.tables.get(unit.register, NO_TABLE).rows is None:
            return NO_TABLE
        found = []
        for row in self.units(unit):
            facts = self.facts(unit, row, compiled.read)
            answer = judge_unit(compiled, facts)
            if answer.status != NOT_ENTITLED:
                found.append(_finding(compiled, row, facts, answer))
        found.sort(key=lambda one: (one["entitlement_id"], one["unit_id"]))
        if len({one["entitlement_id"] for one in found}) < len(found):
            raise Failed("Two rows of a register are the same unit.", where=f"register {unit.register}")
        return Table(found)


def _names_the_row(relation: Rows, unit: Unit, recipient: str) -> bool:
    """Whether its keys lead from a unit to what was found of itself and of nothing else."""
    if unit.period or unit.asset:
        return False
    key = relation.keys.get(unit.id)
    return key == "unit_id" or (key == "subject_id" and recipient == unit.id)


def _as_finding(judged: Compiled, doubt: Row) -> Row:
    """The ids of a row in quarantine under the names that they would have in a finding."""
    unit = judged.unit
    return {
        "_group": doubt["_group"],
        "subject_id": doubt.get(judged.programme.recipient),
        "unit_id": doubt.get(unit.id),
        "asset_id": doubt.get(unit.asset) if unit.asset else None,
    }


def _finding(compiled: Compiled, row: Row, facts: Mapping[str, Any], answer: Answer) -> dict[str, Any]:
    programme, unit = compiled.programme, compiled.unit
    period = row[unit.period] if unit.period else None
    if compiled.period is not None:
        period = reckon(compiled.period, facts)
    found = {
        "programme": programme.id,
        "subject_id": row[programme.recipient],
        "_group": row["_group"],
        "household_id": row["_group"],
        "unit_id": row[unit.id],
        "asset_id": _text(row[unit.asset]) if unit.asset else "",
        "period": _text(period),
        "status": answer.status,
        "met": _mask(compiled, answer, True),
        "unknown": _mask(compiled, answer, None),
        "amount": answer.amount,
        "parts": list(answer.parts.values()),
        "at_least": answer.at_least,
        "offset": answer.offset,
        "after": _after(compiled, facts),
        "accrues_from": answer.accrues_from,
        "claim_from": answer.claim_from,
        "claim_by": answer.claim_by,
        "rule_version": compiled.version,
        "facts_hash": _digest("\n".join(_said(compiled, facts, answer))),
    }
    _check(compiled, found)
    names = ("subject_id", "programme", "period", "asset_id", "unit_id")
    return found | {"entitlement_id": _digest("|".join(found[name] for name in names))}


def _after(compiled: Compiled, facts: Mapping[str, Any]) -> list[str]:
    """The programmes whose findings it needs to be what it is."""
    there = dict.fromkeys(name for fact, name in compiled.opened_by.items() if (facts[fact] or 0) > 0)
    return [name for name in there if reckon(compiled.without[name], facts) is not True]


def _mask(compiled: Compiled, answer: Answer, truth: bool | None) -> int:
    values = [answer.criteria[one.name] for one in compiled.criteria]
    return sum(1 << bit for bit, value in enumerate(values) if value is truth)


def _said(compiled: Compiled, facts: Mapping[str, Any], answer: Answer) -> list[str]:
    """What a person would be told, line by line: the facts it rests on, the parts and the days."""
    lines = {name: _fact_text(compiled.unit.fact(name), facts[name]) for name in compiled.facts}
    lines |= {f"part {name}": value for name, value in answer.parts.items()}
    if compiled.arrears is not None:
        lines["offset"] = answer.offset
    days = {name: getattr(answer, name) for name in ("accrues_from", "claim_from", "claim_by")}
    return [f"{name}={'~' if value is None else _text(value)}" for name, value in {**lines, **days}.items()]


def _fact_text(fact: Fact | None, value: Any) -> Any:
    """A text goes with its length in bytes, so that none can imitate another fact."""
    is_text = fact is not None and fact.type is FactType.TEXT and value is not None
    return f"{len(value.encode())}:{value}" if is_text else value


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:32]


def _check(compiled: Compiled, found: Mapping[str, Any]) -> None:
    """Raises Failed for what can be no finding."""
    if None in (found["subject_id"], found["household_id"], found["unit_id"]):
        raise Failed("A unit has no id, no recipient or no group.", where=compiled.unit.register)
    may_add = [
        value for value, part in zip(found["parts"], compiled.programme.parts, strict=True) if part.may_add
    ]
    if any(value is not None and value < 0 for value in (found["amount"], found["offset"], *may_add)):
        raise Failed("An amount is negative.", where=compiled.programme.id)


def _without_group(row: Row) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "_group"}


def _beside(row: Row, rows: Sequence[Row], compiled: Mapping[str, Compiled]) -> list[str]:
    """What else the same subject is found entitled to in the same group, where only one may be had."""
    mine = compiled[row["programme"]].programme
    names = {name for name, one in compiled.items() if mine.id in one.programme.instead_of}
    same = [
        other["programme"]
        for other in (rows if names or mine.instead_of else ())
        if other["status"] == ENTITLED
        and (other["subject_id"], other["_group"]) == (row["subject_id"], row["_group"])
    ]
    return sorted({*names, *mine.instead_of}.intersection(same))
