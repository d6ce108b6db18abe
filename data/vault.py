"""The vault: which random id stands for which person, vehicle or bill, and what only it may know.

`identity` finds the id of a natural value (a national id, a plate) through a keyed hash and keeps the
value sealed; `vault_row` keeps names, addresses and contacts, sealed per subject. Ids are random: a new
index key changes no id, and after an erasure nothing can be computed from the value again.
"""

from __future__ import annotations

import json
import os
import secrets
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Self

import polars as pl
import polars_hash

from data.digests import canonical_json
from data.errors import Locked
from data.keys import KeyUse, keyed_hash, seal, unseal
from data.workspace import Workspace

_SCHEMA = """
CREATE TABLE IF NOT EXISTS identity (
    kind TEXT NOT NULL,
    mac TEXT NOT NULL,
    id TEXT NOT NULL UNIQUE,
    sealed BLOB NOT NULL,
    UNIQUE (kind, mac)
);
CREATE TABLE IF NOT EXISTS vault_row (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    register TEXT NOT NULL,
    extra_key TEXT NOT NULL,
    batch_id TEXT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (register, kind, id, extra_key)
) WITHOUT ROWID;
"""
_FIND_IDS = (
    "SELECT identity.mac, identity.id FROM json_each(?) AS wanted"
    " CROSS JOIN identity WHERE identity.kind = ? AND identity.mac = wanted.value"
)
_FIND_NATURAL = (
    "SELECT identity.id, identity.sealed FROM json_each(?) AS wanted"
    " CROSS JOIN identity WHERE identity.id = wanted.value AND identity.kind = ?"
)
_FIND_ROWS = (
    "SELECT held.id, held.extra_key, held.sealed FROM json_each(?) AS wanted"
    " CROSS JOIN vault_row AS held WHERE held.register = ? AND held.kind = ? AND held.id = wanted.value"
)
_ADD_IDENTITY = "INSERT INTO identity (kind, mac, id, sealed) VALUES (?, ?, ?, ?)"
_KEEP_ROW = (
    "INSERT INTO vault_row (kind, id, register, extra_key, batch_id, sealed) VALUES (?, ?, ?, ?, ?, ?)"
    " ON CONFLICT DO UPDATE SET batch_id = excluded.batch_id, sealed = excluded.sealed"
)
_DROP_OLDER = "DELETE FROM vault_row WHERE register = ? AND batch_id <> ?"

_HELD = "Another process holds the vault."
_AT_ONCE = 50_000
_BUSY_SECONDS = 20
_SHORT_TEXT = 128  # bytes; below it a length is one ASCII character

VaultRow = tuple[str, str, dict[str, Any]]
"""A subject's id, the extra key, and the vault columns by name."""


