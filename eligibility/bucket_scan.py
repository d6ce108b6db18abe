"""The work of a scan on its buckets, one by one: the same for whoever runs it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from eligibility.bucket import Bucket
from eligibility.compiler import Compiled
from eligibility.facts import Unit
from eligibility.ground import Records
from eligibility.runs import BucketFiles
from eligibility.sheets import count_doubted, count_units

_AMOUNT = pl.col("amount").cast(pl.Int128)  # each fits 64 bits, their sum need not
_ADDED_UP = (
    pl.len(),
    _AMOUNT.sum(),
    pl.col("at_least").sum().alias("bounds"),
    _AMOUNT.filter("at_least").sum().alias("amount of bounds"),
)


def added_up(findings: pl.DataFrame) -> list[list[Any]]:
    """By programme and status how many findings there are and their sum, then those that are lower bounds."""
    by = findings.group_by("programme", "status").agg(_ADDED_UP).sort("programme", "status")
    return [list(row) for row in by.iter_rows()]


@dataclass(frozen=True)
class BucketScan:
    """All that the work on buckets needs; it holds no vault key. The same on every engine."""

    records: Records
    compiled: Mapping[str, Compiled]
    as_of: date
    folder: Path
    inputs: Sequence[str]  # by bucket a digest of all that decides its findings
    key: bytes = field(repr=False)  # KeyUse.FINDINGS

    def run(self, bucket: int) -> None:
        """Scan one bucket and write its findings, unless an earlier or a rival attempt wrote them."""
        files = self.files(bucket)
        if not files.are_there:
            with self.records.layout.naming_damage(bucket):
                findings = self.find(bucket)
                tally = self._tally(bucket, findings)
            files.write(findings, tally)

    def files(self, bucket: int) -> BucketFiles:
        """The bucket's files in the folder of the run."""
        return BucketFiles(self.folder, bucket, self.inputs[bucket], self.key)

    @property
    def register_names(self) -> list[str]:
        """The registers that the programmes read."""
        return sorted({name for unit in self.units for name in unit.registers})

    def find(self, bucket: int) -> pl.DataFrame:
        """The findings of one bucket, by programme and id."""
        registers = self.records.registers(bucket, self.register_names)
        return Bucket(registers, self.compiled, self.as_of).findings()

    @property
    def units(self) -> list[Unit]:
        """What the programmes are about, each once."""
        compiled = self.compiled.values()
        return list({one.unit.name + one.programme.pack: one.unit for one in compiled}.values())

    def count_doubted(self, bucket: int) -> pl.DataFrame:
        """The units of one bucket that rows in quarantine may be about, by register."""
        return pl.concat(
            count_doubted(unit, self.records.registers(bucket, unit.registers), self.as_of)
            for unit in self.units
        )

    def count_units(self, bucket: int) -> list[int]:
        """How many there are of each of `units` in one bucket."""
        frames = [self.records.registers(bucket, [unit.register])[unit.register].frame for unit in self.units]
        return [
            0 if frame is None else count_units(unit, frame, self.as_of)
            for unit, frame in zip(self.units, frames, strict=True)
        ]

    def _tally(self, bucket: int, findings: pl.DataFrame) -> dict[str, Any]:
        """Counts and amounts by programme and status, then those that are lower bounds; all units; by
        register those that are doubted."""
        doubted = self.count_doubted(bucket) if self.records.doubts else None
        return {
            "findings": added_up(findings),
            "units": self.count_units(bucket),
            "doubted": [] if doubted is None else doubted.select("register", "doubted").rows(),
        }
