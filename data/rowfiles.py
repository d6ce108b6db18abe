"""Files of rows: encrypted Parquet, each bound to its register and name, so that none stands for another."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from data.files import atomic_path
from data.keys import KeyUse
from data.sealed_files import SealedFile
from data.workspace import Workspace

DOUBTS = ".doubts"  # after the id of a batch, where rows of it are in quarantine


def accepted_path(workspace: Workspace, register: str, batch_id: str) -> Path:
    return workspace.registers / register / f"{batch_id}.parquet"


def doubts_path(workspace: Workspace, register: str, batch_id: str) -> Path:
    return workspace.registers / register / f"{batch_id}{DOUBTS}.parquet"


def write_accepted(workspace: Workspace, register: str, batch_id: str, rows: pl.DataFrame) -> None:
    """Write the accepted rows of a batch; whole or not at all."""
    _write(workspace, accepted_path(workspace, register, batch_id), register, batch_id, rows)


def write_doubts(workspace: Workspace, register: str, batch_id: str, rows: pl.DataFrame) -> None:
    """Write whom the rows of a batch that are in quarantine may be about."""
    _write(workspace, doubts_path(workspace, register, batch_id), register, batch_id + DOUBTS, rows)


def scan_accepted(workspace: Workspace, register: str, batch_id: str) -> pl.LazyFrame:
    """The accepted rows of a batch: canonical columns and `_row`, the line in the file."""
    return sealed_rows(accepted_path(workspace, register, batch_id)).scan(_keys(workspace))


def read_doubts(workspace: Workspace, register: str, batch_id: str) -> pl.DataFrame | None:
    """Identity columns and `_row` of the rows in quarantine; None when that file is lost."""
    path = doubts_path(workspace, register, batch_id)
    if not path.is_file():
        return None
    return sealed_rows(path).scan(_keys(workspace)).collect()


def _write(workspace: Workspace, path: Path, register: str, name: str, rows: pl.DataFrame) -> None:
    encryption = pl.ParquetEncryptionProperties(
        footer_key=workspace.key(KeyUse.REGISTERS), aad_prefix=context(register, name)
    )
    with atomic_path(path) as partial:
        rows.write_parquet(partial, encryption=encryption, compression="lz4")


def sealed_rows(path: Path) -> SealedFile:
    """A file of accepted rows or of doubts: its place says what it is bound to."""
    return SealedFile(path, context(path.parent.name, path.stem), compression="lz4")


def _keys(workspace: Workspace) -> tuple[bytes, ...]:
    return workspace.opening_keys(KeyUse.REGISTERS)


def context(register: str, name: str) -> bytes:
    """What a file of rows is bound to."""
    return f"registers|{register}|{name}".encode()
