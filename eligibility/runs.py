"""A run: what one scan wrote, opened again by its name; and the files of one bucket of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
from sqlalchemy import Connection, Engine, bindparam, select

from data.digests import canonical_json, document_sha256, file_sha256
from data.errors import BadSettings, Failed, OperatorError
from data.files import atomic_path, link_or_copy
from data.keys import KeyUse, seal, unseal
from data.sealed_files import SealedFile
from data.store.engine import reading
from data.store.tables import scan_run
from data.workspace import Workspace
from eligibility.findings import FINDING_SCHEMA
from eligibility.sequence import newest_runs

MANIFEST = "manifest.json"
PRUNED = "pruned.json"  # says that the files of a run were removed, and when
SUCCESSOR = "successor.json"  # the manifest of a run while its files are sealed under another key
_NAMED = select(scan_run.c.manifest_sha256, scan_run.c.as_of).where(scan_run.c.run_id == bindparam("run"))

Manifest = dict[str, Any]
Proven = tuple[Manifest, Manifest | None]
"""The manifest that the store names, and one that differs from it in the digests of its files alone."""


@dataclass(frozen=True)
class Done:
    """What a scan had to do: the rows and buckets it looked at, and the buckets it found done before."""

    rows: int
    buckets: int
    skipped: int


@dataclass(frozen=True)
class Run:
    """A finished scan: its folder, its manifest, and what opens its findings."""

    run_id: str
    folder: Path
    manifest: dict[str, Any]
    keys: tuple[bytes, ...] = field(repr=False)  # KeyUse.FINDINGS; two while it is rotated
    done: Done | None = field(default=None, compare=False)  # where the scan just ended
    successor: dict[str, Any] | None = field(default=None, compare=False)  # then its next manifest
    _whole: set[Path] = field(default_factory=set, compare=False, repr=False)  # files looked at already

    @classmethod
    def open(cls, workspace: Workspace, run_id: str, *, engine: Engine, done: Done | None = None) -> Run:
        """Raises BadSettings when there is no such run, or the scan that made it did not end; Failed when
        its manifest is not the one that the store names."""
        folder = workspace.findings / run_id
        for _ in range(2):  # between two looks a rotation may have put the successor in its place
            with reading(engine) as connection:
                proven, refusal = proven_manifests(connection, folder), not_proven(connection, folder)
            if proven is not None:
                keys = workspace.opening_keys(KeyUse.FINDINGS)
                return cls(run_id, folder, proven[0], keys, done, proven[1])
        raise refusal

    @classmethod
    def newest(cls, workspace: Workspace, engine: Engine) -> Run:
        """The scan that ended last. Raises BadSettings when nothing has been scanned."""
        with reading(engine) as connection:
            newest = newest_runs(connection, 1)
        if not newest:
            raise BadSettings(
                "Nothing has been scanned yet.", where=str(workspace.findings), mend="run `owed scan`"
            )
        return cls.open(workspace, newest[0], engine=engine)

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

    def by_bucket(self) -> Iterator[pl.LazyFrame]:
        """The findings of one bucket after the other."""
        return (self._bucket(bucket) for bucket in range(self.manifest["buckets"]))

    def _bucket(self, bucket: int) -> pl.LazyFrame:
        files = BucketFiles(self.folder, bucket, self.manifest["inputs"][bucket], self.keys[0])
        if files.findings_path not in self._whole or not files.are_there:
            if not (files.are_whole(self.manifest) or files.are_whole(self.successor)):
                raise self._lost(files.findings_path)
            self._whole.add(files.findings_path)
        return files.sealed.scan(self.keys)

    def _lost(self, path: Path) -> Failed:
        if (self.folder / PRUNED).exists() and not path.exists():
            return Failed(
                f"The findings of the scan {self.run_id} were removed by `owed findings prune`.",
                where=str(self.folder),
                mend="put the folder back from the backup, or find anew what registers and rules say by now: "
                f"`owed scan --as-of {self.as_of}`",
            )
        return Failed(
            "A file of findings is missing or was changed after the scan.",
            where=str(path),
            mend=f"`owed scan --as-of {self.as_of}` writes it anew, from what registers and rules say by now",
        )


def read_manifest(folder: Path, name: str = MANIFEST) -> dict[str, Any] | None:
    """The manifest of a run; None when the scan that made the folder did not end."""
    try:
        manifest: dict[str, Any] = json.loads((folder / name).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return manifest


def proven_manifests(connection: Connection, folder: Path) -> Proven | None:
    """What a finished run says of itself; None where the store names no manifest that lies there.

    While its files are sealed under another key a manifest has a successor, and the store names one of them.
    """
    named = connection.execute(_NAMED, {"run": folder.name}).first()
    successor = read_manifest(folder, SUCCESSOR)  # first: in between it may become the manifest
    manifest = read_manifest(folder)
    for one, other in ((manifest, successor), (successor, manifest)):
        if one is not None and named is not None and document_sha256(one) == named.manifest_sha256:
            same = other is not None and other | {"outputs": None} == one | {"outputs": None}
            return one, other if same else None
    return None


def not_proven(connection: Connection, folder: Path) -> OperatorError:
    """What to say of a run for which `proven_manifests` has none."""
    named = connection.execute(_NAMED, {"run": folder.name}).first()
    if named is None:
        return BadSettings(
            f"There is no finished scan {folder.name}.", where=str(folder), mend="run `owed scan`"
        )
    return Failed(
        f"The manifest of the scan {folder.name} is missing or was changed after the scan.",
        where=str(folder / MANIFEST),
        mend="put it back from the backup, or write it anew from what registers and rules say by now: "
        f"`owed scan --as-of {named.as_of}`",
    )


@dataclass(frozen=True)
class BucketFiles:
    """The findings of one bucket and what they add up to, bound to the bucket and to all that decided them.

    Whatever writes them, and however often at once, one whole file is left of each; the findings come
    last, so where they are, the bucket is done.
    """

    folder: Path
    bucket: int
    input: str  # a digest of all that decides the findings
    key: bytes = field(repr=False)

    @property
    def findings_path(self) -> Path:
        return self.folder / f"{self.bucket}.parquet"

    @property
    def tally_path(self) -> Path:
        return self.folder / f"{self.bucket}.tally"

    @property
    def tally_context(self) -> str:
        return self._context("tally")

    @property
    def are_there(self) -> bool:
        return self.findings_path.is_file()

    def are_whole(self, manifest: dict[str, Any] | None) -> bool:
        """Whether the findings are those that the scan left."""
        path = self.findings_path
        return (
            manifest is not None
            and path.is_file()
            and file_sha256(path) == manifest["outputs"].get(path.name)
        )

    def hold(self, proven: Proven | None) -> bool:
        """Whether both files are what a scan wrote: those that its manifest names, or, where it has none
        yet, files of which every byte opens."""
        whole = self.sealed.opens_whole(self.key) if proven is None else any(map(self.are_whole, proven))
        return whole and self._tally_opens()

    def _tally_opens(self) -> bool:
        try:
            self.tally()
        except (Failed, OSError, ValueError):
            return False
        return True

    def remove(self) -> None:
        """Neither stays where one does not hold; the findings go first: they say that the bucket is done."""
        self.findings_path.unlink(missing_ok=True)
        self.tally_path.unlink(missing_ok=True)

    def write(self, findings: pl.DataFrame, tally: dict[str, Any]) -> None:
        """Raises OSError when the disk is full; then neither file is there."""
        sealed = seal(self.key, canonical_json(tally).encode(), context=self.tally_context)
        properties = pl.ParquetEncryptionProperties(footer_key=self.key, aad_prefix=self.sealed.context)
        with atomic_path(self.findings_path, keep_first=True) as partial:
            findings.write_parquet(partial, encryption=properties, compression_level=1, statistics=False)
            with atomic_path(self.tally_path, keep_first=True) as beside:
                beside.write_bytes(sealed)

    def take_from(self, other: BucketFiles) -> None:
        """Take over the files of another run that decided the same."""
        link_or_copy(other.tally_path, self.tally_path)
        link_or_copy(other.findings_path, self.findings_path)

    @property
    def sealed(self) -> SealedFile:
        """The findings, and what they are bound to."""
        context = self._context("findings").encode()
        return SealedFile(self.findings_path, context, compression_level=1, statistics=False)

    def tally(self) -> dict[str, Any]:
        """Raises Failed when it was changed, or another run's file lies there."""
        tally: dict[str, Any] = json.loads(
            unseal(self.key, self.tally_path.read_bytes(), context=self.tally_context)
        )
        return tally

    def _context(self, what: str) -> str:
        return f"{what}|{self.bucket}|{self.input}"
