"""Opens a delivered file as a table of text in which every row still knows its line.

Files are split into lines first and into cells second, so that a stray quote or a missing comma costs one
row and never the rows below it; readers of whole CSV files pad short rows and let an open quote swallow
what follows. Decoding is strict: a letter that cannot be read stops the file, it is never replaced.
"""

from __future__ import annotations

import csv
import gzip
import re
import unicodedata
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import polars as pl

from data.errors import ContractBroken

LARGEST_UNPACKED = 8 * 1024**3
LONGEST_RECORD = 20  # lines that one quoted cell may run over

_SAVE_AS = "export it again as CSV with commas, in UTF-8"
# A record after RFC 4180, with a comma put in front: each cell is quoted or holds no quote at all.
_CELL = r',(?:"(?:[^"]|"")*"|[^",]*)'
_RECORD = rf"^(?:{_CELL})+$"


class Broken(StrEnum):
    """Why a line is not a row of the table."""

    SHORT = "short_row"
    LONG = "long_row"
    QUOTE = "open_quote"


@dataclass(frozen=True)
class BrokenRow:
    line: int
    why: Broken


@dataclass(frozen=True)
class Table:
    """The rows of one file.

    `cells` has the headers asked for, as raw text, and `_row`, the line a row begins on, in file order.
    Lines that are no row are in `broken`; empty lines are neither.
    """

    cells: pl.DataFrame
    broken: tuple[BrokenRow, ...]
    rows_in: int  # counted before lines are split into cells
    encoding: str
    lines: pl.Series
    ends: dict[int, int]  # rows that run over several lines: first line to last

    @property
    def header(self) -> str:
        return str(self.lines[0])

    def raw(self, line: int) -> str:
        """The text of the row that begins on `line` (the header is line 1), as it stood in the file."""
        return "\n".join(self.lines[line - 1 : self.ends.get(line, line)].to_list())


def read_table(path: Path, headers: Sequence[str]) -> Table:
    """The columns `headers` of a CSV file (UTF-8 or CP949, plain or gzip), all as text.

    Raises ContractBroken, naming file and line but no cell, when bytes cannot be read as text, a header is
    missing or stands there twice.
    """
    text, encoding = _decoded(_unpacked(path), path)
    lines = pl.read_lines(text).to_series()
    del text
    found = _header(lines, path)
    _check_headers(found, headers, path)
    return _rows(lines, found, headers, encoding)


