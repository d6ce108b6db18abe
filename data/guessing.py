"""Guesses, for a draft, how a column is read: which parsers fit its cells, and how many of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from data.parsers import normalised, parser_of

ENOUGH = 0.9  # share of the cells that a guessed parser reads; the others are what quarantine is for
MOST_CODES = 12
SEEN_OFTEN = 5  # times that each code occurs at least, so that no single person's word is written down
_YES_NO = ("Y/N", "1/0", "예/아니오", "여/부", "O/X", "T/F", "true/false", "Yes/No")
# From the narrowest to the widest; a wider one would take the narrower one's cells too.
_FORMS = (
    "kr_resident_number", "kr_plate", "kr_mobile", "email", "date:%Y%m%d", "date:iso", "date:%Y.%m.%d",
    "date:%Y/%m/%d", "int", "int:comma", "decimal:2",
)  # fmt: skip


@dataclass(frozen=True)
class Guess:
    """A parser, and how many of the filled cells it reads. `empty` cells fit every parser."""

    parser: str
    fits: int
    filled: int
    empty: int
    distinct: int

    @property
    def is_key(self) -> bool:
        """Every row has a cell of its own here."""
        return self.empty == 0 < self.filled == self.distinct


def guess(cells: pl.Series, *, codes: bool = True) -> Guess:
    """The narrowest parser that reads nearly all cells of a column; `text` when none does.

    Without `codes` no word of a cell becomes part of the guess.
    """
    texts = pl.DataFrame({"cell": cells}).select(normalised(pl.col("cell"))).to_series()
    filled = texts.drop_nulls()
    for parser in (*(_codes(filled) if codes else ()), *_FORMS):
        fits = int(
            pl.DataFrame({"cell": filled}).select(parser_of(parser).valid(pl.col("cell")).sum()).item()
        )
        if filled.len() and fits >= ENOUGH * filled.len() and not _keeps_zeros(parser, filled):
            break
    else:
        parser, fits = "text", filled.len()
    return Guess(parser, fits, filled.len(), texts.null_count(), filled.n_unique())


def _codes(filled: pl.Series) -> Iterator[str]:
    """Yes or no, or a few words that come again and again; what is seldom may be an error."""
    counts = filled.value_counts()
    often = counts.filter(pl.col("count") >= SEEN_OFTEN)
    words = set(often[filled.name].to_list())
    if not 1 < len(words) <= MOST_CODES or often["count"].sum() < ENOUGH * filled.len():
        return
    yield from (f"bool:{pair}" for pair in _YES_NO if set(pair.split("/")) == words)
    if not any("," in word or word.strip("+-").isdigit() for word in words):
        yield "one_of:" + ",".join(sorted(words))


def _keeps_zeros(parser: str, filled: pl.Series) -> bool:
    """A number would drop zeros in front, which only codes have."""
    numeric = parser in ("int", "int:comma", "decimal:2")
    return numeric and bool(filled.str.contains(r"^0[0-9]").any())
