"""What the findings' key sealed: the findings and tallies of every run, and the snapshots of what is known.

A manifest names each file of findings by its digest, so a run gets a successor of its manifest, which differs
in these digests alone. It lies beside the manifest until every file is in place: a reader takes a file for
whole when either of the two names it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
from sqlalchemy import Engine, bindparam, select, update

from data import audit
from data.commandline import Progress
from data.digests import canonical_json, document_sha256, file_sha256
from data.errors import Failed
from data.files import atomic_path, link_or_copy, replace_durably, write_text
from data.holdings import clear_parts, does_not_open, survey_of
from data.keys import KeyUse, seal, unseal
from data.rotation import Survey
from data.store.engine import reading, writing
from data.store.tables import scan_run
from data.workspace import Workspace
from eligibility.known import folder_of, sealed_snapshot
from eligibility.missed import NAME as MISSED
from eligibility.missed import missed_context
from eligibility.runs import MANIFEST, SUCCESSOR, BucketFiles, read_manifest

_RUNS = select(scan_run.c.run_id)
_SUCCEED = (
    update(scan_run)
    .where(scan_run.c.run_id == bindparam("run"), scan_run.c.manifest_sha256 == bindparam("before"))
    .values(manifest_sha256=bindparam("after"))
)


@dataclass(frozen=True)
class SealedFindings:
    """All runs of a workspace and their snapshots; every succession of a manifest is on record."""

    workspace: Workspace
    engine: Engine
    actor: str
    now: datetime
    _moved: dict[int, Path] = field(default_factory=dict)  # files that several runs share, by their inode

    def survey(self, keys: Sequence[bytes]) -> Survey:
        paths = list(folder_of(self.workspace).glob("*.parquet"))
        for folder in self._finished():
            paths += [files.findings_path for files in _checked(folder, keys)]
        return survey_of(paths)

    def seal_again(self, old: bytes, new: bytes, progress: Progress) -> None:
        clear_parts(self.workspace.findings)
        finished = set(self._finished())
        for folder in self._folders():
            if folder in finished:
                self._seal_run(folder, old, new, progress)
            else:
                _remove_unfinished(folder)
        for path in folder_of(self.workspace).glob("*.parquet"):
            _seal_snapshot(path, old, new)
            progress.advance()

    def _folders(self) -> list[Path]:
        return sorted(path for path in self.workspace.findings.glob("*") if path.is_dir())

    def _finished(self) -> Iterator[Path]:
        with reading(self.engine) as connection:
            known = set(connection.execute(_RUNS).scalars())
        for folder in self._folders():
            if read_manifest(folder) is not None:
                yield folder
            elif folder.name in known or (folder / MANIFEST).exists():
                raise Failed(
                    "The manifest of a finished scan is missing or cannot be read.",
                    where=str(folder / MANIFEST),
                    mend="put the folder back from the backup, or remove it: nothing else opens its findings",
                )

    def _seal_run(self, folder: Path, old: bytes, new: bytes, progress: Progress) -> None:
        manifest, successor = _manifests(folder)
        files = list(_buckets(folder, manifest, new))
        if successor is None and all(one.sealed.key_of([new]) is not None for one in files):
            progress.advance(len(files))
            return
        if successor is None:
            successor = self._written_beside(manifest, files, old, new)
        _seal_page(folder / MISSED, missed_context(folder), old, new)
        for one in files:
            self._put_in_place(one)
            _seal_page(one.tally_path, one.tally_context, old, new)
            progress.advance()
        self._succeed(manifest, successor)
        replace_durably(folder / SUCCESSOR, folder / MANIFEST)

    def _written_beside(
        self, manifest: dict[str, Any], files: Sequence[BucketFiles], old: bytes, new: bytes
    ) -> dict[str, Any]:
        """Every file under the new key beside the one it will replace, then the manifest that names them."""
        outputs = dict(manifest["outputs"])
        for one in files:
            beside = _beside(one)
            if one.sealed.at(beside).key_of([new]) is None:
                beside.unlink(missing_ok=True)
                self._write_beside(one, old, new)
            outputs[one.findings_path.name] = file_sha256(beside)
        successor = manifest | {"outputs": outputs}
        write_text(files[0].folder / SUCCESSOR, canonical_json(successor) + "\n")
        return successor

    def _write_beside(self, files: BucketFiles, old: bytes, new: bytes) -> None:
        """What several runs share stays shared."""
        there = self._moved.get(files.findings_path.stat().st_ino)
        if there is not None:
            link_or_copy(there, _beside(files))
        else:
            files.sealed.seal_again(old, new, target=_beside(files))

    def _put_in_place(self, files: BucketFiles) -> None:
        beside, path = _beside(files), files.findings_path
        if beside.exists():
            here = path.stat()
            replace_durably(beside, path)
            if here.st_nlink > 1:
                self._moved[here.st_ino] = path

    def _succeed(self, manifest: dict[str, Any], successor: dict[str, Any]) -> None:
        """The store names the successor where it named the manifest; where it names another, it stays so."""
        run, before, after = manifest["run"], document_sha256(manifest), document_sha256(successor)
        with writing(self.engine) as connection:
            done = connection.execute(_SUCCEED, {"run": run, "before": before, "after": after})
            if done.rowcount:
                audit.append(
                    connection,
                    self.workspace.key(KeyUse.AUDIT),
                    actor=self.actor,
                    action="manifest succeeded",
                    ref=run,
                    now=self.now,
                    detail={"from": before, "to": after},
                )


def _remove_unfinished(folder: Path) -> None:
    """What a scan that did not end had found: nobody can say what its files are bound to."""
    for path in folder.iterdir():
        if path.stem.isdecimal() and path.suffix in (".parquet", ".tally"):
            path.unlink()
    if not any(folder.iterdir()):
        folder.rmdir()


def _manifests(folder: Path) -> tuple[dict[str, Any], dict[str, Any] | None]:
    manifest = read_manifest(folder)
    assert manifest is not None  # the callers know that the scan ended
    return manifest, read_manifest(folder, SUCCESSOR)


def _buckets(folder: Path, manifest: dict[str, Any], key: bytes) -> Iterator[BucketFiles]:
    """The files of each bucket; one that is lost has none."""
    for bucket, decided in enumerate(manifest["inputs"]):
        files = BucketFiles(folder, bucket, decided, key)
        if files.are_there:
            yield files


def _checked(folder: Path, keys: Sequence[bytes]) -> Iterator[BucketFiles]:
    """The files of a run, each as the scan left it: what was changed since is never sealed as right."""
    manifest, successor = _manifests(folder)
    for files in _buckets(folder, manifest, keys[0]):
        if not (files.are_whole(manifest) or files.are_whole(successor)):
            raise does_not_open(files.findings_path)
        if files.sealed.key_of(keys) is None:
            raise does_not_open(files.findings_path)
        _opened(files.tally_path, files.tally_context, keys)
        yield files
    _opened(folder / MISSED, missed_context(folder), keys)


def _beside(files: BucketFiles) -> Path:
    return files.folder / f".{files.findings_path.name}.next"


def _opened(path: Path, context: str, keys: Sequence[bytes]) -> bytes:
    """What a small file holds that any of the keys sealed; nothing where there is none. Raises Failed."""
    for key in keys if path.is_file() else ():
        try:
            return unseal(key, path.read_bytes(), context=context)
        except Failed:
            continue
    if path.is_file():
        raise does_not_open(path)
    return b""


def _seal_page(path: Path, context: str, old: bytes, new: bytes) -> None:
    """One small file under the new key, where it is not yet."""
    if path.is_file():
        text = _opened(path, context, [new, old])
        with atomic_path(path) as partial:
            partial.write_bytes(seal(new, text, context=context))


def _seal_snapshot(path: Path, old: bytes, new: bytes) -> None:
    """A snapshot is made from the store again where it is not there, so one that opens under neither goes,
    and so does one of which a piece does not open."""
    file = sealed_snapshot(path)
    if file.key_of([new]) is not None:
        return
    if file.key_of([old]) is None:
        path.unlink()
    else:
        try:
            file.seal_again(old, new)
        except pl.exceptions.PolarsError:
            path.unlink()
