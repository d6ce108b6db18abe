"""The engine at any size: scans with few and many programmes beside mere reading and writing, the same
registers again when hardly anything changed, and a diff of as many findings as there are residents."""

from __future__ import annotations

import tempfile
from pathlib import Path

from bench import engine
from bench.measure import Usage, alternating, run, table

HEADS = ("", "CPU s", "wall s", "GB of all processes")


def report(*, residents: int, runs: int, programmes: tuple[int, ...], buckets: int) -> str:
    """Tables for so many residents: one of the scan per number of programmes; one of a delivery that changes
    one in a hundred of so many `buckets`; one of the diff."""
    return "\n\n".join(
        [_scans(residents, runs, programmes), _unchanged(residents, runs, buckets), _diffs(residents)]
    )


def _scans(residents: int, runs: int, programmes: tuple[int, ...]) -> str:
    with tempfile.TemporaryDirectory(prefix="owed-bench-") as name:
        folder = Path(name)
        made = _step("city", folder, str(residents), str(programmes[0]))
        laid = _step("layout", folder)
        parts = [_compared(folder, runs, count) for count in programmes]
    head = table(HEADS, [_row("make the registers", made), _row("layout of all registers", laid)])
    return "\n\n".join([f"{residents:,} residents.\n\n{head}", *parts])


def _compared(folder: Path, runs: int, programmes: int) -> str:
    """A scan with so many programmes beside mere reading and writing, and in two processes."""
    _step("use", folder, str(programmes))
    taken = alternating(runs, scan=_command("scan", folder), copy=_command("copy", folder))
    pair = _step("scan", folder, "2")
    ratio = taken["scan"].cpu / taken["copy"].cpu
    rows = [
        _row("scan", taken["scan"]),
        _row("scan, two processes", pair),
        _row("read and write the same Parquet", taken["copy"]),
        ["scan against reading and writing", f"{ratio:.2f} ×", "", ""],
    ]
    found = sum(engine.found(folder).values())
    return f"{programmes} programmes, {found:,} findings.\n\n{table(HEADS, rows)}"


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
    return [name, f"{usage.cpu:.2f}", f"{usage.wall:.2f}", f"{usage.together:.2f}"]
