"""What a contract says about the form of its file; whatever it leaves out is found from the content."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from typing import Any


class Format(StrEnum):
    """A form in which a register arrives."""

    CSV = "csv"
    FIXED_WIDTH = "fixed_width"
    HTML = "html"
    XLSX = "xlsx"
    PARQUET = "parquet"
    DELTA = "delta"
    ICEBERG = "iceberg"
    QUERY = "query"

    @property
    def has_lines(self) -> bool:
        """Whether the file is text in which a row is a line."""
        return self in (Format.CSV, Format.FIXED_WIDTH)


DELIMITERS = (",", "\t", ";", "|")
# Labels that mean the Windows code page in practice: Python's own euc-kr knows 2,350 syllables of 11,172.
ENCODINGS = {
    "utf-8": "utf-8",
    "utf-8-sig": "utf-8",
    "cp949": "cp949",
    "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949",
    "ms949": "cp949",
    "utf-16": "utf-16",  # in whichever order of bytes its mark, or its text, says
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
}


@dataclass(frozen=True)
class Place:
    """Where a fixed-width column stands: its first byte, counted from 1, and how many bytes it has."""

    start: int
    length: int

    @property
    def end(self) -> int:
        return self.start - 1 + self.length


@dataclass(frozen=True)
class Shape:
    """The form of a contract's file."""

    format: Format | None = None
    encoding: str | None = None
    delimiter: str = ","
    header_row: int = 1
    sheet: str | None = None
    sheet_by_headers: bool = False  # the one visible sheet that has them; no contract says it
    member: str | None = None
    total_rows: tuple[str, ...] = ()
    total_rows_expected: bool = False
    record_length: int | None = None
    query: str | None = None
    places: Mapping[str, Place] = field(default_factory=dict)  # of fixed-width columns, by header
    day_forms: Mapping[str, str] = field(default_factory=dict)  # how a cell that is a day is written

    def document(self) -> dict[str, Any]:
        """As `shape_from` takes it back."""
        return {
            **{name: getattr(self, name) for name in _KEYS},
            "format": self.format and self.format.value,
            "total_rows": list(self.total_rows),
            "places": {name: [one.start, one.length] for name, one in self.places.items()},
            "day_forms": dict(self.day_forms),
        }


# And format, total_rows.
_KEYS = (
    "encoding delimiter header_row sheet sheet_by_headers member total_rows_expected record_length query"
).split()
_KINDS: dict[str, type] = {
    **dict.fromkeys(("format", "encoding", "delimiter", "sheet", "member", "query"), str),
    **dict.fromkeys(("header_row", "record_length"), int),
    "total_rows": list,
    "total_rows_expected": bool,
}


def shape_of(table: Mapping[str, Any], places: Mapping[str, Place], day_forms: Mapping[str, str]) -> Shape:
    """The shape a contract's `[file]` declares. Raises ValueError or TypeError with what is wrong."""
    given = {name: value for name, value in table.items() if value is not None}
    for name, value in given.items():
        if name not in _KINDS:
            raise ValueError(f"file has a key that means nothing: {name}")
        of_kind(_KINDS[name], value, f"file.{name}")
    if "format" in given:
        given["format"] = _format(given["format"])
    given["total_rows"] = tuple(given.get("total_rows", ()))
    shape = Shape(**given, places=dict(places), day_forms=dict(day_forms))
    for rule, holds in _RULES.items():
        if not holds(shape):
            raise ValueError(rule)
    return shape


_SAID: dict[type, str] = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    list: "a list",
    dict: "a table",
}


def of_kind(kind: type, value: Any, called: str) -> Any:
    """The value of a key in TOML, as it is. Raises TypeError where it is of another kind."""
    if type(value) is not kind:
        raise TypeError(f"{called} must be {_SAID[kind]}, not {_SAID.get(type(value), 'a day or a time')}")
    return value


def shape_from(document: Mapping[str, Any]) -> Shape:
    """The shape that `Shape.document` describes."""
    return Shape(
        **{
            **document,
            "format": document["format"] and Format(document["format"]),
            "total_rows": tuple(document["total_rows"]),
            "places": {name: Place(*one) for name, one in document["places"].items()},
        }
    )


def _format(name: str) -> Format:
    try:
        return Format(name)
    except ValueError:
        raise ValueError(f"file.format must be one of {', '.join(Format)}") from None


def _lie_apart(places: Mapping[str, Place]) -> bool:
    """Whether no two columns share a byte."""
    spans = sorted((one.start, one.end) for one in places.values())
    return all(end < start for (_, end), (start, _) in pairwise(spans))


_RULES: dict[str, Callable[[Shape], bool]] = {
    "file.delimiter must be a comma, a tab, a semicolon or a bar": lambda s: s.delimiter in DELIMITERS,
    f"file.encoding must be one of {', '.join(ENCODINGS)}": lambda s: s.encoding in (None, *ENCODINGS),
    "file.header_row must be above 0": lambda s: s.header_row > 0,
    "file.total_rows must be words": lambda s: all(
        isinstance(one, str) and one.strip() for one in s.total_rows
    ),
    "columns of fixed width need format fixed_width": lambda s: (
        bool(s.places) == (s.format is Format.FIXED_WIDTH)
    ),
    "start counts from 1, and length is above 0": lambda s: all(
        one.start > 0 and one.length > 0 for one in s.places.values()
    ),
    "two columns of fixed width share a byte": lambda s: _lie_apart(s.places),
    "file.record_length is shorter than its columns": lambda s: (
        s.record_length is None or s.record_length >= max((one.end for one in s.places.values()), default=0)
    ),
    "file.query must be one statement, without a semicolon": lambda s: ";" not in (s.query or ""),
    "format query needs file.query": lambda s: s.format is not Format.QUERY or bool(s.query),
}

PLAIN = Shape()
"""A file with its header in line 1 and, where it is text, commas between cells."""
