"""The benchmark runs from end to end at a size that decides nothing about speed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROWS = {
    "generation": ["1,000 residents", "10,000 residents"],
    "intake": [
        *(
            f"{what}, {encoding}"
            for encoding in ("UTF-8", "CP949")
            for what in (
                "intake, no persons",
                "intake, a person and a name in each row",
                "the same rows by hand in Polars",
            )
        ),
        "intake, no persons, against by hand, UTF-8",
        "intake, a person and a name in each row, against by hand, UTF-8",
        "intake, no persons, against by hand, CP949",
        "intake, a person and a name in each row, against by hand, CP949",
        "intake, no persons, CP949 against UTF-8",
        "intake, a person and a name in each row, CP949 against UTF-8",
    ],
    "programmes": [
        "eight programmes, compiled, bucket by bucket",
        "the same in SQL, DuckDB",
        "two programmes, compiled",
        "the same by hand in Polars",
        "eight against DuckDB",
        "two against hand-written Polars",
    ],
    "judging": [
        "compiled programme",
        "written by hand in Polars",
        "written by hand in SQL, DuckDB",
        "written for OpenFisca",
        "plain Python, one unit in 50",
    ],
    "engine": [
        "make the registers",
        "layout of all registers",
        "scan",
        "scan, two processes",
        "read and write the same Parquet",
        "scan against reading and writing",
        "scan of all buckets",
        "scan again, nothing changed: start-up",
        "layout of the register delivered again",
        "scan of what changed",
        "scan of what changed against all, without start-up",
        "diff, all new",
        "diff, 1 % new, 1 % gone, 0.5 % changed",
        "diff, nothing changed",
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
    assert ROWS[part] == [line for line in lines if line not in ("", "---")]
