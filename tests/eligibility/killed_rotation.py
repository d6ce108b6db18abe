"""A rotation in a process of its own that kills itself: `python -m tests.eligibility.killed_rotation`.

WORKSPACE and USE are those of `owed keys rotate`, BEFORE is the number of the file that it no longer puts in
its place, or `end`: then everything is done but that the new key takes over.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import cli

_replace = Path.replace


def stop(use: str, before: str) -> None:
    """Have this process die before a file takes its place."""
    placed = 0

    def replaced(self: Path, target: Path) -> Path:
        nonlocal placed
        placed += 1
        if str(placed) == before or (before == "end" and Path(target).name == f"{use}.key"):
            os.kill(os.getpid(), signal.SIGKILL)
        return _replace(self, target)

    Path.replace = replaced  # type: ignore[method-assign,assignment]


if __name__ == "__main__":
    workspace, rotated, point = sys.argv[1:]
    stop(rotated, point)
    cli.main(["-w", workspace, "keys", "rotate", rotated, "--yes"])
