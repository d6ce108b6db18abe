"""What a scan or an explanation stands on: the buckets, and what is known of each register."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path

import polars as pl
from sqlalchemy import Engine

from data.buckets import Layout, bucket_of, count_for
from data.commandline import Progress
from data.contract import Contract, Group
from data.digests import document_sha256
from data.errors import Failed
from data.files import atomic_path
from data.grouping import groups_of, no_group, some_with_group
from data.laying import lay_out
from data.registers import Delivery, current, doubts, waived
from data.workspace import Workspace
from eligibility.doubts import doubts_sha256
from eligibility.pack import Packs
from eligibility.placing import Place, Placed, astray
from eligibility.relations import Register

Showing = Callable[[str, int], AbstractContextManager[Progress]]
"""Shows progress: `with showing(label, total) as progress`; a Console's `progress` is one."""


@dataclass(frozen=True)
class Records:
    """All that one bucket's findings are found in. `complete` has every register that was delivered.

    `doubts` are of registers that have rows in quarantine: those, with the group each belongs to. `places`
    has the registers whose groups another one names: their column, that register and its key; `gaps`, of the
    registers that are asked, what can be read of key and group of their rows in quarantine, waived or not.
    """

    layout: Layout
    complete: Mapping[str, bool]
    doubts: Mapping[str, pl.DataFrame]
    places: Mapping[str, Place]
    gaps: Mapping[str, pl.DataFrame]

    @classmethod
    def open(
        cls,
        layout: Layout,
        *,
        complete: Mapping[str, bool],
        doubts: Mapping[str, str],
        places: Mapping[str, Place],
        gaps: Mapping[str, str],
    ) -> Records:
        """As another process laid them out; `doubts` and `gaps` are the names under which it kept them."""
        kept, lacking = (
            {name: _read_kept(layout, file) for name, file in one.items()} for one in (doubts, gaps)
        )
        return cls(layout, complete, kept, places, lacking)

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
        deciding = {*names}
        while asked := {self.places[name].register for name in deciding & set(self.places)} - deciding:
            deciding |= asked
        return sorted(deciding & set(self.complete))

    def _placed(self, bucket: int, name: str) -> Placed | None:
        place = self.places.get(name)
        if place is None:
            return None
        whole = self.complete.get(place.register, False)
        rows = self.layout.read(bucket, place.register) if place.register in self.complete else None
        homes = None if rows is None else rows.select("_group", _key=place.key)
        return Placed(*place, whole=whole, gaps=self.gaps.get(place.register), homes=homes)

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
    kept_gaps: Mapping[str, str]
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
    groups = groups_of(deliveries, packs.contracts)
    places = _places(groups)
    keeping = _Keeping(workspace, layout, deliveries, packs.contracts, groups, places)
    gaps = keeping.gaps()
    kept = keeping.doubts(gaps)
    return Ground(
        layout=layout,
        complete={name: one.complete for name, one in deliveries.items()},
        doubts={name: _read_kept(layout, file) for name, file in kept.items()},
        places=places,
        gaps={name: _read_kept(layout, file) for name, file in gaps.items()},
        deliveries=deliveries,
        kept_doubts=kept,
        kept_gaps=gaps,
        left_out={name: one.contract for name, one in in_force.items() if name not in deliveries},
    )


def _places(groups: Mapping[str, Group]) -> dict[str, Place]:
    return {
        name: Place(one.column, one.register, str(one.key))
        for name, one in groups.items()
        if one.register is not None
    }


