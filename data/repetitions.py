"""Finds what stands in a file twice by 64-bit digests, and looks again where two of them are the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
import polars as pl

Numbers = np.ndarray
Flags = np.ndarray


def occurring_again(digests: Numbers) -> Flags:
    """Which digests occur more than once, the first time included."""
    ordered = np.sort(digests)
    again = ordered[1:][ordered[1:] == ordered[:-1]]
    if not len(again):
        return np.zeros(len(digests), bool)
    twice = again[np.concatenate([[True], again[1:] != again[:-1]])]
    return pl.Series(digests).is_in(pl.Series(twice).implode()).to_numpy()


def repeated(digests: Numbers, sizes: Sequence[int], texts: Callable[[], Iterable[Texts]]) -> Flags:
    """Which rows say, cell by cell, what a row above them says.

    The rows of a file come in pieces of `sizes`; `texts` gives a function for each of them that picks the
    text of some of its rows. It is asked for twice, and only for rows that have a digest in common.
    """
    again = np.flatnonzero(occurring_again(digests))
    found = np.zeros(len(digests), bool)
    if not len(again):
        return found
    first_of = _first_of(digests[again], again)
    leaders = np.unique(first_of)
    known = pl.concat([text for _, text in _picked(leaders, sizes, texts)])
    others = again[first_of != again]
    leader_at = np.searchsorted(leaders, first_of[first_of != again])
    unlike, place = [], 0
    for rows, text in _picked(others, sizes, texts):
        theirs = known[leader_at[place : place + len(rows)]]
        place += len(rows)
        same = pl.select(pl.lit(True).repeat_by(len(rows)).explode()).to_series()
        for name in text.columns:
            same &= text[name].eq_missing(theirs[name])
        found[rows[same.to_numpy()]] = True
        unlike.append(text.with_columns(pl.Series(_AT, rows)).filter(~same))
    _look_again(pl.concat(unlike), found)
    return found


Texts = Callable[[Flags], pl.DataFrame]
_AT = "_at"


def _first_of(digests: Numbers, rows: Numbers) -> Numbers:
    """For each row the first one that has its digest; `rows` ascend."""
    _, first, inverse = np.unique(digests, return_index=True, return_inverse=True)
    return rows[first[inverse]]


def _picked(
    rows: Numbers, sizes: Sequence[int], texts: Callable[[], Iterable[Texts]]
) -> Iterator[tuple[Numbers, pl.DataFrame]]:
    """The text of some rows, piece by piece; pieces that have none of them are not looked at."""
    ends = np.cumsum(sizes)
    for size, end, text in zip(sizes, ends, texts(), strict=True):
        low, high = np.searchsorted(rows, [end - size, end])
        if low < high:
            chosen = np.zeros(size, bool)
            chosen[rows[low:high] - (end - size)] = True
            yield rows[low:high], text(chosen)


def _look_again(unlike: pl.DataFrame, found: Flags) -> None:
    """Rows that share a digest with another text: next to none, but two of them may be alike."""
    if unlike.height:
        first = unlike.unique(pl.exclude(_AT), keep="first", maintain_order=True)
        found[unlike.join(first, on=_AT, how="anti")[_AT].to_numpy()] = True
