"""Lays accepted rows out by group, so that one bucket holds everything that is combined."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from data.commandline import Progress
from data.contracts import Contract
from data.registers import Delivery
from data.workspace import Workspace


@dataclass(frozen=True)
class Layout:
    """A finished layout. Rows whose group cannot be found are in no bucket; `ungrouped` counts them."""

    layout_id: str
    folder: Path
    count: int
    registers: tuple[str, ...]
    ungrouped: Mapping[str, int]  # register: rows; registers that have none are left out
    key: bytes = field(repr=False)  # KeyUse.REGISTERS

    def read(self, bucket: int, register: str) -> pl.LazyFrame | None:
        """The rows of one register in one bucket, with `_group` and `_row`; None: no such register."""
        raise NotImplementedError


def lay_out(
    workspace: Workspace,
    deliveries: Mapping[str, Delivery],
    contracts: Mapping[str, Contract],
    count: int,
    progress: Progress,
) -> Layout:
    """Lay out `deliveries` (by register; contracts by name) in `count` buckets, or reuse what is there."""
    raise NotImplementedError
