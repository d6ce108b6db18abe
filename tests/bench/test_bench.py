"""The benchmark runs from end to end at a size that decides nothing about speed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROWS = {
    "generation": ["1,000 residents", "10,000 residents"],
    "scan": [
        "make the files",
        "intake, every register",
        "layout, 16 buckets",
        "scan, both programmes",
        "the same by hand in Polars",
        "read and write the same Parquet, encrypted",
        "read and write the same Parquet, plain",
        "scan against: the same by hand in Polars",
        "scan against: read and write the same Parquet, encrypted",
        "scan against: read and write the same Parquet, plain",
    ],
    "outbox": [
        "enqueue",
        "send, file channel",
        "send, Twilio channel",
        "Twilio's package alone",
        "ratio",
    ],
    "channels": ["Twilio channel", "Twilio's package alone", "ratio", "file channel"],
}


@pytest.mark.parametrize("part", sorted(ROWS))
def test_a_quick_run_prints_every_row(part: str) -> None:
    finished = subprocess.run(
        [sys.executable, "-m", "bench", "--quick", "--only", part],
        cwd=ROOT,
        check=True,
        capture_output=True,
        encoding="utf-8",
    )

    lines = [line.split("|")[1].strip() for line in finished.stdout.splitlines() if line.startswith("|")]
    assert lines[2:] == ROWS[part]
