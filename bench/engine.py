"""The engine alone, at any size: `python -m bench.engine STEP FOLDER …`, each step one process.

`city FOLDER RESIDENTS PROGRAMMES [BUCKETS]` makes a workspace whose registers are accepted already, `use`
gives it as many programmes; `layout` lays the registers out, `scan [WORKERS]` scans them as `owed scan` does,
`copy` reads what the scan reads and writes what it wrote; `changed` delivers one register again with other
rows in a few buckets, `ground` lays out what is new, `rescan` scans what changed.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import polars as pl

from bench.accepted import NOW, write_accepted, write_batch
from bench.many import NAMES, packs_with
from bench.registers import EXTRACTED_ON
from data import registers
from data.buckets import Layout
from data.commandline import Progress, SilentProgress
from data.setup import Authority, make_workspace
from data.store.schema import open_store
from data.workspace import Workspace
from eligibility.accepting import accept
from eligibility.ground import Ground, stand_on
from eligibility.pack import Packs, load_packs
from eligibility.runs import Run
from eligibility.scan import scan as scan_all
from eligibility.workers import Processes

BUILT_IN = Path(__file__).resolve().parents[1] / "eligibility" / "packs"


def city(folder: Path, residents: str, programmes: str, buckets: str = "0") -> None:
    """A workspace with so many programmes in use, and accepted registers of so many residents."""
    authority = Authority("가온시", "Gaon City", "02-0000-0120", "http://127.0.0.1:8080")
    workspace = make_workspace(
        folder / "workspace", authority, packs=["us"], built_in_packs=BUILT_IN, buckets=int(buckets) or None
    )
    for name in NAMES:
        _drop(workspace, name)
    use(folder, programmes)
    write_accepted(workspace, open_store(workspace), _packs(workspace).contracts, int(residents))
    shutil.rmtree(workspace.root / "pieces")


def use(folder: Path, programmes: str) -> None:
    """Have so many programmes in use, whichever were before."""
    workspace = Workspace.open(folder / "workspace")
    shutil.rmtree(workspace.root / "packs", ignore_errors=True)
    for source in packs_with(workspace.root / "packs", int(programmes)):
        accept(workspace, open_store(workspace), source, actor="bench", now=NOW)


def _drop(workspace: Workspace, name: str) -> None:
    """Take a pack that Owed brings out of the settings, so that its copy can take its place."""
    path = workspace.root / "owed.toml"
    blocks = path.read_text("utf-8").split("[[pack]]\n")
    path.write_text("[[pack]]\n".join(one for one in blocks if not one.startswith(f'name = "{name}"\nsha')))


def layout(folder: Path) -> None:
    """Lay the accepted rows out in buckets."""
    workspace = Workspace.open(folder / "workspace")
    shutil.rmtree(workspace.registers / "buckets", ignore_errors=True)
    _ground(workspace)


def scan(folder: Path, workers: str = "1") -> None:
    """Every bucket anew, from registers in buckets to findings, manifest and store."""
    shutil.rmtree(folder / "workspace" / "findings", ignore_errors=True)
    (folder / "workspace" / "findings").mkdir()
    rescan(folder, workers)


def rescan(folder: Path, workers: str = "1") -> None:
    """Only what changed since the last scan."""
    workspace = Workspace.open(folder / "workspace")
    scan_all(
        workspace, open_store(workspace), _packs(workspace), as_of=EXTRACTED_ON, now=NOW, showing=_no_bar,
        runner=Processes(int(workers)),
    )  # fmt: skip


def changed(folder: Path) -> None:
    """The register of copayments again; in one bucket of a hundred every amount is one won higher."""
    workspace = Workspace.open(folder / "workspace")
    engine, records = open_store(workspace), _ground(workspace)
    before = records.deliveries["copayments"]
    touched = max(1, records.layout.count // 100)
    residents = [records.layout.read(bucket, "copayments") for bucket in range(touched)]
    theirs = pl.concat([one.select("resident") for one in residents if one is not None]).unique()
    more = pl.col("resident").is_in(theirs.collect()["resident"].implode()).cast(pl.Int64)
    rows = registers.scan(workspace, before).with_columns(covered_paid=pl.col("covered_paid") + more)
    write_batch(workspace, engine, _packs(workspace).contracts[before.contract], rows, again=True)


def laid_out(folder: Path) -> Layout:
    """The registers of the workspace in `folder`, in buckets."""
    return _ground(Workspace.open(folder / "workspace")).layout


def ground(folder: Path) -> None:
    """Lay out what is new since the last layout."""
    _ground(Workspace.open(folder / "workspace"))


def copy(folder: Path) -> None:
    """Read every register that the scan reads and write its findings again, judging nothing."""
    workspace = Workspace.open(folder / "workspace")
    records = _ground(workspace)
    (found,) = (one for one in workspace.findings.iterdir() if one.is_dir())
    run = Run.open(workspace, found.name, engine=open_store(workspace))
    names = {name for entry in run.programmes.values() for name in entry["registers"]}
    sealed = pl.ParquetEncryptionProperties(footer_key=bytes(32))
    target = folder / "copy"
    target.mkdir(exist_ok=True)
    for bucket in range(records.layout.count):
        for name in sorted(names):
            rows = records.layout.read(bucket, name)
            if rows is not None:
                rows.collect()
        findings = run.findings(buckets=[bucket]).collect()
        findings.write_parquet(target / f"{bucket}.parquet", encryption=sealed)


def found(folder: Path) -> dict[str, int]:
    """How many findings the last scan wrote, by programme."""
    workspace = Workspace.open(folder / "workspace")
    newest = max(
        (one for one in workspace.findings.iterdir() if one.is_dir()), key=lambda one: one.stat().st_mtime
    )
    programmes = Run.open(workspace, newest.name, engine=open_store(workspace)).programmes
    return {name: entry["entitled"] + entry["unknown"] for name, entry in programmes.items()}


def _ground(workspace: Workspace) -> Ground:
    return stand_on(workspace, open_store(workspace), _packs(workspace), _no_bar)


def _packs(workspace: Workspace) -> Packs:
    return load_packs(workspace.settings(), BUILT_IN)


def _no_bar(label: str, total: int) -> AbstractContextManager[Progress]:
    del label, total
    return nullcontext(SilentProgress())


STEPS: dict[str, Callable[..., None]] = {
    step.__name__: step for step in (city, use, layout, scan, rescan, changed, ground, copy)
}

if __name__ == "__main__":
    step, where, *rest = sys.argv[1:]
    STEPS[step](Path(where), *rest)
