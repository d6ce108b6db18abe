"""What stands beside an entitlement: programmes of which only one can be had, and those to be granted first.

Both follow from what else is found for the person, so they may change while the entitlement's own facts stay
as they are. They are kept as one text, null where there are none: most entitlements have none, and a diff of
millions must not carry two lists for each.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

import polars as pl

from eligibility.compiler import ENTITLED
from eligibility.known import number_of

LISTS = ("instead_of", "after")
"""The columns of a finding, and of the store, that it is made of."""


def joined(name: str) -> pl.Expr:
    """One of these lists of a finding as the store keeps it."""
    return pl.col(name).list.sort().list.join(",")


def found_beside(findings: pl.LazyFrame) -> pl.DataFrame:
    """`id` and `beside` of the entitled findings that something stands beside."""
    some = (pl.col("status") == ENTITLED) & (pl.sum_horizontal(pl.col(name).list.len() for name in LISTS) > 0)
    beside = pl.concat_str([joined(name) for name in LISTS], separator="|")
    found = findings.filter(some).select(id=number_of("entitlement_id"), beside=beside)
    return found.collect(engine="streaming")


def kept(texts: Iterable[str], sure: Collection[str]) -> list[str]:
    """Those that name a programme of which a scan cannot say for sure that nothing of it is found."""
    return [one for one in texts if not set(_names(one)) <= set(sure)]


def lists_of(text: str | None) -> tuple[str, str]:
    """The lists of a text as the store keeps them."""
    first, _, last = (text or "").partition("|")
    return first, last


def _names(text: str) -> list[str]:
    return [name for part in lists_of(text) for name in names_of(part)]


def names_of(listed: str) -> tuple[str, ...]:
    """The programmes in a list as the store keeps it."""
    return tuple(listed.split(",")) if listed else ()
