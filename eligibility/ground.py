"""What a scan or an explanation stands on: the buckets, and what is known of each register."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import polars as pl
from sqlalchemy import Engine

from data.buckets import Layout, bucket_of, count_for
from data.commandline import Progress
from data.contract import Contract
from data.errors import Failed
from data.files import atomic_path
from data.grouping import doubts_with_group, group_of, no_group
from data.laying import lay_out
from data.registers import Delivery, current, doubts
from data.workspace import Workspace
from eligibility.doubts import doubts_sha256
from eligibility.pack import Packs
from eligibility.placing import Placed
from eligibility.relations import Register

Showing = Callable[[str, int], AbstractContextManager[Progress]]
"""Shows progress: `with showing(label, total) as progress`; a Console's `progress` is one."""


class Place(NamedTuple):
    """Where rows find their group: their `column`, the register in which it is looked up, and its key."""

    column: str
    register: str
    key: str


@dataclass(frozen=True)
class Records:
    """All that one bucket's findings are found in. `complete` has every register that was delivered.

    `doubts` are of registers that have rows in quarantine: those, with the group each belongs to. `places`
    has the registers whose groups another one names: their column, that register and its key.
    """

    layout: Layout
    complete: Mapping[str, bool]
    doubts: Mapping[str, pl.DataFrame]
    places: Mapping[str, Place]

    @classmethod
    def open(
        cls,
        layout: Layout,
        *,
        complete: Mapping[str, bool],
        doubts: Mapping[str, str],
        places: Mapping[str, Place],
    ) -> Records:
        """As another process laid them out; `doubts` are the names under which it kept them."""
        kept = {name: _read_doubts(layout, file) for name, file in doubts.items()}
        return cls(layout, complete, kept, places)

    def registers(self, bucket: int, names: Iterable[str]) -> dict[str, Register]:
        """The registers of one bucket; one that was never delivered has no frame."""
        return {
            name: Register(
                frame=self.layout.read(bucket, name) if name in self.complete else None,
                complete=self.complete.get(name, False),
                doubts=self.doubts_in(bucket, name),
                placed=self._placed(bucket, name),
            )
            for name in names
        }

    def deciding(self, names: Iterable[str]) -> list[str]:
        """Those of the registers that were delivered, and those that name the groups of their rows."""
        asked = {*names}
        asked |= {self.places[name].register for name in asked & set(self.places)}
        return sorted(asked & set(self.complete))

    def _placed(self, bucket: int, name: str) -> Placed | None:
        place = self.places.get(name)
        if place is None:
            return None
        whole = self.complete.get(place.register, False)
        return Placed(*place, whole=whole, doubts=self.doubts_in(bucket, place.register))

    def doubts_in(self, bucket: int, register: str) -> pl.DataFrame | None:
        """The rows in quarantine that may be about somebody in a bucket: those of no known group may."""
        if register not in self.doubts:
            return None
        by_bucket = self._doubts_by_bucket[register]
        none = self.doubts[register].clear()
        return pl.concat([by_bucket.get((bucket,), none), by_bucket.get((None,), none)])

    @cached_property
    def _doubts_by_bucket(self) -> dict[str, dict[tuple[object, ...], pl.DataFrame]]:
        count = self.layout.count
        marked = {
            name: rows.with_columns(_bucket=bucket_of(pl.col("_group"), count))
            for name, rows in self.doubts.items()
        }
        return {
            name: rows.partition_by("_bucket", as_dict=True, include_key=False)
            for name, rows in marked.items()
        }


@dataclass(frozen=True)
class Ground(Records):
    """The records, where each register came from, and the names under which its doubts are kept."""

    deliveries: Mapping[str, Delivery]
    kept_doubts: Mapping[str, str]
    left_out: Mapping[str, str] = field(
        default_factory=dict
    )  # registers in force, and the contract each lacks

    def check_read(self, read: Iterable[str], contracts: Mapping[str, Contract]) -> None:
        """Raises BadSettings for a register that is `read` and whose contract names no group."""
        for name in sorted(set(read) & set(self.left_out)):
            if self.left_out[name] in contracts:
                raise no_group(name, self.left_out[name])

    def contracts_of(self, contracts: Mapping[str, Contract]) -> list[Contract]:
        """Of all contracts those under which the registers in force were taken in, as they are now."""
        return [contracts[one.contract] for one in self.deliveries.values()]


def stand_on(workspace: Workspace, engine: Engine, packs: Packs, showing: Showing) -> Ground:
    """The registers in force, laid out in buckets. Raises Failed when nothing was taken in."""
    in_force = current(workspace, engine)
    grouped = {name for name, one in packs.contracts.items() if one.group is not None}
    deliveries = {name: one for name, one in in_force.items() if one.contract in grouped}
    if not deliveries:
        raise Failed(
            "No register has been taken in.", where=str(workspace.registers), mend="run `owed intake`"
        )
    count = workspace.settings().buckets or count_for(deliveries)
    with showing("Laying out registers", len(deliveries)) as progress:
        layout = lay_out(workspace, deliveries, packs.contracts, count, progress)
    kept = _keep_doubts(workspace, layout, deliveries, packs)
    return Ground(
        layout=layout,
        complete={name: one.complete for name, one in deliveries.items()},
        doubts={name: _read_doubts(layout, file) for name, file in kept.items()},
        places=_places(deliveries, packs),
        deliveries=deliveries,
        kept_doubts=kept,
        left_out={name: one.contract for name, one in in_force.items() if name not in deliveries},
    )


def _places(deliveries: Mapping[str, Delivery], packs: Packs) -> dict[str, Place]:
    groups = {name: group_of(one, packs.contracts) for name, one in deliveries.items()}
    return {
        name: Place(one.column, one.register, str(one.key))
        for name, one in groups.items()
        if one.register is not None
    }


def _keep_doubts(
    workspace: Workspace, layout: Layout, deliveries: Mapping[str, Delivery], packs: Packs
) -> dict[str, str]:
    """Find the groups of rows in quarantine, once for all processes; the names of the files by register."""
    kept: dict[str, str] = {}
    for name, delivery in deliveries.items():
        rows = doubts(workspace, delivery)
        if rows is not None:
            kept[name] = f"{name}.{doubts_sha256(rows)}.parquet"
            path = _doubts_path(layout, kept[name])
            if not path.is_file():
                group = group_of(delivery, packs.contracts)
                grouped = doubts_with_group(workspace, deliveries, group, rows)
                sealed = pl.ParquetEncryptionProperties(
                    footer_key=layout.key, aad_prefix=_context(layout, kept[name])
                )
                with atomic_path(path) as partial:
                    grouped.write_parquet(partial, encryption=sealed)
    return kept


def _read_doubts(layout: Layout, file: str) -> pl.DataFrame:
    opened = pl.ParquetDecryptionProperties(footer_key=layout.key, aad_prefix=_context(layout, file))
    return pl.read_parquet(_doubts_path(layout, file), decryption=opened)


def _doubts_path(layout: Layout, file: str) -> Path:
    return layout.folder / "doubts" / file


def _context(layout: Layout, file: str) -> bytes:
    return f"doubts|{layout.layout_id}|{file}".encode()
