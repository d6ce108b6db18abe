"""Guesses, for a draft, how a column is read: which parsers fit its cells, and how many of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from data.parsers import normalised, parser_of
from data.zeros import MOST

ENOUGH = 0.9  # share of the cells that a guessed parser reads; the others are what quarantine is for
MOST_CODES = 12
SEEN_OFTEN = 5  # times that each code occurs at least, so that no single person's word is written down
_YES_NO = ("Y/N", "1/0", "예/아니오", "여/부", "O/X", "T/F", "true/false", "Yes/No")
_SHORTENED = {"kr_mobile": 11, "kr_resident_number": 13}  # what a spreadsheet may have shortened: digits
# Share of the cells that may lack all three zeros: where more do, they are other numbers. A register of the
# young has one zero lost in each cell, yet three of them only those born in nine months of 2000.
_MOST_BARE = 0.5
# From the narrowest to the widest; a wider one would take the narrower one's cells too.
_FORMS = (
    "kr_resident_number", "kr_plate", "kr_mobile", "email", "date:%Y%m%d", "date:iso", "date:%Y.%m.%d",
    "date:%Y/%m/%d", "int", "int:comma", "decimal:2",
)  # fmt: skip


@dataclass(frozen=True)
class Guess:
    """A parser, and how many of the filled cells it reads. `empty` cells fit every parser.

    Where cells lack zeros in front, they fit with them, and `zeros` is how many digits they have then.
    """

    parser: str
    fits: int
    filled: int
    empty: int
    distinct: int
    zeros: int | None = None

    @property
    def is_key(self) -> bool:
        """Every row has a cell of its own here."""
        return self.empty == 0 < self.filled == self.distinct


def guess(cells: pl.Series, *, is_private: bool = False, in_spreadsheet: bool = False) -> Guess:
    """The narrowest parser that reads nearly all cells of a column; `text` when none does.

    Where names and numbers to call may stand, no word of a cell becomes part of the guess; anywhere else ten
    digits are no mobile number that lost its zero. Only a spreadsheet takes zeros away.
    """
    texts = pl.DataFrame({"cell": cells}).select(normalised(pl.col("cell"))).to_series()
    filled = texts.drop_nulls()
    parser, fits, zeros = (
        (in_spreadsheet and _shortened(filled, is_private=is_private))
        or _whole(filled, codes=not is_private)
        or ("text", filled.len(), None)
    )
    return Guess(parser, fits, filled.len(), texts.null_count(), filled.n_unique(), zeros)


def _whole(filled: pl.Series, *, codes: bool) -> tuple[str, int, None] | None:
    for parser in (*(_codes(filled) if codes else ()), *_FORMS):
        fits = _fits(parser, filled)
        if filled.len() and fits >= ENOUGH * filled.len() and not _keeps_zeros(parser, filled):
            return parser, fits, None
    return None


def _shortened(filled: pl.Series, *, is_private: bool) -> tuple[str, int, int] | None:
    """A parser that reads nearly all cells once some of them have their zeros in front again."""
    for parser, digits in _SHORTENED.items():
        if parser == "kr_mobile" and not is_private:
            continue
        shorter = filled.str.contains(rf"^[1-9][0-9]{{{digits - MOST - 1},{digits - 2}}}$")
        fits = _fits(
            parser, pl.select(pl.when(shorter).then(filled.str.zfill(digits)).otherwise(filled)).to_series()
        )
        bare = (shorter & (filled.str.len_chars() == digits - MOST)).sum()
        if shorter.any() and bare <= _MOST_BARE * filled.len() and fits >= ENOUGH * filled.len():
            return parser, fits, digits
    return None


def _fits(parser: str, cells: pl.Series) -> int:
    """How many of the cells a parser reads."""
    return int(pl.DataFrame({"cell": cells}).select(parser_of(parser).valid(pl.col("cell")).sum()).item())


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
