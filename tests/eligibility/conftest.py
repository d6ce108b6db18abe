"""Fixtures of the eligibility room."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from eligibility.pack import Pack, load_pack
from tests.eligibility.city import City, copied, make_city
from tests.eligibility.toypack import write_toy_pack


@pytest.fixture(scope="session")
def _founded(tmp_path_factory: pytest.TempPathFactory) -> City:
    made = make_city(tmp_path_factory.mktemp("founded"))
    made.engine.dispose()
    return made


@pytest.fixture
def city(_founded: City, tmp_path: Path) -> Iterator[City]:
    """A city that nothing was delivered to: a copy, since a store and its keys are made by many steps."""
    made = copied(_founded, tmp_path)
    yield made
    made.engine.dispose()


@pytest.fixture
def toy_pack(tmp_path: Path) -> Pack:
    return load_pack("toy", write_toy_pack(tmp_path / "toy"))


@pytest.fixture(scope="session")
def _taken_in(tmp_path_factory: pytest.TempPathFactory) -> City:
    city = make_city(tmp_path_factory.mktemp("city"))
    city.deliver_all()
    city.engine.dispose()
    return city


@pytest.fixture
def delivered(_taken_in: City, tmp_path: Path) -> Iterator[City]:
    """A city whose registers have been taken in: a copy, since files are opened in a process each."""
    city = copied(_taken_in, tmp_path)
    yield city
    city.engine.dispose()
