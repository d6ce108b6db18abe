"""A scan in a process of its own that stops in the middle of a bucket: `python -m tests.eligibility.killed`.

FOLDER is that of a toy city, BUCKET the one in which it stops with half a file written, and ENDING what
becomes of it: `wait` says so on stdout and waits to be killed, `full` meets a file that may not grow.
"""

from __future__ import annotations

import resource
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

import cli
from eligibility.runs import BucketFiles

NOW = datetime(2026, 9, 5, tzinfo=UTC)

SMALLEST = 512  # bytes that a file may have on the full disk: no file of findings is as small

_write = BucketFiles.write


def stop(bucket: int, ending: str) -> None:
    """Have the scan of this process stop in the middle of a bucket."""

    def written(self: BucketFiles, findings: pl.DataFrame, tally: dict[str, Any]) -> None:
        if self.bucket == bucket and ending == "full":
            resource.setrlimit(resource.RLIMIT_FSIZE, (SMALLEST, resource.RLIM_INFINITY))
        if self.bucket == bucket and ending == "wait":
            (self.folder / f".{bucket}.parquet.1.part").write_bytes(b"PAR")
            sys.stdout.write("waiting\n")
            sys.stdout.flush()
            time.sleep(600)
        _write(self, findings, tally)

    BucketFiles.write = written  # type: ignore[method-assign]


if __name__ == "__main__":
    folder, number, how = sys.argv[1:]
    stop(int(number), how)
    vars(cli)["system_clock"] = lambda: NOW
    cli.main(["-w", str(Path(folder) / "workspace"), "scan", "--as-of", "2026-09-01"])
