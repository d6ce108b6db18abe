"""Holds the rows of a file against their contract: which are accepted, which are not and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import polars as pl

from data.contracts import Column, Contract
from data.parsers import Words, normalised
from data.reading import Broken, Table


class ReasonCode(StrEnum):
    """Why a row was not accepted."""

    SHORT_ROW = Broken.SHORT.value
    LONG_ROW = Broken.LONG.value
    OPEN_QUOTE = Broken.QUOTE.value
    MISSING = "missing"
    UNREADABLE = "unreadable"
    TOO_SMALL = "too_small"
    TOO_LARGE = "too_large"
    NOT_UNIQUE = "not_unique"


@dataclass(frozen=True)
class Reason:
    """One reason, in words that name columns and limits and never a cell."""

    code: ReasonCode
    column: str  # the header in the file; "" for the row as a whole
    words: Words

    @property
    def name(self) -> str:
        return f"{self.column}: {self.code.value}" if self.column else self.code.value


Refusal = tuple[int, tuple[Reason, ...]]
"""The line of a row that is not accepted, and all its reasons."""


@dataclass(frozen=True)
class Judged:
    """What became of the rows of a table.

    `accepted` has the canonical columns, vault columns and natural identities included, and `_row`;
    `refused` has the line and all reasons of every other row that is no exact duplicate. `doubts` has
    their identity columns and `_row`, null where a cell is empty or cannot be read, or the line is no row.
    """

    accepted: pl.DataFrame
    doubts: pl.DataFrame
    refused: tuple[Refusal, ...]
    duplicates: int


_BROKEN: dict[Broken, Reason] = {
    Broken.SHORT: Reason(
        ReasonCode.SHORT_ROW,
        "",
        {"ko": "칸이 머리글보다 적습니다", "en": "the row has fewer cells than the header"},
    ),
    Broken.LONG: Reason(
        ReasonCode.LONG_ROW,
        "",
        {"ko": "칸이 머리글보다 많습니다", "en": "the row has more cells than the header"},
    ),
    Broken.QUOTE: Reason(
        ReasonCode.OPEN_QUOTE,
        "",
        {
            "ko": "따옴표가 닫히지 않았거나 칸 안에 있습니다",
            "en": "a quote is left open or stands inside a cell",
        },
    ),
}


def judge(contract: Contract, table: Table) -> Judged:
    """Exact duplicates leave first, then every row is parsed and meets every check.

    A key that occurs in rows that differ is quarantined with all of its rows: nothing says which is right.
    """
    texts = _texts(contract, table)
    distinct = texts.unique(
        subset=[one.in_file for one in contract.columns], keep="first", maintain_order=True
    )
    parsed = _parsed(contract, distinct)
    checks = list(_checks(contract))
    failed = parsed.select("_row", *(failing.alias(str(at)) for at, (_, failing) in enumerate(checks)))
    bad = failed.filter(pl.any_horizontal(pl.exclude("_row"))) if checks else failed.clear()
    rows = parsed.select(*(one.name for one in contract.columns), *_constants(contract), "_row")
    accepted = rows.join(bad.select("_row"), on="_row", how="anti", maintain_order="left")
    doubts = _doubts(contract, table, rows.join(bad.select("_row"), on="_row", how="semi"))
    refused: list[Refusal] = [(row.line, (_BROKEN[row.why],)) for row in table.broken]
    refused += [
        (line, tuple(checks[at][0] for at, is_failing in enumerate(flags) if is_failing))
        for line, *flags in bad.iter_rows()
    ]
    in_order = tuple(sorted(refused, key=lambda one: one[0]))
    return Judged(accepted, doubts, in_order, texts.height - distinct.height)


def _doubts(contract: Contract, table: Table, failing: pl.DataFrame) -> pl.DataFrame:
    """Of the rows that are not accepted, broken lines included, what says whom they may be about."""
    known = failing.select(*(one.name for one in contract.identities), "_row")
    broken = pl.DataFrame({"_row": [row.line for row in table.broken]}, schema={"_row": known.schema["_row"]})
    return pl.concat([known, broken], how="diagonal").sort("_row")


def _texts(contract: Contract, table: Table) -> pl.DataFrame:
    """Normalised text; columns in plain ASCII skip what only other letters need."""
    cells = table.cells
    return cells.select(
        "_row", *(normalised(pl.col(one.in_file), cells[one.in_file]) for one in contract.columns)
    )


def _parsed(contract: Contract, texts: pl.DataFrame) -> pl.DataFrame:
    """Per column its value under the canonical name and whether its text could be read, `ok name`."""
    headers = {one.name: one.in_file for one in contract.columns}
    values, valid = [], []
    for one in contract.columns:
        picker = pl.col(headers[one.parser.by]) if one.parser.by else None
        cell = pl.col(one.in_file)
        values.append(one.parser.value(cell, picker).alias(f"value {one.name}"))
        valid.append(one.parser.valid(cell, picker).alias(f"ok {one.name}"))
    named = {f"value {one.name}": one.name for one in contract.columns}
    return texts.lazy().select("_row", *values, *valid).rename(named).collect()


def _checks(contract: Contract) -> Iterator[tuple[Reason, pl.Expr]]:
    """Every check of a contract and the expression that is true where a row fails it; never null."""
    for column in contract.columns:
        yield from _column_checks(column)
    if contract.unique:
        several = pl.len().over(list(contract.unique)) > 1
        whole_key = pl.all_horizontal(pl.col(name).is_not_null() for name in contract.unique)
        headers = ", ".join(one.in_file for one in contract.columns if one.name in contract.unique)
        words = {
            "ko": f"같은 {headers}의 행이 서로 다릅니다",
            "en": f"other rows with the same {headers} say something else",
        }
        yield Reason(ReasonCode.NOT_UNIQUE, headers, words), several & whole_key


def _column_checks(column: Column) -> Iterator[tuple[Reason, pl.Expr]]:
    value, readable = pl.col(column.name), pl.col(f"ok {column.name}")
    wanted = column.parser.words
    yield (
        _reason(ReasonCode.UNREADABLE, column, f"형식: {wanted['ko']}", f"is not {wanted['en']}"),
        ~readable,
    )
    if column.required:
        yield (
            _reason(ReasonCode.MISSING, column, "비어 있습니다", "is empty"),
            value.is_null() & readable,
        )
    if column.minimum is not None:
        ko, en = f"{column.minimum}보다 작습니다", f"is below {column.minimum}"
        yield _reason(ReasonCode.TOO_SMALL, column, ko, en), (value < column.minimum).fill_null(False)
    if column.maximum is not None:
        ko, en = f"{column.maximum}보다 큽니다", f"is above {column.maximum}"
        yield _reason(ReasonCode.TOO_LARGE, column, ko, en), (value > column.maximum).fill_null(False)


def _reason(code: ReasonCode, column: Column, ko: str, en: str) -> Reason:
    return Reason(code, column.in_file, {"ko": f"{column.in_file}: {ko}", "en": f"{column.in_file} {en}"})


def _constants(contract: Contract) -> list[pl.Expr]:
    return [
        pl.lit(value, dtype=pl.Int64 if type(value) is int else None).alias(name)
        for name, value in contract.constants.items()
    ]
