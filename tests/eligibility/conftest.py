"""Fixtures of the eligibility room."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from eligibility.pack import Pack, load_pack
from tests.eligibility.city import City, make_city
from tests.eligibility.toypack import write_toy_pack


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    made = make_city(tmp_path)
    yield made
    made.engine.dispose()


@pytest.fixture
def toy_pack(tmp_path: Path) -> Pack:
    return load_pack("toy", write_toy_pack(tmp_path / "toy"))
