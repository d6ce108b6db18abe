"""The scan: every bucket's registers become findings, one file per bucket, and a manifest at the end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine
from sqlalchemy.dialects.sqlite import insert

from data.clock import micros
from data.digests import canonical_json, document_sha256, file_sha256
from data.files import write_text
from data.keys import KeyUse
from data.store.engine import reading, writing
from data.store.tables import scan_run
from data.workspace import Workspace
from eligibility import manifest
from eligibility.bucket_scan import BucketScan
from eligibility.ground import Ground, Showing, stand_on
from eligibility.missed import missed_of
from eligibility.pack import Packs
from eligibility.runnable import Runnable
from eligibility.runs import MANIFEST, PRUNED, BucketFiles, Done, Run, proven_manifests
from eligibility.sequence import last_compared, newest_runs, next_number
from eligibility.workers import Order, Runner, in_this_process

RUNS_LOOKED_AT = 10
"""So many earlier runs are looked through for buckets that nothing changed since."""

CIRCUMSTANCES = ("packs", "previous_run")
"""What a manifest says of the day of its scan: it decides no row."""


def scan(
    workspace: Workspace,
    engine: Engine,
    packs: Packs,
    *,
    as_of: date,
    now: datetime,
    showing: Showing,
    programmes: Sequence[str] = (),
    runner: Runner = in_this_process,
) -> Run:
    """Scan all programmes, or those named, as of a day; returns the finished run.

    The same inputs give the same run, whoever runs the buckets: what a scan that was cut short wrote is
    kept, buckets that nothing changed since an earlier run are taken from it, the rest is added. A
    programme whose unit's register was never delivered does not run, and the manifest says so.
    Raises BadSettings for an unknown programme, Failed when nothing was taken in or nothing can run,
    RegisterTooOld when a register is older than its contract allows on the day of the scan.
    """
    chosen = packs.needed(packs.find(name) for name in dict.fromkeys(programmes)) or list(packs)
    with workspace.lock("scan"):
        ground = stand_on(workspace, engine, packs, showing)
        zone = ZoneInfo(workspace.settings().time_zone)
        today = now.astimezone(zone).date()
        able = Runnable.of(chosen, ground, packs.contracts, as_of=as_of, fresh_on=today)
        able.check_any(ground)
        compiled = able.compiled
        inputs = manifest.inputs_of(ground, compiled, as_of)
        decided_by = manifest.decided_by(as_of, compiled, ground, inputs)
        run_id = manifest.run_id_of(as_of, decided_by)
        order = Order.of(
            workspace, packs, ground, run=run_id, as_of=as_of, programmes=list(compiled), inputs=inputs
        )
        work = BucketScan(ground, compiled, as_of, order.folder, inputs, workspace.key(KeyUse.FINDINGS))
        done = _run_all(engine, order, work, runner=runner, showing=showing)
        tallies = [work.files(bucket).tally() for bucket in range(ground.layout.count)]
        document = {
            "run": run_id,
            **decided_by,
            "programmes": manifest.entries(packs, compiled, tallies),
            "not_run": able.not_run,
            "lacking": able.lacking,
            "left_out": dict(sorted(ground.left_out.items())),
            "doubts": manifest.doubts_of(ground, work.units, tallies),
            "missed": _keep_missed(workspace, ground, packs, work),
        }
        _finish(engine, order.folder, document, packs, as_of=as_of, now=now)
    return Run.open(workspace, run_id, engine=engine, done=done)


def _keep_missed(
    workspace: Workspace, ground: Ground, packs: Packs, work: BucketScan
) -> dict[str, dict[str, int]]:
    """Keep whom rows in quarantine may be about beside the findings; their numbers by register."""
    missed = missed_of(workspace, ground, packs, work.compiled.values())
    missed.write(work.folder, work.key)
    return missed.counts


def _run_all(engine: Engine, order: Order, work: BucketScan, *, runner: Runner, showing: Showing) -> Done:
    """Have every bucket's files in the run's folder; returns what there was to do."""
    order.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (order.folder / PRUNED).unlink(missing_ok=True)
    _clear(order.folder)
    layout, names = work.records.layout, work.register_names
    _remove_damaged(engine, work)
    _take_over(engine, work)
    waiting = [bucket for bucket in range(layout.count) if not work.files(bucket).are_there]
    rows = {bucket: layout.rows(bucket, names) for bucket in waiting}
    try:
        with showing("Scanning", sum(rows.values())) as progress:
            runner(order, work, waiting, lambda bucket: progress.advance(rows[bucket]))
    finally:
        _clear(order.folder)
    return Done(rows=sum(rows.values()), buckets=len(waiting), skipped=layout.count - len(waiting))


def _clear(folder: Path) -> None:
    """Remove what an attempt that was killed had begun to write."""
    for stale in folder.glob(".*.part"):
        stale.unlink(missing_ok=True)


def _remove_damaged(engine: Engine, work: BucketScan) -> None:
    """Remove what this scan wrote before and what is not so any more; it is written anew."""
    with reading(engine) as connection:
        proven = proven_manifests(connection, work.folder)
    for bucket in range(work.records.layout.count):
        files = work.files(bucket)
        if not files.hold(proven):
            files.remove()


def _take_over(engine: Engine, work: BucketScan) -> None:
    """Take from earlier runs the buckets in which nothing changed since."""
    wanted = {work.inputs[bucket]: bucket for bucket in range(len(work.inputs))}
    with reading(engine) as connection:
        newest = newest_runs(connection, RUNS_LOOKED_AT)
    for run_id in newest:
        folder = work.folder.with_name(run_id)
        with reading(engine) as connection:
            proven = proven_manifests(connection, folder)
        if proven is None or folder == work.folder:
            continue
        for bucket, decided in enumerate(proven[0]["inputs"]):
            if wanted.get(decided) == bucket and not work.files(bucket).are_there:
                earlier = BucketFiles(folder, bucket, decided, work.key)
                if earlier.hold(proven):
                    work.files(bucket).take_from(earlier)


def _finish(
    engine: Engine, folder: Path, document: dict[str, Any], packs: Packs, *, as_of: date, now: datetime
) -> None:
    """Write the manifest, then say in the store that the scan ended.

    A scan that is repeated leaves the manifest as it is where only its `CIRCUMSTANCES` are others: were it
    replaced and the store then failed, the store would name one that is gone.
    """
    with writing(engine) as connection:
        previous = last_compared(connection, besides=document["run"])
        document |= {
            "packs": {pack.name: pack.sha256 for pack in packs.packs},
            "previous_run": previous.run_id if previous else None,
            "outputs": {path.name: file_sha256(path) for path in sorted(folder.glob("*.parquet"))},
        }
        proven = proven_manifests(connection, folder)
        if proven is not None and _of_the_same(proven[0], document):
            document = proven[0]
        else:
            write_text(folder / MANIFEST, canonical_json(document) + "\n")
        _remember(connection, document, as_of=as_of, now=now)


def _of_the_same(manifest: dict[str, Any], other: dict[str, Any]) -> bool:
    one, another = (canonical_json(each | dict.fromkeys(CIRCUMSTANCES)) for each in (manifest, other))
    return one == another


def _remember(connection: Connection, document: dict[str, Any], *, as_of: date, now: datetime) -> None:
    row = {
        "run_id": document["run"],
        "as_of": as_of,
        "manifest_sha256": document_sha256(document),
        "previous_run_id": document["previous_run"],
        "number": next_number(connection),
        "scanned_at": micros(now),
    }
    again = {name: row[name] for name in ("manifest_sha256", "number", "scanned_at")}
    statement = insert(scan_run).on_conflict_do_update(index_elements=["run_id"], set_=again)
    connection.execute(statement, row)
