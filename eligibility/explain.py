"""Explains: finds a person's units in the buckets and judges them again with the code of the scan."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl
from sqlalchemy import Engine

from data.errors import Failed
from data.workspace import Workspace
from eligibility.bucket import Bucket
from eligibility.compiler import Compiled
from eligibility.doubts import doubts_sha256
from eligibility.explanation import Explanation, explanation_of
from eligibility.ground import Ground, Showing, stand_on
from eligibility.judging import ENGINE, judge
from eligibility.pack import Pack, Packs
from eligibility.programmes import Programme
from eligibility.relations import Register
from eligibility.runnable import Runnable
from eligibility.runs import Run
from eligibility.sheets import RECIPIENT

CHUNK = 20_000
UNIT_AND_PERIOD = ["_unit", "_period"]


@dataclass(frozen=True)
class Needed:
    """The programme that is asked about, and with it those whose findings it reads, by id."""

    asked: Compiled
    compiled: Mapping[str, Compiled]

    @classmethod
    def of(cls, packs: Packs, pack: Pack, programme: Programme, ground: Ground, as_of: date) -> Needed:
        """As a scan would run them, whatever the age of the registers: what lacks something does not run.

        Raises Failed when that is the programme that is asked about, BadSettings as a scan does.
        """
        needed = packs.needed([(pack, programme)])
        able = Runnable.of(needed, ground, packs.contracts, as_of=as_of)
        return cls(able.one(pack, programme), able.compiled)


def explain(
    workspace: Workspace,
    engine: Engine,
    packs: Packs,
    *,
    programme: str,
    subject: str,
    as_of: date,
    showing: Showing,
) -> list[Explanation]:
    """Every unit of a programme that is `subject`'s (or is `subject`), entitled or not, by period.

    `subject` is the id of a recipient, a unit or an asset. Empty when the unit's register has no row for
    it. Raises BadSettings for an unknown programme, or one that may not read what it reads; Failed when the
    unit's register was never taken in, or was without a column whose blanks have a meaning. How old the
    registers are is no reason not to explain: it is shown.
    """
    pack, chosen = packs.find(programme)
    ground = stand_on(workspace, engine, packs, showing)
    needed = Needed.of(packs, pack, chosen, ground, as_of)
    compiled = needed.asked
    columns = {chosen.recipient, compiled.unit.id, *([compiled.unit.asset] if compiled.unit.asset else [])}
    found: list[Explanation] = []
    for bucket in range(ground.layout.count):
        with ground.layout.naming_damage(bucket):
            groups = _groups(ground, bucket, compiled, columns, subject)
            if groups:
                rows = _judged(ground, bucket, needed, groups).filter(
                    pl.any_horizontal(
                        pl.col("_unit", "_asset", RECIPIENT + chosen.recipient).eq(subject).fill_null(False)
                    )
                )
                found += _laid_open(rows, needed, pack, chosen, ground)
    return sorted(found, key=lambda one: (one.period, one.unit_id))


def explain_entitlements(
    workspace: Workspace,
    engine: Engine,
    packs: Packs,
    *,
    run: Run,
    entitlement_ids: Collection[str],
    showing: Showing,
) -> Iterator[Explanation]:
    """The explanation of each of these findings of a run, bucket by bucket; each names its entitlement.

    Raises Failed when rules or registers are no longer those of the run: then scan again first.
    """
    wanted = pl.Series("entitlement_id", sorted(entitlement_ids), dtype=pl.String)
    ground = stand_on(workspace, engine, packs, showing)
    _check_same(run, ground, packs)
    with showing("Explaining", ground.layout.count) as progress:
        for bucket in range(ground.layout.count):
            findings = run.findings(buckets=[bucket]).filter(pl.col("entitlement_id").is_in(wanted.implode()))
            chosen = findings.select(
                "programme", "household_id", "unit_id", "period", "entitlement_id"
            ).collect()
            for (name,), of_programme in sorted(chosen.group_by("programme"), key=lambda pair: str(pair[0])):
                with ground.layout.naming_damage(bucket):
                    yield from _of_findings(ground, packs, run, bucket, str(name), of_programme)
            progress.advance()


def _of_findings(
    ground: Ground, packs: Packs, run: Run, bucket: int, name: str, findings: pl.DataFrame
) -> Iterator[Explanation]:
    pack, programme = packs.find(name)
    needed = Needed.of(packs, pack, programme, ground, run.as_of)
    ids = findings.select(_unit="unit_id", _period="period", entitlement_id="entitlement_id")
    for part in findings.sort("household_id", "unit_id").iter_slices(CHUNK):
        groups = part["household_id"].unique().to_list()
        units = part.select(_unit="unit_id", _period="period")
        rows = _judged(ground, bucket, needed, groups).join(units, on=UNIT_AND_PERIOD, how="semi")
        named = rows.join(ids, on=UNIT_AND_PERIOD, how="left")
        yield from _laid_open(named, needed, pack, programme, ground)


def _check_same(run: Run, ground: Ground, packs: Packs) -> None:
    versions = {programme.id: pack.versions[programme.id] for pack, programme in packs}
    changed = [
        f"The rules of {name}"
        for name, entry in run.programmes.items()
        if versions.get(name) != entry["version"]
    ]
    if run.manifest["layout"] != ground.layout.layout_id:
        changed.append("The registers")
    doubted = {name: one["doubts"] for name, one in run.manifest["registers"].items() if one["doubts"]}
    if doubted != {name: doubts_sha256(rows) for name, rows in ground.doubts.items()}:
        changed.append("What is waived of the rows in quarantine")
    if changed:
        raise Failed(
            f"{changed[0]} changed after the scan {run.run_id}.",
            where=str(run.folder),
            mend="run `owed scan` and `owed diff` again",
        )


def _groups(
    ground: Ground, bucket: int, compiled: Compiled, columns: Collection[str], subject: str
) -> list[str]:
    frame = ground.layout.read(bucket, compiled.unit.register)
    if frame is None:
        return []
    theirs = pl.any_horizontal(pl.col(name).eq(subject).fill_null(False) for name in sorted(columns))
    return frame.filter(theirs).select("_group").unique().collect()["_group"].sort().to_list()


def _judged(ground: Ground, bucket: int, needed: Needed, groups: Sequence[str]) -> pl.DataFrame:
    """Every unit of some groups, judged; only those groups' rows leave the files."""
    names = sorted({name for one in needed.compiled.values() for name in one.unit.registers})
    registers = {
        name: Register(
            frame=None if one.frame is None else one.frame.filter(pl.col("_group").is_in(list(groups))),
            complete=one.complete,
            doubts=one.doubts,
            placed=one.placed,
        )
        for name, one in ground.registers(bucket, names).items()
    }
    sheet = Bucket(registers, needed.compiled, needed.asked.as_of).sheet(needed.asked)
    assert sheet is not None  # the callers know that the unit's register is there
    return judge(needed.asked, sheet.lazy()).collect(engine=ENGINE)


def _laid_open(
    rows: pl.DataFrame, needed: Needed, pack: Pack, programme: Programme, ground: Ground
) -> list[Explanation]:
    assumptions = pack.assumptions(programme)
    return [
        explanation_of(
            needed.asked,
            row,
            deliveries=ground.deliveries,
            assumptions=assumptions,
            entitlement_id=row.get("entitlement_id"),
            others=needed.compiled,
        )
        for row in rows.sort("_period", "_unit").iter_rows(named=True)
    ]
