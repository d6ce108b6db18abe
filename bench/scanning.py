"""A scan of a city with both programmes, beside hand-written Polars and beside mere reading and writing."""

from __future__ import annotations

import tempfile
from pathlib import Path

from bench import steps
from bench.measure import Usage, alternating, run, table

HEADS = ("", "CPU s", "wall s", "peak GB")
COMPARED = {
    "scan": "scan, both programmes",
    "by_hand": "the same by hand in Polars",
    "copy": "read and write the same Parquet, encrypted",
    "copy_plain": "read and write the same Parquet, plain",
}


def report(*, residents: int, runs: int) -> str:
    """Make the city, take it in, lay it out, then scan in turn; a table, and a line on what was found."""
    with tempfile.TemporaryDirectory(prefix="owed-bench-") as name:
        folder = Path(name)
        made = run(["-m", "bench.steps", "files", str(folder), str(residents)])
        once = {
            "make the files": made,
            "intake, every register": _step("intake", folder),
            "layout, 16 buckets": _step("layout", folder),
        }
        _step("scan", folder)
        _step("plain", folder)
        compared = alternating(runs, **{step: _command(step, folder) for step in COMPARED})
        found = steps.found(folder)
    rows = [_row(name, usage) for name, usage in once.items()]
    rows += [_row(COMPARED[step], usage) for step, usage in compared.items()]
    rows += [_ratio(compared["scan"], compared[step], COMPARED[step]) for step in COMPARED if step != "scan"]
    counts = ", ".join(f"{count:,} of {programme}" for programme, count in found.items())
    return f"{table(HEADS, rows)}\n\n{residents:,} residents; findings: {counts}."


def _step(step: str, folder: Path) -> Usage:
    return run(_command(step, folder))


def _command(step: str, folder: Path) -> list[str]:
    module = "bench.steps" if step in steps.STEPS else "bench.baselines"
    return ["-m", module, step, str(folder)]


def _row(name: str, usage: Usage) -> list[str]:
    return [name, f"{usage.cpu:.2f}", f"{usage.wall:.2f}", f"{usage.peak:.2f}"]


def _ratio(ours: Usage, other: Usage, name: str) -> list[str]:
    shares = [f"{mine / theirs:.2f} ×" for mine, theirs in zip((ours.cpu, ours.wall, ours.peak),
              (other.cpu, other.wall, other.peak), strict=True)]  # fmt: skip
    return [f"scan against: {name}", *shares]
