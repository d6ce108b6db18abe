"""Doubt: which units a row in quarantine may be about, by what can still be read in it."""

from __future__ import annotations

import hashlib

import polars as pl

from eligibility.facts import Lookup, Rows

DOUBTED, RIVALLED = "_doubted", "_rivalled"


def doubt_about(base: pl.DataFrame, relation: Lookup | Rows, doubts: pl.DataFrame) -> pl.DataFrame:
    """Two truths per row of `base`, in its order.

    `_doubted`: a row in quarantine may belong to the unit, since no key and no group that can be read in it
    is another than the unit's. `_rivalled`: one names every key of the unit, so it is surely about it.
    """
    units = base.select("_group", *relation.keys).with_row_index("_at")
    nobody = pl.repeat(False, base.height, eager=True)
    truths = {DOUBTED: nobody, RIVALLED: nobody}
    rows = _keys(relation, doubts).unique()
    names = rows.columns
    for blank, alike in rows.group_by(pl.col(name).is_null().alias(f"no {name}") for name in names):
        readable = [name for name, is_blank in zip(names, blank, strict=True) if not is_blank]
        theirs = units.join(alike, on=readable, how="semi") if readable else units
        about = units["_at"].is_in(theirs["_at"].implode())
        truths[DOUBTED] |= about
        if readable and set(relation.keys) <= set(readable):
            truths[RIVALLED] |= about
    return pl.DataFrame(truths)


def count_nameless(relation: Lookup | Rows, doubts: pl.DataFrame) -> int:
    """How many rows in quarantine name no key and no group that can be read: each may be about any unit."""
    return _keys(relation, doubts).filter(pl.all_horizontal(pl.all().is_null())).height


def doubts_sha256(doubts: pl.DataFrame) -> str:
    """A digest of what a register's doubts say, in whatever order: another one may decide other findings."""
    in_order = doubts.select(sorted(doubts.columns)).sort("_row", *sorted(set(doubts.columns) - {"_row"}))
    return hashlib.sha256(in_order.write_csv().encode()).hexdigest()


def _keys(relation: Lookup | Rows, doubts: pl.DataFrame) -> pl.DataFrame:
    """The keys of the rows under the unit's names; a key that is no id was not kept and may be any."""
    keys = {"_group": "_group", **relation.keys}
    unread = pl.lit(None, dtype=pl.String)
    return doubts.select(
        (pl.col(theirs) if theirs in doubts.columns else unread).alias(ours) for ours, theirs in keys.items()
    )
