"""What a scan is measured against: `python -m bench.baselines STEP FOLDER`.

Nothing of ours is imported but how programmes are written by hand and where files and keys lie, so that
start-up weighs on neither side for the other. In FOLDER, beside what bench/steps.py made: `by_hand`,
`plain` (buckets and findings without encryption) and `copies`.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from bench.hand_written import KR_REGISTERS, scan_by_hand

AS_OF = date(2026, 11, 10)
REGISTERS = (*KR_REGISTERS, "tax_units")
"""Those that both programmes read."""


@dataclass(frozen=True)
class Laid:
    """The buckets of a workspace that has one layout, and the findings of its one scan."""

    folder: Path
    findings: Path
    keys: Path
    registers: tuple[str, ...] = REGISTERS

    @classmethod
    def below(cls, folder: Path) -> Laid:
        workspace = folder / "workspace"
        (buckets,) = (each for each in (workspace / "registers" / "buckets").iterdir() if each.is_dir())
        (findings,) = (workspace / "findings").iterdir()
        return cls(buckets, findings, workspace / "keys")

    @property
    def count(self) -> int:
        return sum(each.name.isdigit() for each in self.folder.iterdir())

    def read(self, bucket: int, register: str) -> pl.LazyFrame:
        laid = json.loads((self.folder / "layout.json").read_text("utf-8"))
        digest = laid["registers"][register]["digests"][bucket]
        opened = pl.ParquetDecryptionProperties(
            footer_key=self._key("registers"),
            aad_prefix=f"buckets|{register}|{bucket} of {laid['count']}|{digest}".encode(),
        )
        return pl.scan_parquet(self.folder / str(bucket) / f"{register}.parquet", decryption=opened)

    def found(self, bucket: int) -> pl.DataFrame:
        decided = json.loads((self.findings / "manifest.json").read_text("utf-8"))["inputs"][bucket]
        opened = pl.ParquetDecryptionProperties(
            footer_key=self._key("findings"), aad_prefix=f"findings|{bucket}|{decided}".encode()
        )
        return pl.scan_parquet(self.findings / f"{bucket}.parquet", decryption=opened).collect()

    def _key(self, use: str) -> bytes:
        return bytes.fromhex((self.keys / f"{use}.key").read_text().strip())


def by_hand(folder: Path) -> None:
    """The same programmes in hand-written Polars: status and amounts alone, written unencrypted."""
    scan_by_hand(Laid.below(folder), AS_OF, _emptied(folder / "by_hand"))


def plain(folder: Path) -> None:
    """Write buckets and findings once more without encryption, for `copy_plain`."""
    laid, target = Laid.below(folder), _emptied(folder / "plain")
    for bucket in range(laid.count):
        laid.found(bucket).write_parquet(target / f"findings-{bucket}.parquet")
        for name in REGISTERS:
            laid.read(bucket, name).sink_parquet(target / f"{name}-{bucket}.parquet")


def copy(folder: Path) -> None:
    """Read what the scan reads and write what it writes, judging nothing; encrypted like the scan's own."""
    laid, target = Laid.below(folder), _emptied(folder / "copies")
    sealed = pl.ParquetEncryptionProperties(footer_key=bytes(32))
    for bucket in range(laid.count):
        for name in REGISTERS:
            laid.read(bucket, name).collect(engine="streaming")
        laid.found(bucket).write_parquet(target / f"{bucket}.parquet", encryption=sealed)


def copy_plain(folder: Path) -> None:
    """The same without encryption."""
    source, target = folder / "plain", _emptied(folder / "copies")
    for bucket in range(len(list(source.glob("findings-*.parquet")))):
        for name in REGISTERS:
            pl.scan_parquet(source / f"{name}-{bucket}.parquet").collect(engine="streaming")
        found = pl.scan_parquet(source / f"findings-{bucket}.parquet").collect()
        found.write_parquet(target / f"{bucket}.parquet")


def _emptied(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


STEPS: dict[str, Callable[[Path], None]] = {
    step.__name__: step for step in (by_hand, plain, copy, copy_plain)
}

if __name__ == "__main__":
    STEPS[sys.argv[1]](Path(sys.argv[2]))
