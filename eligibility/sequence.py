"""In which order scans ended and were compared: the store counts them, since a clock may go back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, bindparam, desc, func, select

from data.store.tables import comparison, scan_run

_NEWEST_FIRST = select(scan_run.c.run_id).order_by(desc(scan_run.c.number)).limit(bindparam("count"))
_NUMBER = select(scan_run.c.number).where(scan_run.c.run_id == bindparam("run"))
_LAST_NUMBER = select(func.max(scan_run.c.number))
_LAST_COMPARED = (
    select(comparison.c.run_id, comparison.c.as_of)
    .where(comparison.c.run_id != bindparam("besides"))
    .order_by(desc(comparison.c.number))
    .limit(1)
)
_COMPARED = select(comparison.c.run_id).distinct()


@dataclass(frozen=True)
class Compared:
    """A scan that a diff compared, and the day it is as of."""

    run_id: str
    as_of: date


def newest_runs(connection: Connection, count: int) -> list[str]:
    """The names of the scans that ended last, the newest first."""
    return list(connection.execute(_NEWEST_FIRST, {"count": count}).scalars())


def number_of_run(connection: Connection, run_id: str) -> int:
    """The place of a scan among those that ended; 0 where the store knows none of that name."""
    return connection.execute(_NUMBER, {"run": run_id}).scalar() or 0


def next_number(connection: Connection) -> int:
    """The place of a scan that ends now; in the caller's transaction."""
    return (connection.execute(_LAST_NUMBER).scalar() or 0) + 1


def last_compared(connection: Connection, *, besides: str = "") -> Compared | None:
    """The scan that the last diff compared, of those other than `besides`."""
    row = connection.execute(_LAST_COMPARED, {"besides": besides}).first()
    return None if row is None else Compared(row.run_id, row.as_of)


def compared_runs(connection: Connection) -> set[str]:
    """The names of all scans that were ever compared."""
    return set(connection.execute(_COMPARED).scalars())
