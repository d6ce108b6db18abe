"""Compiles a programme for an as-of date into expressions over a sheet.

The same expressions serve the scan (findings that matter, as masks), the explanation of one unit and the
stories, so that all three say the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from data.errors import BadSettings
from eligibility.facts import Unit
from eligibility.logic import all_of, between, total, year_of
from eligibility.programmes import Criterion, Part, Programme
from eligibility.rates import Picked, RateBook, RatesOn

ENTITLED, NOT_ENTITLED, UNKNOWN = "entitled", "not_entitled", "unknown"
CRITERION, PART, RATE_DAY = "criterion ", "part ", "rate "
MOST_CRITERIA = 64

# One step over rows in memory: planning beyond shared subexpressions costs more than it could save. Always on
# the in-memory engine: on the streaming one a text expression panics where a filter has left a chunk empty.
STEP = pl.QueryOptFlags.none()
STEP.comm_subexpr_elim = True


class UnknownFact(AttributeError):
    """A rule names a fact that its unit does not declare."""


class FactsOf:
    """`f.name` is the column of a declared fact. Handed to rules as `f`."""

    def __init__(self, unit: Unit, used: list[str]) -> None:
        self._unit, self._used = unit, used

    def __getattr__(self, name: str) -> pl.Expr:
        if name.startswith("_"):
            raise AttributeError(name)
        if self._unit.fact(name) is None:
            raise UnknownFact(f"unit {self._unit.name} declares no fact {name}")
        if name not in self._used:
            self._used.append(name)
        return pl.col(name)


@dataclass(frozen=True)
class Piece:
    """One compiled rule: its expression, and which facts and rates it reads."""

    expression: pl.Expr
    facts: tuple[str, ...]
    rates: tuple[Picked, ...]


@dataclass(frozen=True)
class Compiled:
    """A programme ready to judge sheets of its unit as of a day."""

    programme: Programme
    unit: Unit
    book: RateBook
    version: str
    as_of: date
    criteria: tuple[Criterion, ...]
    criterion_pieces: tuple[Piece, ...]
    part_pieces: tuple[Piece, ...]
    accrual: Piece | None
    claim_from: Piece | None
    claim_by: Piece | None

    @property
    def facts(self) -> tuple[str, ...]:
        """Every fact that the finding rests on, by name."""
        return tuple(sorted({name for piece in self._pieces for name in piece.facts}))

    @property
    def rates(self) -> tuple[Picked, ...]:
        """Every rate it rests on, with the day that picks it; the accrual's as of the scan."""
        picked: list[Picked] = []
        for one in (one for piece in self._pieces for one in piece.rates):
            if not any(one.name == other.name and one.day.meta.eq(other.day) for other in picked):
                picked.append(one)
        return tuple(picked)

    @property
    def _pieces(self) -> tuple[Piece, ...]:
        days = (self.accrual, self.claim_from, self.claim_by)
        return (*self.criterion_pieces, *self.part_pieces, *(one for one in days if one is not None))

    def judge(self, sheet: pl.LazyFrame) -> pl.LazyFrame:
        """Adds `status`, `amount`, the days and a column per criterion, part and rate day."""
        judged = sheet.with_columns(self._criterion_columns()).with_columns(self._answer_columns())
        days = (picked.day.alias(f"{RATE_DAY}{number}") for number, picked in enumerate(self.rates))
        return self._concluded(judged.with_columns(days))

    def judge_open(self, sheet: pl.DataFrame) -> pl.LazyFrame:
        """Like `judge` without the rate days, for the rows of which no criterion is false.

        One criterion after the other, so that amounts, which cost the most, are reckoned for few rows.
        """
        rows = sheet
        for column in self._criterion_columns():
            open_ = pl.col(column.meta.output_name()).fill_null(True)
            rows = (
                rows.lazy().with_columns(column).filter(open_).collect(engine="in-memory", optimizations=STEP)
            )
        return self._concluded(rows.lazy().with_columns(self._answer_columns()))

    def _criterion_columns(self) -> list[pl.Expr]:
        return [
            piece.expression.alias(CRITERION + one.name)
            for one, piece in zip(self.criteria, self.criterion_pieces, strict=True)
        ]

    def _answer_columns(self) -> list[pl.Expr]:
        return [
            *(
                piece.expression.alias(PART + part.name)
                for part, piece in zip(self.programme.parts, self.part_pieces, strict=True)
            ),
            _day(self.accrual, "accrues_from"),
            _day(self.claim_from, "claim_from"),
            _day(self.claim_by, "claim_by"),
        ]

    def _concluded(self, judged: pl.LazyFrame) -> pl.LazyFrame:
        return judged.with_columns(amount=self._amount()).with_columns(status=self._status())

    def _amount(self) -> pl.Expr:
        parts = [pl.col(PART + part.name) for part in self.programme.parts]
        return total(*parts) if parts else pl.lit(None, dtype=pl.Int64)

    def _status(self) -> pl.Expr:
        met = all_of(*(pl.col(CRITERION + one.name) for one in self.criteria))
        known = pl.col("amount").is_not_null() if self.programme.parts else pl.lit(True)
        return (
            pl.when(~met)
            .then(pl.lit(NOT_ENTITLED))
            .when(met & known)
            .then(pl.lit(ENTITLED))
            .otherwise(pl.lit(UNKNOWN))
        )


