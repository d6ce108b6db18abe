"""Memory is counted over a process and all it started."""

from __future__ import annotations

from bench.measure import run

CHILD = "import time; held = bytearray(b'2') * 60_000_000; time.sleep(0.7)"
PARENT = "import subprocess, sys; held = bytearray(b'1') * 60_000_000;"
WITH_A_CHILD = f"{PARENT} subprocess.run([sys.executable, '-c', {CHILD!r}])"
ALONE = f"{PARENT} import time; time.sleep(0.7)"


def test_memory_together_holds_what_a_child_holds_beside_its_parent() -> None:
    alone, both = run(["-c", ALONE]), run(["-c", WITH_A_CHILD])

    assert (True, True) == (0.06 < alone.together < 0.12, both.together > 0.12)
