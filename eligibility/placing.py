"""Where rows lie whose group another register names: with the household of whom they are about where that
register knows them, in a group of their own where it does not. A gap in it parts what belongs together.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from eligibility.facts import Lookup, Rows, Unit


@dataclass(frozen=True)
class Placed:
    """Rows whose `column` was looked up in the `key` of a `register`, to find their group.

    `whole`: all rows of that register are there but for its `doubts`, those in quarantine.
    """

    column: str
    register: str
    key: str
    whole: bool
    doubts: pl.DataFrame | None = None


def perhaps_elsewhere(
    unit: Unit, base: pl.DataFrame, relation: Lookup | Rows, *, own: Placed | None, theirs: Placed | None
) -> pl.Series | None:
    """Per row of `base`, whether rows about it may lie in another group than the unit; None: nowhere.

    `own` says how the units came to lie where they do, `theirs` the rows of the relation.
    """
    if _lie_together(unit, relation, own, theirs):
        return None
    nobody = pl.repeat(False, base.height, eager=True)
    return (nobody if theirs is None else _of_strangers(base, theirs)) | (
        nobody if own is None else _strangers(base, own)
    )


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


def _of_strangers(base: pl.DataFrame, theirs: Placed) -> pl.Series:
    """Units of whose household somebody may be missing there: what is said of them lies by itself."""
    if not theirs.whole:
        return pl.repeat(True, base.height, eager=True)
    if theirs.doubts is None:
        return pl.repeat(False, base.height, eager=True)
    groups = theirs.doubts["_group"]
    anybody = groups.null_count() > 0
    return base["_group"].is_in(groups.implode()).fill_null(True) | anybody


def _strangers(base: pl.DataFrame, own: Placed) -> pl.Series:
    """Units that lie by themselves, though there may be a household that they belong to."""
    alone = (base["_group"] == base[own.column]).fill_null(True)
    if not own.whole or own.doubts is None:
        return alone if not own.whole else alone & False
    if own.key not in own.doubts.columns or own.doubts[own.key].null_count():
        return alone
    return alone & base[own.column].is_in(own.doubts[own.key].implode())
