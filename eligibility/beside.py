"""What stands beside an entitlement: programmes of which only one can be had, and those to be granted first.

Both follow from what else is found for the person, so they may change while the entitlement's own facts stay
as they are. They are kept as one text, null where there are none: most entitlements have none, and a diff of
millions must not carry two lists for each.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

import polars as pl

from eligibility.compiler import ENTITLED, UNKNOWN
from eligibility.known import number_of
from eligibility.verdicts import EntitlementState

LISTS = ("instead_of", "after")
"""The columns of a finding, and of the store, that it is made of."""

_TEXTS = ["known", "beside"]  # what was known to stand beside one, and what is found there now
_LOST = {"known": pl.String, "beside": pl.String, "list": pl.Int64, "name": pl.String, "is_open": pl.Boolean}


def joined(name: str) -> pl.Expr:
    """One of these lists of a finding as the store keeps it."""
    return pl.col(name).list.sort().list.join(",")


def beside_of(findings: pl.LazyFrame, known: pl.LazyFrame, *, sure: Collection[str]) -> pl.DataFrame:
    """`id` and `beside` of the findings that something stands beside, or may still stand beside.

    What was known there and is found no longer stays where its programme is not one of the `sure` ones, whose
    absence means something; an alternative also where it is found to be unknown for the same person.
    """
    found = _found_beside(findings)
    there = pl.col("beside").is_not_null() & (pl.col("state") != EntitlementState.ENDED.value)
    before = known.filter(there).select("id", known="beside").collect(engine="streaming")
    both = before.join(found, on="id", how="left")
    pairs = both.select(_TEXTS).unique()
    lost = pl.DataFrame(
        [row for pair in pairs.iter_rows() for row in _lost(*pair, sure=sure)], schema=_LOST, orient="row"
    )
    gone = both.join(lost, on=_TEXTS, nulls_equal=True)
    stays = pl.concat([gone.filter(~pl.col("is_open")), _unknown(findings, gone.filter("is_open"))])
    named = pl.concat_str(pl.col("list").cast(pl.String), "name").sort().str.join(",")
    kept = stays.group_by("id", "beside").agg(kept=named)
    texts = kept.select("beside", "kept").unique()
    whole = pl.Series("whole", [_with(*row) for row in texts.iter_rows()], dtype=pl.String)
    merged = kept.join(texts.with_columns(whole), on=["beside", "kept"], nulls_equal=True)
    return pl.concat([found.join(merged, on="id", how="anti"), merged.select("id", beside="whole")])


def _found_beside(findings: pl.LazyFrame) -> pl.DataFrame:
    some = (pl.col("status") == ENTITLED) & (pl.sum_horizontal(pl.col(name).list.len() for name in LISTS) > 0)
    beside = pl.concat_str([joined(name) for name in LISTS], separator="|")
    found = findings.filter(some).select(id=number_of("entitlement_id"), beside=beside)
    return found.collect(engine="streaming")


def _lost(
    known: str, found: str | None, *, sure: Collection[str]
) -> Iterator[tuple[str, str | None, int, str, bool]]:
    """What is found no longer: its list and name, and whether that depends on the person."""
    for at, (before, now) in enumerate(zip(lists_of(known), lists_of(found), strict=True)):
        for name in names_of(before):
            is_open = name in sure
            if name not in names_of(now) and (not is_open or LISTS[at] == "instead_of"):
                yield known, found, at, name, is_open


def _unknown(findings: pl.LazyFrame, gone: pl.DataFrame) -> pl.DataFrame:
    """Of alternatives that are found no longer, those that may be there still: found, and unknown."""
    if gone.is_empty():
        return gone
    whose = findings.select("subject_id", id=number_of("entitlement_id"))
    asked = whose.join(gone.lazy(), on="id").collect(engine="streaming")
    names = gone["name"].unique().to_list()
    unknown = findings.filter(pl.col("status") == UNKNOWN, pl.col("programme").is_in(names))
    there = unknown.select("subject_id", name="programme").unique().collect(engine="streaming")
    return asked.join(there, on=["subject_id", "name"], how="semi").select(gone.columns)


def _with(found: str | None, kept: str) -> str:
    """A text with those that stay, each with the number of its list in front."""
    stays = kept.split(",")
    lists = [
        {*names_of(now), *(one[1:] for one in stays if one[0] == str(at))}
        for at, now in enumerate(lists_of(found))
    ]
    return "|".join(",".join(sorted(names)) for names in lists)


def lists_of(text: str | None) -> tuple[str, str]:
    """The lists of a text as the store keeps them."""
    first, _, last = (text or "").partition("|")
    return first, last


def names_of(listed: str) -> tuple[str, ...]:
    """The programmes in a list as the store keeps it."""
    return tuple(listed.split(",")) if listed else ()
