"""Memory is counted over a process and all it started."""

from __future__ import annotations

from bench.measure import run

CHILD = "import time; held = bytearray(b'2') * 60_000_000; time.sleep(0.5)"
PARENT = (
    "import subprocess, sys; held = bytearray(b'1') * 60_000_000;"
    f" subprocess.run([sys.executable, '-c', {CHILD!r}])"
)


def test_memory_together_holds_what_a_child_holds_beside_its_parent() -> None:
    used = run(["-c", PARENT])

    assert used.together > 0.12 > used.peak
