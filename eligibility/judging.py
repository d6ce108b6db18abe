"""Judges the units of a sheet with Polars: what holds, what is due, from and until when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final, NamedTuple

import polars as pl

from eligibility.compiler import ENTITLED, NOT_ENTITLED, UNKNOWN, Compiled
from eligibility.lowering import Steps
from eligibility.terms import Term, walk
from eligibility.thresholds import with_thresholds

CRITERION, PART, STEP, RATE_DAY = "criterion ", "part ", "step ", "rate "
YEAR, WITHOUT = "_year", "without "
ENGINE: Final = "in-memory"  # a bucket fits; and the streaming engine cannot reckon on an emptied chunk
OPTIMIZATIONS = pl.QueryOptFlags.none()  # the steps are in order: planning costs more than it could save
PROGRAMMES_KEPT = 1_000
CHEAP = 12  # terms
ALWAYS = ("_unit", "_group", "_asset", "_period")


def judge(compiled: Compiled, sheet: pl.LazyFrame) -> pl.LazyFrame:
    """Adds `status`, `amount`, `at_least`, `offset`, the days, and a column per criterion, part, step and
    rate day, for every row."""
    criteria, answers = _criteria(compiled), _answers(compiled)
    shown = {STEP + name: one for name, one in compiled.steps.items()}
    days = {f"{RATE_DAY}{at}": day for at, (_, day) in enumerate(compiled.rates)}
    named = {**criteria, **answers, **shown, **days}
    steps = Steps.over(list(named.values()))
    return _with(sheet, [*steps.columns(named), *_conclusions(compiled)])


def judge_open(compiled: Compiled, sheet: pl.LazyFrame) -> pl.LazyFrame:
    """Like `judge` without steps and rate days, for the rows of which no criterion is false.

    The cheapest criteria first, so that amounts, which cost the most, are reckoned for few rows.
    """
    rows = sheet
    for move in _moves(compiled):
        rows = _with(rows, move.columns)
        rows = rows if move.keep is None else rows.filter(move.keep)
    return rows


class _Move(NamedTuple):
    """Columns to add, step by step, and then the rows to go on with; None: all of them."""

    columns: list[list[pl.Expr]]
    keep: pl.Expr | None


@lru_cache(maxsize=PROGRAMMES_KEPT)
def _moves(compiled: Compiled) -> tuple[_Move, ...]:
    """How open units are judged: written once for all buckets, since writing costs as much as a small one."""
    criteria, answers = _criteria(compiled), _answers(compiled)
    steps = Steps.over([*criteria.values(), *answers.values()])
    narrowing = [
        _Move(steps.columns(group), pl.all_horizontal(pl.col(name).fill_null(True) for name in group))
        for group in _in_turn(criteria)
    ]
    return (*narrowing, _Move([*steps.columns(answers), *_conclusions(compiled)], None))


def _in_turn(criteria: Mapping[str, Term]) -> list[dict[str, Term]]:
    """The cheap ones together, since they cost less than copying the rows that are left after each; then one
    after the other."""
    dearer = sorted(criteria.items(), key=lambda pair: _cost(pair[1]))
    cheap = dict(pair for pair in dearer if _cost(pair[1]) <= CHEAP)
    return [group for group in (cheap, *({name: one} for name, one in dearer if name not in cheap)) if group]


def columns_read(compiled: Compiled, recipient: str) -> list[str]:
    """The columns of a sheet that judging needs."""
    return [*ALWAYS, recipient, *compiled.facts]


def _cost(condition: Term) -> int:
    return sum(1 for _ in walk([condition]))


def _with(rows: pl.LazyFrame, steps: Iterable[list[pl.Expr]]) -> pl.LazyFrame:
    for columns in steps:
        rows = rows.with_columns(columns)
    return rows


def _criteria(compiled: Compiled) -> dict[str, Term]:
    return {CRITERION + name: with_thresholds(one) for name, one in compiled.conditions.items()}


def _answers(compiled: Compiled) -> dict[str, Term]:
    ends: Mapping[str, Term | None] = {
        "arrears": compiled.arrears,
        "accrues_from": compiled.accrues_from,
        "claim_from": compiled.claim_from,
        "claim_by": compiled.claim_by,
        YEAR: compiled.period,
    }
    parts = {PART + name: part for name, part in compiled.parts.items()}
    parts |= {WITHOUT + name: one for name, one in compiled.without.items()}
    return parts | {name: one for name, one in ends.items() if one is not None}


def _conclusions(compiled: Compiled) -> list[list[pl.Expr]]:
    """Amount and period from the parts, then status and offset from the amount."""
    days = ("accrues_from", "claim_from", "claim_by")
    given = _answers(compiled)
    missing = [pl.lit(None, dtype=pl.Date).alias(name) for name in days if name not in given]
    year = [] if compiled.period is None else [pl.col(YEAR).cast(pl.String).fill_null("").alias("_period")]
    amounts = [_amount(compiled).alias("amount"), _is_lower_bound(compiled).alias("at_least")]
    return [
        [*missing, *year, *amounts],
        [_status(compiled).alias("status"), _offset(compiled).alias("offset")],
    ]


def _amount(compiled: Compiled) -> pl.Expr:
    """The sum of the parts; of one that may add and is unknown, nothing. In 128 bits: no sum can overflow."""
    parts = [
        pl.col(PART + part.name).fill_null(0) if part.may_add else pl.col(PART + part.name)
        for part in compiled.programme.parts
    ]
    if not parts:
        return pl.lit(None, dtype=pl.Int64)
    total = parts[0].cast(pl.Int128)
    for part in parts[1:]:
        total = total + part
    return total.cast(pl.Int64, strict=False)


def _is_lower_bound(compiled: Compiled) -> pl.Expr:
    may_add = [PART + part.name for part in compiled.programme.parts if part.may_add]
    return pl.any_horizontal(pl.col(name).is_null() for name in may_add) if may_add else pl.lit(False)


def _offset(compiled: Compiled) -> pl.Expr:
    if compiled.arrears is None:
        return pl.lit(0, dtype=pl.Int64)
    amount, arrears = pl.col("amount"), pl.col("arrears")
    return pl.when(arrears <= amount).then(arrears).when(arrears > amount).then(amount)


def _status(compiled: Compiled) -> pl.Expr:
    met = pl.all_horizontal(CRITERION + one.name for one in compiled.criteria)
    known = pl.col("amount").is_not_null() if compiled.programme.parts else pl.lit(True)
    if compiled.period is not None:  # what it is for is as much a part of the answer
        known &= pl.col(YEAR).is_not_null()
    return (
        pl.when(~met)
        .then(pl.lit(NOT_ENTITLED))
        .when(met & known)
        .then(pl.lit(ENTITLED))
        .otherwise(pl.lit(UNKNOWN))
    )
