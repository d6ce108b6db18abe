"""What a change of law alone does: the same records judged under the rates of two days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any

import polars as pl
from sqlalchemy import Engine

from data.workspace import Workspace
from eligibility.bucket import Bucket
from eligibility.compiler import ENTITLED, Compiled
from eligibility.ground import Ground, Showing, stand_on
from eligibility.pack import Packs
from eligibility.runnable import Runnable

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
        pl.len().alias("count"), pl.col("before", "after").cast(pl.Int128).sum(), pl.col("at_least").sum()
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
    that is a lower bound. Of those in `not_run` nothing is known: they cannot run on the registers in force,
    for the columns in `lacking` (as the manifest of a scan has them) or for want of their unit's register."""

    law: date
    against: date
    as_of: date
    programmes: Mapping[str, Mapping[Effect, Mapping[str, int | None]]]
    not_run: Sequence[str] = ()
    lacking: Mapping[str, Mapping[str, Sequence[str]]] = field(default_factory=dict)

    def as_document(self) -> dict[str, Any]:
        return {
            "law": self.law.isoformat(),
            "against": self.against.isoformat(),
            "as_of": self.as_of.isoformat(),
            "programmes": {name: dict(sums) for name, sums in self.programmes.items()},
            "not_run": list(self.not_run),
            "lacking": {name: dict(columns) for name, columns in self.lacking.items()},
        }

    def without_small_counts(self) -> LawEffect:
        """The same with None for what could point at somebody."""
        shown = {name: _withheld(sums) for name, sums in self.programmes.items()}
        return replace(self, programmes=shown)


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

    Nothing is written. What cannot run under both does not run. Raises BadSettings for an unknown programme,
    or one that may not read what it reads, Failed when none can run, RegisterTooOld when a register that is
    read is older on the day `as_of` than its contract allows.
    """
    ground = stand_on(workspace, engine, packs, showing)
    chosen = packs.needed(packs.find(name) for name in dict.fromkeys(programmes)) or list(packs)
    before, after = (
        Runnable.of(chosen, ground, packs.contracts, as_of=as_of, law_on=day, fresh_on=as_of)
        for day in (against, law)
    )
    able = before.without(after.lacking)
    able.check_any(ground)
    laws = able.compiled, after.without(before.lacking).compiled
    tallies = []
    with showing("Judging twice", ground.layout.count) as progress:
        for bucket in range(ground.layout.count):
            with ground.layout.naming_damage(bucket):
                tallies.append(compare(*(_found(ground, bucket, one, as_of) for one in laws)).collect())
            progress.advance()
    wanted = [name for name in programmes or able.compiled if name in able.compiled]
    sums = _sums(pl.concat(tallies), wanted)
    return LawEffect(law, against, as_of, sums, able.not_run, able.lacking)


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