def _unpacked(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            if file.read(2) != b"\x1f\x8b":
                file.seek(0)
                return file.read()
        with gzip.open(path) as packed:
            content = packed.read(LARGEST_UNPACKED + 1)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ContractBroken(
            "The packed file is damaged or cut off.", where=str(path), mend="fetch it again"
        ) from error
    except OSError as error:
        raise ContractBroken(f"The file cannot be opened: {error.strerror}.", where=str(path)) from error
    if len(content) > LARGEST_UNPACKED:
        raise ContractBroken("The packed file unpacks to more than 8 GiB.", where=str(path))
    return content


def _decoded(content: bytes, path: Path) -> tuple[bytes, str]:
    """The file as UTF-8 with `\\n` between lines, and the encoding it came in."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in content[:4096]:
        raise ContractBroken("The file is UTF-16 or no text at all.", where=str(path), mend=_SAVE_AS)
    if content.startswith(b"PK\x03\x04"):
        raise ContractBroken("The file is a workbook or an archive.", where=str(path), mend=_SAVE_AS)
    encoding = _encoding(content)
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ContractBroken(
            f"The bytes are neither UTF-8 nor CP949: line {line} cannot be read as {error.encoding}.",
            where=f"{path}, line {line}",
            mend=_SAVE_AS,
        ) from error
    if "\n" not in text:
        text = text.replace("\r", "\n")  # old Mac files have no other line ends
    return text.encode(), encoding


def _encoding(content: bytes) -> str:
    """UTF-8 with or without its mark, else CP949; a header in UTF-8 Korean settles it for the whole file."""
    if content.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig"
    header = content.split(b"\n", 1)[0]
    for probe in (header, content):
        if probe.isascii() and probe is header:
            continue
        try:
            probe.decode("utf-8")
        except UnicodeDecodeError:
            return "cp949"
        if probe is header:
            return "utf-8"
    return "utf-8"


def _header(lines: pl.Series, path: Path) -> list[str]:
    first = str(lines[0]) if len(lines) else ""
    if not first.strip() or _width(first) is None or "\r" in first:
        raise ContractBroken("The file has no header line.", where=str(path), mend=_SAVE_AS)
    cells = next(csv.reader([first]))
    return [unicodedata.normalize("NFC", cell).strip() for cell in cells]


def _check_headers(found: list[str], wanted: Sequence[str], path: Path) -> None:
    """A header that is not ours is never printed: where the header line is missing it would be a cell."""
    missing = [header for header in wanted if header not in found]
    if missing:
        raise ContractBroken(
            f"The file lacks {'the column' if len(missing) == 1 else 'the columns'} {', '.join(missing)}.",
            where=f"{path}, line 1",
            mend="ask for the full export with commas between cells, or name the new header in the contract",
        )
    twice = [place for place, header in enumerate(found, 1) if found.count(header) > 1]
    if twice:
        raise ContractBroken(
            f"Columns {', '.join(map(str, twice))} share their header with another column.",
            where=f"{path}, line 1",
            mend="give every column a header of its own",
        )


def _rows(lines: pl.Series, found: list[str], headers: Sequence[str], encoding: str) -> Table:
    numbered = pl.DataFrame({"_row": pl.int_range(1, len(lines) + 1, eager=True), "line": lines})[1:]
    has_quote = pl.col("line").str.contains('"', literal=True)
    whole = ("," + pl.col("line")).str.contains(_RECORD)
    quoted = numbered.filter(has_quote).with_columns(whole=whole)
    joined = _join(lines, quoted.filter(~pl.col("whole"))["_row"].to_list(), width=len(found))
    free = ~pl.col("_row").is_in(joined.taken)
    plain = numbered.filter(~has_quote, pl.col("line").str.strip_chars() != "", free)
    records = pl.concat([quoted.filter("whole", free).drop("whole"), joined.records()])
    cells, broken = _split(plain, found, headers)
    if records.height:
        read, more = _split_quoted(records, found, headers)
        cells, broken = pl.concat([cells, read]).sort("_row"), broken + more
    every = sorted([*broken, *joined.broken], key=lambda row: row.line)
    rows_in = plain.height + records.height + len(joined.broken)
    return Table(cells, tuple(every), rows_in, encoding, lines, joined.ends)


def _split(
    records: pl.DataFrame, found: list[str], headers: Sequence[str]
) -> tuple[pl.DataFrame, list[BrokenRow]]:
    """Records without a quote: every comma divides."""
    width = pl.col("line").str.count_matches(",", literal=True) + 1
    fields = pl.col("line").str.split_exact(",", len(found) - 1)
    wanted = [fields.struct.field(f"field_{found.index(one)}").alias(one) for one in headers]
    rows = records.lazy().filter(width == len(found)).select("_row", *wanted).collect()
    return rows, _of_wrong_width(records, width, len(found))


def _split_quoted(
    records: pl.DataFrame, found: list[str], headers: Sequence[str]
) -> tuple[pl.DataFrame, list[BrokenRow]]:
    """Whole records with quotes; they go to the CSV reader once it is sure to find every cell."""
    counted = records.with_columns(width=("," + pl.col("line")).str.count_matches(_CELL))
    good = counted.filter(pl.col("width") == len(found))
    wrong = _of_wrong_width(counted, pl.col("width"), len(found))
    names = [str(place) for place in range(len(found))]
    empty = pl.DataFrame(schema=dict.fromkeys(names, pl.String))
    cells = _read_csv(good["line"], empty) if good.height else empty
    wanted = cells.select(pl.col(str(found.index(one))).alias(one) for one in headers)
    return good.select("_row").hstack(wanted), wrong


def _read_csv(records: pl.Series, empty: pl.DataFrame) -> pl.DataFrame:
    text = "\n".join(records.to_list()).encode()
    try:
        cells = pl.read_csv(text, has_header=False, schema=empty.schema)
    except pl.exceptions.PolarsError:
        cells = empty  # its message would print a cell
    if cells.height != len(records):
        raise ContractBroken("The rows with quotes cannot be divided into cells.", mend=_SAVE_AS) from None
    return cells


def _of_wrong_width(records: pl.DataFrame, width: pl.Expr, wanted: int) -> list[BrokenRow]:
    wrong = records.filter(width != wanted).select("_row", width < wanted)
    return [BrokenRow(line, Broken.SHORT if short else Broken.LONG) for line, short in wrong.rows()]


@dataclass
class _Joined:
    """Records put together from several lines, and the lines that could not be."""

    texts: dict[int, str]
    ends: dict[int, int]
    broken: list[BrokenRow]

    @property
    def taken(self) -> list[int]:
        """Every line that is spoken for."""
        inside = [line for first, end in self.ends.items() for line in range(first, end + 1)]
        return inside + [row.line for row in self.broken]

    def records(self) -> pl.DataFrame:
        columns = {"_row": list(self.texts), "line": list(self.texts.values())}
        return pl.DataFrame(columns, schema={"_row": pl.Int64, "line": pl.String})


def _join(lines: pl.Series, opened: list[int], *, width: int) -> _Joined:
    """Puts cells that run over several lines together, for the lines where a quote is not closed.

    Lines are joined only when the record then has exactly `width` cells and none of the lines below its
    first is a whole row by itself: a quote that was left open must not swallow its neighbours.
    """
    joined = _Joined({}, {}, [])
    past = 0
    for first in opened:
        if first <= past:
            continue
        found = _record_from(lines, first, width)
        if found is None:
            joined.broken.append(BrokenRow(first, Broken.QUOTE))
        else:
            past, joined.texts[first] = found
            joined.ends[first] = past
    return joined


def _record_from(lines: pl.Series, first: int, width: int) -> tuple[int, str] | None:
    text = str(lines[first - 1])
    for end in range(first + 1, min(first + LONGEST_RECORD, len(lines) + 1)):
        line = str(lines[end - 1])
        if _width(line) == width:
            return None
        text = f"{text}\n{line}"
        if (cells := _width(text)) is not None:
            return (end, text) if cells == width else None
    return None


def _width(text: str) -> int | None:
    """How many cells a record has; None when a quote is open or stands inside a bare cell."""
    return len(re.findall(_CELL, "," + text)) if re.search(_RECORD, "," + text) else None
