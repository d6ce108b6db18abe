"""Measures whole processes by the operating system's own accounting, and sets them side by side."""

from __future__ import annotations

import atexit
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
LOOKS_EVERY = 0.25  # seconds between two looks at the memory of a process and all that it started


class Usage(NamedTuple):
    """A process that ended, and those it started and waited for: seconds on the clock, of processor; memory.

    `peak` is what its largest process ever held, by the system's own mark; `together` is the most that it and
    all it started were seen to hold at one time, each shared page once (PSS): a look every quarter of a
    second, which may miss a short peak. Both in GB.
    """

    wall: float
    cpu: float
    peak: float
    together: float


class BenchFailed(Exception):
    """A measured process ended with an error; its figures would mean nothing."""


def run(arguments: Sequence[str]) -> Usage:
    """Run `python ARGUMENTS` to its end. Raises BenchFailed when it fails."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *arguments], cwd=ROOT, env=_environment(), stdout=subprocess.DEVNULL
    )
    with _watched(process.pid) as seen:
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise BenchFailed(f"{' '.join(arguments)} ended with {process.returncode}")
    return Usage(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1e6, max(seen) / 1e6)


@contextmanager
def _watched(root: int) -> Iterator[list[int]]:
    """What `root` and all it started hold together, in kB, look by look until the block is left."""
    seen, ended = [0], threading.Event()

    def look() -> None:
        while not ended.wait(LOOKS_EVERY):
            seen.append(sum(_held(pid) for pid in _tree(root)))

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield seen
    finally:
        ended.set()
        watcher.join()


def _tree(root: int) -> set[int]:
    """A process and its descendants, as far as their parents live."""
    parents = dict(_parents())
    found, layer = {root}, {root}
    while layer:
        layer = {pid for pid, parent in parents.items() if parent in layer} - found
        found |= layer
    return found


def _parents() -> Iterator[tuple[int, int]]:
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            after_name = (entry / "stat").read_text("utf-8", "replace").rpartition(")")[2]
        except OSError:  # it has ended
            continue
        yield int(entry.name), int(after_name.split()[1])


def _held(pid: int) -> int:
    """The proportional share of memory of a process in kB; 0 when it has ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


@cache
def _environment() -> dict[str, str]:
    """Ours, but modules are kept compiled between runs, as where a program is installed."""
    folder = tempfile.mkdtemp(prefix="owed-bench-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"PYTHONPYCACHEPREFIX": folder}


def alternating(runs: int, **commands: Sequence[str]) -> dict[str, Usage]:
    """Each command `runs` times in turn after one uncounted round; medians, so that drift hits all alike."""
    taken: dict[str, list[Usage]] = {name: [] for name in commands}
    for round_ in range(runs + 1):
        for name, arguments in commands.items():
            usage = run(arguments)
            if round_ > 0:
                taken[name].append(usage)
    return {name: _median(usages) for name, usages in taken.items()}


def _median(usages: Sequence[Usage]) -> Usage:
    return Usage(*(statistics.median(column) for column in zip(*usages, strict=True)))


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
