"""One bucket's work: registers become sheets, sheets findings, programme after programme."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from data.errors import BadSettings
from eligibility.compiler import ENTITLED, Compiled
from eligibility.facts import Rows, Unit
from eligibility.findings import FINDING_SCHEMA, collect, find
from eligibility.opened import findings_register
from eligibility.relations import Register, relations_of
from eligibility.sheets import add_findings, build_sheet, is_findings

AT_ONCE = 50
"""So many programmes are judged side by side: more would only hold more of the bucket in memory."""


@dataclass(eq=False)
class Bucket:
    """The registers of one bucket, and the programmes to judge by their ids, those they need included."""

    registers: Mapping[str, Register]
    compiled: Mapping[str, Compiled]
    as_of: date
    _sheets: dict[int, pl.DataFrame | None] = field(default_factory=dict)
    _found: dict[str, pl.DataFrame] = field(default_factory=dict)

    def findings(self) -> pl.DataFrame:
        """The findings of all programmes, by programme and id."""
        for level in in_order(self.compiled):
            for start in range(0, len(level), AT_ONCE):
                self._judge(level[start : start + AT_ONCE])
        whole = [self._found[name] for name in sorted(self._found)]
        return _with_alternatives(pl.concat([pl.DataFrame(schema=FINDING_SCHEMA), *whole]), self.compiled)

    def sheet(self, compiled: Compiled) -> pl.DataFrame | None:
        """The sheet of the programme's unit, with the findings that the programme needs of others."""
        for name in dict.fromkeys(compiled.opened_by.values()):
            if name in self.compiled and name not in self._found:
                self._judge([name])
        key = id(compiled.unit)
        if key not in self._sheets:
            self._sheets[key] = self._build(compiled.unit)
        sheet = self._sheets[key]
        if sheet is not None:
            sheet = self._sheets[key] = self._opened(compiled, sheet)
        return sheet

    def _judge(self, names: Sequence[str]) -> None:
        sheets = {name: self.sheet(self.compiled[name]) for name in names}
        found = {
            name: find(self.compiled[name], sheet) for name, sheet in sheets.items() if sheet is not None
        }
        self._found |= collect(found, self.compiled)

    def _build(self, unit: Unit) -> pl.DataFrame | None:
        of_unit = [one for one in self.compiled.values() if one.unit is unit]
        recipients = sorted({one.programme.recipient for one in of_unit})
        wanted = {name for one in of_unit for name in one.read}
        return build_sheet(unit, self.registers, self.as_of, recipients=recipients, wanted=wanted)

    def _opened(self, compiled: Compiled, sheet: pl.DataFrame) -> pl.DataFrame:
        wanted = [name for name in compiled.opened_by if name not in sheet.columns]
        facts = [fact for fact in compiled.unit.facts if fact.name in wanted]
        for relation in relations_of(facts):
            if is_findings(relation):
                found = self._findings_for(compiled.unit, relation)
                sheet = add_findings(compiled.unit, sheet, relation, findings=found, wanted=wanted)
        return sheet

    def _findings_for(self, asking: Unit, relation: Rows) -> Register | None:
        """What another programme found, as one of a unit's relations reads it; None: it cannot run."""
        name = str(relation.programme)
        if name not in self._found:
            return None
        opened = self.compiled[name]
        own = self.registers[opened.unit.register]
        return findings_register(opened, self._found[name], own, relation=relation, asking=asking)


def in_order(compiled: Mapping[str, Compiled]) -> list[list[str]]:
    """The programmes in levels: each needs findings of earlier levels only.

    Raises BadSettings on a circle.
    """
    waiting = {name: set(one.opened_by.values()) & set(compiled) for name, one in sorted(compiled.items())}
    levels: list[list[str]] = []
    while waiting:
        level = [name for name, needed in waiting.items() if not needed & set(waiting)]
        if not level:
            raise BadSettings(
                f"Programmes open each other in a circle: {', '.join(waiting)}.",
                mend="let one of them ask the register of who receives it instead",
            )
        levels.append(level)
        waiting = {name: needed for name, needed in waiting.items() if name not in level}
    return levels


def _with_alternatives(findings: pl.DataFrame, compiled: Mapping[str, Compiled]) -> pl.DataFrame:
    """Fills `instead_of`: what else the same subject is found entitled to, where only one may be had.

    In the same group, since only groups are whole in a bucket: however buckets are cut, it is the same.
    """
    pairs = {(name, other) for name, one in compiled.items() for other in one.programme.instead_of}
    both = sorted(pairs | {(other, name) for name, other in pairs})
    if not both:
        return findings
    barring = pl.DataFrame(both, schema=["programme", "other"], orient="row")
    same = ["subject_id", "household_id"]
    entitled = findings.filter(status=ENTITLED).select(*same, other="programme").unique()
    beside = (
        findings.with_row_index("_at")
        .select("_at", "programme", *same)
        .join(barring, on="programme")
        .join(entitled, on=[*same, "other"])
        .group_by("_at")
        .agg(pl.col("other").sort().alias("_beside"))
    )
    joined = findings.with_row_index("_at").join(beside, on="_at", how="left", maintain_order="left")
    named = pl.coalesce("_beside", "instead_of")
    return joined.with_columns(instead_of=named).select(findings.columns)
