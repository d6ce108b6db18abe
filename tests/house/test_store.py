"""A store that the migrations made is the store that the tables describe."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from data.errors import BadSettings, OperatorError, Refused
from data.setup import Authority, make_workspace
from data.store.engine import reading, writing
from data.store.schema import create_store, open_store
from data.store.tables import metadata
from data.workspace import Workspace

ROOT = Path(__file__).resolve().parents[2]
PACKS = ROOT / "eligibility" / "packs"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    authority = Authority(name_ko="가온시", name_en="Gaon City", phone="02-0000-0120", portal_url="http://x")
    return make_workspace(tmp_path / "w", authority, packs=["kr"], built_in_packs=PACKS, buckets=4)


def test_the_migrations_lead_to_the_tables(workspace: Workspace) -> None:
    with reading(open_store(workspace)) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert [] == compare_metadata(context, metadata)


def test_making_the_store_again_keeps_what_is_in_it(workspace: Workspace) -> None:
    with writing(open_store(workspace)) as connection:
        connection.execute(text("INSERT INTO person_state VALUES ('a', 1, 0, 'b')"))
    create_store(workspace)
    with reading(open_store(workspace)) as connection:
        assert 1 == connection.execute(text("SELECT count(*) FROM person_state")).scalar_one()


@pytest.mark.parametrize(("revision", "error"), [("9999", Refused), (None, BadSettings)])
def test_a_store_of_another_version_is_refused(
    workspace: Workspace, revision: str | None, error: type[OperatorError]
) -> None:
    with writing(open_store(workspace)) as connection:
        if revision is None:
            connection.execute(text("DELETE FROM alembic_version"))
        else:
            connection.execute(text("UPDATE alembic_version SET version_num = :it"), {"it": revision})
    with pytest.raises(error):
        open_store(workspace)


def test_every_commit_is_durable_and_deleted_rows_are_overwritten(workspace: Workspace) -> None:
    with reading(open_store(workspace)) as connection:
        pragmas = [
            connection.execute(text(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "synchronous", "secure_delete", "foreign_keys")
        ]
    assert ["wal", 2, 1, 1] == pragmas


def test_what_is_written_through_a_reading_transaction_is_undone(workspace: Workspace) -> None:
    engine = open_store(workspace)
    with reading(engine) as connection:
        connection.execute(text("INSERT INTO person_state VALUES ('a', 1, 0, 'b')"))
    with reading(engine) as connection:
        assert 0 == connection.execute(text("SELECT count(*) FROM person_state")).scalar_one()


def test_a_lost_key_stops_the_workspace_from_being_made_again(workspace: Workspace) -> None:
    (workspace.root / "keys" / "vault.key").unlink()
    authority = Authority(name_ko="가온시", name_en="Gaon City", phone="1", portal_url="http://x")
    with pytest.raises(BadSettings, match="vault"):
        make_workspace(workspace.root, authority, packs=["kr"], built_in_packs=PACKS, buckets=4)


def test_a_directory_with_other_things_in_it_does_not_become_a_workspace(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_text("x")
    authority = Authority(name_ko="가온시", name_en="Gaon City", phone="1", portal_url="http://x")
    with pytest.raises(BadSettings, match="not empty"):
        make_workspace(tmp_path, authority, packs=["kr"], built_in_packs=PACKS, buckets=4)


def test_keys_and_store_are_readable_by_their_owner_alone(workspace: Workspace) -> None:
    private = [workspace.store_file, workspace.settings_file, *(workspace.root / "keys").iterdir()]
    assert {0o600} == {path.stat().st_mode & 0o777 for path in private}
