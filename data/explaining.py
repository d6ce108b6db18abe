"""What a contract would make of the first rows of a file, column by column, without taking anything in."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from data.arrivals import AskedDatabase
from data.checks import judge
from data.contract import Column, Contract
from data.formats.limits import limits_of
from data.parsers import Parser, normalised
from data.reading import Table, headers_of, read_table
from data.workspace import Workspace
from data.zeros import Restored

FIRST = 3


@dataclass(frozen=True)
class ReadCell:
    """One cell: what stood there, what it is read as, and in words why it cannot be accepted."""

    line: int
    raw: str | None
    value: str | None
    reasons: tuple[Mapping[str, str], ...]


@dataclass(frozen=True)
class ReadColumn:
    """One column of the contract. `cells` is empty where the file lacks its header."""

    header: str
    name: str
    parser: str
    rules: tuple[str, ...]
    in_file: bool
    cells: tuple[ReadCell, ...]


@dataclass(frozen=True)
class Explanation:
    """`rows` has the reasons of whole rows, by line; `unused` headers of the file nobody asks for."""

    contract: str
    form: str
    encoding: str | None
    columns: tuple[ReadColumn, ...]
    rows: Mapping[int, tuple[Mapping[str, str], ...]]
    unused: tuple[str, ...]
    masked: bool

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(one.header for one in self.columns if not one.in_file)


def explain(
    workspace: Workspace,
    contract: Contract,
    source: Path | AskedDatabase,
    *,
    first: int = FIRST,
    show: bool = False,
) -> Explanation:
    """What `contract` makes of the first rows of a file or a query. Changes nothing. Raises ContractBroken.

    Unless `show`, each cell is masked: digits as 9, letters as a or 가, what stands between them as it is;
    where a column has only a few values, the shape of one would tell which it is, so nothing of it is shown.
    """
    found, table = _table_of(workspace, contract, source, first)
    return _Explaining(contract, table, found, first, show).explanation()


def _table_of(
    workspace: Workspace, contract: Contract, source: Path | AskedDatabase, first: int
) -> tuple[list[str], Table]:
    """The headers there are, and a table of those that the contract reads."""
    if not isinstance(source, Path):
        asked = source.first(first)
        found = asked.headers()
        columns = tuple(one for one in contract.columns if one.in_file in found)
        return found, replace(asked, contract=replace(asked.contract, columns=columns)).read()
    limits = limits_of(workspace.settings().table("intake.limits"))
    reading: Any = {"shape": contract.shape, "limits": limits, "folder": workspace.quarantine}
    found = headers_of(source, **reading)
    wanted = [one.in_file for one in contract.columns]
    return found, read_table(source, [one for one in wanted if one in found or not found], **reading)


HIDDEN = "…"


def masked(text: str, parser: Parser | None = None) -> str:
    """The shape of a text without what it says; of a column that has only a few values, nothing."""
    if parser is not None and parser.is_closed:
        return HIDDEN
    return "".join(_mask(letter) for letter in unicodedata.normalize("NFC", text))


def _mask(letter: str) -> str:
    if letter.isdigit():
        return "9"
    if not letter.isalpha():
        return letter
    return "가" if "\uac00" <= letter <= "\ud7a3" else "A" if letter.isupper() else "a"


@dataclass(frozen=True)
class _Explaining:
    contract: Contract
    table: Table
    found: Sequence[str]
    first: int
    show: bool

    def explanation(self) -> Explanation:
        reasons, rows = self._reasons()
        wanted = {one.in_file for one in self.contract.columns}
        return Explanation(
            contract=self.contract.name,
            form=self.table.format.value,
            encoding=self.table.encoding,
            columns=tuple(self._column(one, reasons) for one in self.contract.columns),
            rows=rows,
            unused=tuple(masked(one) if _is_data(one) else one for one in self.found if one not in wanted),
            masked=not self.show,
        )

    @cached_property
    def _stood(self) -> pl.DataFrame:
        """The first rows as they stood; a column that the file lacks is empty."""
        return self._first(self.table.parts())

    @cached_property
    def _cells(self) -> pl.DataFrame:
        """The same rows as an intake reads them: with zeros that a spreadsheet took away."""
        lacking = [one.name for one in self.contract.columns if one.in_file not in self.table.headers]
        return self._first(Restored(self.contract.without(lacking), self.table).parts())

    def _first(self, parts: Iterator[pl.DataFrame]) -> pl.DataFrame:
        cells = next((part.head(self.first) for part in parts if part.height), self.table.cells)
        lacking = [one.in_file for one in self.contract.columns if one.in_file not in cells.columns]
        return cells.with_columns(pl.lit(None, dtype=pl.String).alias(header) for header in lacking)

    def _reasons(self) -> tuple[dict[Any, list[Any]], dict[int, tuple[Any, ...]]]:
        """Of single cells, by line and header; and of whole rows, by line."""
        cells = self._cells
        last = int(cells["_row"][-1]) if cells.height else 0
        broken = [one for one in self.table.broken if one.line <= last]
        single: dict[Any, list[Any]] = {}
        whole: dict[int, tuple[Any, ...]] = {}
        headers = set(self.table.headers)
        for line, reasons in judge(self.contract, lambda: [cells], broken).refused.iter_rows():
            for reason in reasons:
                words = {"ko": reason["ko"], "en": reason["en"]}
                if reason["column"] in headers:
                    single.setdefault((line, reason["column"]), []).append(words)
                elif reason["column"] not in {one.in_file for one in self.contract.columns}:
                    whole[line] = (*whole.get(line, ()), words)
        return single, whole

    def _column(self, column: Column, reasons: Mapping[Any, Sequence[Any]]) -> ReadColumn:
        there = column.in_file in self.table.headers
        return ReadColumn(
            header=column.in_file,
            name=column.name,
            parser=column.parser.spec,
            rules=tuple(_rules(column)),
            in_file=there,
            cells=tuple(
                ReadCell(
                    line,
                    self._said(raw, column.parser),
                    self._said(value, column.parser),
                    tuple(reasons.get((line, column.in_file), ())),
                )
                for line, raw, value in (self._read(column) if there else ())
            ),
        )

    def _read(self, column: Column) -> list[tuple[int, str | None, str | None]]:
        """Line, raw text and the value as text, for each row."""
        cell = pl.col(column.in_file)
        by = next((one.in_file for one in self.contract.columns if one.name == column.parser.by), None)
        picker = normalised(pl.col(by)) if by is not None else None
        value = column.parser.value(normalised(cell), picker).cast(pl.String)
        read = self._cells.select("_row", value.alias("value"))
        return read.with_columns(raw=self._stood[column.in_file]).select("_row", "raw", "value").rows()

    def _said(self, text: str | None, parser: Parser) -> str | None:
        return text if self.show or text is None else masked(text, parser)


def _rules(column: Column) -> list[str]:
    """What the contract asks of a column besides its form."""
    rules = [word for word in ("required", "secret", "vault") if getattr(column, word)]
    if column.identity is not None:
        rules.append(f"identity {column.identity}")
    if column.minimum is not None:
        rules.append(f"min {column.minimum}")
    if column.maximum is not None:
        rules.append(f"max {column.maximum}")
    return rules


def _is_data(header: str) -> bool:
    """A header that looks like a cell: where a file has no header line, its first row stands there."""
    return re.search(r"[0-9]{4}|@", header) is not None
