"""Zeros that a spreadsheet took away: put back in front of what it shows as a number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from data.contract import Column, Contract
from data.formats.shape import Format
from data.reading import Table

MOST = 3  # zeros that a code begins with; a resident number born in January 2000 has as many
SPREADSHEETS = (Format.XLSX, Format.HTML)


class Restored:
    """The rows of a file, zeros put back where the contract gives a column's digits (`zeros`).

    Only in what a spreadsheet holds, and only in cells of digits that lack at most three: nothing else can
    tell a number that was shortened from one that is wrong. Whatever checks the column has come after it.
    """

    def __init__(self, contract: Contract, table: Table) -> None:
        is_spreadsheet = table.format in SPREADSHEETS
        self._columns = [one for one in contract.columns if one.zeros is not None and is_spreadsheet]
        self._table = table
        self._lines: dict[str, list[pl.Series]] = {}

    def parts(self) -> Iterator[pl.DataFrame]:
        """All rows of the file, piece by piece; as often as it is asked."""
        self._lines = {one.in_file: [] for one in self._columns}
        for part in self._table.parts():
            yield self._mended(part) if self._columns else part

    def counted(self, accepted: pl.Series) -> Mapping[str, int]:
        """By header, in how many of the accepted lines zeros were put back."""
        return counted({header: pl.concat(found) for header, found in self._lines.items() if found}, accepted)

    def _mended(self, part: pl.DataFrame) -> pl.DataFrame:
        mended, lines = put_back(self._columns, part)
        for header, found in lines.items():
            self._lines[header].append(found)
        return mended


def put_back(columns: Sequence[Column], part: pl.DataFrame) -> tuple[pl.DataFrame, dict[str, pl.Series]]:
    """The rows with zeros back in front in these columns; by header, the lines in which they were."""
    columns = [one for one in columns if one.zeros is not None]
    shorter = part.select("_row", *(_is_shorter(one).alias(one.in_file) for one in columns))
    lines = {one.in_file: shorter.filter(one.in_file)["_row"] for one in columns}
    mended = part.with_columns(
        pl.when(shorter[one.in_file])
        .then(pl.col(one.in_file).str.strip_chars().str.zfill(one.zeros or 0))
        .otherwise(pl.col(one.in_file))
        .alias(one.in_file)
        for one in columns
    )
    return mended, lines


def counted(lines: Mapping[str, pl.Series], accepted: pl.Series) -> dict[str, int]:
    """By header, how many of the lines were accepted, where any was."""
    counts = {header: int(found.is_in(accepted.implode()).sum()) for header, found in lines.items()}
    return {header: count for header, count in counts.items() if count}


def _is_shorter(column: Column) -> pl.Expr:
    """Digits that lost zeros in front, and with them again are what the column holds."""
    digits = column.zeros or 0
    cell = pl.col(column.in_file).str.strip_chars()
    shorter = cell.str.contains(rf"^[1-9][0-9]{{{max(digits - MOST, 1) - 1},{digits - 2}}}$")
    whole = cell.str.zfill(digits)
    fits = column.parser.valid(whole) if column.parser.choices is None else pl.lit(False)
    return (shorter & fits).fill_null(False)
