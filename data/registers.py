"""What has been taken in: the newest delivery of each register, and how its accepted rows are opened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
from sqlalchemy import Engine, Row, desc, select

from data.files import atomic_path
from data.keys import KeyUse
from data.store.engine import reading
from data.store.tables import batch
from data.workspace import Workspace


@dataclass(frozen=True)
class Delivery:
    """One accepted file of one register."""

    batch_id: str
    register: str
    contract: str
    extracted_on: date
    complete: bool  # the file was the whole register: absence means something
    sha256: str  # of the file that was delivered
    path: Path  # the accepted rows, encrypted Parquet
    rows: int
    quarantined: int = 0  # rows of the file that are not among the accepted ones


DOUBTS = ".doubts"  # after the id of a delivery, where rows of it are in quarantine

_NEWEST_FIRST = select(batch).order_by(
    desc(batch.c.complete), desc(batch.c.extracted_on), desc(batch.c.taken_in_at), desc(batch.c.batch_id)
)


def batches(engine: Engine) -> Sequence[Row[Any]]:
    """The rows of table `batch`; per register the one in force comes first."""
    with reading(engine) as connection:
        return connection.execute(_NEWEST_FIRST).all()


def deliveries(workspace: Workspace, engine: Engine) -> list[Delivery]:
    """Every delivery ever taken in; per register the one in force comes first."""
    return [
        Delivery(
            batch_id=row.batch_id,
            register=row.register,
            contract=row.contract,
            extracted_on=row.extracted_on,
            complete=row.complete,
            sha256=row.sha256,
            path=accepted_path(workspace, row.register, row.batch_id),
            rows=row.accepted,
            quarantined=row.quarantined,
        )
        for row in batches(engine)
    ]


def current(workspace: Workspace, engine: Engine) -> dict[str, Delivery]:
    """The delivery in force per register: the complete one extracted last, else the last partial one."""
    in_force: dict[str, Delivery] = {}
    for delivery in deliveries(workspace, engine):
        in_force.setdefault(delivery.register, delivery)
    return in_force


def accepted_path(workspace: Workspace, register: str, batch_id: str) -> Path:
    return workspace.registers / register / f"{batch_id}.parquet"


def doubts_path(workspace: Workspace, register: str, batch_id: str) -> Path:
    return workspace.registers / register / f"{batch_id}{DOUBTS}.parquet"


def scan(workspace: Workspace, delivery: Delivery) -> pl.LazyFrame:
    """The accepted rows: canonical columns and `_row`, the line in the file; needs KeyUse.REGISTERS."""
    return pl.scan_parquet(delivery.path, decryption=_decryption(workspace, delivery, delivery.batch_id))


def doubts(workspace: Workspace, delivery: Delivery) -> pl.DataFrame | None:
    """The rows in quarantine: identity columns and `_row`, no other cell; None where there are none.

    One of them may be the very row that a finding looks for. A null matches anybody: the cell could not be
    read. Of a delivery whose doubts are lost nothing can be read. Rows that were dismissed are left out; when
    all are, a file without rows stays to say so.
    """
    if not delivery.quarantined:
        return None
    path = doubts_path(workspace, delivery.register, delivery.batch_id)
    if not path.is_file():
        return pl.DataFrame({"_row": [None] * delivery.quarantined}, schema={"_row": pl.Int64})
    rows = pl.read_parquet(path, decryption=_decryption(workspace, delivery, delivery.batch_id + DOUBTS))
    return None if rows.is_empty() else rows


def keep_doubts(workspace: Workspace, register: str, batch_id: str, rows: pl.DataFrame) -> None:
    """Write a delivery's doubts, or put these in the place of those that are there."""
    write_rows(workspace, doubts_path(workspace, register, batch_id), register, batch_id + DOUBTS, rows)


def write_rows(workspace: Workspace, path: Path, register: str, name: str, rows: pl.DataFrame) -> None:
    """Write rows encrypted and bound to the register and to `name`; whole or not at all."""
    encryption = pl.ParquetEncryptionProperties(
        footer_key=workspace.key(KeyUse.REGISTERS), aad_prefix=context(register, name)
    )
    with atomic_path(path) as partial:
        rows.write_parquet(partial, encryption=encryption)


def _decryption(workspace: Workspace, delivery: Delivery, name: str) -> pl.ParquetDecryptionProperties:
    return pl.ParquetDecryptionProperties(
        footer_key=workspace.key(KeyUse.REGISTERS), aad_prefix=context(delivery.register, name)
    )


def context(register: str, batch_id: str) -> bytes:
    """What an accepted file is bound to: it cannot stand in for another register or delivery."""
    return f"registers|{register}|{batch_id}".encode()
