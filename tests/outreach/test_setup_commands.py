"""A lost key is revoked by a command, on record, and its owner then approves nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import cli
from data import audit
from data.errors import Failed
from data.keys import KeyUse
from data.store.engine import reading
from data.store.schema import open_store
from data.store.tables import audit_entry
from data.workspace import Workspace
from outreach.operators import find_operator


def owed(town: Path, *words: str) -> Result:
    arguments: Sequence[str] = ["-w", str(town), *words]
    return CliRunner().invoke(cli.owed, arguments)


@pytest.fixture
def town(tmp_path: Path) -> Path:
    passphrase = tmp_path / "passphrase.txt"
    passphrase.write_text("a few words\n")
    made = tmp_path / "town"
    assert 0 == owed(made, "init", "--pack", "kr").exit_code
    new = ("keys", "new", "kim", "--out", str(tmp_path / "kim.pem"), "--passphrase-file", str(passphrase))
    assert 0 == owed(made, *new).exit_code
    return made


def test_a_revoked_key_is_revoked_in_the_store_and_on_record(town: Path) -> None:
    done = owed(town, "keys", "revoke", "kim", "--yes")
    workspace = Workspace(town)
    with reading(open_store(workspace)) as connection:
        operator = find_operator(connection, "kim")
        actions = list(connection.execute(audit_entry.select()).mappings())
        whole = audit.verify(connection, workspace.key(KeyUse.AUDIT)).whole
    assert operator is not None
    assert (0, True, True, "operator key revoked") == (
        done.exit_code,
        operator.revoked,
        whole,
        actions[-1]["action"],
    )


def test_nothing_is_revoked_where_nobody_can_be_asked(town: Path) -> None:
    done = owed(town, "keys", "revoke", "kim")
    with reading(open_store(Workspace(town))) as connection:
        operator = find_operator(connection, "kim")
    assert operator is not None
    assert (2, False) == (done.exit_code, operator.revoked)


def test_an_operator_who_is_not_there_is_named(town: Path) -> None:
    assert isinstance(owed(town, "keys", "revoke", "lee", "--yes").exception, Failed)
