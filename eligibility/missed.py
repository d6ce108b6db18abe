"""Whom rows in quarantine may be about, waived ones included: that these are not found proves no end.

A row is about its household and about every id that can be read in it. It is about anybody where its
household cannot be told, where it would be a unit and neither that unit's id nor the recipient's can be read,
and where the id by which units find it cannot be read and nothing but the row says its household: whoever
moved in the same delivery was known in another. A scan keeps the ids beside its findings, so that a diff
needs no register.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from data.buckets import bucket_of
from data.contract import Contract
from data.digests import canonical_json
from data.errors import Failed
from data.files import atomic_path
from data.grouping import group_of, groups_of, some_with_group
from data.keys import seal, unseal
from data.registers import waived
from data.workspace import Workspace
from eligibility.compiler import Compiled
from eligibility.facts import Unit
from eligibility.ground import Ground
from eligibility.opened import registers_read
from eligibility.pack import Packs
from eligibility.placing import NO_LINE
from eligibility.relations import relations_of

NAME = "missed"


@dataclass(frozen=True)
class Missed:
    """By register with rows in quarantine: the ids they may be about, and how many rows name nobody."""

    ids: Mapping[str, frozenset[str]]
    nameless: Mapping[str, int]

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """What may be said of it openly."""
        return {
            name: {"ids": len(self.ids[name]), "nameless": self.nameless[name]} for name in sorted(self.ids)
        }

    def about(self, registers: Sequence[str]) -> frozenset[str]:
        """The ids that rows of any of these registers may be about."""
        return frozenset[str]().union(*(self.ids.get(name, frozenset()) for name in registers))

    def write(self, folder: Path, key: bytes) -> None:
        """Keep it sealed in the folder of a run."""
        named = {name: sorted(ids) for name, ids in self.ids.items()}
        text = canonical_json({"ids": named, "nameless": dict(self.nameless)})
        with atomic_path(folder / NAME) as partial:
            partial.write_bytes(seal(key, text.encode(), context=missed_context(folder)))


def read_missed(folder: Path, key: bytes) -> Missed | None:
    """What a scan kept; None where it does not open: its key was changed since, or it was."""
    try:
        text = unseal(key, (folder / NAME).read_bytes(), context=missed_context(folder))
    except (OSError, Failed):
        return None
    kept = json.loads(text)
    return Missed({name: frozenset(ids) for name, ids in kept["ids"].items()}, kept["nameless"])


def missed_context(folder: Path) -> str:
    """What the file is bound to: it cannot stand in for that of another run."""
    return f"missed|{folder.name}"


def missed_of(workspace: Workspace, ground: Ground, packs: Packs, compiled: Iterable[Compiled]) -> Missed:
    """Of each register that programmes read: whom its rows in quarantine may be about, and their units."""
    compiled = list(compiled)
    units = _units(packs, compiled)
    read = sorted({name for _, registers in units for name in registers} & set(ground.deliveries))
    rows = {name: _rows(workspace, ground, packs.contracts, name) for name in read}
    rows = {name: one for name, one in rows.items() if one.height}
    groups = {name: frozenset(one["_group"].drop_nulls()) for name, one in rows.items()}
    there = _units_in(ground, units, frozenset[str]().union(*groups.values()))
    ids = {
        name: _named(one) | {unit for of, group, unit in there if name in of and group in groups[name]}
        for name, one in rows.items()
    }
    nameless = {
        name: _count_nameless(one, group_of(ground.deliveries[name], packs.contracts).column, name, compiled)
        for name, one in rows.items()
    }
    return Missed(ids, nameless)


def _count_nameless(
    rows: pl.DataFrame, group_column: str, register: str, compiled: Sequence[Compiled]
) -> int:
    """How many rows of a register may be about anybody, as the programmes read it.

    Rows that were accepted and lie alone are not among them: what they may hide is unknown, not absent.
    """

    def unread(column: str) -> pl.Expr:
        return pl.col(column).is_null() if column in rows.columns else pl.lit(True)

    homeless = pl.col("_group").is_null()
    units = [
        unread(one.unit.id) & unread(one.programme.recipient)
        for one in compiled
        if one.unit.register == register
    ]
    relations = [
        one for each in compiled for one in relations_of(each.unit.facts) if one.register == register
    ]
    keys = sorted({key for one in relations for key in one.keys.values()} & set(rows.columns))
    by_itself = (
        pl.lit(False) if group_column not in rows.columns else pl.col("_group") == pl.col(group_column)
    )
    lost = [by_itself & pl.col(key).is_null() for key in keys]
    lacking = rows.filter(pl.col("_row").ne_missing(NO_LINE))
    return lacking.filter(pl.any_horizontal(homeless, *units, *lost)).height


def _units(packs: Packs, compiled: Iterable[Compiled]) -> list[tuple[Unit, frozenset[str]]]:
    """What the programmes are about, each once, with the registers that what is found of it hangs on."""
    found: dict[int, tuple[Unit, frozenset[str]]] = {}
    for one in compiled:
        _, before = found.get(id(one.unit), (one.unit, frozenset[str]()))
        found[id(one.unit)] = one.unit, before.union(registers_read(packs, one.programme))
    return list(found.values())


def _rows(workspace: Workspace, ground: Ground, contracts: Mapping[str, Contract], name: str) -> pl.DataFrame:
    """The ids of a register's rows in quarantine, open and waived, and the group each belongs to."""
    delivery = ground.deliveries[name]
    frames = [pl.DataFrame(schema={"_row": pl.Int64, "_group": pl.String})]
    if name in ground.doubts:
        frames.append(ground.doubts[name])
    gone = waived(workspace, delivery)
    if gone is not None:
        groups = groups_of(ground.deliveries, contracts)
        frames.append(some_with_group(workspace, ground.deliveries, name, groups=groups, rows=gone))
    return pl.concat(frames, how="diagonal_relaxed")


def _named(rows: pl.DataFrame) -> frozenset[str]:
    return frozenset(one for column in rows.drop("_row").get_columns() for one in column.drop_nulls())


def _units_in(
    ground: Ground, units: Sequence[tuple[Unit, frozenset[str]]], groups: frozenset[str]
) -> list[tuple[frozenset[str], str, str]]:
    """The units that now lie in these groups: the registers they read, group and id."""
    wanted = pl.DataFrame({"_group": sorted(groups)}, schema={"_group": pl.String})
    by_bucket = wanted.with_columns(_bucket=bucket_of(pl.col("_group"), ground.layout.count))
    parts = by_bucket.partition_by("_bucket", as_dict=True, include_key=False)
    return [found for (bucket,), some in parts.items() for found in _in_bucket(ground, units, bucket, some)]


def _in_bucket(
    ground: Ground, units: Sequence[tuple[Unit, frozenset[str]]], bucket: int, groups: pl.DataFrame
) -> Iterator[tuple[frozenset[str], str, str]]:
    for unit, registers in units:
        rows = ground.layout.read(bucket, unit.register)
        if rows is not None:
            near = rows.select("_group", pl.col(unit.id).alias("_unit")).drop_nulls()
            found = near.join(groups.lazy(), on="_group", how="semi").unique().collect()
            yield from ((registers, group, one) for group, one in found.iter_rows())
