"""One made-up town for the whole session; each test gets a copy of its own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.outreach.town import Town


@pytest.fixture(scope="session")
def built_town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    town = Town(tmp_path_factory.mktemp("town"))
    town.make(residents=800)
    return town


@pytest.fixture(scope="session")
def planned_once(built_town: Town, tmp_path_factory: pytest.TempPathFactory) -> Town:
    root = tmp_path_factory.mktemp("planned") / "town"
    shutil.copytree(built_town.root, root)
    town = Town(root)
    town.plan()
    return town


@pytest.fixture
def planned(planned_once: Town, tmp_path: Path) -> Town:
    """The same town with plan 1 of its campaign waiting for approval."""
    root = tmp_path / "town"
    shutil.copytree(planned_once.root, root)
    return Town(root)


@pytest.fixture
def town(built_town: Town, tmp_path: Path) -> Town:
    """From registers to a compared scan, with a campaign filled in; nothing is planned yet."""
    root = tmp_path / "town"
    shutil.copytree(built_town.root, root)
    return Town(root)
