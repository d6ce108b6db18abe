"""What one programme's findings are to the units of another: a register of their own, that may have gaps.

Only who is entitled or may be stands in it. Who does not is not entitled, provided that the programme had all
rows of its own register that may be about them. What it lacked in other registers made its findings unknown.
"""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from eligibility.compiler import Compiled
from eligibility.facts import Rows, Unit
from eligibility.pack import Packs
from eligibility.placing import Placed
from eligibility.programmes import Programme
from eligibility.relations import Register

_IDS = ("subject_id", "unit_id", "asset_id")


def findings_register(
    opened: Compiled, found: pl.DataFrame, own: Register, *, relation: Rows, asking: Unit
) -> Register:
    """The findings of a programme as the `relation` of another unit reads them; `own` is its unit's register.

    An amount that is a lower bound or a ceiling is no amount here: whoever adds it up would take it for what
    is paid.
    """
    is_exact = pl.lit(False) if opened.programme.at_most else ~pl.col("at_least")
    frame = found.rename({"household_id": "_group"}).with_columns(amount=pl.when(is_exact).then("amount"))
    doubts = pl.concat([_unread(opened, own), _without_asset(opened, frame)])
    if is_about_itself(opened, relation, asking):
        return Register(frame.lazy(), complete=True, doubts=_some(doubts.drop_nulls("unit_id")))
    placed = _placed(opened, own)
    return Register(frame.lazy(), complete=own.complete, doubts=_some(doubts), placed=placed)


def is_about_itself(opened: Compiled, relation: Rows, asking: Unit) -> bool:
    """Each unit asks what was found of the very row that it is itself: that row is there, and was judged."""
    same_row = asking.period is None and asking.asset is None and opened.unit is asking
    names = {"unit_id", *(["subject_id"] if opened.programme.recipient == asking.id else [])}
    return same_row and relation.keys.get(asking.id) in names


def _placed(opened: Compiled, own: Register) -> Placed | None:
    """Findings lie where their units do."""
    if own.placed is None:
        return None
    ids = {opened.unit.id: "unit_id", opened.programme.recipient: "subject_id"}
    return replace(own.placed, column=ids.get(own.placed.column, own.placed.column))


def registers_read(packs: Packs, programme: Programme) -> tuple[str, ...]:
    """Every register that a programme's findings hang on, its unit's own first: also those of the programmes
    whose findings it reads, and those that name the groups in which rows lie."""
    mine = packs.find(programme.id)[0].unit_of(programme)
    needed = packs.needed([packs.find(programme.id)])
    read = {name for pack, one in needed for name in pack.unit_of(one).registers}
    groups = [(one.register, one.group.register) for one in packs.contracts.values() if one.group is not None]
    while asked := {of for name, of in groups if name in read and of is not None} - read:
        read |= asked
    return (mine.register, *sorted(read - {mine.register}))


def _unread(opened: Compiled, own: Register) -> pl.DataFrame:
    """The rows in quarantine that would have been units: what of the ids of a finding can be read in them."""
    if own.doubts is None:
        return _no_doubts()
    unit = opened.unit
    columns = dict(zip(_IDS, (opened.programme.recipient, unit.id, unit.asset), strict=True))
    read = {
        name: pl.col(column) if column in own.doubts.columns else pl.lit(None, dtype=pl.String)
        for name, column in columns.items()
    }
    return own.doubts.select("_group", **read)


def _without_asset(opened: Compiled, frame: pl.DataFrame) -> pl.DataFrame:
    """Findings about a thing that the register does not name: it may be any."""
    if opened.unit.asset is None:
        return _no_doubts()
    blank = frame.filter(pl.col("asset_id") == "")
    return blank.select("_group", "subject_id", "unit_id", asset_id=pl.lit(None, dtype=pl.String))


def _no_doubts() -> pl.DataFrame:
    return pl.DataFrame(schema=dict.fromkeys(("_group", *_IDS), pl.String))


def _some(doubts: pl.DataFrame) -> pl.DataFrame | None:
    return None if doubts.is_empty() else doubts
