"""Quarantined rows as a spreadsheet that a clerk mends, and what the spreadsheet saves back.

One row per quarantined row: the batch, the line in the file, its cells under the file's own headers, and the
reasons in words. Excel saves it as CP949 or UTF-8 CSV or as a workbook, loses zeros, moves columns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice, product
from pathlib import Path

import polars as pl

from data.contract import Contract
from data.errors import ContractBroken
from data.formats.limits import Limits, limits_of
from data.formats.shape import Shape
from data.parsers import normalised
from data.quarantine import CELL, headers_of
from data.quarantine_spelling import as_they_were
from data.reading import Table, read_table
from data.spreadsheets import plain_cell, safe_cell, write_spreadsheet
from data.workspace import Workspace
from data.zeros import put_back

BATCH, LINE = "batch (보류 묶음)", "line (행)"
_CLEARED = ',;\t" '  # all that is left of a row that somebody cleared
WHY_KO, WHY_EN, RAW = "사유", "reason", "raw (원문)"


def write_sheet_of(target: Path, batch_id: str, rows: pl.DataFrame) -> None:
    """Write quarantined rows where a clerk can mend them; readable by its owner alone.

    A line that is no row has empty cells and stands as it was in the last column.
    """
    told = pl.col("reasons").list.eval(pl.element().struct.field("ko")).list.join("; ")
    said = pl.col("reasons").list.eval(pl.element().struct.field("en")).list.join("; ")
    headers = headers_of(rows)
    is_row = pl.any_horizontal(pl.col(CELL + one).is_not_null() for one in headers)
    sheet = rows.select(
        pl.lit(batch_id).alias(BATCH),
        pl.col("line").cast(pl.String).alias(LINE),
        *(pl.col(CELL + one).fill_null("").alias(one) for one in headers),
        told.alias(WHY_KO),
        said.alias(WHY_EN),
        pl.when(is_row).then(pl.lit("")).otherwise("raw").alias(RAW),
    )
    write_spreadsheet(target, sheet)


@dataclass(frozen=True)
class Mended:
    """What came back: `cells` as of a file of the register, `_row` being the line in that file.

    `rows_in` counts the rows of the sheet, `repeated` those of them that say what another has said of the
    same line; `contradicting` are lines of which rows say different things, and `untouched` those that are no
    rows and are left as empty as they were exported: none of them is in `cells`.
    `respelled` counts cells that a spreadsheet wrote in another way and that are taken as they were;
    `restored` has by header the lines in which zeros were put back in front of what was typed.
    """

    cells: pl.DataFrame
    lines: pl.Series  # of each row that is not repeated
    rows_in: int
    repeated: int
    contradicting: tuple[int, ...]
    untouched: tuple[int, ...]
    respelled: int
    encoding: str | None
    restored: Mapping[str, pl.Series]
    sha256: str  # of the sheet, as it was read


def read_sheet(
    workspace: Workspace, contract: Contract, file: Path, batch_id: str, kept: pl.DataFrame
) -> Mended:
    """Read a mended spreadsheet of a delivery whose quarantine is `kept`.

    Raises ContractBroken for a file that lacks a column, has a row that names no line in quarantine, rows of
    another delivery, or rows that cannot be divided into cells: what is wrong with a sheet is mended in it.
    """
    headers = [one.in_file for one in contract.columns]
    limits = limits_of(workspace.settings().table("intake.limits"))
    table = _opened(file, [BATCH, LINE, *headers], limits=limits, folder=workspace.quarantine)
    _refuse_broken(file, table)
    cells = table.cells.rename(dict(zip(table.headers, [BATCH, LINE, *headers], strict=True)))
    named = _named(cells, headers)
    _refuse_strangers(file, named, batch_id, kept)
    rows, respelled = as_they_were(contract, named.select("_row", *headers), kept)
    # Whatever form it comes in, a spreadsheet has had it: a number typed with zeros in front lost them there.
    rows, restored = put_back(contract.columns, rows)
    distinct = rows.unique(maintain_order=True)
    several = distinct.filter(pl.col("_row").is_duplicated())["_row"].unique().sort().to_list()
    single = distinct.filter(~pl.col("_row").is_in(several)).sort("_row")
    untouched = _untouched(single, kept)
    assert table.sha256 is not None  # a sheet is a file
    return Mended(
        single.filter(~pl.col("_row").is_in(untouched)),
        distinct["_row"],
        rows.height,
        rows.height - distinct.height,
        tuple(several),
        tuple(untouched),
        respelled,
        table.encoding,
        {header: lines.unique() for header, lines in restored.items()},
        table.sha256,
    )


def _opened(file: Path, headers: Sequence[str], *, limits: Limits, folder: Path) -> Table:
    """The sheet that has our headers, whatever a spreadsheet puts between cells ("Unicode text" has tabs).

    A header that looks like a day may have its mark in front, or have lost it. Raises ContractBroken, with
    what is wrong of it as it was written.
    """
    written = [safe_cell(one) for one in headers]
    try:
        return _read(file, written, delimiter=",", limits=limits, folder=folder)
    except ContractBroken as error:
        spelled = [written] if written == list(headers) else [written, headers]
        for delimiter, named in islice(product((",", "\t", ";"), spelled), 1, None):
            with suppress(ContractBroken):
                return _read(file, named, delimiter=delimiter, limits=limits, folder=folder)
        if "sheets" in error.what:
            mend = "let one sheet with the columns of the export be visible: hide or remove the others"
            raise ContractBroken(error.what, where=error.where, mend=mend) from error
        raise


def _read(file: Path, headers: Sequence[str], *, delimiter: str, limits: Limits, folder: Path) -> Table:
    shape = Shape(delimiter=delimiter, sheet_by_headers=True)
    return read_table(file, headers, shape=shape, limits=limits, folder=folder)


def _named(cells: pl.DataFrame, headers: Sequence[str]) -> pl.DataFrame:
    """The rows of a sheet by the line they mend, `_row`, and their own, `_at`; cleared ones are none."""
    blank = pl.all_horizontal(normalised(pl.col(one)).is_null() for one in (BATCH, LINE, *headers))
    return cells.filter(~blank).select(
        pl.col("_row").alias("_at"),
        _line(pl.col(LINE)).alias("_row"),
        normalised(pl.col(BATCH)).alias("_of"),
        *(pl.col(one).map_elements(plain_cell, pl.String) for one in headers),
    )


def _untouched(rows: pl.DataFrame, kept: pl.DataFrame) -> list[int]:
    """The lines without a cell that had none before."""
    empty = kept.filter(pl.all_horizontal(pl.col(CELL + one).is_null() for one in headers_of(kept)))["line"]
    blank = pl.all_horizontal(pl.exclude("_row").is_null())
    return rows.filter(blank & pl.col("_row").is_in(empty.implode()))["_row"].to_list()


def _line(cell: pl.Expr) -> pl.Expr:
    """A line number, however a spreadsheet wrote it: 7, 7.0, 1,234."""
    bare = normalised(cell).str.replace_all(",", "", literal=True).str.replace(r"\.0+$", "")
    return bare.str.strip_prefix("'").cast(pl.Int64, strict=False)


def _refuse_broken(file: Path, table: Table) -> None:
    cut = [row.line for row in table.broken]
    lines = [line for line, raw in zip(cut, table.raws(cut), strict=True) if raw.strip(_CLEARED)]
    if lines:
        raise ContractBroken(
            f"{len(lines)} rows of the spreadsheet cannot be divided into cells.",
            where=f"{file}, {_some(lines)}",
            mend="save it again as CSV or as a workbook",
        )


def _refuse_strangers(file: Path, named: pl.DataFrame, batch_id: str, kept: pl.DataFrame) -> None:
    known = pl.col("_row").is_in(kept["line"].implode()).fill_null(False)
    unread = named.filter(~known | (pl.col("_of").fill_null("") != batch_id))
    if unread.height:
        raise ContractBroken(
            f"{unread.height} rows of the spreadsheet do not say which row of {batch_id} they mend.",
            where=f"{file}, {_some(unread['_at'].to_list())}",
            mend=f"leave the columns {BATCH} and {LINE} as `owed quarantine export` wrote them; a new row"
            " belongs in the register's next export",
        )


def _some(lines: Sequence[int]) -> str:
    first = ", ".join(str(line) for line in lines[:10])
    return f"line {first}" if len(lines) == 1 else f"lines {first}" + (", …" if len(lines) > 10 else "")
