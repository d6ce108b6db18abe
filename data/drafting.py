"""Proposes a contract for a file: a draft in TOML that a person finishes; as it is, nothing reads it.

What only a person can say (names, whose register it is, by what law it may be used, for which programmes)
says "fill in". What the file can say is guessed from its cells and stands beside how many of them fit. No
cell is written into the draft but codes that come again and again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import polars as pl

from data.contract import Contract
from data.contracts import FILL_IN
from data.errors import ContractBroken
from data.formats.limits import limits_of
from data.formats.shape import DELIMITERS, Shape
from data.guessing import Guess, guess
from data.reading import Table, headers_of, read_table
from data.workspace import Workspace
from data.zeros import SPREADSHEETS

LOOKED_AT = 100_000  # rows
SELDOM = 0.01  # share of empty cells that are taken for errors
_LAST_HEADER_ROW = 5
_PRIVATE = re.compile(
    r"성명|이름|주소|연락처|전화|휴대|핸드폰|메일|name$|address|phone|mobile|mail", re.IGNORECASE
)
_CELL = re.compile(r"[0-9]{6}|@")


@dataclass(frozen=True)
class Draft:
    """A proposed contract as text; `columns` has the guess of each header, `open` counts what to fill in."""

    text: str
    columns: Mapping[str, Guess]
    keys: tuple[tuple[str, ...], ...]

    @property
    def open(self) -> int:
        return self.text.count(json.dumps(FILL_IN))


def draft(workspace: Workspace, file: Path, known: Iterable[Contract]) -> Draft:
    """A draft for `file`; `known` contracts lend the names they have for the same headers.

    Raises ContractBroken when the file cannot be read or no line of it is a header.
    """
    limits = limits_of(workspace.settings().table("intake.limits"))
    folder = workspace.quarantine
    shape, headers = _shaped(file, lambda shape: headers_of(file, shape=shape, limits=limits, folder=folder))
    table = read_table(file, headers, shape=shape, limits=limits, folder=folder)
    rows = _first_rows(table)
    in_spreadsheet = table.format in SPREADSHEETS
    guesses = {
        header: guess(rows[header], is_private=_is_private(header), in_spreadsheet=in_spreadsheet)
        for header in headers
    }
    keys = _keys(rows, guesses)
    writing = _Writing(file.name, table, shape, rows.height, guesses, keys, _names(known))
    return Draft(writing.text(), guesses, keys)


def _shaped(file: Path, headers_as: Callable[[Shape], list[str]]) -> tuple[Shape, list[str]]:
    """How the file is to be read, and its headers: the first line that has several, each another word."""
    refused: ContractBroken | None = None
    for header_row in range(1, _LAST_HEADER_ROW + 1):
        for delimiter in DELIMITERS:
            try:
                headers = headers_as(Shape(delimiter=delimiter, header_row=header_row))
            except ContractBroken as error:
                refused = refused or error
                continue
            if _are_headers(headers):
                return Shape(delimiter=delimiter, header_row=header_row), headers
    raise refused or ContractBroken(
        f"None of the first {_LAST_HEADER_ROW} lines is a header: several words, each another one, none of"
        " them a number.",
        where=str(file),
        mend="a file of fixed width has none: write its contract by hand; see docs/reference/contracts.md",
    )


def _is_private(header: str) -> bool:
    """Whether names, or where somebody can be reached, may stand below a header."""
    return _PRIVATE.search(header) is not None


def _are_headers(cells: Sequence[str]) -> bool:
    different = len(set(cells)) == len(cells) > 1
    return different and all(cells) and not any(_CELL.search(cell) for cell in cells)


def _first_rows(table: Table) -> pl.DataFrame:
    parts, height = [], 0
    for part in table.parts():
        parts.append(part.head(LOOKED_AT - height))
        height += parts[-1].height
        if height >= LOOKED_AT:
            break
    return pl.concat(parts) if parts else table.cells


def _keys(rows: pl.DataFrame, guesses: Mapping[str, Guess]) -> tuple[tuple[str, ...], ...]:
    """The columns, or else the pairs of columns, that name a row; of pairs those of two of the first ten."""
    single = tuple((header,) for header, one in guesses.items() if one.is_key)
    if single or rows.is_empty():
        return single
    whole = [header for header, one in guesses.items() if one.empty == 0][:10]
    return tuple(pair for pair in combinations(whole, 2) if rows.select(pair).n_unique() == rows.height)


def _names(known: Iterable[Contract]) -> dict[str, list[str]]:
    """What other contracts call the same header."""
    names: dict[str, list[str]] = {}
    for contract in known:
        for column in contract.columns:
            if column.name not in names.setdefault(column.in_file, []):
                names[column.in_file].append(column.name)
    return names


@dataclass(frozen=True)
class _Writing:
    file: str
    table: Table
    shape: Shape
    rows: int
    guesses: Mapping[str, Guess]
    keys: tuple[tuple[str, ...], ...]
    names: Mapping[str, Sequence[str]]

    def text(self) -> str:
        return "\n".join([*self._head(), *self._unique(), *self._file(), *self._columns()]) + "\n"

    def _head(self) -> list[str]:
        read = ", ".join(filter(None, (self.table.format.value, self.table.encoding)))
        return [
            f"# A draft from the first {self.rows:,} rows of {self.file} ({read}). Finish it, put it into a",
            "# pack's contracts/ folder, and try it: owed intake --explain CONTRACT FILE",
            f'name = "{FILL_IN}"            # such as kr/residents: pack/register',
            f'register = "{FILL_IN}"        # the canonical register',
            f'title = {{ ko = "{FILL_IN}", en = "{FILL_IN}" }}',
            f'source = "{FILL_IN}"          # who keeps it',
            f'legal_basis = "{FILL_IN}"     # by what law it may be used for the programmes below',
            f'programmes = ["{FILL_IN}"]    # the only ones its columns may serve',
            "max_age_days = 60            # an older extract is refused",
            "max_quarantined = 0.05       # above this share nothing is accepted",
            f'complete = "{FILL_IN}"        # true: the file is the whole register; absence means something',
        ]

    def _unique(self) -> list[str]:
        lines = (
            [f"# These name a row: {', '.join(' + '.join(key) for key in self.keys)}"] if self.keys else []
        )
        return [
            *lines,
            f'unique = ["{FILL_IN}"]       # the columns that name a row, by their names below',
            "# Before a programme can read it, say whose rows may be combined: an identity of this file, or",
            "# one that another register tells for it. Take the mark from one of the two, name the columns:",
            '# group = { column = "household" }',
            '# group = { column = "resident", register = "residents",'
            ' key = "resident", group = "household" }',
        ]

    def _file(self) -> list[str]:
        usual = Shape()
        differing = {
            name: getattr(self.shape, name)
            for name in ("delimiter", "header_row")
            if getattr(self.shape, name) != getattr(usual, name)
        }
        return (
            ["", "[file]", *(f"{name} = {_toml(value)}" for name, value in differing.items())]
            if differing
            else []
        )

    def _columns(self) -> list[str]:
        return [line for header, one in self.guesses.items() for line in self._column(header, one)]

    def _column(self, header: str, one: Guess) -> list[str]:
        name = header.lower() if header.isascii() and header.isidentifier() else FILL_IN
        others = self.names.get(header, ())
        hint = f"   # elsewhere: {', '.join(others)}" if others and name == FILL_IN else ""
        empty = f", {one.empty:,} empty" if one.empty else ""
        lines = [
            "",
            "[[column]]",
            f"name = {_toml(name)}{hint}",
            f"in_file = {_toml(header)}",
            f"parser = {_toml(one.parser)}   # fits {one.fits:,} of {one.filled:,}{empty}",
        ]
        return [*lines, *_rules_of(header, one)]


def _rules_of(header: str, one: Guess) -> list[str]:
    seldom_empty = one.filled and one.empty <= SELDOM * (one.filled + one.empty)
    rules = ["required = true"] if seldom_empty else []
    if one.zeros is not None:
        rules.append(
            f"zeros = {one.zeros}   # digits: zeros in front that the spreadsheet took away are put back"
        )
    if one.parser == "kr_resident_number":
        return [*rules, 'identity = "person"', "secret = true"]
    if one.parser == "kr_plate":
        return [*rules, 'identity = "vehicle"']
    if one.parser in ("kr_mobile", "email") or (one.parser == "text" and _is_private(header)):
        return [*rules, "vault = true   # needs `unique` to hold the first identity column"]
    if one.parser.startswith("date:"):
        return [*rules, "min = 1900-01-01"]
    return rules


def _toml(value: str | int) -> str:
    return json.dumps(value, ensure_ascii=False)
