"""What a diff says of each entitlement, by what was known of it and what the scan found."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import polars as pl


class EntitlementState(StrEnum):
    """Where an entitlement stands since the last diff."""

    OPEN = "open"
    ENDED = "ended"
    UNSEEN = "unseen"


class Verdict(StrEnum):
    """`seen_again` counts as unchanged; what had `past` before the last diff is not counted at all."""

    NEW = "new"
    CHANGED = "changed"
    ENDED = "ended"
    UNCHANGED = "unchanged"
    UNSEEN = "unseen"
    SEEN_AGAIN = "seen_again"
    PAST = "past"


COUNTED = (Verdict.NEW, Verdict.CHANGED, Verdict.ENDED, Verdict.UNCHANGED, Verdict.UNSEEN)
TOLD = (Verdict.NEW, Verdict.CHANGED)
"""Verdicts that make a revision: there is something to tell that was not known before."""

STATES = pl.Enum([state.value for state in EntitlementState])
VERDICTS = pl.Enum([verdict.value for verdict in Verdict])


def judged(joined: pl.LazyFrame, *, ran: Sequence[str], doubtful: Sequence[str]) -> pl.LazyFrame:
    """Known entitlements and findings, one row for each id, with `verdict` and what is known from now on.

    `joined` has of what is known `known_programme`, `known_hash`, `known_amount`, `known_beside`,
    `known_household`, `revision`, `state`, `missed`, and of the scan `programme`, `facts_hash`, `amount`,
    `beside`, `household`, `entitled`; either side may be null. Where all else is unchanged and only what
    stands beside it differs, the row is `refreshed`: that is known from now on, and no reason to tell anybody
    anything. What is found in another household, and not told again, is `rehoused`. A
    finding that is unknown (`entitled` is false) and was never known leaves no row. Programmes that did not
    run keep their state; in `doubtful` ones, whose registers are not whole, nothing ends, nor does what is
    `missed`: it may be what a row in quarantine was about.
    """
    known, here = pl.col("state").is_not_null(), pl.col("entitled").fill_null(False)
    looked_at = pl.col("known_programme").is_in(list(ran))
    told = joined.filter(known | here).with_columns(_verdict(list(doubtful), looked_at))
    told = told.with_columns(next_state=_next_state(looked_at))
    again = pl.col("verdict").is_in([one.value for one in TOLD])
    holds = pl.col("verdict").is_in([Verdict.UNCHANGED.value, Verdict.SEEN_AGAIN.value])
    refreshed = holds & pl.col("beside").ne_missing(pl.col("known_beside"))
    elsewhere = pl.col("household") != pl.col("known_household")  # null where it is not found, or new
    return told.select(
        "id",
        "verdict",
        programme=pl.coalesce("programme", "known_programme"),
        revision=pl.col("revision").fill_null(0) + again.cast(pl.UInt32),
        state="next_state",
        moved=known & ~again & ~refreshed & (pl.col("next_state") != pl.col("state")),
        refreshed=refreshed,
        rehoused=~again & elsewhere.fill_null(False),
        facts_hash=pl.when(again).then("facts_hash").otherwise("known_hash"),
        amount=pl.when(again).then("amount").otherwise("known_amount"),
        before=pl.col("known_amount"),
        beside=pl.when(again | refreshed).then("beside").otherwise("known_beside"),
        household=pl.coalesce("household", "known_household"),
    )


def _verdict(doubtful: list[str], looked_at: pl.Expr) -> pl.Expr:
    known, here = pl.col("state").is_not_null(), pl.col("entitled").fill_null(False)
    ended = pl.col("state") == EntitlementState.ENDED
    unsure = pl.col("known_programme").is_in(doubtful) | pl.col("missed").fill_null(False)
    cannot_tell = ~looked_at | unsure | pl.col("entitled").is_not_null()
    chosen = (
        pl.when(~known)
        .then(pl.lit(Verdict.NEW.value))
        .when(here & (ended | (pl.col("facts_hash") != pl.col("known_hash"))))
        .then(pl.lit(Verdict.CHANGED.value))
        .when(here & (pl.col("state") == EntitlementState.UNSEEN))
        .then(pl.lit(Verdict.SEEN_AGAIN.value))
        .when(here)
        .then(pl.lit(Verdict.UNCHANGED.value))
        .when(ended)
        .then(pl.lit(Verdict.PAST.value))
        .when(cannot_tell)
        .then(pl.lit(Verdict.UNSEEN.value))
        .otherwise(pl.lit(Verdict.ENDED.value))
    )
    return chosen.cast(VERDICTS).alias("verdict")


def _next_state(looked_at: pl.Expr) -> pl.Expr:
    ends = pl.col("verdict").is_in([Verdict.ENDED.value, Verdict.PAST.value])
    unseen = pl.col("verdict") == Verdict.UNSEEN.value
    state = (
        pl.when(ends)
        .then(pl.lit(EntitlementState.ENDED.value))
        .when(unseen & looked_at)
        .then(pl.lit(EntitlementState.UNSEEN.value))
        .when(unseen)
        .then(pl.col("state").cast(pl.String))
        .otherwise(pl.lit(EntitlementState.OPEN.value))
    )
    return state.cast(STATES)
