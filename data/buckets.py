"""Lays accepted rows out by group, so that one bucket holds everything that is combined."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from data.commandline import Progress
from data.contracts import Contract, Group
from data.digests import document_sha256
from data.errors import BadSettings
from data.files import write_text
from data.keys import KeyUse
from data.registers import Delivery, doubts, scan
from data.workspace import Workspace

FINISHED = "layout.json"
ROWS_AT_ONCE = 2_000_000  # held in memory while a register is laid out


@dataclass(frozen=True)
class Layout:
    """A finished layout. Rows that name nobody to lie with are in no bucket; `ungrouped` counts them."""

    layout_id: str
    folder: Path
    count: int
    registers: tuple[str, ...]
    ungrouped: Mapping[str, int]  # register: rows; registers that have none are left out
    key: bytes = field(repr=False)  # KeyUse.REGISTERS

    def read(self, bucket: int, register: str) -> pl.LazyFrame | None:
        """The rows of one register in one bucket, with `_group` and `_row`; None: no such register."""
        if register not in self.registers:
            return None
        if not 0 <= bucket < self.count:
            raise ValueError(f"there are {self.count} buckets")
        path = bucket_path(self.folder, bucket, register)
        return pl.scan_parquet(path, decryption=self._decryption(register, bucket))

    def _decryption(self, register: str, bucket: int) -> pl.ParquetDecryptionProperties:
        return pl.ParquetDecryptionProperties(
            footer_key=self.key, aad_prefix=_context(self.layout_id, register, bucket)
        )


def bucket_path(folder: Path, bucket: int, register: str) -> Path:
    return folder / str(bucket) / f"{register}.parquet"


def _context(layout_id: str, register: str, bucket: int) -> bytes:
    return f"buckets|{layout_id}|{register}|{bucket}".encode()


def bucket_of(group: pl.Expr, count: int) -> pl.Expr:
    """The bucket of a group id: its first 32 bits modulo `count`, the same on every engine."""
    return group.str.head(8).str.to_integer(base=16, dtype=pl.Int64) % count


def lay_out(
    workspace: Workspace,
    deliveries: Mapping[str, Delivery],
    contracts: Mapping[str, Contract],
    count: int,
    progress: Progress,
) -> Layout:
    """Lay out `deliveries` (by register; contracts by name) in `count` buckets, or reuse what is there.

    A layout appears whole or not at all. It advances `progress` once per register.
    """
    groups = {name: _group(one, contracts) for name, one in deliveries.items()}
    layout_id = _layout_id(deliveries, groups, count)
    folder = workspace.registers / "buckets" / layout_id
    work = _Work(workspace, deliveries, groups, count, layout_id, workspace.key(KeyUse.REGISTERS))
    with workspace.lock("buckets"):
        if not (folder / FINISHED).is_file():
            work.write(folder, progress)
    ungrouped = json.loads((folder / FINISHED).read_text("utf-8"))["ungrouped"]
    return Layout(layout_id, folder, count, tuple(sorted(deliveries)), ungrouped, work.key)


def _group(delivery: Delivery, contracts: Mapping[str, Contract]) -> Group:
    contract = contracts.get(delivery.contract)
    if contract is None or contract.group is None:
        what = "has no contract here" if contract is None else "names no group in its contract"
        raise BadSettings(
            f"The register {delivery.register} {what}.",
            where=delivery.contract,
            mend="name the pack that holds the contract in owed.toml; give the contract a `group`",
        )
    return contract.group


def _layout_id(deliveries: Mapping[str, Delivery], groups: Mapping[str, Group], count: int) -> str:
    """A digest of what decides where a row lies: the batches, how they are grouped, and the count."""
    batches = {name: one.batch_id for name, one in deliveries.items()}
    rules = {name: [one.column, one.register, one.key, one.group] for name, one in groups.items()}
    return document_sha256({"batches": batches, "groups": rules, "count": count})[:32]


@dataclass(frozen=True)
class _Work:
    workspace: Workspace
    deliveries: Mapping[str, Delivery]
    groups: Mapping[str, Group]
    count: int
    layout_id: str
    key: bytes = field(repr=False)

    def write(self, folder: Path, progress: Progress) -> None:
        partial = folder.with_name(f".{self.layout_id}.{os.getpid()}.part")
        for stale in folder.parent.glob(".*.part"):
            shutil.rmtree(stale)
        for bucket in range(self.count):
            (partial / str(bucket)).mkdir(mode=0o700, parents=True)
        try:
            ungrouped = {}
            for register in sorted(self.deliveries):
                ungrouped[register] = self._register(partial, register)
                progress.advance()
            lost = {register: rows for register, rows in ungrouped.items() if rows}
            write_text(partial / FINISHED, json.dumps({"count": self.count, "ungrouped": lost}))
            partial.replace(folder)
        finally:
            shutil.rmtree(partial, ignore_errors=True)

    def _register(self, partial: Path, register: str) -> int:
        """Write one register's buckets, each in the order of the file; how many rows have none.

        Each pass over the register takes as many buckets as fit into a bounded piece of memory: one pass
        for each bucket would read, decrypt and join the whole register that many times.
        """
        grouped = self._grouped(register).with_columns(_bucket=bucket_of(pl.col("_group"), self.count))
        passes = min(self.count, -(-self.deliveries[register].rows // ROWS_AT_ONCE) or 1)
        kept = 0
        for number in range(passes):
            mine = pl.col("_bucket") % passes == number
            rows = grouped.filter(mine).collect(engine="streaming").sort("_row")
            kept += rows.height
            parts = rows.partition_by("_bucket", as_dict=True, include_key=False, maintain_order=True)
            for bucket in range(number, self.count, passes):
                path = bucket_path(partial, bucket, register)
                part = parts.pop((bucket,), rows.clear().drop("_bucket"))
                part.write_parquet(path, encryption=self._encryption(register, bucket))
                path.chmod(0o600)
        return self.deliveries[register].rows - kept

    def _encryption(self, register: str, bucket: int) -> pl.ParquetEncryptionProperties:
        return pl.ParquetEncryptionProperties(
            footer_key=self.key, aad_prefix=_context(self.layout_id, register, bucket)
        )

    def _grouped(self, register: str) -> pl.LazyFrame:
        """The register's rows with `_group`; null where the row names none.

        Whom the register asked does not know (they moved away, or it was never delivered) is a group of
        their own: what the other registers say of them is still found.
        """
        rows, group = scan(self.workspace, self.deliveries[register]), self.groups[register]
        if group.register is None:
            return rows.with_columns(_group=pl.col(group.column))
        found = _groups(self.workspace, self.deliveries, group)
        return _joined(rows, found, group)


def grouped_doubts(
    workspace: Workspace, deliveries: Mapping[str, Delivery], contracts: Mapping[str, Contract]
) -> dict[str, pl.DataFrame]:
    """The rows in quarantine of each register that has some, with `_group` where it is known.

    A row in quarantine belongs to the group in which it would lie had it been accepted.
    """
    found = {name: doubts(workspace, one) for name, one in deliveries.items()}
    return {
        name: _doubts_with_group(workspace, deliveries, _group(deliveries[name], contracts), rows)
        for name, rows in found.items()
        if rows is not None
    }


def _doubts_with_group(
    workspace: Workspace, deliveries: Mapping[str, Delivery], group: Group, rows: pl.DataFrame
) -> pl.DataFrame:
    if group.column not in rows.columns:
        return rows.with_columns(_group=pl.lit(None, dtype=pl.String))
    if group.register is None:
        return rows.with_columns(_group=pl.col(group.column))
    asked = rows.lazy().select(pl.col(group.column).alias("_key")).drop_nulls().unique()
    found = _groups(workspace, deliveries, group, asked=asked)
    return _joined(rows.lazy(), found, group).collect()


def _joined(rows: pl.LazyFrame, found: pl.LazyFrame, group: Group) -> pl.LazyFrame:
    joined = rows.join(found, left_on=group.column, right_on="_key", how="left")
    return joined.with_columns(_group=pl.coalesce("_group", group.column))


def _groups(
    workspace: Workspace,
    deliveries: Mapping[str, Delivery],
    group: Group,
    *,
    asked: pl.LazyFrame | None = None,
) -> pl.LazyFrame:
    """`_key` and the `_group` that another register names for it, of those `asked` or of all."""
    if group.register is None or group.register not in deliveries:
        return pl.LazyFrame(schema={"_key": pl.String, "_group": pl.String})
    rows = scan(workspace, deliveries[group.register])
    found = rows.select(pl.col(str(group.key)).alias("_key"), pl.col(str(group.group)).alias("_group"))
    if asked is not None:
        found = found.join(asked, on="_key", how="semi")
    return found.drop_nulls("_key").unique("_key", keep="any")
