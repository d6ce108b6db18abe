"""Where rows lie whose group another register names: with the household of whom they are about where that
register knows them, in a group of their own where it does not. A gap in it parts what belongs together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import polars as pl

from data.contract import Group
from eligibility.facts import Lookup, Rows, Unit

NO_LINE = 0
"""The `_row` of a doubt that is no row in quarantine, but one that was accepted and lies alone."""
PAIRS = 1_000_000
"""Rows that lie alone times the groups of gaps that name nobody: as many doubts are kept one by one."""


class Place(NamedTuple):
    """Where rows find their group: their `column`, the register in which it is looked up, and its key."""

    column: str
    register: str
    key: str


@dataclass(frozen=True)
class Placed:
    """Rows whose `column` was looked up in the `key` of a `register`, to find their group.

    `whole`: all rows of that register are there but for its `gaps`, those in quarantine, waived ones too: of
    each what can be read of `_key` and `_group`. Which rows lie alone because of a gap, is among the doubts.
    `homes` has `_key` and `_group` of those of its rows that lie in the same bucket.
    """

    column: str
    register: str
    key: str
    whole: bool
    gaps: pl.DataFrame | None = None
    homes: pl.LazyFrame | None = None


def perhaps_elsewhere(
    unit: Unit, base: pl.DataFrame, relation: Lookup | Rows, *, own: Placed | None, theirs: Placed | None
) -> pl.Series | None:
    """Per row of `base`, whether rows about it may lie in another group than the unit; None: nowhere.

    `own` says how the units came to lie where they do, `theirs` the rows of the relation.
    """
    if _lie_together(unit, relation, own, theirs):
        return None
    nobody = pl.repeat(False, base.height, eager=True)
    apart = nobody if own is None else _strangers(base, own)
    if theirs is None or (theirs.whole and not relation.keys):
        return apart
    with_them = [ours for ours, others in relation.keys.items() if others == theirs.column]
    if not theirs.whole or not with_them:
        return ~nobody  # nothing says with whom such rows lie
    return apart | ~_at_home(base, with_them[0], theirs.homes)


def _lie_together(unit: Unit, relation: Lookup | Rows, own: Placed | None, theirs: Placed | None) -> bool:
    """Whatever the register that names groups lacks, rows that name the same person lie in the same group,
    and rows that name the unit lie where the unit does."""
    keys = relation.keys
    if theirs is not None and (unit.register, keys.get(theirs.key)) == (theirs.register, theirs.column):
        return True
    if own is None:
        return theirs is None
    if theirs is None:
        return (relation.register, keys.get(own.column)) == (own.register, own.key)
    same = (own.register, own.key) == (theirs.register, theirs.key)
    return same and keys.get(own.column) == theirs.column


def lie_anywhere(unit: Unit, relation: Lookup | Rows, *, own: Group, theirs: Group) -> bool:
    """Whether, by the groups of two contracts, nothing says where rows about a unit lie: all they could tell
    would stay unknown."""
    keys = relation.keys
    by_unit = (theirs.register, theirs.column) == (unit.register, keys.get(str(theirs.key)))
    by_own = own.register == relation.register and keys.get(own.column) == own.key
    if not keys or by_unit or by_own:
        return False
    if theirs.register is None:
        return own.register is not None or keys.get(own.column) != theirs.column
    return theirs.column not in keys.values()


def _strangers(base: pl.DataFrame, own: Placed) -> pl.Series:
    """Units that lie by themselves, though there may be a household that they belong to."""
    alone = (base["_group"] == base[own.column]).fill_null(True)
    if not own.whole or own.gaps is None:
        return alone if not own.whole else alone & False
    keys = own.gaps["_key"]
    return alone if keys.null_count() else alone & base[own.column].is_in(keys.implode())


def _at_home(base: pl.DataFrame, column: str, homes: pl.LazyFrame | None) -> pl.Series:
    """Which units lie in the group of whom their `column` names, so that rows about both lie together."""
    units = base.select("_group", _key=column).with_row_index("_at")
    alone = (units["_key"] == units["_group"]).fill_null(False)
    if homes is None:
        return alone
    known = units.lazy().join(homes, on=["_key", "_group"], how="semi").collect()["_at"]
    return alone | units["_at"].is_in(known.implode())


def astray(rows: pl.LazyFrame, place: Place, gaps: pl.DataFrame, ids: Sequence[str]) -> pl.DataFrame:
    """Those of a register's rows that lie alone, perhaps because of a gap, in the form of rows in quarantine:
    their `ids`, as `_group` the one to which they may belong, null where that can be any, and no line.

    Of a gap that names a group and no person any row that lies alone may be meant. Where these would be too
    many pairs (`PAIRS`), it is one doubt about the group, whatever it asks: more is in doubt then, not less.
    """
    alone = rows.filter(pl.col("_group") == pl.col(place.column)).select(*ids).collect()
    named = gaps.drop_nulls("_key").unique()
    known = alone.join(named, left_on=place.column, right_on="_key")
    others = alone.join(named, left_on=place.column, right_on="_key", how="anti")
    groups = gaps.filter(pl.col("_key").is_null())["_group"].unique()
    found = [known]
    if others.height and groups.null_count():
        found.append(others.with_columns(_group=pl.lit(None, dtype=pl.String)))
    homes = groups.drop_nulls().to_frame()
    if others.height:
        found.append(others.join(homes, how="cross") if others.height * homes.height <= PAIRS else homes)
    told = pl.concat(found, how="diagonal")
    return told.select(pl.lit(NO_LINE, dtype=pl.Int64).alias("_row"), "_group", *ids)
