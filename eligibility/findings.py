"""Findings: what a scan writes down of each unit that is entitled or may be, one row per unit and period."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import polars as pl
import polars_hash as plh

from data.errors import Failed
from eligibility.compiler import Compiled
from eligibility.facts import Fact, FactType
from eligibility.judging import (
    CRITERION,
    ENGINE,
    OPTIMIZATIONS,
    PART,
    PROGRAMMES_KEPT,
    WITHOUT,
    columns_read,
    judge_open,
)
from eligibility.sheets import RECIPIENT

ID_LENGTH = 32  # hexadecimal digits of an entitlement id and of a facts hash

FINDING_SCHEMA: dict[str, pl.DataType] = {
    "entitlement_id": pl.String(),
    "programme": pl.String(),
    "subject_id": pl.String(),
    "household_id": pl.String(),
    "unit_id": pl.String(),
    "asset_id": pl.String(),
    "period": pl.String(),
    "status": pl.String(),
    "met": pl.UInt64(),
    "unknown": pl.UInt64(),
    "amount": pl.Int64(),
    "parts": pl.List(pl.Int64()),
    "at_least": pl.Boolean(),  # a part that may add is unknown: the amount is a lower bound
    "offset": pl.Int64(),  # what of the amount goes to arrears first; null when that is unknown
    "instead_of": pl.List(pl.String()),  # programmes found beside it: one or the other
    "after": pl.List(pl.String()),  # programmes that must be granted first
    "accrues_from": pl.Date(),
    "claim_from": pl.Date(),
    "claim_by": pl.Date(),
    "rule_version": pl.String(),
    "facts_hash": pl.String(),
}

_ID_PARTS = ("subject_id", "programme", "period", "asset_id", "unit_id")
_NAMES = {"_group": "household_id", "_unit": "unit_id", "_asset": "asset_id", "_period": "period"}


def find(compiled: Compiled, sheet: pl.DataFrame) -> pl.LazyFrame:
    """The findings among the units of a sheet, in the order of their ids: entitled and unknown ones only.

    `instead_of` is still empty: it takes the findings of all programmes.
    """
    recipient = RECIPIENT + compiled.programme.recipient
    read = sheet.lazy().select(columns_read(compiled, recipient))
    found = judge_open(compiled, read).with_columns(_said_of(compiled))
    keyed = found.rename(_NAMES).with_columns(_ID).with_columns(_DIGESTS)
    return keyed.select(_IN_ORDER).sort("entitlement_id", "unit_id")


@lru_cache(maxsize=PROGRAMMES_KEPT)
def _said_of(compiled: Compiled) -> list[pl.Expr]:
    """What a finding says beside what was judged; written once for all buckets."""
    columns = {
        "subject_id": pl.col(RECIPIENT + compiled.programme.recipient),
        "programme": pl.lit(compiled.programme.id),
        "met": _mask(compiled, lambda name: pl.col(name).fill_null(False)),
        "unknown": _mask(compiled, lambda name: pl.col(name).is_null()),
        "parts": _parts(compiled),
        "instead_of": pl.lit([], dtype=pl.List(pl.String)),
        "after": _after(compiled),
        "rule_version": pl.lit(compiled.version),
        "_facts": _canonical(compiled),
    }
    return [column.alias(name) for name, column in columns.items()]


def collect(found: Mapping[str, pl.LazyFrame], compiled: Mapping[str, Compiled]) -> dict[str, pl.DataFrame]:
    """The findings of several programmes at once. Raises Failed when one cannot be: then the rules or the
    records are wrong."""
    frames = pl.collect_all(found.values(), engine=ENGINE, optimizations=OPTIMIZATIONS)
    return {name: _checked(compiled[name], frame) for name, frame in zip(found, frames, strict=True)}


def _after(compiled: Compiled) -> pl.Expr:
    """The programmes whose finding, and not yet their grant, opens this one or makes it more; each once."""
    found: dict[str, list[pl.Expr]] = {}
    for name, programme in compiled.opened_by.items():
        fact = compiled.unit.fact(name)
        is_there = pl.col(name) if fact is not None and fact.type is FactType.BOOL else pl.col(name) > 0
        found.setdefault(programme, []).append(is_there)
    opened = [
        pl.when(pl.any_horizontal(there) & ~pl.col(WITHOUT + name).fill_null(False)).then(pl.lit(name))
        for name, there in found.items()
    ]
    return pl.concat_list(opened).list.drop_nulls() if opened else pl.lit([], dtype=pl.List(pl.String))


def _mask(compiled: Compiled, truth: Callable[[str], pl.Expr]) -> pl.Expr:
    bits = [
        truth(CRITERION + one.name).cast(pl.UInt64) * pl.lit(1 << bit, dtype=pl.UInt64)
        for bit, one in enumerate(compiled.criteria)
    ]
    return pl.sum_horizontal(bits)


def _parts(compiled: Compiled) -> pl.Expr:
    names = [PART + part.name for part in compiled.programme.parts]
    # the same as concat_list, in a fortieth of its time
    return pl.concat_arr(names).arr.to_list() if names else pl.lit([], dtype=pl.List(pl.Int64))


def _canonical(compiled: Compiled) -> pl.Expr:
    """What a person would be told, as one text: the facts it rests on, the parts and the days."""
    facts = [(name, _text(compiled.unit.fact(name))) for name in compiled.facts]
    parts = [
        (name, pl.col(name).cast(pl.String)) for name in (PART + one.name for one in compiled.programme.parts)
    ]
    arrears = [] if compiled.arrears is None else [("offset", pl.col("offset").cast(pl.String))]
    days = [(name, _iso(name)) for name in ("accrues_from", "claim_from", "claim_by")]
    said = [*facts, *parts, *arrears, *days]
    return pl.concat_str(
        piece
        for at, (name, value) in enumerate(said)
        for piece in (pl.lit(("\n" if at else "") + f"{name}="), value.fill_null("~"))
    )


def _text(fact: Fact | None) -> pl.Expr:
    assert fact is not None
    value = pl.col(fact.name)
    if fact.type is FactType.DATE:
        return _iso(fact.name)
    if fact.type is FactType.TEXT:  # its length in front: no text can imitate two facts
        return pl.concat_str([value.str.len_bytes().cast(pl.String), value], separator=":")
    return value.cast(pl.String)


def _iso(name: str) -> pl.Expr:
    return pl.col(name).dt.strftime("%Y-%m-%d")


def _digest(name: str) -> Any:
    return plh.col(name).chash.sha2_256().str.slice(0, ID_LENGTH)


_ID = pl.concat_str(_ID_PARTS, separator="|").alias("_id")
_DIGESTS = [_digest("_id").alias("entitlement_id"), _digest("_facts").alias("facts_hash")]
_IN_ORDER = [pl.col(name).cast(kind) for name, kind in FINDING_SCHEMA.items()]


def _checked(compiled: Compiled, findings: pl.DataFrame) -> pl.DataFrame:
    programme = compiled.programme
    if any(findings.select("subject_id", "unit_id", "household_id").null_count().row(0)):
        raise Failed(
            f"{programme.id}: a unit has no id, no recipient or no group.",
            where=f"register {compiled.unit.register}",
            mend="make these columns `required` in the contract, so that such rows are quarantined",
        )
    if (findings["entitlement_id"] == findings["entitlement_id"].shift()).any():  # they are in this order
        raise Failed(
            f"{programme.id}: two rows of a register are the same unit.",
            where=f"register {compiled.unit.register}, unit {compiled.unit.name}",
            mend="let the contract's `unique` name no more than the unit's id, asset, period and recipient",
        )
    never = [at for at, part in enumerate(programme.parts) if part.may_add]
    wrong = [pl.col("parts").list.get(at) < 0 for at in never]
    negative = findings.filter(pl.any_horizontal(pl.col("amount") < 0, pl.col("offset") < 0, *wrong)).height
    if negative:
        raise Failed(
            f"{programme.id}: in {negative} findings the amount, a part that may add, or the arrears are"
            " negative.",
            where=f"rules of {programme.id}; {_money_in_words(compiled)}",
            mend="give these columns a `min` in their contracts, so that such rows are quarantined, or let a "
            "criterion say when something is due; nothing was written",
        )
    return findings


def money_read(compiled: Compiled) -> list[tuple[str, str]]:
    """The columns of money that a programme reads, each with its register."""
    facts = [compiled.unit.fact(name) for name in compiled.read]
    read = [one for one in facts if one is not None and one.type is FactType.MONEY and one.source.column]
    return sorted({(one.register(compiled.unit), str(one.source.column)) for one in read})


def _money_in_words(compiled: Compiled) -> str:
    columns = ", ".join(f"{register}.{column}" for register, column in money_read(compiled))
    return f"the money it reads: {columns}" if columns else "it reads no money"