@dataclass(frozen=True)
class _Keeping:
    """Writes once, for all processes, what rows in quarantine say; each file is named by what decides it."""

    workspace: Workspace
    layout: Layout
    deliveries: Mapping[str, Delivery]
    contracts: Mapping[str, Contract]
    groups: Mapping[str, Group]
    places: Mapping[str, Place]

    def gaps(self) -> dict[str, str]:
        """The files with key and group of the rows that registers lack by which others find their group."""
        kept: dict[str, str] = {}
        keys = {one.register: one.key for one in self.places.values() if one.register in self.deliveries}
        for name, key in sorted(keys.items()):
            delivery = self.deliveries[name]
            both = [doubts(self.workspace, delivery), waived(self.workspace, delivery)]
            frames = [one for one in both if one is not None]
            if frames:
                rows = pl.concat(frames, how="diagonal_relaxed")
                kept[name] = f"{name}.gaps.{doubts_sha256(rows)}.parquet"
                self._keep(kept[name], partial(self._gaps, name, key, rows))
        return kept

    def doubts(self, gaps: Mapping[str, str]) -> dict[str, str]:
        """The files with the rows in quarantine, and those that lie alone, perhaps because of a gap."""
        kept: dict[str, str] = {}
        for name, delivery in self.deliveries.items():
            rows, place = doubts(self.workspace, delivery), self.places.get(name)
            lacking = None if place is None else gaps.get(place.register)
            if rows is not None or lacking is not None:
                decided = document_sha256([lacking, None if rows is None else doubts_sha256(rows)])
                kept[name] = f"{name}.{decided}.parquet"
                self._keep(kept[name], partial(self._doubts, name, rows, lacking))
        return {name: file for name, file in kept.items() if _read_kept(self.layout, file).height}

    def _gaps(self, name: str, key: str, rows: pl.DataFrame) -> pl.DataFrame:
        grouped = self._grouped(name, rows)
        read = pl.col(key) if key in grouped.columns else pl.lit(None, dtype=pl.String)
        return grouped.select(read.alias("_key"), "_group")

    def _doubts(self, name: str, rows: pl.DataFrame | None, lacking: str | None) -> pl.DataFrame:
        frames = [] if rows is None else [self._grouped(name, rows)]
        if lacking is not None:
            gaps = _read_kept(self.layout, lacking)
            accepted = [self.layout.read(bucket, name) for bucket in range(self.layout.count)]
            by = self.places[name].column  # a row in quarantine may lie alone by a gap, too
            own = [one.lazy() for one in frames if by in one.columns]
            frames += [self._astray(name, one, gaps) for one in [*own, *accepted] if one is not None]
        return pl.concat(frames, how="diagonal_relaxed")

    def _grouped(self, name: str, rows: pl.DataFrame) -> pl.DataFrame:
        return some_with_group(self.workspace, self.deliveries, name, groups=self.groups, rows=rows)

    def _astray(self, name: str, rows: pl.LazyFrame, gaps: pl.DataFrame) -> pl.DataFrame:
        there = rows.collect_schema().names()
        ids = [one.name for one in self.contracts[self.deliveries[name].contract].columns if one.identity]
        return astray(rows, self.places[name], gaps, [one for one in ids if one in there])

    def _keep(self, file: str, made: Callable[[], pl.DataFrame]) -> None:
        path = _kept_path(self.layout, file)
        if not _is_whole(self.layout, file):
            sealed = pl.ParquetEncryptionProperties(
                footer_key=self.layout.key, aad_prefix=_context(self.layout, file)
            )
            with atomic_path(path) as beside:
                made().write_parquet(beside, encryption=sealed)


def _is_whole(layout: Layout, file: str) -> bool:
    """Whether what was kept is there and opens; it can be made again."""
    try:
        _read_kept(layout, file)
    except (pl.exceptions.PolarsError, OSError):
        return False
    return True


def _read_kept(layout: Layout, file: str) -> pl.DataFrame:
    opened = pl.ParquetDecryptionProperties(footer_key=layout.key, aad_prefix=_context(layout, file))
    return pl.read_parquet(_kept_path(layout, file), decryption=opened)


def _kept_path(layout: Layout, file: str) -> Path:
    return layout.folder / "doubts" / file


def _context(layout: Layout, file: str) -> bytes:
    return f"doubts|{layout.layout_id}|{file}".encode()
