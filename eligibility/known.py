"""What is known of every entitlement, in one file that a diff can read as fast as the findings themselves.

The store is what counts; this file is derived from it, and made anew from it when it is not there. Each diff
writes its own and names it in its row of `comparison`, so that one which a crash left behind, or which a
restored store knows nothing of, is never taken for what is known.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl
from sqlalchemy import Connection, Engine, case, desc, null, select

from data.files import atomic_path
from data.keys import KeyUse
from data.sealed_files import SealedFile
from data.store.engine import reading
from data.store.tables import comparison, entitlement
from data.workspace import Workspace
from eligibility.verdicts import STATES

NAME_BYTES = 8
CHUNK = 100_000
ROWS_OF_A_SHARE = 3_000_000  # known and found entitlements that are joined at once
ID_BITS = 128
HALF_AN_ID = 16  # hexadecimal digits
KNOWN = {
    "id": pl.UInt128(),
    "programme": pl.String(),
    "revision": pl.UInt32(),
    "state": STATES,
    "facts_hash": pl.UInt128(),
    "amount": pl.Int64(),
    "beside": pl.String(),  # as `eligibility.beside` has it
    "household": pl.UInt64(),  # as `household_number` has it
}

_LAST = select(comparison.c.snapshot).order_by(desc(comparison.c.number)).limit(1)
_ALL = select(
    entitlement.c.entitlement_id,
    entitlement.c.programme,
    entitlement.c.revision,
    entitlement.c.state,
    entitlement.c.facts_hash,
    entitlement.c.amount,
    case(
        (entitlement.c.instead_of + entitlement.c.after == "", null()),
        else_=entitlement.c.instead_of + "|" + entitlement.c.after,
    ),
    entitlement.c.household_id,
)


def number_of(column: str) -> pl.Expr:
    """A column of 32 hexadecimal digits as the number they are: a third of the room, and quicker to join."""
    digits = pl.col(column).str.decode("hex")
    return digits.bin.reinterpret(dtype=pl.UInt128, endianness="big")


def household_number(column: str) -> pl.Expr:
    """The first half of a household's random id: enough to see that it is another one, in half the room."""
    half = pl.col(column).str.head(HALF_AN_ID).str.decode("hex")
    return half.bin.reinterpret(dtype=pl.UInt64, endianness="big")


def digits_of(number: int) -> str:
    return f"{number:032x}"


def shares_of(rows: int) -> list[pl.Expr]:
    """Which `id` lies in each share of all ids: one is compared at a time, in bounded memory."""
    count = 1 + rows // ROWS_OF_A_SHARE
    edges = [pl.lit((number << ID_BITS) // count, dtype=pl.UInt128) for number in range(1, count)]
    from_first = [pl.lit(True), *(pl.col("id") >= edge for edge in edges)]
    to_last = [*(pl.col("id") < edge for edge in edges), pl.lit(True)]
    return [first & last for first, last in zip(from_first, to_last, strict=True)]


class Snapshots:
    """The folder of these files in a workspace; encrypted, each bound to its own name."""

    def __init__(self, workspace: Workspace) -> None:
        self.folder = folder_of(workspace)
        self._key = workspace.key(KeyUse.FINDINGS)

    def known(self, connection: Connection) -> pl.LazyFrame:
        """What is known since the last diff (`KNOWN`): its file where the whole of it opens, or the store."""
        name = connection.execute(_LAST).scalar()
        if name is None or not self._opens(name):
            name = self._from_store(connection)
        return self.read(name).select(list(KNOWN))

    def _opens(self, name: str) -> bool:
        paths = self._paths(name)
        if not all(path.is_file() for path in paths):
            return False
        try:  # counting nulls decrypts each page and keeps none: a second for many millions of rows
            for path in paths:
                rows = self._part(path).select(list(KNOWN))
                rows.select(pl.all().null_count()).collect(engine="streaming")
        except (pl.exceptions.PolarsError, OSError):  # sealed under another key, cut short or damaged
            return False
        return True

    def read(self, name: str) -> pl.LazyFrame:
        return pl.concat([self._part(path) for path in self._paths(name)])

    def _part(self, path: Path) -> pl.LazyFrame:
        decryption = pl.ParquetDecryptionProperties(footer_key=self._key, aad_prefix=_bound_to(path.stem))
        return pl.scan_parquet(path, decryption=decryption)

    def write(self, parts: Sequence[pl.LazyFrame]) -> str:
        """Write the parts through, one after the other, and return the name of what is known now.

        Raises OSError when the disk is full.
        """
        self.folder.mkdir(mode=0o700, exist_ok=True)
        name = f"{secrets.token_hex(NAME_BYTES)}-{len(parts)}"
        for path, rows in zip(self._paths(name), parts, strict=True):
            properties = pl.ParquetEncryptionProperties(footer_key=self._key, aad_prefix=_bound_to(path.stem))
            with atomic_path(path) as partial:
                partial.touch(mode=0o600)
                rows.sink_parquet(partial, compression="lz4", encryption=properties)
        return name

    @contextmanager
    def one_left(self, engine: Engine) -> Iterator[None]:
        """However the block ends, what is left is the snapshot that the store names by then."""
        try:
            yield
        finally:
            with reading(engine) as connection:
                name = connection.execute(_LAST).scalar()
            kept = self._paths(name) if name else []
            for path in {*self.folder.glob("*.parquet"), *self.folder.glob(".*.part")} - {*kept}:
                path.unlink()

    def _paths(self, name: str) -> list[Path]:
        """The files of a snapshot, which its name counts."""
        count = int(name.rpartition("-")[2])
        return [self.folder / f"{name}.{number}.parquet" for number in range(count)]

    def _from_store(self, connection: Connection) -> str:
        cursor = connection.connection.cursor()  # rows as the driver gives them: there may be millions
        cursor.execute(str(_ALL.compile(compile_kwargs={"literal_binds": True})))
        frames = [pl.DataFrame(schema=KNOWN)]
        while rows := cursor.fetchmany(CHUNK):
            frames.append(_numbered(rows))
        return self.write([pl.concat(frames).lazy()])


def _numbered(rows: Sequence[Any]) -> pl.DataFrame:
    texts = {**KNOWN, "id": pl.String(), "facts_hash": pl.String(), "household": pl.String()}
    frame = pl.DataFrame(rows, schema=texts, orient="row")
    return frame.with_columns(number_of("id"), number_of("facts_hash"), household_number("household"))


def folder_of(workspace: Workspace) -> Path:
    return workspace.root / "history"


def sealed_snapshot(path: Path) -> SealedFile:
    """A file of what is known: its name says what it is bound to."""
    return SealedFile(path, _bound_to(path.stem), compression="lz4")


def _bound_to(name: str) -> bytes:
    return f"history|{name}".encode()
