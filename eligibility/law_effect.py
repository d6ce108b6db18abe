"""What a change of law alone does: the same records judged under the rates of two days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

import polars as pl
from sqlalchemy import Engine

from data.errors import Failed
from data.registers import check_fresh
from data.workspace import Workspace
from eligibility.bucket import Bucket
from eligibility.compiler import ENTITLED, Compiled
from eligibility.ground import Ground, Showing, stand_on
from eligibility.pack import Packs
from eligibility.purposes import check_all

FEWEST = 5
"""Fewer may point at somebody: such counts are withheld, and one more, or the rest would give them away."""


class Effect(StrEnum):
    """What the later law does for one finding. Who may be entitled under one of the two is unclear."""

    GAINS = "gains"
    LOSES = "loses"
    MORE = "more"
    LESS = "less"
    SAME = "same"
    UNCLEAR = "unclear"


EFFECTS = pl.Enum([effect.value for effect in Effect])
COMPARED = ("entitlement_id", "programme", "status", "amount", "at_least")
COUNTS = ("count", "before", "after", "at_least")


def compare(before: pl.LazyFrame, after: pl.LazyFrame) -> pl.LazyFrame:
    """Counts and sums by programme and effect, of findings (`COMPARED`) under the law before and after.

    A finding that is only in one of the two, or unknown in it, is not entitled, or not known to be, in it.
    `at_least` counts those with a lower bound among their amounts.
    """
    both = before.select(COMPARED).join(
        after.select(COMPARED), on="entitlement_id", how="full", coalesce=True, suffix="_after"
    )
    judged = both.select(
        programme=pl.coalesce("programme", "programme_after"),
        effect=_effect(),
        before=_of_entitled("amount", "", 0),
        after=_of_entitled("amount", "_after", 0),
        at_least=_of_entitled("at_least", "", False) | _of_entitled("at_least", "_after", False),
    )
    return judged.group_by("programme", "effect").agg(
        pl.len().alias("count"), pl.col("before", "after", "at_least").sum()
    )


def _of_entitled(column: str, side: str, otherwise: int) -> pl.Expr:
    entitled = pl.col(f"status{side}").eq_missing(ENTITLED)
    return pl.when(entitled).then(pl.col(f"{column}{side}")).otherwise(otherwise)


def _effect() -> pl.Expr:
    was, is_now = pl.col("status").eq(ENTITLED), pl.col("status_after").eq(ENTITLED)
    more, less = pl.col("amount_after") > pl.col("amount"), pl.col("amount_after") < pl.col("amount")
    chosen = (
        pl.when((was.eq(False) | is_now.eq(False)).fill_null(False))
        .then(pl.lit(Effect.UNCLEAR.value))
        .when(was.is_null())
        .then(pl.lit(Effect.GAINS.value))
        .when(is_now.is_null())
        .then(pl.lit(Effect.LOSES.value))
        .when(more)
        .then(pl.lit(Effect.MORE.value))
        .when(less)
        .then(pl.lit(Effect.LESS.value))
        .otherwise(pl.lit(Effect.SAME.value))
    )
    return chosen.cast(EFFECTS)


@dataclass(frozen=True)
class LawEffect:
    """By programme and effect how many findings, what they come to under either law, and of how many of them
    that is a lower bound."""

    law: date
    against: date
    as_of: date
    programmes: Mapping[str, Mapping[Effect, Mapping[str, int | None]]]

    def as_document(self) -> dict[str, Any]:
        return {
            "law": self.law.isoformat(),
            "against": self.against.isoformat(),
            "as_of": self.as_of.isoformat(),
            "programmes": {name: dict(sums) for name, sums in self.programmes.items()},
        }

    def without_small_counts(self) -> LawEffect:
        """The same with None for what could point at somebody."""
        shown = {name: _withheld(sums) for name, sums in self.programmes.items()}
        return LawEffect(self.law, self.against, self.as_of, shown)


def _withheld(sums: Mapping[Effect, Mapping[str, int | None]]) -> dict[Effect, Mapping[str, int | None]]:
    counts = {effect: one["count"] or 0 for effect, one in sums.items()}
    small = {effect for effect, count in counts.items() if 0 < count < FEWEST}
    if len(small) == 1:  # whoever knows the whole would have it as what is missing from it
        others = [effect for effect, count in counts.items() if count >= FEWEST]
        small |= set(sorted(others, key=lambda effect: counts[effect])[:1])
    return {
        effect: dict.fromkeys(one) if effect in small else {**one, "at_least": _unless_few(one)}
        for effect, one in sums.items()
    }


def _unless_few(sums: Mapping[str, int | None]) -> int | None:
    """How many amounts are lower bounds, unless these or the rest are so few that they point at somebody."""
    count, bounds = sums["count"] or 0, sums["at_least"]
    few = bounds is not None and (0 < bounds < FEWEST or 0 < count - bounds < FEWEST)
    return None if few else bounds


def law_effect(
    workspace: Workspace,
    engine: Engine,
    packs: Packs,
    *,
    law: date,
    against: date,
    as_of: date,
    programmes: Sequence[str],
    showing: Showing,
) -> LawEffect:
    """What the rates of the day `law` do against those of the day `against`; all programmes unless named.

    Nothing is written. Raises BadSettings for an unknown programme, or one that may not read what it reads,
    Failed when no register is there, RegisterTooOld when one is older on that day than its contract allows.
    """
    ground = stand_on(workspace, engine, packs, showing)
    check_fresh(ground.deliveries, packs.contracts, as_of)
    chosen = packs.needed(packs.find(name) for name in dict.fromkeys(programmes)) or list(packs)
    runnable = [pair for pair in chosen if pair[0].unit_of(pair[1]).register in ground.deliveries]
    if not runnable:
        raise Failed("The registers of no programme have been taken in.", mend="run `owed intake`")
    laws = [
        {programme.id: pack.compile(programme, as_of, law_on=day) for pack, programme in runnable}
        for day in (against, law)
    ]
    for compiled in laws:
        check_all(compiled, ground.contracts_of(packs.contracts))
    tallies = []
    with showing("Judging twice", ground.layout.count) as progress:
        for bucket in range(ground.layout.count):
            with ground.layout.naming_damage(bucket):
                tallies.append(compare(*(_found(ground, bucket, one, as_of) for one in laws)).collect())
            progress.advance()
    wanted = programmes or [programme.id for _, programme in runnable]
    return LawEffect(law, against, as_of, _sums(pl.concat(tallies), wanted))


def _found(ground: Ground, bucket: int, compiled: Mapping[str, Compiled], as_of: date) -> pl.LazyFrame:
    names = sorted({name for one in compiled.values() for name in one.unit.registers})
    return Bucket(ground.registers(bucket, names), compiled, as_of).findings().lazy()


def _sums(tallies: pl.DataFrame, programmes: Sequence[str]) -> dict[str, dict[Effect, dict[str, int | None]]]:
    whole = tallies.group_by("programme", "effect").agg(pl.col(COUNTS).sum())
    rows = {(row["programme"], row["effect"]): row for row in whole.iter_rows(named=True)}
    none = dict.fromkeys(COUNTS, 0)
    found = {
        name: {effect: {key: rows.get((name, effect.value), none)[key] for key in none} for effect in Effect}
        for name in sorted(programmes)
    }
    for sums in found.values():  # what is known under one law alone compares with nothing
        sums[Effect.UNCLEAR] = dict.fromkeys(COUNTS) | {"count": sums[Effect.UNCLEAR]["count"]}
    return found
