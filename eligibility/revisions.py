"""Writes what a diff changed: current rows and history alike, in bulk, through the driver itself."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from data.clock import micros
from data.errors import Failed
from data.store.tables import comparison, entitlement

LASTING = ("entitlement_id", "programme", "subject_id", "household_id", "unit_id", "period")
CHANGING = (
    "revision",
    "amount",
    "at_least",
    "offset",
    "instead_of",
    "after",
    "facts_hash",
    "claim_from",
    "claim_by",
)
COLUMNS = (*LASTING, *CHANGING)
"""What the store keeps of a finding. What lasts, but for the household, makes up its id."""

_CACHE_KB = 400_000  # as much of the store as may lie in memory while a diff is written
_USUAL_CACHE_KB = 2_000


def _names(columns: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in columns)


def _places(columns: Sequence[str]) -> str:
    """Numbered, so that one row serves two statements."""
    return ", ".join(f"?{COLUMNS.index(name) + 1}" for name in columns)


_OF_HISTORY = ("entitlement_id", *CHANGING)
_ADD = (
    f"INSERT INTO entitlement_revision ({_names(_OF_HISTORY)}, state, comparison)"
    f" VALUES ({_places(_OF_HISTORY)}, 'open', {{number}})"
)
_PUT = (
    f"INSERT INTO entitlement ({_names(COLUMNS)}, state, comparison)"
    f" VALUES ({_places(COLUMNS)}, 'open', {{number}}) ON CONFLICT (entitlement_id) DO UPDATE SET"
    " state = 'open', comparison = {number}, household_id = excluded.household_id, "
    + ", ".join(f'"{name}" = excluded."{name}"' for name in CHANGING)
)
_REFRESH = (
    "UPDATE entitlement SET instead_of = ?2, after = ?3, state = 'open', comparison = {number}"
    " WHERE entitlement_id = ?1"
)
_ADD_REFRESHED = (
    f"INSERT INTO entitlement_revision ({_names(_OF_HISTORY)}, state, comparison)"
    f" SELECT {_names(_OF_HISTORY)}, state, {{number}} FROM entitlement WHERE entitlement_id = ?1"
)
_REHOUSE = "UPDATE entitlement SET household_id = ?2 WHERE entitlement_id = ?1"
_MOVE = "UPDATE entitlement SET state = ?2, comparison = {number} WHERE entitlement_id = ?1"
_ADD_MOVED = (
    f"INSERT INTO entitlement_revision ({_names(_OF_HISTORY)}, state, comparison)"
    f" SELECT {_names(_OF_HISTORY)}, ?2, {{number}} FROM entitlement WHERE entitlement_id = ?1"
)
_LAST_NUMBER = select(comparison.c.number).order_by(comparison.c.number.desc()).limit(1)


def found_twice() -> Failed:
    """Two findings under one entitlement: which of them a person is told would be left to chance."""
    return Failed(
        "The scan found one unit of one person and period twice: its register holds it in two rows.",
        mend="name the unit's columns as `unique` in its contract, so that such rows are quarantined",
    )


class Writer:
    """Writes the changes of one diff in the caller's transaction."""

    def __init__(self, connection: Connection, number: int) -> None:
        self._connection, self._number = connection, number
        self._cursor = connection.connection.cursor()

    def put(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """New and changed ones, as `COLUMNS`; days as ISO texts. Raises Failed when one comes twice."""
        try:
            self._many(_ADD, rows)
        except sqlite3.IntegrityError as error:
            raise found_twice() from error
        self._many(_PUT, rows)

    def move(self, states: Sequence[tuple[str, str]]) -> None:
        """Those of which only the state changes: id and state."""
        self._many(_MOVE, states)
        self._many(_ADD_MOVED, states)

    def refresh(self, beside: Sequence[tuple[str, str, str]]) -> None:
        """Those that are as they were but for what stands beside them: id, instead of what, after what."""
        self._many(_REFRESH, beside)
        self._many(_ADD_REFRESHED, [row[:1] for row in beside])

    def rehouse(self, homes: Sequence[tuple[str, str]]) -> None:
        """Those found in another household, in every state: id and household. The history knows of none."""
        self._many(_REHOUSE, homes)

    def _many(self, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
        self._cursor.executemany(statement.format(number=self._number), rows)

    @contextmanager
    def room_for(self, new: int, *, known: int) -> Iterator[None]:
        """Within it many rows are written quickly: where most are new, indexes are made once at the end."""
        rebuilt = sorted(entitlement.indexes, key=lambda one: str(one.name)) if new > known else []
        for index in rebuilt:
            index.drop(self._connection)
        self._cursor.execute(f"PRAGMA cache_size = -{_CACHE_KB}")
        yield
        for index in rebuilt:
            index.create(self._connection)
        self._cursor.execute(f"PRAGMA cache_size = -{_USUAL_CACHE_KB}")


def begin(
    connection: Connection, *, run_id: str, as_of: date, snapshot: str, counts: str, now: datetime
) -> Writer:
    """Record that a diff was made, and give what writes its changes, in the caller's transaction."""
    number = (connection.execute(_LAST_NUMBER).scalar() or 0) + 1
    row = {
        "number": number,
        "run_id": run_id,
        "as_of": as_of,
        "compared_at": micros(now),
        "snapshot": snapshot,
        "counts": counts,
    }
    connection.execute(insert(comparison), row)
    return Writer(connection, number)
