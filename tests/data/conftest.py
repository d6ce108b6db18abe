"""A workspace with keys and a store, and a way to write contracts and files into it."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from data.store.engine import open_engine
from data.store.tables import metadata
from data.workspace import Workspace
from tests.data.delivering import Office
from tests.data.made_up import Registers, made, read

SETTINGS = """\
[authority]
name = { ko = "가온시", en = "Gaon City" }
phone = "02-0000-0120"
time_zone = "Asia/Seoul"
languages = ["ko", "en"]
[scan]
buckets = 4
[portal]
url = "http://127.0.0.1:8080"
[[pack]]
name = "kr"
sha256 = ""
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    root = tmp_path / "workspace"
    root.mkdir()
    (root / "owed.toml").write_text(SETTINGS, "utf-8")
    opened = Workspace.open(root)
    opened.quarantine.mkdir()
    opened.keys().create_missing()
    return opened


@pytest.fixture
def engine(workspace: Workspace) -> Engine:
    store = open_engine(workspace.store_url)
    metadata.create_all(store)
    return store


@pytest.fixture
def office(workspace: Workspace, engine: Engine, tmp_path: Path) -> Office:
    return Office(workspace, engine, tmp_path)


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> Registers:
    """Every register of a city of 20,000, under canonical names and as text."""
    folder = tmp_path_factory.mktemp("city")
    made(folder)
    return read(folder)
