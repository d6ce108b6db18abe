"""Whole programmes, from registers to answers, on the same plain files: `python -m bench.whole STEP FOLDER`.

`plain` writes the buckets of a laid-out workspace once more without encryption. `ours` and `duckdb` then
answer the eight programmes that are also written in SQL, ours bucket by bucket, DuckDB over all files at
once; `ours_two` and `by_hand` the two that are also written in Polars. Each writes its answers as Parquet.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

import polars as pl

from bench.by_sql import ANSWERS, READS, run_sql
from bench.hand_written import KR_REGISTERS, scan_by_hand
from bench.registers import EXTRACTED_ON

PACKS = Path(__file__).resolve().parents[1] / "eligibility" / "packs"
TWO = {"kr/vehicle_tax_refund": KR_REGISTERS, "us/eitc": ("tax_units",)}


class Plain:
    """Buckets without encryption: `FOLDER/plain/<bucket>/<register>.parquet`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "plain"
        self.count = sum(1 for _ in self.folder.iterdir())
        self.registers: Collection[str] = {path.stem for path in self.folder.glob("*/*.parquet")}

    def read(self, bucket: int, register: str) -> pl.LazyFrame:
        return pl.scan_parquet(self.folder / str(bucket) / f"{register}.parquet")

    def files(self, register: str) -> Sequence[Path]:
        return sorted(self.folder.glob(f"*/{register}.parquet"))


def plain(folder: Path) -> None:
    """Write the laid-out registers that the programmes read without encryption."""
    from bench.engine import laid_out

    layout = laid_out(folder)
    for bucket in range(layout.count):
        target = folder / "plain" / str(bucket)
        target.mkdir(parents=True)
        for register in sorted({name for read in READS.values() for name in read}):
            rows = layout.read(bucket, register)
            assert rows is not None
            rows.sink_parquet(target / f"{register}.parquet", compression="lz4")


def ours(folder: Path, programmes: Collection[str] = tuple(READS)) -> None:
    """The compiled programmes, one bucket after the other."""
    from eligibility.bucket import Bucket
    from eligibility.pack import load_pack
    from eligibility.relations import Register

    packs = {
        name: load_pack(name, PACKS / name) for name in sorted({one.split("/")[0] for one in programmes})
    }
    loaded = [packs[one.split("/")[0]] for one in programmes]
    compiled = {
        one: pack.compile(pack.programmes[one], EXTRACTED_ON)
        for one, pack in zip(programmes, loaded, strict=True)
    }
    tables, target = Plain(folder), _emptied(folder / "ours")
    for bucket in range(tables.count):
        registers = {
            name: Register(tables.read(bucket, name), complete=True)
            for name in sorted({name for one in programmes for name in READS[one]})
        }
        found = Bucket(registers, compiled, EXTRACTED_ON).findings()
        found.select("programme", *ANSWERS).write_parquet(target / f"{bucket}.parquet")


def ours_two(folder: Path) -> None:
    """Those that are written in Polars too."""
    ours(folder, tuple(TWO))


def duckdb(folder: Path) -> None:
    """The same programmes in SQL, each over all files."""
    tables, target = Plain(folder), _emptied(folder / "duckdb")
    for programme, names in READS.items():
        answers = run_sql(programme, {name: tables.files(name) for name in names}, EXTRACTED_ON)
        answers.write_parquet(target / f"{programme.replace('/', '_')}.parquet")


def by_hand(folder: Path) -> None:
    """Two programmes in hand-written Polars, bucket by bucket."""
    scan_by_hand(Plain(folder), EXTRACTED_ON, _emptied(folder / "by_hand"))


def differing(folder: Path) -> tuple[int, int]:
    """How many findings we have, and how many answers only we or only DuckDB have."""
    mine = pl.read_parquet(folder / "ours" / "*.parquet")
    theirs = pl.concat(
        pl.read_parquet(folder / "duckdb" / f"{one.replace('/', '_')}.parquet").select(
            pl.lit(one).alias("programme"), *ANSWERS
        )
        for one in READS
    )
    both = [
        one.with_columns(pl.col("parts").cast(pl.List(pl.String)).list.join(",")) for one in (mine, theirs)
    ]
    only = [
        one.join(other, on=one.columns, how="anti", nulls_equal=True).height
        for one, other in (both, both[::-1])
    ]
    return mine.height, sum(only)


def _emptied(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


STEPS: dict[str, Callable[[Path], None]] = {
    step.__name__: step for step in (plain, ours, ours_two, duckdb, by_hand)
}

if __name__ == "__main__":
    STEPS[sys.argv[1]](Path(sys.argv[2]))
