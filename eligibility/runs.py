"""A run: what one scan wrote, opened again by its name."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
from sqlalchemy import Engine, desc, select

from data.digests import file_sha256
from data.errors import BadSettings, Failed
from data.files import atomic_path
from data.keys import KeyUse
from data.store.engine import reading
from data.store.tables import scan_run
from data.workspace import Workspace
from eligibility.findings import FINDING_SCHEMA

MANIFEST = "manifest.json"
_NEWEST = select(scan_run.c.run_id).order_by(desc(scan_run.c.scanned_at), desc(scan_run.c.run_id)).limit(1)


@dataclass(frozen=True)
class Run:
    """A finished scan: its folder, its manifest, and the key that opens its findings."""

    run_id: str
    folder: Path
    manifest: dict[str, Any]
    key: bytes = field(repr=False)  # KeyUse.FINDINGS

    @classmethod
    def open(cls, workspace: Workspace, run_id: str) -> Run:
        """Raises BadSettings when there is no such run, or the scan that made it did not end."""
        folder = workspace.findings / run_id
        try:
            manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise BadSettings(
                f"There is no finished scan {run_id}.", where=str(folder), mend="run `owed scan`"
            ) from error
        return cls(run_id, folder, manifest, workspace.key(KeyUse.FINDINGS))

    @classmethod
    def newest(cls, workspace: Workspace, engine: Engine) -> Run:
        """The scan that ended last. Raises BadSettings when nothing has been scanned."""
        with reading(engine) as connection:
            run_id = connection.execute(_NEWEST).scalar()
        if run_id is None:
            raise BadSettings(
                "Nothing has been scanned yet.", where=str(workspace.findings), mend="run `owed scan`"
            )
        return cls.open(workspace, run_id)

    @property
    def as_of(self) -> date:
        return date.fromisoformat(self.manifest["as_of"])

    @property
    def programmes(self) -> dict[str, dict[str, Any]]:
        """The manifest's entry of each programme that ran."""
        programmes: dict[str, dict[str, Any]] = self.manifest["programmes"]
        return programmes

    def findings(self, *, buckets: Sequence[int] | None = None) -> pl.LazyFrame:
        """The findings, or those of some buckets. Raises Failed when a file was changed after the scan."""
        chosen = range(self.manifest["buckets"]) if buckets is None else buckets
        frames = [self._bucket(bucket) for bucket in chosen]
        return pl.concat(frames) if frames else pl.LazyFrame(schema=FINDING_SCHEMA)

    def _bucket(self, bucket: int) -> pl.LazyFrame:
        path = bucket_path(self.folder, bucket)
        if not path.is_file() or file_sha256(path) != self.manifest["outputs"].get(path.name):
            raise Failed(
                "A file of findings is missing or was changed after the scan.",
                where=str(path),
                mend="run `owed scan` again; it writes the missing buckets",
            )
        return read_bucket(path, self.key)


def bucket_path(folder: Path, bucket: int) -> Path:
    return folder / f"{bucket}.parquet"


def write_bucket(path: Path, key: bytes, findings: pl.DataFrame) -> None:
    """Write a bucket's findings whole or not at all, encrypted and bound to their run and bucket."""
    properties = pl.ParquetEncryptionProperties(footer_key=key, aad_prefix=_context(path))
    with atomic_path(path) as partial:
        findings.write_parquet(partial, encryption=properties)


def read_bucket(path: Path, key: bytes) -> pl.LazyFrame:
    properties = pl.ParquetDecryptionProperties(footer_key=key, aad_prefix=_context(path))
    return pl.scan_parquet(path, decryption=properties)


def _context(path: Path) -> bytes:
    return f"findings|{path.parent.name}|{path.stem}".encode()
