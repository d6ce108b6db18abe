"""A query on an authority's own database, PostgreSQL or SQLite, read only and cell by cell as text."""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from itertools import islice
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import numpy as np
import pyarrow as pa

from data.formats.broken import Broken, Unreadable, took_too_long
from data.formats.shape import Shape
from data.formats.table import Sink, header_cell, places_of

_AT_ONCE = 50_000
_DATE, _NUMERIC, _MOMENTS = 1082, 1700, (1114, 1184)  # pg_type.oid
_CANCELLED = "57014"  # the SQLSTATE of a statement that took too long
_LEAST_TIME, _SPARE = 0.5, 1.0  # seconds
_READS = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
Row = Sequence[bytes | str | None]


def read_query(url: str, sink: Sink, shape: Shape, *, seconds: float) -> str:
    """Read the rows of the contract's query, counted from 2; the sha256 of what was read.

    A query that takes longer than `seconds` is ended where it runs. Raises Unreadable. The address, which may
    hold a password, and the database's own words, which may hold a cell, are never repeated.
    """
    digest = hashlib.sha256()
    with _rows(url, sink, shape, seconds) as (places, rows):
        sink.counts.physical = sink.counts.before = 1
        while several := list(islice(rows, _AT_ONCE)):
            _write(several, places, sink)
            for row in several:
                digest.update(b"\x1e" + b"\x1f".join(_bytes(cell) for cell in row))
    return digest.hexdigest()


@contextmanager
def _rows(url: str, sink: Sink, shape: Shape, seconds: float) -> Iterator[tuple[list[int], Iterator[Row]]]:
    scheme = urlsplit(url).scheme.partition("+")[0]
    reads = {"sqlite": _sqlite, "postgresql": _postgres, "postgres": _postgres}.get(scheme)
    if reads is None or not shape.query:
        raise Unreadable(
            "The query cannot be asked.",
            mend="write file.query into the contract; an address begins with postgresql: or sqlite:",
        )
    with reads(url, sink, shape, seconds) as found:
        yield found


def _bytes(cell: bytes | str | None) -> bytes:
    return cell if isinstance(cell, bytes) else (cell or "").encode("utf-8", "surrogatepass")


def _write(several: Sequence[Row], places: Sequence[int], sink: Sink) -> None:
    rows = sink.counts.physical + 1 + np.arange(len(several))
    sink.counts.physical += len(several)
    texts = [_texts(row, places) for row in several]
    whole = np.array([row is not None for row in texts])
    good = [row for row in texts if row is not None]
    part = sink.batch(rows[whole], [pa.array(cells, pa.string()) for cells in _columns(good, len(places))])
    if sink.looks_for_totals:
        first = [_readable(row[0]) for row, is_whole in zip(several, whole, strict=True) if is_whole]
        part = sink.without_totals(part, pa.array(first, pa.string()))
    wrong = rows[~whole].tolist()
    for row, place in zip(wrong, np.flatnonzero(~whole).tolist(), strict=True):
        sink.keep_row(row, [_readable(several[place][at]) for at in places])
    sink.write([part, sink.broken_rows(wrong, [Broken.BYTES] * len(wrong))])


def _columns(rows: Sequence[Sequence[str]], width: int) -> list[list[str]]:
    return [[row[at] for row in rows] for at in range(width)]


def _texts(row: Row, places: Sequence[int]) -> list[str] | None:
    """The cells that are asked for; None where the bytes of one are no text."""
    cells = (row[at] for at in places)
    try:
        return [cell.decode() if isinstance(cell, bytes) else cell or "" for cell in cells]
    except UnicodeDecodeError:
        return None


def _readable(cell: bytes | str | None) -> str:
    """All of a cell that can be read, and as \\xNN every byte that cannot."""
    return cell.decode("utf-8", "backslashreplace") if isinstance(cell, bytes) else cell or ""


