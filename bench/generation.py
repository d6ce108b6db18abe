"""How long the made-up city takes, and how much memory: made in blocks, it needs no more as it grows."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench.measure import run, table
from bench.registers import EXTRACTED_ON, SEED


def report(sizes: Sequence[int]) -> str:
    """A table with a row for each number of residents."""
    heads = ("", "CPU s", "wall s", "peak GB", "rows", "GB of files", "rows a second")
    return table(heads, [_row(residents) for residents in sizes])


def _row(residents: int) -> tuple[str, ...]:
    with tempfile.TemporaryDirectory(prefix="owed-bench-") as folder:
        arguments = ("--residents", str(residents), "--seed", str(SEED), "--as-of", str(EXTRACTED_ON))
        used = run(("-m", "cli", "synth", folder, *arguments))
        files = list(Path(folder).glob("*.csv"))
        rows = sum(_lines(file) - 1 for file in files)
        size = sum(file.stat().st_size for file in files) / 1e9
    return (
        f"{residents:,} residents",
        f"{used.cpu:.1f}",
        f"{used.wall:.1f}",
        f"{used.peak:.2f}",
        f"{rows:,}",
        f"{size:.2f}",
        f"{rows / used.wall:,.0f}",
    )


def _lines(file: Path) -> int:
    with file.open("rb") as source:
        return sum(piece.count(b"\n") for piece in iter(lambda: source.read(1 << 20), b""))
