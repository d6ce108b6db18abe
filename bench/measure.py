"""Measures whole processes by the operating system's own accounting, and sets them side by side."""

from __future__ import annotations

import atexit
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]


class Usage(NamedTuple):
    """A process that ended and started no other: seconds on the clock, of processor; peak memory in GB."""

    wall: float
    cpu: float
    peak: float


class BenchFailed(Exception):
    """A measured process ended with an error; its figures would mean nothing."""


def run(arguments: Sequence[str]) -> Usage:
    """Run `python ARGUMENTS` to its end. Raises BenchFailed when it fails."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *arguments], cwd=ROOT, env=_environment(), stdout=subprocess.DEVNULL
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise BenchFailed(f"{' '.join(arguments)} ended with {process.returncode}")
    return Usage(time.perf_counter() - started, used.ru_utime + used.ru_stime, used.ru_maxrss / 1e6)


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
