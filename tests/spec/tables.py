"""Tables as text: columns between bars, a line a row, nothing for a blank cell.

id | key | on         | =
1  | a   | 2026-01-01 | 7
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

Row = dict[str, Any]
GROUP = "_group"
READERS: dict[Any, Callable[[str], Any]] = {
    bool: {"yes": True, "no": False}.__getitem__,
    date: date.fromisoformat,
}


def rows_of(text: str, types: Mapping[str, Callable[[str], Any]]) -> list[Row]:
    """The rows of a table, each cell in the type of its column; the group is `h` where no column says it."""
    head, *lines = [line.strip() for line in text.strip().splitlines()]
    names = [name.strip() for name in head.split("|")]
    rows = [dict(zip(names, map(str.strip, line.split("|")), strict=True)) for line in lines]
    typed = [{name: cell_of(cell, types[name]) for name, cell in row.items()} for row in rows]
    return [{GROUP: "h", **row} for row in typed]


def cell_of(text: str, kind: Callable[[str], Any]) -> Any:
    """What a cell says, in the type of its column: yes and no, a day, a number, a text; None where blank."""
    if not text:
        return None
    return READERS.get(kind, kind)(text)
