"""Scans as they would have ended, written by hand: a diff seen without rules or registers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
from sqlalchemy import Engine, insert, select

from data.clock import micros
from data.digests import canonical_json, document_sha256, file_sha256
from data.files import write_text
from data.keys import KeyUse
from data.setup import Authority, make_workspace
from data.store.engine import reading, writing
from data.store.schema import open_store
from data.store.tables import entitlement, scan_run
from data.workspace import Workspace
from eligibility import history
from eligibility.findings import FINDING_SCHEMA
from eligibility.runs import MANIFEST, BucketFiles, Run

PACKS = Path(__file__).resolve().parents[2] / "eligibility" / "packs"
PROGRAMME, OTHER = "kr/vehicle_tax_refund", "kr/other"
BUCKETS = 2
WHOLE = {"complete": True, "quarantined": 0, "ungrouped": 0}
NOTHING = {"count": 0, "before": 0, "after": 0}


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def finding(unit: str, amount: int | None = 1000, **changes: Any) -> dict[str, Any]:
    """One unit's finding; its facts are its amount unless `facts` says otherwise."""
    facts = changes.pop("facts", amount)
    row = {
        "programme": PROGRAMME,
        "subject_id": digest("subject"),
        "household_id": digest("household"),
        "unit_id": digest(unit),
        "asset_id": "",
        "period": "2026",
        "status": "entitled",
        "amount": amount,
        "at_least": False,
        "offset": 0,
        "instead_of": [],
        "after": [],
        "claim_from": date(2026, 7, 1),
        "claim_by": date(2031, 6, 30),
        "rule_version": "1",
        "facts_hash": digest(f"{unit} {facts}"),
    } | changes
    return {"entitlement_id": digest(f"{row['programme']} {unit}"), **row}


@dataclass
class Desk:
    """A workspace in which scans end as they are told to."""

    workspace: Workspace
    engine: Engine
    now: datetime = datetime(2026, 9, 1, 1, 0, tzinfo=UTC)
    registers: dict[str, Any] = field(default_factory=lambda: {"cars": dict(WHOLE)})
    runs: int = 0

    def run(self, *findings: Mapping[str, Any], programmes: Iterable[str] = (PROGRAMME, OTHER)) -> Run:
        """A finished scan of these findings, in the bucket of their household."""
        self.runs += 1
        name = f"run-{self.runs}"
        folder = self.workspace.findings / name
        folder.mkdir(mode=0o700)
        rows = pl.DataFrame([dict(one) for one in findings], schema=FINDING_SCHEMA)
        bucket = pl.col("household_id").str.slice(0, 8).str.to_integer(base=16) % BUCKETS
        for number in range(BUCKETS):
            files = BucketFiles(folder, number, name, self.workspace.key(KeyUse.FINDINGS))
            files.write(rows.filter(bucket == number), {})
        document = self._manifest(name, folder, dict.fromkeys(programmes, rows))
        write_text(folder / MANIFEST, canonical_json(document) + "\n")
        values = {
            "run_id": name,
            "as_of": self.now.date(),
            "manifest_sha256": document_sha256(document),
            "number": self.runs,
            "scanned_at": micros(self.now),
        }
        with writing(self.engine) as connection:
            connection.execute(insert(scan_run), values)
        return Run.open(self.workspace, name, engine=self.engine)

    def _manifest(self, name: str, folder: Path, found: Mapping[str, pl.DataFrame]) -> dict[str, Any]:
        return {
            "run": name,
            "as_of": self.now.date().isoformat(),
            "buckets": BUCKETS,
            "inputs": [name] * BUCKETS,
            "registers": self.registers,
            "missed": {},
            "programmes": {one: _entry(rows.filter(programme=one)) for one, rows in found.items()},
            "outputs": {path.name: file_sha256(path) for path in folder.glob("*.parquet")},
        }

    def compare(self, run: Run) -> dict[str, int]:
        """What the diff counted, without what is nought; a day passes."""
        self.now += timedelta(days=1)
        told = history.diff(self.workspace, self.engine, run, now=self.now).as_document()
        return {name: count for name, count in told.items() if name not in {"run", "programmes"} and count}

    def diff(self, *findings: Mapping[str, Any], **options: Any) -> dict[str, int]:
        return self.compare(self.run(*findings, **options))

    def known(self) -> list[tuple[int, str, int | None]]:
        """Revision, state and amount of everything that was ever entitled, by amount."""
        query = select(entitlement.c.revision, entitlement.c.state, entitlement.c.amount)
        with reading(self.engine) as connection:
            rows = connection.execute(query.order_by(entitlement.c.amount)).all()
        return [(row[0], row[1], row[2]) for row in rows]


def _entry(found: pl.DataFrame) -> dict[str, Any]:
    entitled = found.filter(status="entitled")
    sums = {"entitled": entitled.height, "amount": entitled["amount"].sum()}
    return {"registers": ["cars"], "currency": "KRW", "per": "once", **sums}


def make_desk(folder: Path, *, max_jump: str = "1") -> Desk:
    """So few findings may all be gone at once, unless told otherwise."""
    authority = Authority("가온시", "Gaon City", "02-0000-0120", "http://127.0.0.1:8080")
    workspace = make_workspace(
        folder / "workspace", authority, packs=["kr"], built_in_packs=PACKS, buckets=BUCKETS
    )
    settings = workspace.settings_file.read_text("utf-8")
    workspace.settings_file.write_text(settings.replace("max_jump = 0.25", f"max_jump = {max_jump}"), "utf-8")
    return Desk(workspace, open_store(workspace))
