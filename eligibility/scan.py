"""The scan: every bucket's registers become findings, one file per bucket, and a manifest at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
from sqlalchemy import Connection, Engine, bindparam, desc, select
from sqlalchemy.dialects.sqlite import insert

from data.buckets import Layout, grouped_doubts, lay_out
from data.clock import micros
from data.commandline import Progress
from data.digests import canonical_json, document_sha256, file_sha256
from data.errors import Failed
from data.files import write_text
from data.keys import KeyUse
from data.registers import Delivery, current
from data.store.engine import writing
from data.store.tables import scan_run
from data.workspace import Workspace
from eligibility import manifest
from eligibility.compiler import ENTITLED, UNKNOWN, Compiled
from eligibility.doubts import count_nameless
from eligibility.facts import Unit
from eligibility.findings import FINDING_SCHEMA, find
from eligibility.pack import Pack, Packs
from eligibility.programmes import Programme
from eligibility.runs import MANIFEST, Run, bucket_path, read_bucket, write_bucket
from eligibility.sheets import Register, build_sheet, count_doubted, relations_of

Showing = Callable[[str, int], AbstractContextManager[Progress]]
"""Shows progress: `with showing(label, total) as progress`; a Console's `progress` is one."""

_DIFFED_BEFORE = (
    select(scan_run.c.run_id)
    .where(scan_run.c.diffed_at.is_not(None), scan_run.c.run_id != bindparam("run"))
    .order_by(desc(scan_run.c.diffed_at))
    .limit(1)
)


@dataclass(frozen=True)
class Ground:
    """What a scan or an explanation stands on: the buckets, and what is known of each register."""

    layout: Layout
    deliveries: Mapping[str, Delivery]
    doubts: Mapping[str, pl.DataFrame]  # of registers that have rows in quarantine: those, read once

    def registers(self, bucket: int, names: Iterable[str]) -> dict[str, Register]:
        """The registers of one bucket; one that was never delivered has no frame."""
        return {
            name: Register(
                frame=self.layout.read(bucket, name) if name in self.deliveries else None,
                complete=name in self.deliveries and self.deliveries[name].complete,
                doubts=self.doubts.get(name),
            )
            for name in names
        }


def stand_on(workspace: Workspace, engine: Engine, packs: Packs, showing: Showing) -> Ground:
    """The registers in force, laid out in buckets. Raises Failed when nothing was taken in."""
    deliveries = {
        name: one for name, one in current(workspace, engine).items() if one.contract in packs.contracts
    }
    if not deliveries:
        raise Failed(
            "No register has been taken in.", where=str(workspace.registers), mend="run `owed intake`"
        )
    count = workspace.settings().buckets
    with showing("Laying out registers", len(deliveries)) as progress:
        layout = lay_out(workspace, deliveries, packs.contracts, count, progress)
    return Ground(layout, deliveries, grouped_doubts(workspace, deliveries, packs.contracts))


@dataclass(frozen=True)
class BucketScan:
    """All that one bucket's work needs; it holds no vault key. The same on every engine."""

    ground: Ground
    compiled: tuple[Compiled, ...]
    as_of: date
    folder: Path
    key: bytes = field(repr=False)  # KeyUse.FINDINGS

    def run(self, bucket: int) -> pl.DataFrame:
        """Scan one bucket and write its findings, or read them when a scan that was cut short wrote them.

        Returns counts and amounts per programme and status.
        """
        path = bucket_path(self.folder, bucket)
        if path.is_file():
            return _tally(read_bucket(path, self.key)).collect()
        findings = self.find(bucket)
        write_bucket(path, self.key, findings)
        return _tally(findings.lazy()).collect()

    def find(self, bucket: int) -> pl.DataFrame:
        """The findings of one bucket, by programme and id."""
        found = {"": pl.DataFrame(schema=FINDING_SCHEMA)}
        for unit in self.units:
            compiled = [one for one in self.compiled if one.unit is unit]
            recipients = sorted({one.programme.recipient for one in compiled})
            registers = self.ground.registers(bucket, unit.registers)
            sheet = build_sheet(unit, registers, self.as_of, recipients)
            if sheet is not None:
                found |= {one.programme.id: find(one, sheet) for one in compiled}
        return pl.concat(found[name] for name in sorted(found))

    @property
    def units(self) -> list[Unit]:
        """What the programmes are about, each once."""
        return list({one.unit.name + one.programme.pack: one.unit for one in self.compiled}.values())

    def count_doubted(self, bucket: int) -> pl.DataFrame:
        """The units of one bucket that rows in quarantine may be about, by register."""
        return pl.concat(
            count_doubted(unit, self.ground.registers(bucket, unit.registers), self.as_of)
            for unit in self.units
        )


def _tally(findings: pl.LazyFrame) -> pl.LazyFrame:
    return findings.group_by("programme", "status").agg(pl.len().alias("count"), pl.col("amount").sum())


