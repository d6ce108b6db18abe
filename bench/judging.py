"""Judging alone against others on the same facts; every answer is compared."""

from __future__ import annotations

import tempfile
from pathlib import Path

from bench.measure import alternating, run, table
from bench.rivals import PLAIN_SHARE, differing

RIVALS = {
    "ours": "compiled programme",
    "by_hand": "written by hand in Polars",
    "duckdb": "written by hand in SQL, DuckDB",
    "openfisca": "written for OpenFisca",
    "plain": f"plain Python, one unit in {PLAIN_SHARE}",
}


def report(*, units: int, runs: int) -> str:
    """One table: what each costs, and in how many rows it differs from ours."""
    with tempfile.TemporaryDirectory(prefix="owed-bench-") as name:
        run(["-m", "bench.rivals", "facts", name, str(units)])
        taken = alternating(runs, **{step: ["-m", "bench.rivals", step, name] for step in RIVALS})
        rows = []
        for step, title in RIVALS.items():
            usage = taken[step]
            ratio = "" if step == "plain" else f"{taken['ours'].cpu / usage.cpu:.2f} ×"
            differs = str(differing(Path(name), step))
            rows.append([title, f"{usage.cpu:.2f}", f"{usage.wall:.2f}", f"{usage.peak:.2f}", ratio, differs])
    heads = ("", "CPU s", "wall s", "peak GB", "ours against it, CPU", "answers that differ")
    return f"The earned income credit of {units:,} tax units.\n\n{table(heads, rows)}"
