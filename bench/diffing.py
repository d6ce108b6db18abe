"""The diff alone, on made-up findings: `python -m bench.diffing STEP FOLDER [FINDINGS]`.

`made` makes a workspace with two finished scans, the second with 1 % new, 1 % gone and 0.5 % changed;
`first` compares the first with nothing known, `second` the second with the first; `again` once more.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import polars_hash as plh
from sqlalchemy import insert

from data.clock import micros
from data.digests import canonical_json, document_sha256, file_sha256
from data.files import write_text
from data.keys import KeyUse
from data.setup import Authority, make_workspace
from data.store.engine import writing
from data.store.schema import open_store
from data.store.tables import scan_run
from data.workspace import Workspace
from eligibility import history
from eligibility.findings import FINDING_SCHEMA
from eligibility.runs import MANIFEST, BucketFiles, Run

PACKS = Path(__file__).resolve().parents[1] / "eligibility" / "packs"
NOW = datetime(2026, 11, 10, 1, 0, tzinfo=UTC)
BUCKETS = 16
PROGRAMMES = [f"kr/made_up_{number}" for number in range(20)]


def made(folder: Path, findings: int) -> None:
    """A workspace and two scans of so many findings each."""
    authority = Authority("가온시", "Gaon City", "02-0000-0120", "http://127.0.0.1:8080")
    workspace = make_workspace(
        folder / "workspace", authority, packs=["kr"], built_in_packs=PACKS, buckets=BUCKETS
    )
    moved = findings // 100
    make_run(workspace, "1", range(findings), changed=0)
    make_run(workspace, "2", range(moved, findings + moved), changed=200)


def make_run(workspace: Workspace, name: str, numbers: range, *, changed: int) -> None:
    """A finished scan; of every `changed` findings one has another amount than in the scan before."""
    folder = workspace.findings / name
    folder.mkdir(mode=0o700)
    key = workspace.key(KeyUse.FINDINGS)
    for bucket in range(BUCKETS):
        mine = pl.int_range(numbers.start, numbers.stop, eager=True)
        mine = mine.filter(mine % BUCKETS == bucket)
        BucketFiles(folder, bucket, name, key).write(_findings(mine, changed), {})
    each = len(numbers) // len(PROGRAMMES)
    entry = {"registers": ["made_up"], "currency": "KRW", "entitled": each, "amount": each}
    document = {
        "run": name,
        "as_of": NOW.date().isoformat(),
        "buckets": BUCKETS,
        "inputs": [name] * BUCKETS,
        "registers": {"made_up": {"complete": True, "quarantined": 0, "ungrouped": 0}},
        "missed": {},
        "programmes": {one: dict(entry) for one in PROGRAMMES},
        "outputs": {path.name: file_sha256(path) for path in sorted(folder.glob("*.parquet"))},
    }
    write_text(folder / MANIFEST, canonical_json(document) + "\n")
    row = {
        "run_id": name,
        "as_of": NOW.date(),
        "manifest_sha256": document_sha256(document),
        "number": int(name),
        "scanned_at": micros(NOW + timedelta(minutes=int(name))),
    }
    with writing(open_store(workspace)) as connection:
        connection.execute(insert(scan_run), row)


def _findings(numbers: pl.Series, changed: int) -> pl.DataFrame:
    number = pl.col("number")
    differs = number % changed == 0 if changed else pl.lit(False)
    given: dict[str, Any] = {
        "entitlement_id": _digest(number.cast(pl.String)),
        "programme": pl.lit(pl.Series(PROGRAMMES)).gather(number % len(PROGRAMMES)),
        "subject_id": _digest(pl.concat_str(pl.lit("s"), number // 3)),
        "household_id": _digest(pl.concat_str(pl.lit("h"), number // 7)),
        "unit_id": _digest(pl.concat_str(pl.lit("u"), number)),
        "period": pl.lit("2026"),
        "status": pl.lit("entitled"),
        "amount": 1_000 * (number % 300) + differs.cast(pl.Int64),
        "at_least": pl.lit(False),
        "offset": pl.lit(0),
        "instead_of": pl.lit([], dtype=pl.List(pl.String)),
        "after": pl.lit([], dtype=pl.List(pl.String)),
        "claim_from": pl.lit(date(2026, 7, 1)),
        "claim_by": pl.lit(date(2031, 6, 30)),
        "rule_version": pl.lit("1"),
        "facts_hash": _digest(pl.concat_str(pl.lit("f"), number, differs)),
    }
    frame = pl.DataFrame({"number": numbers}).select(**given)
    missing = [pl.lit(None).alias(name) for name in FINDING_SCHEMA if name not in given]
    rows = frame.with_columns(missing).select(
        pl.col(name).cast(kind) for name, kind in FINDING_SCHEMA.items()
    )
    return rows.sort("programme", "entitlement_id")


def _digest(text: pl.Expr) -> Any:
    return plh.concat_str(text).chash.sha2_256().str.slice(0, 32)


def _diff(folder: Path, name: str) -> None:
    workspace = Workspace.open(folder / "workspace")
    store = open_store(workspace)
    history.diff(workspace, store, Run.open(workspace, name, engine=store), now=NOW)


STEPS: dict[str, Callable[[Path], None]] = {
    "first": lambda folder: _diff(folder, "1"),
    "second": lambda folder: _diff(folder, "2"),
    "again": lambda folder: _diff(folder, "2"),
}

if __name__ == "__main__":
    step, where = sys.argv[1], Path(sys.argv[2])
    if step == "made":
        made(where, int(sys.argv[3]))
    else:
        STEPS[step](where)
