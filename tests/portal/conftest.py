from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.outreach.invited import invite, new_store
from tests.portal.visitor import MovingClock, Visitor, new_app


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = new_store(tmp_path)
    yield engine
    engine.dispose()


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock()


@pytest.fixture
def visitor(engine: Engine, clock: MovingClock) -> Iterator[Visitor]:
    """Somebody who was invited, at a browser, with nothing opened yet."""
    with Visitor(new_app(engine, clock), invite(engine)) as visitor:
        yield visitor


@pytest.fixture
def inside(visitor: Visitor) -> Visitor:
    """The same person after the access check."""
    visitor.enter()
    return visitor