def compile_programme(
    programme: Programme, unit: Unit, book: RateBook, *, version: str, as_of: date
) -> Compiled:
    """Raises BadSettings naming programme and rule when a rule does not give what it must."""
    maker = _Maker(programme, unit, book, as_of)
    criteria = (*_in_effect(programme), *programme.criteria)
    if not criteria or len(criteria) > MOST_CRITERIA:
        raise BadSettings(f"{programme.id} has {len(criteria)} criteria; 1 to {MOST_CRITERIA} are possible.")
    window = programme.claim_rule
    accrual = programme.accrual_rule
    return Compiled(
        programme=programme,
        unit=unit,
        book=book,
        version=version,
        as_of=as_of,
        criteria=criteria,
        criterion_pieces=tuple(maker.piece(one, pl.Boolean()) for one in criteria),
        part_pieces=tuple(maker.piece(one, pl.Int64()) for one in programme.parts),
        accrual=maker.accrual(accrual.rule, accrual.rate) if accrual else None,
        claim_from=maker.window(window.rule, 0) if window else None,
        claim_by=maker.window(window.rule, 1) if window else None,
    )


def _in_effect(programme: Programme) -> tuple[Criterion, ...]:
    """The criterion that a programme's years imply."""
    first, last = programme.years
    day = programme.rate_day_rule
    if first is None and last is None:
        return ()

    def in_effect(f: Any, r: Any, on: pl.Expr) -> pl.Expr:
        year = year_of(on if day is None else day(f, on))
        return between(year, first or 0, last or 9999)

    label = {"ko": "제도가 시행되는 해에 해당함", "en": "The programme is in effect in that year"}
    return (Criterion("in_effect", programme.law, label, in_effect),)


@dataclass(frozen=True)
class _Maker:
    """Runs each rule once over expressions and notes what it reads."""

    programme: Programme
    unit: Unit
    book: RateBook
    as_of: date

    def piece(self, rule: Criterion | Part, kind: pl.DataType) -> Piece:
        return self._run(rule.name, lambda f, r, on: rule.rule(f, r, on), kind)

    def window(self, rule: Callable[..., tuple[pl.Expr, pl.Expr]], end: int) -> Piece:
        return self._run("claim window", lambda f, r, on: rule(f, r, on)[end], pl.Date())

    def accrual(self, rule: Callable[..., pl.Expr], rate: str) -> Piece:
        def starts(f: FactsOf, r: RatesOn, on: pl.Expr) -> pl.Expr:
            getattr(r.on(on), rate)  # noted among the rates: interest is shown at the rate of the as-of date
            return rule(f, r, on)

        return self._run("accrual", starts, pl.Date())

    def _run(self, name: str, rule: Callable[..., pl.Expr], kind: pl.DataType) -> Piece:
        facts: list[str] = []
        day_facts: list[str] = []
        picked: list[Picked] = []
        day = on = pl.lit(self.as_of)
        try:
            if self.programme.rate_day_rule:
                day = self.programme.rate_day_rule(FactsOf(self.unit, day_facts), on)
            expression = rule(FactsOf(self.unit, facts), RatesOn(self.book, day, picked), on)
            self._check(name, expression, kind)
        except BadSettings:
            raise
        except Exception as error:
            raise BadSettings(
                f"A rule of {self.programme.id} cannot be compiled: {error}.",
                where=f"{self.programme.id} {name}",
                mend="mend the rule; eligibility/programmes.py shows the form",
            ) from error
        if any(one.day is day for one in picked):
            facts += [fact for fact in day_facts if fact not in facts]
        return Piece(expression, tuple(facts), tuple(picked))

    def _check(self, name: str, expression: object, kind: pl.DataType) -> None:
        schema = {fact.name: fact.type.dtype for fact in self.unit.facts}
        if isinstance(expression, pl.Expr):
            given = pl.LazyFrame(schema=schema).select(expression.alias("given")).collect_schema()["given"]
            if given == kind:
                return
            what = f"gives {given}"
        else:
            what = "gives no expression"
        raise BadSettings(
            f"A rule of {self.programme.id} {what} where {kind} is needed.",
            where=f"{self.programme.id} {name}",
            mend="amounts are Int64, criteria Boolean, days Date; no floats",
        )


def _day(piece: Piece | None, name: str) -> pl.Expr:
    return (pl.lit(None, dtype=pl.Date) if piece is None else piece.expression).alias(name)
