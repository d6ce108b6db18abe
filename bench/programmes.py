"""Whole programmes against the same in SQL and in hand-written Polars; every answer of SQL is compared."""

from __future__ import annotations

import tempfile
from pathlib import Path

from bench.measure import Usage, alternating, run, table
from bench.whole import TWO, differing

HEADS = ("", "CPU s", "wall s", "peak GB")
TITLES = {
    "ours": "eight programmes, compiled, bucket by bucket",
    "duckdb": "the same in SQL, DuckDB",
    "ours_two": "two programmes, compiled",
    "by_hand": "the same by hand in Polars",
}


def report(*, residents: int, runs: int) -> str:
    """One table: what each costs, from plain Parquet to answers in Parquet, start-up included."""
    with tempfile.TemporaryDirectory(prefix="owed-bench-") as name:
        for step in (["city", name, str(residents), "9"], ["layout", name]):
            run(["-m", "bench.engine", *step])
        run(["-m", "bench.whole", "plain", name])
        taken = alternating(runs, **{step: ["-m", "bench.whole", step, name] for step in TITLES})
        run(["-m", "bench.whole", "ours", name])
        count, differ = differing(Path(name))
    rows = [
        *(_row(TITLES[step], taken[step]) for step in TITLES),
        _ratio("eight against DuckDB", taken["ours"], taken["duckdb"]),
        _ratio("two against hand-written Polars", taken["ours_two"], taken["by_hand"]),
    ]
    told = (
        f"{residents:,} residents, {count:,} findings, of which {differ:,} differ from DuckDB's. The two are"
        f" {' and '.join(TWO)}."
    )
    return f"{told}\n\n{table(HEADS, rows)}"


def _row(name: str, usage: Usage) -> list[str]:
    return [name, f"{usage.cpu:.2f}", f"{usage.wall:.2f}", f"{usage.peak:.2f}"]


def _ratio(name: str, ours: Usage, other: Usage) -> list[str]:
    pairs = ((ours.cpu, other.cpu), (ours.wall, other.wall), (ours.peak, other.peak))
    return [name, *(f"{mine / theirs:.2f} ×" for mine, theirs in pairs)]
