"""What a spreadsheet does to a cell nobody touched: zeros lost, a day, a number or a word written in another
way, letters that its encoding lacks replaced by question marks.

Such a cell is taken as it stood in the register's file. A cell that really says something else is taken as
it was typed, and so is one in the place of a cell that could not be read: to write that in another way is to
mend it. A day that is written year first is put into the form the contract reads.
"""

from __future__ import annotations

import re
import unicodedata

import polars as pl

from data.contract import Column, Contract
from data.letters import Letters
from data.parsers import normalised
from data.quarantine import CELL

_YEAR_FIRST = (
    r"^([0-9]{4})[-./년]\s*([0-9]{1,2})[-./월]\s*([0-9]{1,2})[.일]?(?:[ T]0{1,2}:00(?::00(?:\.0+)?)?)?$"
)
_SCIENTIFIC = r"^([0-9])(?:\.([0-9]+))?[eE]\+?([0-9]+)$"


def as_they_were(contract: Contract, rows: pl.DataFrame, kept: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """The rows (`_row` and headers) with re-spelled cells as they were; how many cells that are."""
    headers = [one.in_file for one in contract.columns]
    there = [CELL + one for one in headers if CELL + one in kept.columns]
    before = kept.select(pl.col("line").alias("_row"), *there)
    both = rows.join(before, on="_row", how="left", maintain_order="left")
    counted = both.select(
        _same(contract, one).alias(one.in_file)
        for one in contract.columns
        if CELL + one.in_file in both.columns
    )
    respelled = int(counted.sum().sum_horizontal().item() or 0) if counted.width and counted.height else 0
    return both.select("_row", *(_restored(contract, one, both) for one in contract.columns)), respelled


def _restored(contract: Contract, column: Column, both: pl.DataFrame) -> pl.Expr:
    cell = _day_in_form(column, normalised(pl.col(column.in_file)))
    if CELL + column.in_file not in both.columns:
        return cell.alias(column.in_file)
    was = _was(column)
    return pl.when(_same(contract, column)).then(was).otherwise(cell).alias(column.in_file)


def _same(contract: Contract, column: Column) -> pl.Expr:
    """The cell is not what it was, letter by letter, but says the same, and was read; never null."""
    cell, was = normalised(pl.col(column.in_file)), _was(column)
    says_the_same = _lost_zeros(cell, was) | _rounded(cell, was) | _shouted(cell, was) | _lost_letters(column)
    if column.parser.dtype == pl.Date:
        says_the_same |= _day(column, cell) == _day(column, was)
    picker = None if column.parser.by is None else _was(contract.column(column.parser.by))
    return (cell != was).fill_null(False) & says_the_same.fill_null(False) & column.parser.valid(was, picker)


def _was(column: Column) -> pl.Expr:
    return normalised(pl.col(CELL + column.in_file))


def _lost_zeros(cell: pl.Expr, was: pl.Expr) -> pl.Expr:
    """The same digits, but for zeros in front that are gone: no spreadsheet puts any there."""
    bare, before = _bare(cell), _bare(was)
    fewer = bare.str.len_chars() <= before.str.len_chars()
    return fewer & (bare.str.strip_chars_start("0") == before.str.strip_chars_start("0"))


def _shouted(cell: pl.Expr, was: pl.Expr) -> pl.Expr:
    """TRUE and true, which a spreadsheet takes for a truth and writes in its own way."""
    word = cell.str.to_lowercase()
    return word.is_in(["true", "false"]) & (word == was.str.to_lowercase())


def _lost_letters(column: Column) -> pl.Expr:
    """A question mark in the place of each letter that CP949 does not have, and nothing else."""
    as_kept = normalised(pl.col(CELL + column.in_file), Letters(composed=True))  # decomposed, as it was saved
    cell = normalised(pl.col(column.in_file), Letters(composed=True))
    pair = pl.struct(cell=pl.when(cell.str.contains("?", literal=True)).then(cell), was=as_kept)
    return pair.map_elements(_is_poorer, pl.Boolean)


def _is_poorer(pair: dict[str, str | None]) -> bool:
    cell, was = pair["cell"], pair["was"]
    if cell is None or was is None:
        return False
    return any(re.fullmatch(_in_cp949(text), cell) for text in (was, unicodedata.normalize("NFC", was)))


def _in_cp949(text: str) -> str:
    """The pattern of a text that was saved as CP949: a letter beyond U+FFFF becomes one mark, or two."""
    shown = ((one, one.encode("cp949", "replace") == b"?") for one in text)
    return "".join(
        re.escape(one) if one == "?" or not lost else r"\?{1,2}" if ord(one) > 0xFFFF else r"\?"
        for one, lost in shown
    )


def _bare(cell: pl.Expr) -> pl.Expr:
    """Digits without what a spreadsheet adds or takes: .0 behind, commas between."""
    plain = cell.str.replace_all(",", "", literal=True).str.replace(r"\.0*$", "")
    return pl.when(plain.str.contains(r"^[0-9]+$")).then(plain)


def _rounded(cell: pl.Expr, was: pl.Expr) -> pl.Expr:
    """A long number written with an exponent: the digits it has are those of the number, rounded."""
    shown = cell.str.replace(_SCIENTIFIC, "$1$2").cast(pl.Float64, strict=False)
    digits = cell.str.extract(_SCIENTIFIC, 2).fill_null("").str.len_chars()
    power = cell.str.extract(_SCIENTIFIC, 3).cast(pl.Int64, strict=False)
    number = was.str.replace_all(r"[,\-]", "").cast(pl.Float64, strict=False)
    scaled = number / pl.lit(10.0).pow((power - digits).cast(pl.Float64))
    return cell.str.contains(_SCIENTIFIC) & ((scaled - shown).abs() <= 0.5)


def _day(column: Column, cell: pl.Expr) -> pl.Expr:
    return column.parser.value(_day_in_form(column, cell))


def _day_in_form(column: Column, cell: pl.Expr) -> pl.Expr:
    """A day written year first, in the form the contract reads."""
    if column.parser.dtype != pl.Date or column.parser.by is not None:
        return cell
    form = column.parser.spec.partition(":")[2]
    form = "%Y-%m-%d" if form == "iso" else form
    parts = [
        cell.str.extract(_YEAR_FIRST, 1),
        *(cell.str.extract(_YEAR_FIRST, at).str.zfill(2) for at in (2, 3)),
    ]
    day = pl.concat_str(parts, separator="-").str.to_date("%Y-%m-%d", strict=False)
    return pl.coalesce(day.dt.to_string(form), cell)
