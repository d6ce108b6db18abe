"""The work of laying rows out: bounded memory however large the registers, unchanged buckets kept.

A register is read in slices. Where another register names the group, both sides are first divided by the
key, so that only a share of all keys is in memory; what is found goes to piles on disk, one for each
handful of buckets, encrypted like everything that lies there. A pile fits into memory and becomes buckets.
"""

from __future__ import annotations

import hmac
import io
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

import polars as pl

from data.buckets import (
    FORMAT,
    Laid,
    Layout,
    bucket_context,
    bucket_of,
    bucket_path,
    layouts,
    read_layout,
    sweep,
    write_finished,
)
from data.commandline import Progress
from data.contract import Contract, Group
from data.digests import document_sha256
from data.files import link_or_copy, system_errors
from data.grouping import Share, asked_for, groups_of, homes, in_share, with_group
from data.keys import KeyUse
from data.registers import Delivery, scan
from data.workspace import Workspace

ROWS_AT_ONCE = 500_000  # read, sorted and written at once
HOMES_AT_ONCE = 2_500_000  # keys and their groups, held while a register is read once
HOMES = ".homes"  # where keys and their groups lie while a layout is made
SLICE = 100_000  # rows whose text is in memory while a bucket's digest is reckoned


@dataclass(frozen=True)
class Laying:
    """Everything that one layout is made from. `earlier` have as many buckets and may lend files."""

    workspace: Workspace
    deliveries: Mapping[str, Delivery]
    groups: Mapping[str, Group]
    sources: Mapping[str, str]
    count: int
    earlier: Sequence[Layout]
    key: bytes = field(repr=False)

    def write(self, folder: Path, progress: Progress) -> None:
        """Make the layout in `folder`, whole or not at all."""
        partial = folder.with_name(f".{folder.name}.{os.getpid()}.part")
        for stale in folder.parent.glob(".*.part"):
            shutil.rmtree(stale)
        for bucket in range(self.count):
            (partial / str(bucket)).mkdir(mode=0o700, parents=True)
        try:
            registers = {}
            for register in sorted(self.deliveries):
                registers[register] = self._taken(partial, register) or self._laid(partial, register)
                progress.advance()
            shutil.rmtree(partial / HOMES, ignore_errors=True)
            write_finished(partial, self.key, self.count, registers)
            partial.replace(folder)
        finally:
            shutil.rmtree(partial, ignore_errors=True)

    def _taken(self, partial: Path, register: str) -> Laid | None:
        """The whole register as an earlier layout has it, where the same deliveries decide it."""
        for one in self.earlier:
            laid = one.registers.get(register)
            if laid is not None and laid.source == self.sources[register]:
                for bucket in range(self.count):
                    there = bucket_path(one.folder, bucket, register)
                    link_or_copy(there, bucket_path(partial, bucket, register))
                return laid
        return None

    def _laid(self, partial: Path, register: str) -> Laid:
        delivery = self.deliveries[register]
        passes = min(self.count, -(-delivery.rows // ROWS_AT_ONCE) or 1)
        rows, digests = [0] * self.count, [""] * self.count
        for number, frame in enumerate(self._piles(partial / ".piles", register, passes)):
            parts = frame.partition_by("_bucket", as_dict=True, include_key=False)
            empty = frame.clear().drop("_bucket")
            del frame
            for bucket in range(number, self.count, passes):
                part = in_canonical_order(parts.pop((bucket,), empty))
                rows[bucket], digests[bucket] = part.height, rows_digest(self.key, part)
                self._put(partial, register, bucket, digests[bucket], part)
        return Laid(self.sources[register], delivery.rows - sum(rows), tuple(rows), tuple(digests))

    def _put(self, partial: Path, register: str, bucket: int, digest: str, rows: pl.DataFrame) -> None:
        """Write a bucket, or take the file in which an earlier layout has just these rows."""
        path = bucket_path(partial, bucket, register)
        for one in self.earlier:
            laid = one.registers.get(register)
            if laid is not None and laid.digests[bucket] == digest:
                link_or_copy(bucket_path(one.folder, bucket, register), path)
                return
        self._write(path, bucket_context(register, bucket, self.count, digest), rows, compression="zstd")

    def _write(
        self, path: Path, context: bytes, rows: pl.DataFrame, *, compression: Literal["zstd", "uncompressed"]
    ) -> None:
        """Ids are random: to look harder for what repeats costs twice as much and finds nothing more."""
        sealed = pl.ParquetEncryptionProperties(footer_key=self.key, aad_prefix=context)
        level = 1 if compression == "zstd" else None
        with system_errors(path):
            rows.write_parquet(
                path, encryption=sealed, compression=compression, compression_level=level, statistics=False
            )
        path.chmod(0o600)

    def _piles(self, folder: Path, register: str, passes: int) -> Iterator[pl.DataFrame]:
        """The register's rows with `_group` and `_bucket`: in each pile every `passes`-th bucket."""
        shares = self._shares(register)
        slices = self._grouped(folder.parent / HOMES, register, shares)
        if passes == shares == 1:
            yield pl.concat(slices)
            return
        folder.mkdir(mode=0o700)
        kept: list[list[tuple[Path, bytes]]] = [[] for _ in range(passes)]
        for at, rows in enumerate(slices):
            pile = rows["_bucket"] % passes
            for number in range(passes):
                path = folder / f"{number}.{at}.parquet"
                context = f"piles|{self.sources[register]}|{path.name}".encode()
                self._write(path, context, rows.filter(pile == number), compression="uncompressed")
                kept[number].append((path, context))
        for files in kept:
            yield pl.concat(
                pl.read_parquet(path, decryption=self._opened(context)) for path, context in files
            )
            for path, _ in files:
                path.unlink()
        folder.rmdir()

    def _opened(self, context: bytes) -> pl.ParquetDecryptionProperties:
        return pl.ParquetDecryptionProperties(footer_key=self.key, aad_prefix=context)

    def _shares(self, register: str) -> int:
        """Into how many shares of keys the register is divided, so that one is in memory at a time."""
        group = self.groups[register]
        asked = self.deliveries.get(group.register or "")
        # Keys whose group a third register tells are held several times over while it is asked.
        at_once = HOMES_AT_ONCE if group.group is not None else HOMES_AT_ONCE // 4
        return max(1, -(-asked.rows // at_once)) if asked else 1

    def _grouped(self, folder: Path, register: str, shares: int) -> Iterator[pl.DataFrame]:
        """The register in slices, once for each share of the keys; rows that name no group left out."""
        delivery, group = self.deliveries[register], self.groups[register]
        for share in (Share(number, shares) for number in range(shares)):
            found = self._homes(folder, group, share)
            for start in range(0, delivery.rows or 1, ROWS_AT_ONCE):
                rows = in_share(
                    scan(self.workspace, delivery).slice(start, ROWS_AT_ONCE), group.column, share
                )
                grouped = with_group(rows.drop("_row"), found, group).drop_nulls("_group")
                yield grouped.with_columns(_bucket=bucket_of(pl.col("_group"), self.count)).collect()
            del found  # before the next share comes

    def _homes(self, folder: Path, group: Group, share: Share) -> pl.DataFrame:
        """The groups of a share of keys; reckoned once for all registers that ask the same."""
        asked = document_sha256([group.register, group.key, group.group, *share])
        path, context = folder / f"{asked}.parquet", f"homes|{asked}".encode()
        if path.is_file():
            return pl.read_parquet(path, decryption=self._opened(context))
        found = homes(self.workspace, self.deliveries, group, groups=self.groups, share=share)
        if group.register is not None:
            folder.mkdir(mode=0o700, exist_ok=True)
            self._write(path, context, found, compression="uncompressed")
        return found


def lay_out(
    workspace: Workspace,
    deliveries: Mapping[str, Delivery],
    contracts: Mapping[str, Contract],
    count: int,
    progress: Progress,
) -> Layout:
    """Lay out `deliveries` (by register; contracts by name) in `count` buckets, or reuse what is there.

    Buckets that an earlier layout holds just so are taken from it. Afterwards layouts that nobody has open
    are removed: a disk is finite, and a layout can be made again. Advances `progress` once per register.
    """
    groups = groups_of(deliveries, contracts)
    sources = {name: _source(name, deliveries, groups, count) for name in deliveries}
    layout_id = document_sha256({"format": FORMAT, "count": count, "sources": sources})[:32]
    folder = workspace.registers / "buckets" / layout_id
    with workspace.lock("buckets", while_rotating=True):
        key = workspace.key(KeyUse.REGISTERS)
        if read_layout(folder, key) is None:
            shutil.rmtree(folder, ignore_errors=True)
            earlier = [one for one in layouts(folder.parent, key) if one.count == count]
            Laying(workspace, deliveries, groups, sources, count, earlier, key).write(folder, progress)
        layout = Layout.open(workspace, layout_id)
        sweep(folder)
    return layout


def _source(name: str, deliveries: Mapping[str, Delivery], groups: Mapping[str, Group], count: int) -> str:
    """A digest of what decides where a register's rows lie: batches, how they are grouped, the count."""
    way = [name, *asked_for(name, groups)]
    rules = [asdict(groups[one]) for one in way if one in groups]
    batches = [deliveries[one].batch_id if one in deliveries else None for one in way]
    return document_sha256({"format": FORMAT, "batches": batches, "groups": rules, "count": count})


def in_canonical_order(rows: pl.DataFrame) -> pl.DataFrame:
    """The same rows always in the same order: `_group` first, then the other columns by name."""
    names = ["_group", *sorted(name for name in rows.columns if name != "_group")]
    return rows.select(names).sort(names)


def rows_digest(key: bytes, rows: pl.DataFrame) -> str:
    """A keyed digest of the plain text of rows in canonical order; without the key it confirms no guess."""
    mac = hmac.new(key, str(dict(rows.schema)).encode(), "sha256")
    for part in rows.iter_slices(SLICE):
        text = io.BytesIO()
        part.write_csv(text, include_header=False, quote_style="necessary")
        mac.update(text.getbuffer())
    return mac.hexdigest()
