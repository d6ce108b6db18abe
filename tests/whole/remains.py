"""Everything a run leaves behind, decoded: each cell of each Parquet file and table, each file as text."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from data.buckets import Layout
from data.keys import KeyUse
from data.store.schema import open_store
from data.workspace import Workspace
from eligibility.runs import Run


def parquet_text(workspace: Workspace) -> Iterator[tuple[str, str]]:
    """Every file of accepted rows, of a layout and of findings, opened with the key of its kind."""
    for path in sorted(workspace.registers.rglob("*.parquet")):
        inside = path.relative_to(workspace.root).with_suffix("").parts
        if inside[1] == "buckets":
            frame = _of_layout(workspace, path)
        else:
            frame = _open(path, workspace.key(KeyUse.REGISTERS), "|".join(inside).encode())
        yield str(path), json.dumps(frame.to_dicts(), ensure_ascii=False, default=str)
    for path in sorted(workspace.findings.glob("*/*.parquet")):
        run = Run.open(workspace, path.parent.name, engine=open_store(workspace))
        frame = run.findings(buckets=[int(path.stem)]).collect()
        yield str(path), json.dumps(frame.to_dicts(), ensure_ascii=False, default=str)


def _of_layout(workspace: Workspace, path: Path) -> pl.DataFrame:
    """A bucket's file, which is bound to what its layout says of it."""
    layout, bucket, register = path.relative_to(workspace.registers / "buckets").with_suffix("").parts
    rows = Layout.open(workspace, layout).read(int(bucket), register)
    assert rows is not None
    return rows.collect()


def _open(path: Path, key: bytes, binding: bytes) -> pl.DataFrame:
    decryption = pl.ParquetDecryptionProperties(footer_key=key, aad_prefix=binding)
    return pl.read_parquet(path, decryption=decryption)


def store_text(workspace: Workspace) -> str:
    """Every cell of every table of the store; sealed bytes as the text they would be if they were not."""
    connection = sqlite3.connect(workspace.store_file)
    try:
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        cells = [
            cell.decode("utf-8", "replace") if isinstance(cell, bytes) else str(cell)
            for name in names
            for row in connection.execute(f'SELECT * FROM "{name}"')
            for cell in row
        ]
    finally:
        connection.close()
    return "\n".join(cells)


def other_files(workspace: Workspace) -> Iterator[tuple[str, str]]:
    """Every file's raw bytes as text, but those that are there to hold people."""
    for path in sorted(workspace.root.rglob("*")):
        inside_outbox = workspace.outbox in path.parents
        if path.is_file() and not inside_outbox:
            yield str(path), path.read_bytes().decode("utf-8", "replace")
