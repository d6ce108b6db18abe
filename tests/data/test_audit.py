"""The audit record is a chain that shows every change."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, text

from data import audit
from data.store.engine import open_engine, reading, writing
from data.store.tables import metadata

KEY = b"k" * 32
NOW = datetime(2026, 7, 2, 1, 0, tzinfo=UTC)


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    engine = open_engine(f"sqlite:///{tmp_path / 'owed.sqlite'}")
    metadata.create_all(engine)
    with writing(engine) as connection:
        for number in range(3):
            audit.append(connection, KEY, actor="kim", action="look", ref=str(number), now=NOW)
    return engine


def head(connection: Connection) -> str:
    return audit.verify(connection, KEY).head


def test_an_untouched_chain_is_whole(engine: Engine) -> None:
    with reading(engine) as connection:
        assert audit.Verdict(3, None, head(connection)) == audit.verify(connection, KEY)


@pytest.mark.parametrize(
    "tamper",
    [
        "UPDATE audit_entry SET actor = 'lee' WHERE seq = 2",
        "UPDATE audit_entry SET detail = '[]' WHERE seq = 2",
        "DELETE FROM audit_entry WHERE seq = 2",
        "UPDATE audit_entry SET mac = (SELECT mac FROM audit_entry WHERE seq = 1) WHERE seq = 2",
    ],
)
def test_a_changed_or_missing_entry_is_named(engine: Engine, tamper: str) -> None:
    with writing(engine) as connection:
        connection.execute(text(tamper))
    with reading(engine) as connection:
        assert audit.verify(connection, KEY).first_broken == 2


def test_entries_cut_off_at_the_end_show_against_a_head_kept_elsewhere(engine: Engine) -> None:
    with reading(engine) as connection:
        kept = head(connection)
    with writing(engine) as connection:
        connection.execute(text("DELETE FROM audit_entry WHERE seq = 3"))
    with reading(engine) as connection:
        assert (True, False) == (
            audit.verify(connection, KEY).whole,
            audit.verify(connection, KEY, head=kept).whole,
        )


def test_another_key_does_not_verify_the_chain(engine: Engine) -> None:
    with reading(engine) as connection:
        assert audit.verify(connection, b"x" * 32).first_broken == 1


def test_two_writers_never_fork_the_chain(engine: Engine) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def add(number: int) -> None:
        with writing(engine) as connection:
            audit.append(connection, KEY, actor="lee", action="look", ref=str(number), now=NOW)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(40)))
    with reading(engine) as connection:
        verdict = audit.verify(connection, KEY)
    assert (43, True) == (verdict.entries, verdict.whole)
