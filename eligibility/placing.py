"""Where rows lie whose group another register names: with the household of whom they are about where that
register knows them, in a group of their own where it does not. A gap in it parts what belongs together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import polars as pl

from eligibility.facts import Lookup, Rows, Unit

NO_LINE = 0
"""The `_row` of a doubt that is no row in quarantine, but one that was accepted and lies alone."""


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
    """

    column: str
    register: str
    key: str
    whole: bool
    gaps: pl.DataFrame | None = None


def perhaps_elsewhere(
    unit: Unit, base: pl.DataFrame, relation: Lookup | Rows, *, own: Placed | None, theirs: Placed | None
) -> pl.Series | None:
    """Per row of `base`, whether rows about it may lie in another group than the unit; None: nowhere.

    `own` says how the units came to lie where they do, `theirs` the rows of the relation.
    """
    if _lie_together(unit, relation, own, theirs):
        return None
    nobody = pl.repeat(False, base.height, eager=True)
    anybody = theirs is not None and not theirs.whole
    return ~nobody if anybody else nobody if own is None else _strangers(base, own)


def _lie_together(unit: Unit, relation: Lookup | Rows, own: Placed | None, theirs: Placed | None) -> bool:
    """Whatever the register that names groups lacks, rows that name the same person lie in the same group."""
    keys = relation.keys
    if own is None or theirs is None:
        named = own is theirs
        named |= theirs is not None and (unit.register, keys.get(theirs.key)) == (
            theirs.register,
            theirs.column,
        )
        return named or (
            own is not None and (relation.register, keys.get(own.column)) == (own.register, own.key)
        )
    same = (own.register, own.key) == (theirs.register, theirs.key)
    return same and keys.get(own.column) == theirs.column


def _strangers(base: pl.DataFrame, own: Placed) -> pl.Series:
    """Units that lie by themselves, though there may be a household that they belong to."""
    alone = (base["_group"] == base[own.column]).fill_null(True)
    if not own.whole or own.gaps is None:
        return alone if not own.whole else alone & False
    keys = own.gaps["_key"]
    return alone if keys.null_count() else alone & base[own.column].is_in(keys.implode())


def astray(rows: pl.LazyFrame, place: Place, gaps: pl.DataFrame, ids: Sequence[str]) -> pl.DataFrame:
    """Those of a register's rows that lie alone, perhaps because of a gap, in the form of rows in quarantine:
    their `ids`, as `_group` the one to which they may belong, null where that can be any, and no line.

    Of a gap that names a group and no person any row that lies alone may be meant: that is one doubt about
    the group, and not one for each such row.
    """
    alone = rows.filter(pl.col("_group") == pl.col(place.column)).select(*ids).collect()
    named = gaps.drop_nulls("_key").unique()
    known = alone.join(named, left_on=place.column, right_on="_key")
    others = alone.join(named, left_on=place.column, right_on="_key", how="anti")
    groups = gaps.filter(pl.col("_key").is_null())["_group"].unique()
    found = [known]
    if others.height and groups.null_count():
        found.append(others.with_columns(_group=pl.lit(None, dtype=pl.String)))
    if others.height:
        found.append(groups.drop_nulls().to_frame())
    told = pl.concat(found, how="diagonal")
    return told.select(pl.lit(NO_LINE, dtype=pl.Int64).alias("_row"), "_group", *ids)