@contextmanager
def _sqlite(url: str, sink: Sink, shape: Shape, _: float) -> Iterator[tuple[list[int], Iterator[Row]]]:
    """It runs in this process, and ends with it."""
    query = shape.query or ""
    path = unquote(url.split("://", 1)[-1].partition("?")[0])[1:]
    try:
        with closing(sqlite3.connect(f"file:{quote(path)}?mode=ro", uri=True)) as connection:
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.text_factory = bytes
            connection.set_authorizer(_only_reads)
            names = [
                column[0] for column in connection.execute(f"SELECT * FROM ({query}) LIMIT 0").description
            ]
            places = places_of(sink.headers, _as_asked(names), line=1)
            yield places, iter(connection.execute(_select(query, [_sqlite_text(name) for name in names])))
    except sqlite3.Error as error:
        raise Unreadable(
            f"The database does not answer the query ({getattr(error, 'sqlite_errorname', 'no code')}).",
            mend="try file.query by hand in the database",
        ) from error


def _as_asked(names: Sequence[str]) -> list[str]:
    """The headers of a query: SQLite calls the second of two columns `a` `a:1`, as if it were another one."""
    stems = [re.sub(r":[0-9]+$", "", name) for name in names]
    return [header_cell(stem if stem in names else name) for name, stem in zip(names, stems, strict=True)]


def _only_reads(action: int, *_: Any) -> int:
    return sqlite3.SQLITE_OK if action in _READS else sqlite3.SQLITE_DENY


def _select(query: str, columns: Sequence[str]) -> str:
    return f"SELECT {', '.join(columns)} FROM ({query}) AS register"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _sqlite_text(name: str) -> str:
    """SQLite gives a kind to each value, not to the column: a whole number may lie there as 12.0."""
    cell = _quoted(name)
    return (
        f"CASE WHEN typeof({cell}) = 'real' AND {cell} = CAST({cell} AS INTEGER)"
        f" THEN CAST(CAST({cell} AS INTEGER) AS TEXT) ELSE CAST({cell} AS TEXT) END"
    )


@contextmanager
def _postgres(
    url: str, sink: Sink, shape: Shape, seconds: float
) -> Iterator[tuple[list[int], Iterator[Row]]]:
    query = shape.query or ""
    try:
        import psycopg
    except ImportError as error:
        raise Unreadable(
            "PostgreSQL cannot be read: its driver is missing.", mend='pip install "owed[postgres]"'
        ) from error
    try:
        with psycopg.connect(url.replace("+psycopg", "", 1), connect_timeout=30) as connection:
            connection.read_only = True
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL datestyle = 'ISO'")
                most = int(max(seconds - _SPARE, _LEAST_TIME) * 1000)
                cursor.execute(f"SET LOCAL statement_timeout = {most}".encode())
                # Where whoever asked is gone, the server notices before it has something to send.
                with suppress(psycopg.Error), connection.transaction():
                    cursor.execute("SET LOCAL client_connection_check_interval = '2s'")
                described = cursor.execute(
                    f"SELECT * FROM ({query}) AS register LIMIT 0".encode()
                ).description
                columns = [(one.name, one.type_code) for one in described or ()]
                places = places_of(sink.headers, [header_cell(name) for name, _ in columns], line=1)
                cells = [_postgres_text(name, kind, shape) for name, kind in columns]
                with cursor.copy(f"COPY ({_select(query, cells)}) TO STDOUT".encode()) as copy:
                    yield places, iter(copy.rows())
    except psycopg.Error as error:
        if error.sqlstate == _CANCELLED:
            raise took_too_long(seconds) from error
        raise Unreadable(
            f"The database does not answer the query (SQLSTATE {error.sqlstate or 'none'}).",
            mend="check the address in the environment, then try file.query by hand in the database",
        ) from error


def _postgres_text(name: str, kind: int, shape: Shape) -> str:
    """A numeric may keep places that say nothing: a whole number is written as one, as from SQLite."""
    cell, form = _quoted(name), shape.day_forms.get(header_cell(name))
    if kind == _NUMERIC:
        return f"CAST(CASE WHEN {cell} = trunc({cell}) THEN trunc({cell}) ELSE {cell} END AS TEXT)"
    if kind in _MOMENTS:  # at midnight it is a day
        day = f"to_char({cell}, '{_pattern(form or '%Y-%m-%d')}')"
        return f"CASE WHEN {cell} = date_trunc('day', {cell}) THEN {day} ELSE CAST({cell} AS TEXT) END"
    if kind != _DATE or form is None:
        return f"CAST({cell} AS TEXT)"
    return f"to_char({cell}, '{_pattern(form)}')"


def _pattern(form: str) -> str:
    written = form.replace("%Y", '"YYYY"').replace("%m", '"MM"').replace("%d", '"DD"')
    return "".join(written.split('"'))
