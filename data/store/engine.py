"""Opens the store: SQLite in WAL mode with every commit durable, one writer at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import OperationalError

from data.errors import Locked

BUSY_SECONDS = 20


def open_engine(url: str) -> Engine:
    """An engine whose transactions begin IMMEDIATE: who reads in order to write holds the lock already."""
    engine = create_engine(
        url,
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
        hide_parameters=True,  # an error's text ends in logs, and what a statement was given may be personal
    )

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # SQLAlchemy emits BEGIN itself, below
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        mode = connection.get_execution_options().get("owed_begin", "DEFERRED")
        connection.exec_driver_sql(f"BEGIN {mode}")

    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One durable transaction that holds the write lock from its first statement.

    A stop, a pause and a hand-over all come through here, so each sees what the other committed.
    Raises Locked when another process holds the store for longer than 20 seconds.
    """
    with engine.connect() as plain:
        connection = plain.execution_options(owed_begin="IMMEDIATE")
        try:
            with connection.begin():
                yield connection
        except OperationalError as error:
            if "locked" in str(error.orig):
                raise Locked(
                    "Another process holds the store.",
                    where=str(engine.url.database),
                    mend="wait until it ends, then run the command again",
                ) from error
            raise


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One snapshot of the store; anything written through it is rolled back."""
    with engine.connect() as connection, connection.begin() as transaction:
        yield connection
        transaction.rollback()
