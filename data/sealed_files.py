"""A sealed file: encrypted Parquet, bound to its place, which may have been sealed under one of two keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import polars as pl

from data.files import atomic_path

Change = Callable[[pl.DataFrame], pl.DataFrame]


@dataclass(frozen=True)
class SealedFile:
    """Where it lies, what it is bound to, and how it is packed when it is sealed again."""

    path: Path
    context: bytes
    compression: Literal["zstd", "lz4"] = "zstd"
    compression_level: int | None = None
    statistics: bool = True

    def at(self, place: Path) -> SealedFile:
        """The same file in another place."""
        return replace(self, path=place)

    def key_of(self, keys: Sequence[bytes]) -> bytes | None:
        """The one of `keys` that sealed it; None when none did, or it was changed or moved."""
        for key in keys:
            try:
                self._opened(key).collect_schema()
            except (pl.exceptions.PolarsError, OSError):
                continue
            return key
        return None

    def opens_whole(self, key: bytes) -> bool:
        """Whether every piece of it opens, which proves that no byte of a row was changed."""
        try:
            self._opened(key).collect(engine="streaming")
        except (pl.exceptions.PolarsError, OSError):
            return False
        return True

    def scan(self, keys: Sequence[bytes]) -> pl.LazyFrame:
        """Its rows; which of several keys sealed it is tried out first."""
        found = self.key_of(keys) if len(keys) > 1 else None
        return self._opened(found or keys[0])

    def seal_again(
        self, key: bytes, new: bytes, *, target: Path | None = None, change: Change | None = None
    ) -> None:
        """Seal what `key` opens under `new`, piece by piece, here or in `target`; whole or not at all.

        `change` gives other values to the rows of one piece; their columns stay.
        """
        rows = self._opened(key)
        if change is not None:
            rows = rows.map_batches(change, streamable=True, schema=dict(rows.collect_schema()))
        with atomic_path(target or self.path) as partial:
            rows.sink_parquet(
                partial,
                compression=self.compression,
                compression_level=self.compression_level,
                statistics=self.statistics,
                encryption=pl.ParquetEncryptionProperties(footer_key=new, aad_prefix=self.context),
            )

    def _opened(self, key: bytes) -> pl.LazyFrame:
        opened = pl.ParquetDecryptionProperties(footer_key=key, aad_prefix=self.context)
        return pl.scan_parquet(self.path, decryption=opened)
