"""Brings a store to the tables this version needs, and refuses one that a newer version has changed.

Alembic is imported only where it migrates: nearly every command opens a store, and none should wait for it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, text

from data.errors import BadSettings, Refused
from data.store.engine import open_engine, reading, writing
from data.workspace import Workspace

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).resolve().parent / "migrations"
_CURRENT = text("SELECT version_num FROM alembic_version")


def migration_config(connection: Connection) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def create_store(workspace: Workspace) -> None:
    """Make the store of a new workspace, or bring an older one up to date; readable by its owner alone."""
    from alembic import command

    path = workspace.store_file
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    os.close(descriptor)
    engine = open_engine(workspace.store_url)
    try:
        with writing(engine) as connection:
            _refuse_newer(connection)
            command.upgrade(migration_config(connection), "head")
    finally:
        engine.dispose()


def open_store(workspace: Workspace) -> Engine:
    """The store of a workspace. Raises BadSettings when it is missing or an older version made it."""
    path = workspace.store_file
    if not path.is_file():
        raise BadSettings("This workspace has no store.", where=str(path), mend="run `owed init`")
    engine = open_engine(workspace.store_url)
    with reading(engine) as connection:
        _refuse_newer(connection)
        if _current(connection) != _known()[-1]:
            raise BadSettings(
                "An older version of Owed made this store.",
                where=str(path),
                mend="back the workspace up, then run `owed init` in it: it keeps everything there is",
            )
    return engine


def _known() -> list[str]:
    """This version's revisions, oldest first: each migration's file is named for its own."""
    return sorted(path.name.split("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def _current(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(_CURRENT).scalar()


def _refuse_newer(connection: Connection) -> None:
    current = _current(connection)
    if current is not None and current not in _known():
        raise Refused(
            "A newer version of Owed made this store.",
            where=str(connection.engine.url.database),
            mend="use that version; going back would lose what it added",
        )
