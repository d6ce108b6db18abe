"""Runs the tests; what needs something that cannot be had here is left out, and a line says what for.

All of them run as two halves side by side, where there is more than one processor: most of them wait, for a
process, a browser or a disk.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from data.errors import Failed
from eligibility.spark import find_java
from tests import bring_browser

NOT_PROVED = {
    "browser": (
        "NOT PROVED: no Chromium could be found or brought, so no page was opened in a browser: "
        "neither the citizen's journey nor accessibility. Install Chromium, or name it in OWED_BROWSER."
    ),
    "spark": (
        "NOT PROVED: there is no Java, so no bucket ran on Spark: neither that it finds the same nor that no "
        "key reaches it. Install Java 17 or newer, or name it in JAVA_HOME."
    ),
}
ROOT = Path(__file__).resolve().parents[1]
HALF = ("tests/eligibility", "tests/spec", "tests/house", "tests/bench")
"""The rooms of one half; the other is every other room, one that is new among them."""


def missing() -> list[str]:
    """The marks of the tests that cannot run here."""
    found = {"browser": bool(bring_browser.find()), "spark": _has_java()}
    return [mark for mark, there in found.items() if not there]


def _has_java() -> bool:
    try:
        find_java(os.environ)
    except Failed:
        return False
    return True


def in_halves(arguments: Sequence[str]) -> int:
    """The exit code of the first half that failed. Each half says what it has to say in one piece."""
    command = [sys.executable, "-m", "pytest", *arguments]
    with tempfile.TemporaryFile() as said:
        with subprocess.Popen([*command, *HALF], cwd=ROOT, stdout=said, stderr=subprocess.STDOUT) as half:
            rest = subprocess.run([*command, *(f"--ignore={room}" for room in HALF)], cwd=ROOT, check=False)
        said.seek(0)
        sys.stdout.write(said.read().decode(errors="replace"))
    return rest.returncode or half.returncode


def main(arguments: list[str]) -> int:
    left_out = missing()
    told = "".join(NOT_PROVED[mark] + "\n" for mark in left_out)
    if left_out and os.environ.get("OWED_NEEDS_EVERYTHING"):
        sys.stderr.write(told)
        return 1
    chosen = ["-m", " and ".join(f"not {mark}" for mark in left_out)] if left_out else []
    if arguments or (os.cpu_count() or 1) == 1:
        code = int(pytest.main([*chosen, *arguments]))
    else:
        code = in_halves(chosen)
    sys.stderr.write(told)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
