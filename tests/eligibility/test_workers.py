"""Whoever runs the buckets, however often, however it ends: the same cells, and every file whole."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import polars as pl
import pytest

from data.errors import Failed, PartlyDone
from data.keys import KeyUse
from eligibility import manifest
from eligibility import scan as scanning
from eligibility.bucket_scan import BucketScan
from eligibility.runs import Run
from eligibility.workers import Order, Processes, Runner, attempt, in_this_process, refuse
from tests.eligibility.city import PAID, PEOPLE, City, cells, no_bar
from tests.eligibility.toypack import AS_OF

ROOT = Path(__file__).resolve().parents[2]
BUCKETS = 4


def scan_with(city: City, runner: Runner) -> Run:
    return scanning.scan(
        city.workspace, city.engine, city.packs, as_of=AS_OF, now=city.now, showing=no_bar, runner=runner
    )


def order_of(city: City) -> tuple[Order, BucketScan]:
    """The order of a scan of which no bucket is done."""
    taken: list[tuple[Order, BucketScan]] = []

    def takes(order: Order, work: BucketScan, buckets: object, told: object) -> None:
        taken.append((order, work))
        raise InterruptedError

    with pytest.raises(InterruptedError):
        scan_with(city, takes)
    return taken[0]


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_processes_find_what_this_process_finds(delivered: City) -> None:
    order, _ = order_of(delivered)
    here = scan_with(delivered, in_this_process)
    before = cells(here).to_dicts()
    for path in here.folder.iterdir():
        path.unlink()
    there = scan_with(delivered, Processes(2))
    assert (before, here.manifest | {"outputs": 0}, order.run) == (
        cells(there).to_dicts(),
        there.manifest | {"outputs": 0},
        there.run_id,
    )


def test_an_order_holds_no_key_and_no_record(delivered: City) -> None:
    order, work = order_of(delivered)
    sent = pickle.dumps(order)
    ids = [one for bucket in range(BUCKETS) for one in work.find(bucket)["unit_id"]]
    secrets = [delivered.workspace.key(use) for use in KeyUse]
    assert not any(key in sent or key.hex().encode() in sent for key in secrets)
    assert (3, False) == (len(ids), any(one.encode() in sent for one in ids))


def test_two_attempts_at_one_bucket_leave_one_whole_file(delivered: City) -> None:
    order, work = order_of(delivered)
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        ended = list(pool.map(attempt, [order, order], [0, 0]))
    first = work.files(0).findings_path.read_bytes()
    work.files(0).write(work.find(0), {"findings": [], "units": [], "doubted": []})  # a third that comes late
    assert ([None, None], {"0.parquet", "0.tally"}, first) == (
        ended,
        files(order.folder),
        work.files(0).findings_path.read_bytes(),
    )


def test_a_worker_with_other_rules_or_records_refuses_the_order(delivered: City) -> None:
    order, _ = order_of(delivered)
    other = attempt(replace(order, inputs="0" * 64), 0)
    with pytest.raises(Failed, match="decide by something else"):
        refuse(other)


def test_what_goes_wrong_in_a_worker_travels_without_a_cell(
    delivered: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    order, _ = order_of(delivered)

    def breaks(self: BucketScan, bucket: int) -> None:
        raise pl.exceptions.ComputeError("conversion failed for P1,1990-01-01")

    monkeypatch.setattr(BucketScan, "find", breaks)
    failure = attempt(order, 0)
    assert failure is not None
    assert ("Failed", False) == (failure["kind"], "1990" in str(failure))


def deadly(city: City) -> Path:
    """Make the toy pack end the first worker process that loads it; the file says that it has."""
    marker = city.folder / "died"
    file = city.folder / "packs" / "toy" / "deadly.py"
    file.write_text(
        "import multiprocessing, os, pathlib, signal, sys\n"
        f"marker = pathlib.Path({str(marker)!r})\n"
        "if (multiprocessing.parent_process() or 'pyspark.worker' in sys.modules) and not marker.exists():\n"
        "    marker.touch()\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n",
        "utf-8",
    )
    city.reload()
    return marker


def test_a_worker_that_dies_is_said_and_the_scan_goes_on_where_it_stopped(delivered: City) -> None:
    marker = deadly(delivered)
    with pytest.raises(PartlyDone, match="ended before its bucket was done"):
        scan_with(delivered, Processes(2))
    again = scan_with(delivered, Processes(2))
    assert (True, 3) == (marker.exists(), cells(again).height)


@pytest.fixture
def child(delivered: City) -> Iterator[list[subprocess.Popen[str]]]:
    started: list[subprocess.Popen[str]] = []
    yield started
    for one in started:
        one.kill()
        one.communicate()


def begin(city: City, child: list[subprocess.Popen[str]], bucket: int, ending: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.eligibility.killed", str(city.folder), str(bucket), ending]
    environment = {"PATH": os.defpath, "PYTHONPATH": str(ROOT)}
    started = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    child.append(started)
    return started


def test_a_scan_that_is_killed_in_the_middle_of_a_bucket_is_done_by_the_next(
    delivered: City, child: list[subprocess.Popen[str]]
) -> None:
    killed = begin(delivered, child, 2, "wait")
    assert killed.stdout is not None
    assert "waiting\n" == killed.stdout.readline()
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    (folder,) = delivered.workspace.findings.iterdir()
    left = files(folder)
    run = delivered.scan()
    assert run.done is not None
    assert {"0.parquet", "0.tally", "1.parquet", "1.tally", ".2.parquet.1.part"} == left
    assert (folder, 2, 3) == (run.folder, run.done.skipped, cells(run).height)
    assert not list(folder.glob(".*"))


def test_a_scan_that_is_interrupted_says_that_it_goes_on(
    delivered: City, child: list[subprocess.Popen[str]]
) -> None:
    interrupted = begin(delivered, child, 1, "wait")
    assert interrupted.stdout is not None
    interrupted.stdout.readline()
    interrupted.send_signal(signal.SIGINT)
    _, said = interrupted.communicate(timeout=60)
    assert (130, "owed: interrupted; run the same command again to go on.") == (
        interrupted.returncode,
        said.strip(),
    )


def test_a_full_disk_is_said_and_leaves_nothing_half_written(
    delivered: City, child: list[subprocess.Popen[str]]
) -> None:
    full = begin(delivered, child, 2, "full")
    _, said = full.communicate(timeout=60)
    (folder,) = delivered.workspace.findings.iterdir()
    assert (1, {"0.parquet", "0.tally", "1.parquet", "1.tally"}) == (full.returncode, files(folder))
    assert "owed: The system says: File too large." in said
    assert f"where: {folder / '2.parquet'}" in said


def test_a_disk_that_was_full_changes_no_cell_of_the_scan_that_goes_on(
    delivered: City, child: list[subprocess.Popen[str]]
) -> None:
    expected = cells(delivered.scan()).to_dicts()
    (folder,) = delivered.workspace.findings.iterdir()
    for path in folder.iterdir():
        path.unlink()
    begin(delivered, child, 2, "full").communicate(timeout=60)
    left = files(folder)
    run = delivered.scan()
    assert run.done is not None
    assert ({"0.parquet", "0.tally", "1.parquet", "1.tally"}, 2) == (left, run.done.skipped)
    assert (folder, expected) == (run.folder, cells(run).to_dicts())


def test_what_nothing_changed_is_taken_from_an_earlier_scan(delivered: City) -> None:
    first = delivered.scan()
    before = {path.name: path.stat().st_ino for path in first.folder.glob("*.parquet")}
    # the same rows on other lines, and one person born on another day
    people = {**dict(reversed(PEOPLE.items())), "P1": "H1,1991-01-01"}
    delivered.deliver("people", people)
    second = delivered.scan()
    after = {path.name: path.stat().st_ino for path in second.folder.glob("*.parquet")}
    changed = {name for name, file in after.items() if before[name] != file}
    assert second.done is not None
    assert (False, 1, BUCKETS - 1) == (first.run_id == second.run_id, len(changed), second.done.skipped)


def test_what_is_taken_over_is_what_a_full_scan_finds(delivered: City) -> None:
    delivered.scan()
    delivered.deliver("paid", {**PAID, "6": "P5,F5,10000,2026-01-10"})
    taken = cells(delivered.scan())
    for run in delivered.workspace.findings.iterdir():
        for path in run.iterdir():
            path.unlink()
    assert taken.to_dicts() == cells(delivered.scan()).to_dicts()


def test_a_file_that_was_changed_is_not_taken_over(delivered: City) -> None:
    first = delivered.scan()
    for path in first.folder.glob("*.parquet"):
        path.write_bytes(path.read_bytes() + b"more")
    delivered.deliver("people", dict(reversed(PEOPLE.items())))
    second = delivered.scan()
    assert second.done is not None
    assert (0, 3) == (second.done.skipped, cells(second).height)


def test_a_row_in_quarantine_changes_only_the_buckets_it_may_be_about(delivered: City) -> None:
    delivered.scan()
    delivered.deliver("paid", {**PAID, "6": "P5,F5,ten,2026-01-10"})
    second = delivered.scan()
    assert second.done is not None
    assert BUCKETS - 1 == second.done.skipped


def test_another_day_changes_every_bucket(delivered: City) -> None:
    delivered.scan()
    later = delivered.scan(AS_OF.replace(day=2))
    assert later.done is not None
    assert 0 == later.done.skipped


def test_another_engine_is_another_run_and_changes_every_bucket(
    delivered: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = delivered.scan()
    monkeypatch.setattr(manifest, "engine_version", lambda: "another")
    second = delivered.scan()
    assert second.done is not None
    assert (False, 0) == (first.run_id == second.run_id, second.done.skipped)
