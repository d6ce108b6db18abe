"""From files to findings, each step one process: `python -m bench.steps STEP FOLDER [RESIDENTS]`.

The folder holds `files` (the registers as CSV) and `workspace`.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from pathlib import Path

from bench.registers import CONTRACTS, EXTRACTED_ON, file_of, make_files
from data.commandline import Progress, SilentProgress
from data.intake import take_in
from data.setup import Authority, make_workspace
from data.store.schema import open_store
from data.workspace import Workspace
from eligibility.ground import stand_on
from eligibility.pack import Packs, load_packs
from eligibility.runs import Run
from eligibility.scan import scan as scan_all

PACKS = Path(__file__).resolve().parents[1] / "eligibility" / "packs"
NOW = datetime(2026, 11, 10, 1, 0, tzinfo=UTC)
BUCKETS = 16


def files(folder: Path, residents: int) -> None:
    """Make the files of the registers."""
    make_files(folder / "files", residents)


def intake(folder: Path) -> None:
    """Take all registers into a new workspace: parsed, checked, ids given, names and contacts sealed."""
    authority = Authority("가온시", "Gaon City", "02-0000-0120", "http://127.0.0.1:8080")
    workspace = make_workspace(
        folder / "workspace", authority, packs=["kr", "us"], built_in_packs=PACKS, buckets=BUCKETS
    )
    contracts, engine = _packs(workspace).contracts, open_store(workspace)
    for name in CONTRACTS:
        file = file_of(folder / "files", name)
        take_in(
            workspace, engine, contracts[name], file,
            extracted_on=EXTRACTED_ON, now=NOW, progress=SilentProgress(),
        )  # fmt: skip


def layout(folder: Path) -> None:
    """Lay the accepted rows out in buckets."""
    workspace = Workspace.open(folder / "workspace")
    shutil.rmtree(workspace.registers / "buckets", ignore_errors=True)
    stand_on(workspace, open_store(workspace), _packs(workspace), _no_bar)


def scan(folder: Path) -> None:
    """The scan as `owed scan` does it, from registers in buckets to findings, manifest and store."""
    workspace = Workspace.open(folder / "workspace")
    shutil.rmtree(workspace.findings)
    workspace.findings.mkdir()
    scan_all(
        workspace, open_store(workspace), _packs(workspace), as_of=EXTRACTED_ON, now=NOW, showing=_no_bar
    )


def found(folder: Path) -> dict[str, int]:
    """How many findings the last scan wrote, by programme."""
    workspace = Workspace.open(folder / "workspace")
    (run,) = workspace.findings.iterdir()
    programmes = Run.open(workspace, run.name).programmes
    return {name: entry["entitled"] + entry["unknown"] for name, entry in programmes.items()}


def _packs(workspace: Workspace) -> Packs:
    return load_packs(workspace.settings(), PACKS)


def _no_bar(label: str, total: int) -> AbstractContextManager[Progress]:
    del label, total
    return nullcontext(SilentProgress())


STEPS: dict[str, Callable[[Path], None]] = {step.__name__: step for step in (intake, layout, scan)}

if __name__ == "__main__":
    name, where = sys.argv[1], Path(sys.argv[2])
    if name == "files":
        files(where, int(sys.argv[3]))
    else:
        STEPS[name](where)