class Vault:
    """`vault.sqlite`, opened with the index and vault keys. Every look-up by a command is audited there."""

    def __init__(self, connection: sqlite3.Connection, index_key: bytes, key: bytes) -> None:
        self._connection = connection
        self._index_key = index_key
        self._key = key

    @classmethod
    def open(cls, workspace: Workspace) -> Self:
        """Open the vault, making it where there is none. Use as a context manager or `close` it."""
        index_key, key = workspace.key(KeyUse.INDEX), workspace.key(KeyUse.VAULT)
        path = workspace.vault_file
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
        try:
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "cache_size=-262144"):
                connection.execute(f"PRAGMA {pragma}")
            connection.executescript(_SCHEMA)
        except sqlite3.OperationalError as error:
            connection.close()
            raise Locked(
                _HELD, where=str(path), mend="wait until it ends, then run the command again"
            ) from error
        return cls(connection, index_key, key)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the vault back; what was written without `commit` is undone."""
        self._connection.close()

    # --- looking up ---

    def ids(self, kind: str, natural_values: Sequence[str | None]) -> list[str | None]:
        """The ids of normalised natural values, in order; None where there is none. Creates nothing."""
        values = pl.Series("natural", list(natural_values), dtype=pl.String)
        macs = self._macs(kind, values.drop_nulls().unique())
        return _looked_up(values, self._known(kind, macs)).to_list()

    def natural(self, kind: str, ids: Iterable[str]) -> dict[str, str]:
        """The natural value behind each id; ids the vault does not hold are left out."""
        return {
            one: unseal(self._key, sealed, context=f"identity|{kind}|{one}").decode()
            for some in _pieces(list(ids))
            for one, sealed in self._connection.execute(_FIND_NATURAL, (json.dumps(some), kind))
        }

    def rows(self, kind: str, register: str, ids: Iterable[str]) -> dict[tuple[str, str], dict[str, Any]]:
        """The vault columns of a register for many subjects, by (id, extra key); contacts: the channel."""
        found = {}
        for some in _pieces(list(ids)):
            arguments = (json.dumps(some), register, kind)
            for one, extra_key, sealed in self._connection.execute(_FIND_ROWS, arguments):
                context = f"vault_row|{kind}|{one}|{register}|{extra_key}"
                found[one, extra_key] = json.loads(unseal(self._key, sealed, context=context))
        return found

    # --- writing, by intake alone ---

    def begin(self) -> None:
        """Take the vault's write lock; nothing is seen by others before `commit`."""
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise Locked(_HELD, mend="wait until it ends, then run the command again") from error

    def commit(self) -> None:
        self._connection.execute("COMMIT")

    def admit(self, kind: str, values: pl.Series) -> pl.Series:
        """The id of every natural value; those never seen before get a new random one. Nulls stay."""
        macs = self._macs(kind, values.drop_nulls().unique())
        known = self._known(kind, macs)
        fresh = known.filter(pl.col("id").is_null()).sort("mac")
        made = [secrets.token_hex(16) for _ in range(fresh.height)]
        self._connection.executemany(
            _ADD_IDENTITY,
            (
                (kind, mac, one, seal(self._key, natural.encode(), context=f"identity|{kind}|{one}"))
                for mac, natural, one in zip(fresh["mac"], fresh["natural"], made, strict=True)
            ),
        )
        named = fresh.with_columns(pl.Series("id", made, dtype=pl.String))
        return _looked_up(values, pl.concat([known.filter(pl.col("id").is_not_null()), named]))

    def keep_rows(self, kind: str, register: str, batch_id: str, rows: Iterable[VaultRow]) -> None:
        """Keep each subject's vault columns; what an earlier delivery said of the same key is replaced."""
        self._connection.executemany(
            _KEEP_ROW,
            (
                (
                    kind,
                    one,
                    register,
                    extra_key,
                    batch_id,
                    self._sealed_row(kind, one, register, extra_key, values),
                )
                for one, extra_key, values in rows
            ),
        )

    def drop_older(self, register: str, batch_id: str) -> None:
        """Forget what the register said of those whom this delivery no longer names."""
        self._connection.execute(_DROP_OLDER, (register, batch_id))

    def _sealed_row(
        self, kind: str, one: str, register: str, extra_key: str, values: dict[str, Any]
    ) -> bytes:
        context = f"vault_row|{kind}|{one}|{register}|{extra_key}"
        return seal(self._key, canonical_json(values).encode(), context=context)

    # --- the index ---

    def _known(self, kind: str, macs: pl.DataFrame) -> pl.DataFrame:
        """`macs` with the id of each, null where the vault has none."""
        found: list[tuple[str, str]] = []
        wanted = macs["mac"].sort()
        for at in range(0, len(wanted), _AT_ONCE):
            some = wanted.slice(at, _AT_ONCE).to_list()
            found += self._connection.execute(_FIND_IDS, (json.dumps(some), kind)).fetchall()
        known = pl.DataFrame(found, schema={"mac": pl.String, "id": pl.String}, orient="row")
        return macs.join(known, on="mac", how="left")

    def _macs(self, kind: str, naturals: pl.Series) -> pl.DataFrame:
        """Each natural value and its keyed hash: `index_mac`, for a whole column at once."""
        length = pl.col("natural").str.len_bytes()
        short = naturals.to_frame("natural").filter(length < _SHORT_TEXT)
        long = naturals.to_frame("natural").filter(length >= _SHORT_TEXT)
        body = pl.lit(_prefix(kind)) + _one_character(length) + pl.col("natural")
        hashed = polars_hash.col("body").chash.hmac_sha256(key=self._index_key.hex())
        macs = [index_mac(self._index_key, kind, one) for one in long["natural"]]
        return pl.concat(
            [
                short.with_columns(body=body).select("natural", mac=hashed),
                long.with_columns(pl.Series("mac", macs, dtype=pl.String)),
            ]
        )


def index_mac(index_key: bytes, kind: str, natural: str) -> str:
    """How the index names a natural value: `keyed_hash` under the key as hexadecimal text.

    Text, because the vectorised HMAC takes its key as a string; both give the same 64 digits.
    """
    return keyed_hash(index_key.hex().encode(), kind, natural)


def _prefix(kind: str) -> str:
    """What `keyed_hash` puts before the last part's length byte: lengths are four bytes, the first ones 0."""
    if not (kind.isascii() and len(kind) < _SHORT_TEXT):
        raise ValueError("a kind of identity is a short ASCII word")
    return f"\0\0\0{chr(len(kind))}{kind}\0\0\0"


def _one_character(length: pl.Expr) -> pl.Expr:
    letters = [chr(one) for one in range(_SHORT_TEXT)]
    return length.replace_strict(range(_SHORT_TEXT), letters, return_dtype=pl.String)


def _looked_up(values: pl.Series, known: pl.DataFrame) -> pl.Series:
    """The id of each value, in the order of `values`."""
    asked = values.alias("natural").to_frame()
    found = asked.join(known.select("natural", "id"), on="natural", how="left", maintain_order="left")
    return found["id"].alias(values.name)


def _pieces(values: list[str]) -> Iterator[list[str]]:
    return (values[at : at + _AT_ONCE] for at in range(0, len(values), _AT_ONCE))
