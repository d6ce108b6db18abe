"""Rows laid out by group, so that one bucket holds everything that is combined.

A layout appears whole or not at all. It names each bucket of each register by a keyed digest of the rows,
whatever their order in the file: a bucket that a new delivery did not change keeps its name and its file.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import weakref
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import polars as pl

from data.digests import canonical_json
from data.errors import Failed, Locked
from data.files import atomic_path
from data.grouping import id_number
from data.keys import KeyUse, keyed_hash
from data.registers import Delivery
from data.workspace import Workspace

FINISHED = "layout.json"
FORMAT = 2  # of a layout's files: another one is laid out anew
ROWS_OF_A_BUCKET = 500_000  # of its longest register: a scan of one holds less than half a gigabyte


@dataclass(frozen=True)
class Laid:
    """One register in a layout: what decided where its rows lie, and what lies in each bucket."""

    source: str
    ungrouped: int  # rows that name nobody to lie with: they are in no bucket
    rows: tuple[int, ...]
    digests: tuple[str, ...]


@dataclass(frozen=True)
class Layout:
    """A finished layout, by register. While one is open, no other process removes it."""

    layout_id: str
    folder: Path
    count: int
    registers: Mapping[str, Laid]
    key: bytes = field(repr=False)  # KeyUse.REGISTERS

    @classmethod
    def open(cls, workspace: Workspace, layout_id: str) -> Layout:
        """Raises Failed when it is not there, of another format, or was changed after it was made."""
        folder, key = workspace.registers / "buckets" / layout_id, workspace.key(KeyUse.REGISTERS)
        layout = read_layout(folder, key)
        if layout is None:
            raise Failed(
                "The registers laid out in buckets are not there, or were changed after they were made.",
                where=str(folder),
                mend="remove the folder and run `owed scan` again; it is made from the accepted rows",
            )
        return layout

    @property
    def ungrouped(self) -> dict[str, int]:
        """By register the rows that are in no bucket; registers that have none are left out."""
        return {name: one.ungrouped for name, one in sorted(self.registers.items()) if one.ungrouped}

    def rows(self, bucket: int, registers: Iterable[str]) -> int:
        """How many rows some registers have in a bucket."""
        return sum(self.registers[name].rows[bucket] for name in registers if name in self.registers)

    def read(self, bucket: int, register: str) -> pl.LazyFrame | None:
        """The rows of one register in one bucket, with `_group`; None: no such register."""
        if register not in self.registers:
            return None
        if not 0 <= bucket < self.count:
            raise ValueError(f"there are {self.count} buckets")
        digest = self.registers[register].digests[bucket]
        context = bucket_context(register, bucket, self.count, digest)
        opened = pl.ParquetDecryptionProperties(footer_key=self.key, aad_prefix=context)
        return pl.scan_parquet(bucket_path(self.folder, bucket, register), decryption=opened)

    @contextmanager
    def naming_damage(self, bucket: int) -> Iterator[None]:
        """Around work on a bucket: raises Failed, naming the file, when it cannot go on because one of the
        bucket's files does not open; what goes wrong otherwise is raised as it is."""
        try:
            yield
        except (pl.exceptions.PolarsError, OSError):
            damaged = next((name for name in sorted(self.registers) if not self._opens(bucket, name)), None)
            if damaged is None:
                raise
            raise Failed(
                f"Bucket {bucket} of the register {damaged} does not open: it was damaged, changed or moved.",
                where=str(bucket_path(self.folder, bucket, damaged)),
                mend=f"remove the folder {self.folder.parent} and run `owed scan` again; it is made from the"
                " accepted rows",
            ) from None

    def _opens(self, bucket: int, register: str) -> bool:
        rows = self.read(bucket, register)
        try:
            return rows is None or rows.collect(engine="streaming").height >= 0
        except (pl.exceptions.PolarsError, OSError):
            return False