def scan(
    workspace: Workspace,
    engine: Engine,
    packs: Packs,
    *,
    as_of: date,
    now: datetime,
    showing: Showing,
    programmes: Sequence[str] = (),
) -> Run:
    """Scan all programmes, or those named, as of a day; returns the finished run.

    The same inputs give the same run: what a scan that was cut short wrote is kept, the rest is added.
    A programme whose unit's register was never delivered does not run, and the manifest says so.
    Raises BadSettings for an unknown programme, Failed when nothing was taken in or nothing can run.
    """
    chosen = [packs.find(name) for name in dict.fromkeys(programmes)] or list(packs)
    with workspace.lock("scan"):
        ground = stand_on(workspace, engine, packs, showing)
        compiled = _compile(chosen, ground, as_of, workspace.registers)
        decided_by = manifest.decided_by(as_of, compiled, ground.deliveries, ground.layout, ground.doubts)
        run_id = manifest.run_id_of(as_of, decided_by)
        folder = workspace.findings / run_id
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        key = workspace.key(KeyUse.FINDINGS)
        work = BucketScan(ground, tuple(compiled.values()), as_of, folder, key)
        tallies = _run_all(work, showing)
        not_run = [programme.id for _, programme in chosen if programme.id not in compiled]
        entries = _entries(packs, compiled, tallies)
        found = {"programmes": entries, "not_run": not_run, "doubts": _doubts(work)}
        document = {"run": run_id, **decided_by, **found}
        _finish(engine, folder, document, packs, as_of=as_of, now=now)
    return Run.open(workspace, run_id)


def _compile(
    chosen: Sequence[tuple[Pack, Programme]], ground: Ground, as_of: date, registers: Path
) -> dict[str, Compiled]:
    runnable = [pair for pair in chosen if pair[0].unit_of(pair[1]).register in ground.deliveries]
    if not runnable:
        raise Failed(
            "The registers of no programme have been taken in.",
            where=str(registers),
            mend="run `owed intake`; `owed programmes show` names the registers that a programme reads",
        )
    return {programme.id: pack.compile(programme, as_of) for pack, programme in runnable}


def _run_all(work: BucketScan, showing: Showing) -> pl.DataFrame:
    tallies = []
    with showing("Scanning", work.ground.layout.count) as progress:
        for bucket in range(work.ground.layout.count):
            tallies.append(work.run(bucket))
            progress.advance()
    return pl.concat(tallies)


def _doubts(work: BucketScan) -> dict[str, dict[str, Any]]:
    """Of each register with rows in quarantine: how many, and how many units they may be about.

    `nameless` rows are about any unit for all that can be read of them. Where `makes_units`, a row of the
    register would have been a unit of its own.
    """
    if not work.ground.doubts:
        return {}
    counted = pl.concat(work.count_doubted(bucket) for bucket in range(work.ground.layout.count))
    sums = {name: rows.sum().row(0, named=True) for (name,), rows in counted.group_by("register")}
    relations = [relation for unit in work.units for relation in relations_of(unit)]
    return {
        name: {
            "rows": doubts.height,
            "nameless": max(
                (count_nameless(one, doubts) for one in relations if one.register == name), default=0
            ),
            "doubted": sums[name]["doubted"] if name in sums else 0,
            "units": sums[name]["units"] if name in sums else 0,
            "makes_units": any(unit.register == name for unit in work.units),
        }
        for name, doubts in sorted(work.ground.doubts.items())
    }


def _entries(packs: Packs, compiled: Mapping[str, Compiled], tallies: pl.DataFrame) -> dict[str, Any]:
    sums = tallies.group_by("programme", "status").agg(pl.col("count").sum(), pl.col("amount").sum())
    counts = {(row["programme"], row["status"]): row for row in sums.iter_rows(named=True)}
    none = {"count": 0, "amount": 0}
    return {
        name: {
            **manifest.programme_entry(packs, one),
            "entitled": counts.get((name, ENTITLED), none)["count"],
            "unknown": counts.get((name, UNKNOWN), none)["count"],
            "amount": counts.get((name, ENTITLED), none)["amount"] or 0,
        }
        for name, one in sorted(compiled.items())
    }


def _finish(
    engine: Engine, folder: Path, document: dict[str, Any], packs: Packs, *, as_of: date, now: datetime
) -> None:
    """Write the manifest, then say in the store that the scan ended."""
    with writing(engine) as connection:
        previous = connection.execute(_DIFFED_BEFORE, {"run": document["run"]}).scalar()
        document |= {
            "packs": {pack.name: pack.sha256 for pack in packs.packs},
            "previous_run": previous,
            "outputs": {path.name: file_sha256(path) for path in sorted(folder.glob("*.parquet"))},
        }
        write_text(folder / MANIFEST, canonical_json(document) + "\n")
        _remember(connection, document, as_of=as_of, now=now)


def _remember(connection: Connection, document: dict[str, Any], *, as_of: date, now: datetime) -> None:
    row = {
        "run_id": document["run"],
        "as_of": as_of,
        "manifest_sha256": document_sha256(document),
        "previous_run_id": document["previous_run"],
        "scanned_at": micros(now),
        "diffed_at": None,
    }
    again = {"manifest_sha256": row["manifest_sha256"], "scanned_at": row["scanned_at"]}
    statement = insert(scan_run).on_conflict_do_update(index_elements=["run_id"], set_=again)
    connection.execute(statement, row)
