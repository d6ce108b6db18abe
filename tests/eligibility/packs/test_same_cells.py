"""However a made-up city is cut up, in whatever order its rows came and whoever ran it: the same cells."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import Engine

from data.commandline import Progress, SilentProgress
from data.intake import take_in
from data.setup import Authority, make_workspace
from data.store.schema import open_store
from data.synth.headers import CONTRACTS
from data.synth.registers import make
from data.workspace import Workspace
from eligibility.pack import Packs, load_packs
from eligibility.scan import scan
from eligibility.spark import OnSpark
from eligibility.workers import Processes, Runner, in_this_process

BUILT_IN = Path(__file__).resolve().parents[3] / "eligibility" / "packs"
AS_OF = date(2026, 11, 10)
NOW = datetime(2026, 11, 10, 1, 0, tzinfo=UTC)


def silently(label: str, total: int) -> AbstractContextManager[Progress]:
    del label, total
    return nullcontext(SilentProgress())


@dataclass
class MadeUp:
    """A made-up city whose registers can be delivered again, and scanned in any number of buckets."""

    workspace: Workspace
    engine: Engine
    packs: Packs
    files: Path
    now: datetime = field(default=NOW)

    def deliver(self, *, reversed_rows: bool = False) -> None:
        self.now += timedelta(hours=1)
        for name in CONTRACTS.values():
            file = self.files / f"{name.split('/')[1]}.csv"
            if reversed_rows:
                head, *rows = file.read_text("utf-8").splitlines()
                file.write_text("\n".join([head, *reversed(rows)]) + "\n", "utf-8")
            take_in(
                self.workspace, self.engine, self.packs.contracts[name], file,
                extracted_on=AS_OF, now=self.now, progress=SilentProgress(),
            )  # fmt: skip

    def cells(self, buckets: int, runner: Runner = in_this_process) -> pl.DataFrame:
        """The findings in one order; their ids are the same in every scan of this workspace."""
        settings = self.workspace.settings_file
        text = re.sub(r"(?m)^buckets = \S+", f"buckets = {buckets}", settings.read_text("utf-8"))
        settings.write_text(text, "utf-8")
        run = scan(
            self.workspace,
            self.engine,
            self.packs,
            as_of=AS_OF,
            now=self.now,
            showing=silently,
            runner=runner,
        )
        found = run.findings().collect()
        return found.sort("entitlement_id", "unit_id")


@pytest.fixture(scope="module")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MadeUp]:
    folder = tmp_path_factory.mktemp("city")
    make(folder / "files", residents=600, seed=3, as_of=AS_OF, tax_year=AS_OF.year)
    authority = Authority("가온시", "Gaon City", "02-0000-0120", "http://127.0.0.1:8080")
    built_in = shutil.copytree(BUILT_IN, folder / "packs")  # every process loads them: none may change
    workspace = make_workspace(folder / "w", authority, packs=["kr", "us"], built_in_packs=built_in)
    packs = load_packs(workspace.settings(), built_in)
    city = MadeUp(workspace, open_store(workspace), packs, folder / "files")
    city.deliver()
    yield city
    city.engine.dispose()


@pytest.fixture(scope="module")
def in_one_bucket(made_up: MadeUp) -> pl.DataFrame:
    cells = made_up.cells(1)
    assert 3 <= cells["programme"].n_unique()
    return cells


def test_the_number_of_buckets_and_of_workers_changes_no_cell(
    made_up: MadeUp, in_one_bucket: pl.DataFrame
) -> None:
    assert in_one_bucket.equals(made_up.cells(7, Processes(2)))


@pytest.mark.spark
def test_spark_changes_no_cell(made_up: MadeUp, in_one_bucket: pl.DataFrame) -> None:
    assert in_one_bucket.equals(made_up.cells(3, OnSpark(2, {"PATH": "/usr/bin:/bin"})))


def test_the_order_of_rows_changes_no_cell(made_up: MadeUp, in_one_bucket: pl.DataFrame) -> None:
    made_up.deliver(reversed_rows=True)
    assert in_one_bucket.equals(made_up.cells(5))
