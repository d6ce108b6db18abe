"""CSV that spreadsheets open: ids survive, and no cell runs as a formula.

A cell is changed only where a spreadsheet would change or run it: then an apostrophe goes in front, which
spreadsheets show as text. `plain_cell` takes it away again, so that an id comes back as it went out.
"""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl

from data.files import atomic_path

_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_CHANGED = "|".join(
    (
        r"[=+\-@\t\r\n＝＋－＠][\s\S]*",  # would run as a formula
        r"'[\s\S]*",  # begins with the mark itself
        r"0[0-9]+",  # leading zeros
        r"[0-9]{16,}",  # more digits than a spreadsheet keeps
        r"[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+%",  # would lose zeros
        r"[0-9][0-9.]*[eEdD][+\-]?[0-9]+",  # an exponent
        r"[0-9]+(?:,[0-9]+)+",  # thousands
        r"[0-9]{1,4}\s*[-/.]\s*[0-9]{1,2}(?:\s*[-/.]\s*[0-9]{1,4})?",  # dates and fractions
        r"[0-9]{1,3}\s+[0-9]{1,3}/[0-9]{1,3}",
        r"[0-9]{1,2}:[0-9]{2}.*",  # times
        rf"[0-9]{{1,4}}[-/. ]*(?:{_MONTHS})[a-z]*[-/. ]*[0-9]*",
        rf"(?:{_MONTHS})[a-z]*[-/. ]*[0-9]+.*",
        r"[0-9]{1,4}\s*[년월일].*",
    )
)
_PATTERN = re.compile(_CHANGED, re.IGNORECASE)
_MARK = "'"


def safe_cell(text: str) -> str:
    """The text as it can stand in a spreadsheet's cell."""
    return _MARK + text if _PATTERN.fullmatch(text) else text


def plain_cell(text: str) -> str:
    """What `safe_cell` was given: the mark goes where `safe_cell` would have put it."""
    if text.startswith(_MARK) and _PATTERN.fullmatch(text[1:]):
        return text[1:]
    return text


def safe_column(text: pl.Expr) -> pl.Expr:
    """`safe_cell` for a whole column of text."""
    changed = text.str.contains(f"^(?i:{_CHANGED})$")
    return pl.when(changed).then(pl.concat_str(pl.lit(_MARK), text)).otherwise(text)


def write_spreadsheet(target: Path, table: pl.DataFrame) -> None:
    """Write a CSV whole or not at all: UTF-8 with a mark that says so, readable by its owner alone.

    Every text cell and header goes through `safe_cell`; numbers and dates are written as they are.
    """
    texts = [name for name, kind in table.schema.items() if kind == pl.String]
    safe = table.with_columns(safe_column(pl.col(name)).alias(name) for name in texts)
    safe = safe.rename({name: safe_cell(name) for name in safe.columns})
    with atomic_path(target) as partial:
        safe.write_csv(partial, include_bom=True, line_terminator="\r\n")
