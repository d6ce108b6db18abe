"""The vault: the only place that holds names, addresses, contacts and national ids, sealed.

Two kinds of encrypted Parquet files, one per batch, each bound to its own place: `identities` gives every
natural value of a kind (a national id, a plate) its random id, found again through a keyed hash of the value,
so that ids stay when keys rotate; `rows` keeps the vault columns of a register under those ids.

Which files count, the store says: those of batches it knows, and of a register's rows those of the batches
that speak for it now. So one commit of the store makes a delivery's consents and contacts visible together,
and a file that a killed intake left behind means nothing.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import polars as pl
import polars_hash
from sqlalchemy import Engine, select

from data.deliveries import chains, speaking
from data.errors import Failed
from data.files import atomic_path
from data.keys import KeyUse, keyed_hash
from data.repetitions import occurring_again
from data.sealed_files import SealedFile
from data.store.engine import open_engine, reading
from data.store.tables import batch
from data.workspace import Workspace

MERGE_AT = 16  # files of one kind of identity: then the next one takes them all in
MERGED = ".all"
FEW = 10_000  # values that are looked up without reading the whole index
ROWS_AT_ONCE = 1_000_000  # joined with the index in one piece

_SHORT_TEXT = 128  # bytes; below it a length is one ASCII character
# 128 bits of the keyed hash, and the 128 bits of the id: numbers take a third of what their digits do
_HASH = {"high": pl.UInt64(), "low": pl.UInt64()}
_ID = {"id_high": pl.UInt64(), "id_low": pl.UInt64()}
_INDEX = {**_HASH, **_ID}
_KNOWN = select(batch.c.batch_id).order_by(batch.c.taken_in_at)


class Vault:
    """Opened with the index and vault keys. Every look-up by a command is audited there."""

    def __init__(self, workspace: Workspace, engine: Engine) -> None:
        self._folder = workspace.vault
        self._engine = engine
        self._index_keys = workspace.opening_keys(KeyUse.INDEX)  # the first is in force, and writes
        self._keys = workspace.opening_keys(KeyUse.VAULT)

    @classmethod
    def open(cls, workspace: Workspace) -> Self:
        """Open the vault of a workspace. Use as a context manager or `close` it."""
        return cls(workspace, open_engine(workspace.store_url))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._engine.dispose()

    # --- looking up ---

    def ids(self, kind: str, natural_values: Sequence[str | None]) -> list[str | None]:
        """The ids of normalised natural values, in order; None where there is none. Creates nothing."""
        values = pl.Series("natural", list(natural_values), dtype=pl.String)
        once = values.drop_nulls().unique()
        found = [
            _looked_up(values, self.known(kind, macs_of(key, kind, once))).alias(f"{at}")
            for at, key in enumerate(self._index_keys)  # while it is rotated a file is indexed under either
        ]
        return pl.select(pl.coalesce(found)).to_series().to_list() if len(values) else []

    def natural(self, kind: str, ids: Iterable[str]) -> dict[str, str]:
        """The natural value behind each id; ids the vault does not hold are left out."""
        wanted = pl.Series("id", list(ids), dtype=pl.String).unique().to_frame()
        halves = wanted.select("id", **_halves("id", _ID)) if wanted.height else wanted
        if halves.is_empty():
            return {}
        names = list(_ID)
        found = self._identities(kind).select(*names, "natural").join(halves.lazy(), on=names, how="inner")
        return dict(_collected(found.select("id", "natural")).rows())

    def rows(self, kind: str, register: str, ids: Iterable[str]) -> dict[tuple[str, str], dict[str, Any]]:
        """The vault columns of a register for many subjects, by (id, extra key); contacts: the channel."""
        wanted = pl.Series("_id", list(ids), dtype=pl.String).unique().to_frame()
        found: dict[tuple[str, str], dict[str, Any]] = {}
        for path in self._row_files(kind, register) if wanted.height else ():
            rows = _collected(self._open(path).join(wanted.lazy(), on="_id", how="semi"))
            names = rows.columns[2:]
            for one, extra, *values in rows.iter_rows():
                found[one, extra] = dict(zip(names, values, strict=True))
        return found

    # --- writing, by intake alone ---

    def admit(self, kind: str, values: pl.Series, batch_id: str) -> tuple[pl.Series, int]:
        """The id of every natural value, and how many were never seen before and got a new random one.

        Nulls stay. The new ones lie in the batch's file, which counts once the store knows the batch.
        """
        single, several = _by_occurrence(values)
        naturals = pl.concat([values.filter(single), several])
        known = self.known(kind, macs_of(self._index_keys[0], kind, naturals))
        fresh = known["id_high"].is_null()
        if count := int(fresh.sum()):
            known = _with_new_ids(known, fresh, count)
            self._write_identities(kind, batch_id, known.filter(fresh))
        return _placed(values, single, known), count

    def keep_rows(self, kind: str, register: str, batch_id: str, rows: pl.DataFrame) -> None:
        """Keep the vault columns of a batch: `_id`, `_extra` (tells rows of one subject apart), columns."""
        self._write(self._row_path(kind, register, batch_id), rows)

    def check_whole(self, kind: str, expected: int) -> None:
        """Raises Failed when identities are lost: everybody would get a new id, and be told again."""
        held = _collected(self._identities(kind).select(pl.len())).item()
        if held != expected:
            raise Failed(
                f"The vault holds {held:,} identities of the kind {kind}; {expected:,} were given.",
                where=str(self._folder),
                mend="put the vault's folder back from the backup that the store comes from",
            )

    def sweep(self) -> None:
        """Remove files that count no longer, and those that no batch of the store stands for."""
        with reading(self._engine) as connection:
            kept = set(connection.execute(_KNOWN).scalars())
            spoken = {
                piece.batch_id
                for register in self._registers()
                for chain in speaking(chains(connection, register))
                for piece in chain.pieces
            }
        counting = {path for kind in self._kinds() for path in self._identity_files(kind)}
        for path in self._folder.rglob("*.parquet"):
            batch_id = path.stem.removesuffix(MERGED)
            counts = path in counting if path.parent.parent.name == "identities" else batch_id in spoken
            if batch_id not in kept or not counts:
                path.unlink(missing_ok=True)
        for path in self._folder.rglob(".*.part"):
            path.unlink(missing_ok=True)

    def forget_batch(self, batch_id: str) -> None:
        """Remove what a batch wrote that did not come to be."""
        for path in self._folder.rglob(f"{batch_id}*.parquet"):
            path.unlink(missing_ok=True)

    # --- identities ---

    def known(self, kind: str, macs: pl.DataFrame) -> pl.DataFrame:
        """`macs` with the id of each in two numbers, null where the vault has none."""
        index = self._identities(kind).select(*_INDEX)
        if macs.height <= FEW:
            index = index.join(macs.lazy().select(*_HASH), on=list(_HASH), how="semi")
        held = _collected(index)
        shares = 1 + macs.height // ROWS_AT_ONCE
        found = [_found(macs, held, pl.col("high") % shares == share) for share in range(shares)]
        ids = pl.concat(found).sort("_at").select(*_ID) if shares > 1 else found[0].select(*_ID)
        return macs.hstack(ids)

    def _write_identities(self, kind: str, batch_id: str, fresh: pl.DataFrame) -> None:
        rows = fresh.select(*_INDEX, "natural")
        if len(self._identity_files(kind)) < MERGE_AT:
            self._write(self._identity_path(kind, batch_id), rows)
        else:
            every = pl.concat([_collected(self._identities(kind)), rows])
            self._write(self._identity_path(kind, batch_id + MERGED), every)

    def _identities(self, kind: str) -> pl.LazyFrame:
        empty = pl.LazyFrame(schema={**_INDEX, "natural": pl.String()})
        return pl.concat([empty, *(self._open(path) for path in self._identity_files(kind))])

    def _identity_files(self, kind: str) -> list[Path]:
        """Those that count, oldest first; a merged one holds all before it."""
        with reading(self._engine) as connection:
            order = list(connection.execute(_KNOWN).scalars())
        there = {path.stem for path in (self._folder / "identities" / kind).glob("*.parquet")}
        counting: list[Path] = []
        for batch_id in reversed(order):
            if batch_id + MERGED in there:
                counting.append(self._identity_path(kind, batch_id + MERGED))
                break
            if batch_id in there:
                counting.append(self._identity_path(kind, batch_id))
        return counting[::-1]

    def _identity_path(self, kind: str, name: str) -> Path:
        return self._folder / "identities" / kind / f"{name}.parquet"

    def _kinds(self) -> list[str]:
        return [path.name for path in (self._folder / "identities").glob("*")]

    # --- rows ---

    def _row_files(self, kind: str, register: str) -> list[Path]:
        """Those that count, oldest first: where two speak of one person, the later is right."""
        with reading(self._engine) as connection:
            pieces = [piece for chain in speaking(chains(connection, register)) for piece in chain.pieces]
        paths = [self._row_path(kind, register, piece.batch_id) for piece in pieces]
        return [path for path in paths if path.is_file()]

    def _row_path(self, kind: str, register: str, batch_id: str) -> Path:
        return self._folder / "rows" / f"{register}.{kind}" / f"{batch_id}.parquet"

    def _registers(self) -> list[str]:
        return sorted({path.name.rpartition(".")[0] for path in (self._folder / "rows").glob("*")})

    # --- files ---

    def _open(self, path: Path) -> pl.LazyFrame:
        return sealed_in_vault(self._folder, path).scan(self._keys)

    def _write(self, path: Path, rows: pl.DataFrame) -> None:
        context = sealed_in_vault(self._folder, path).context
        encryption = pl.ParquetEncryptionProperties(footer_key=self._keys[0], aad_prefix=context)
        with atomic_path(path) as partial:
            rows.write_parquet(partial, encryption=encryption, compression="lz4")


def sealed_in_vault(folder: Path, path: Path) -> SealedFile:
    """A file of the vault: its place in the folder says what it is bound to."""
    place = path.relative_to(folder).with_suffix("").as_posix()
    return SealedFile(path, f"vault|{place}".encode(), compression="lz4")


def macs_of(index_key: bytes, kind: str, naturals: pl.Series) -> pl.DataFrame:
    """`natural`, and the first 128 bits of its `index_mac` as `high` and `low`, for a whole column."""
    lengths = naturals.str.len_bytes()
    body = pl.lit(_prefix(kind)) + _one_character(lengths) + pl.col("natural")
    short = pl.when(pl.lit(lengths) < _SHORT_TEXT).then(body).alias("body")
    hashed = polars_hash.col("body").chash.hmac_sha256(key=index_key.hex())
    named = naturals.to_frame("natural").with_columns(short).select("natural", mac=hashed)
    if named["mac"].null_count():
        macs = [mac or index_mac(index_key, kind, one) for one, mac in named.rows()]
        named = named.with_columns(pl.Series("mac", macs, dtype=pl.String))
    return named.select("natural", **_halves("mac", _HASH))


def indexed_anew(index_key: bytes, kind: str, identities: pl.DataFrame) -> pl.DataFrame:
    """Identities under another index key: each keeps its id."""
    macs = macs_of(index_key, kind, identities["natural"])
    return identities.with_columns(macs["high"], macs["low"])


def _found(macs: pl.DataFrame, held: pl.DataFrame, share: pl.Expr) -> pl.DataFrame:
    """The ids of one share of the hashes, with the place of each: a join of all at once holds much more."""
    mine = macs.select(*_HASH).with_row_index("_at").filter(share)
    theirs = held.filter(share) if held.height else held
    joined = mine.join(theirs, on=list(_HASH), how="left", maintain_order="left")
    return joined.select("_at", *_ID)


def _collected(frame: pl.LazyFrame) -> pl.DataFrame:
    try:
        return frame.collect()
    except (pl.exceptions.ComputeError, OSError) as error:
        raise Failed(
            "A file of the vault does not open: another key sealed it, or it was changed or moved.",
            where="vault",
            mend="check that keys/ belongs to this workspace; restore both from the same backup",
        ) from error


def _halves(digits: str, names: Iterable[str]) -> dict[str, pl.Expr]:
    """The first 32 hexadecimal digits of a column as two numbers."""
    parts = (pl.col(digits).str.head(16), pl.col(digits).str.slice(16, 16))
    return {
        name: part.str.to_integer(base=16, dtype=pl.UInt64, strict=False)
        for name, part in zip(names, parts, strict=True)
    }


def _with_new_ids(known: pl.DataFrame, fresh: pl.Series, count: int) -> pl.DataFrame:
    """Random ids, 128 bits each, where there was none."""
    made = np.frombuffer(secrets.token_bytes(16 * count), dtype=np.uint64).reshape(count, 2)
    mask = fresh.to_numpy()
    columns = []
    for at, name in enumerate(_ID):
        filled = known[name].fill_null(0).to_numpy().copy()
        filled[mask] = made[:, at]
        columns.append(pl.Series(name, filled))
    return known.with_columns(columns)


def _digits(high: pl.Series, low: pl.Series) -> pl.Series:
    """Ids as 32 hexadecimal digits; null where they are."""
    both = np.empty((len(high), 2), dtype=">u8")
    both[:, 0], both[:, 1] = high.fill_null(0).to_numpy(), low.fill_null(0).to_numpy()
    digits = pl.Series("id", np.frombuffer(both.tobytes().hex().encode(), dtype="S32")).cast(pl.String)
    if not high.null_count():
        return digits
    return digits.to_frame().select(pl.when(high.is_not_null()).then("id").alias("id")).to_series()


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


def _one_character(lengths: pl.Series) -> pl.Expr:
    """Each length as the character it is, null where it is no single byte; ids mostly have one length."""
    if lengths.min() == lengths.max() and len(lengths) and lengths[0] < _SHORT_TEXT:
        return pl.lit(chr(lengths[0]))
    letters = [chr(one) for one in range(_SHORT_TEXT)]
    return pl.lit(lengths).replace_strict(range(_SHORT_TEXT), letters, default=None, return_dtype=pl.String)


def _by_occurrence(values: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Where the values are that occur once, and those that may occur more often, each once."""
    again = pl.Series(occurring_again(values.hash().to_numpy()))
    return values.is_not_null() & ~again, values.filter(again).drop_nulls().unique(maintain_order=True)


def _placed(values: pl.Series, single: pl.Series, known: pl.DataFrame) -> pl.Series:
    """The id of each value, in the order of `values`; `known` has those that are `single` first."""
    once, count = single.to_numpy(), int(single.sum())
    places = np.zeros(len(values), np.int64)
    places[once] = np.arange(count)
    if count < len(values):
        several = known["natural"][count:].to_frame().with_row_index("_at", count)
        rest = values.filter(~single).alias("natural").to_frame()
        found = rest.join(several, on="natural", how="left", maintain_order="left")
        places[~once] = found["_at"].fill_null(0).to_numpy()
    halves = known.select(*_ID) if known.height else pl.DataFrame([(0, 0)], schema=_ID, orient="row")
    ids = halves[places].select(pl.when(values.is_not_null()).then(pl.all()))
    return _digits(*ids.get_columns()).alias(values.name)


def _looked_up(values: pl.Series, known: pl.DataFrame) -> pl.Series:
    """The id of each value, in the order of `values`."""
    asked = values.alias("natural").to_frame()
    found = asked.join(known.select("natural", *_ID), on="natural", how="left", maintain_order="left")
    return _digits(found["id_high"], found["id_low"]).alias(values.name)