def bucket_path(folder: Path, bucket: int, register: str) -> Path:
    return folder / str(bucket) / f"{register}.parquet"


def bucket_context(register: str, bucket: int, count: int, digest: str) -> bytes:
    """What a bucket's file is bound to: it cannot stand in for another, nor for what it held before."""
    return f"buckets|{register}|{bucket} of {count}|{digest}".encode()


def bucket_of(group: pl.Expr, count: int) -> pl.Expr:
    """The bucket of a group id: its first 32 bits modulo `count`, the same on every engine."""
    return id_number(group) % count


def count_for(deliveries: Mapping[str, Delivery]) -> int:
    """Into how many buckets registers of this size are laid out where the settings leave it open.

    A power of two, so that a city that grows by a few people keeps its layout.
    """
    needed = -(-max((one.rows for one in deliveries.values()), default=0) // ROWS_OF_A_BUCKET)
    return 1 << max(0, needed - 1).bit_length()


def write_finished(folder: Path, key: bytes, count: int, registers: Mapping[str, Laid]) -> None:
    """Write the page that makes a folder a layout, sealed against change."""
    document = {"format": FORMAT, "count": count, "registers": _documents(registers)}
    document["mac"] = _mac(key, document)
    with atomic_path(folder / FINISHED) as partial:
        partial.write_text(canonical_json(document), "utf-8")


def _documents(registers: Mapping[str, Laid]) -> dict[str, object]:
    return {name: asdict(one) for name, one in registers.items()}


def _mac(key: bytes, document: Mapping[str, object]) -> str:
    return keyed_hash(key, "layout", canonical_json(document))


def read_layout(folder: Path, key: bytes) -> Layout | None:
    """The layout, held open for as long as it is used; None where none is, or one that was changed."""
    try:
        descriptor = os.open(folder / FINISHED, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        document = json.loads(Path(f"/dev/fd/{descriptor}").read_text("utf-8"))
        mac = document.pop("mac")
        if document["format"] != FORMAT or mac != _mac(key, document):
            raise ValueError("another format, or changed")
        registers = {
            name: Laid(one["source"], one["ungrouped"], tuple(one["rows"]), tuple(one["digests"]))
            for name, one in document["registers"].items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        os.close(descriptor)
        return None
    layout = Layout(folder.name, folder, document["count"], registers, key)
    weakref.finalize(layout, os.close, descriptor)
    return layout


def layouts(folder: Path, key: bytes) -> list[Layout]:
    """Every finished layout in a folder, held open."""
    found = [read_layout(each, key) for each in sorted(folder.glob("[!.]*"))]
    return [one for one in found if one is not None]


def sweep(kept: Path) -> None:
    """Remove every other layout that no process has open."""
    for folder in kept.parent.glob("[!.]*"):
        if folder != kept and _is_free(folder / FINISHED):
            _remove(folder)


def _remove(folder: Path) -> None:
    """The page that makes it a layout goes first: whoever is cut short here leaves none with holes."""
    (folder / FINISHED).unlink(missing_ok=True)
    shutil.rmtree(folder)


def refuse_open_layouts(workspace: Workspace) -> None:
    """Raises Locked while a process has a layout open."""
    for folder in (workspace.registers / "buckets").glob("[!.]*"):
        if not _is_free(folder / FINISHED):
            raise Locked(
                "Another process reads the registers laid out in buckets.",
                where=str(folder),
                mend="wait until it ends, then run the command again",
            )


def remove_layouts(workspace: Workspace) -> int:
    """Remove every layout, whole or begun; each can be made again. Returns how many there were."""
    refuse_open_layouts(workspace)
    there = list((workspace.registers / "buckets").glob("*"))
    for folder in there:
        _remove(folder)
    return len(there)


def _is_free(finished: Path) -> bool:
    try:
        descriptor = os.open(finished, os.O_RDONLY)
    except FileNotFoundError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True
