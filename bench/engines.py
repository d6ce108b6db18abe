"""The engine at any size: scans with few and many programmes beside mere reading and writing, the same
registers again when hardly anything changed, and a diff of as many findings as there are residents."""

from __future__ import annotations

import tempfile
from pathlib import Path

from bench import engine
from bench.measure import Usage, alternating, run, table

HEADS = ("", "CPU s", "wall s", "peak GB")


def report(*, residents: int, runs: int, programmes: tuple[int, ...], buckets: int) -> str:
    """Tables for so many residents: one of the scan per number of programmes; one of a delivery that changes
    one in a hundred of so many `buckets`; one of the diff."""
    parts = [_scans(residents, runs, count) for count in programmes]
    return "\n\n".join([*parts, _unchanged(residents, runs, buckets), _diffs(residents)])


def _scans(residents: int, runs: int, programmes: int) -> str:
    with tempfile.TemporaryDirectory(prefix="owed-bench-") as name:
        folder = Path(name)
        _step("city", folder, str(residents), str(programmes))
        laid = _step("layout", folder)
        _step("scan", folder)
        taken = alternating(runs, scan=_command("scan", folder), copy=_command("copy", folder))
        pair = _step("scan", folder, "2")
        found = sum(engine.found(folder).values())
    rows = [
        _row("layout of all registers", laid),
        _row("scan", taken["scan"]),
        _row("scan, two processes (memory of the first)", pair),
        _row("read and write the same Parquet", taken["copy"]),
        ["scan against reading and writing", f"{taken['scan'].cpu / taken['copy'].cpu:.2f} ×", "", ""],
    ]
    return f"{residents:,} residents, {programmes} programmes, {found:,} findings.\n\n{table(HEADS, rows)}"


def _unchanged(residents: int, runs: int, buckets: int) -> str:
    """A scan after a delivery in which about one bucket in a hundred changed, without start-up."""
    with tempfile.TemporaryDirectory(prefix="owed-bench-") as name:
        folder = Path(name)
        _step("city", folder, str(residents), "20", str(buckets))
        _step("layout", folder)
        whole = _step("scan", folder)
        again = alternating(runs, rescan=_command("rescan", folder))["rescan"]
        _step("changed", folder)
        laid = _step("ground", folder)
        some = _step("rescan", folder)
    rows = [
        _row("scan of all buckets", whole),
        _row("scan again, nothing changed: start-up", again),
        _row("layout of the register delivered again", laid),
        _row("scan of what changed", some),
        [
            "scan of what changed against all, without start-up",
            f"{(some.cpu - again.cpu) / (whole.cpu - again.cpu):.1%}",
            "",
            "",
        ],
    ]
    return f"20 programmes in {buckets} buckets, of which 1 % change.\n\n{table(HEADS, rows)}"


def _diffs(findings: int) -> str:
    with tempfile.TemporaryDirectory(prefix="owed-bench-") as name:
        run(["-m", "bench.diffing", "made", name, str(findings)])
        steps = {
            "diff, all new": "first",
            "diff, 1 % new, 1 % gone, 0.5 % changed": "second",
            "diff, nothing changed": "again",
        }
        rows = [_row(title, run(["-m", "bench.diffing", step, name])) for title, step in steps.items()]
    return f"Diff of {findings:,} findings with as many.\n\n{table(HEADS, rows)}"


def _step(step: str, folder: Path, *arguments: str) -> Usage:
    return run([*_command(step, folder), *arguments])


def _command(step: str, folder: Path) -> list[str]:
    return ["-m", "bench.engine", step, str(folder)]


def _row(name: str, usage: Usage) -> list[str]:
    return [name, f"{usage.cpu:.2f}", f"{usage.wall:.2f}", f"{usage.peak:.2f}"]
