from __future__ import annotations

import pytest

from templates.render import Renderer
from tests.browsers import browser
from tests.templates.samples import PACKS

__all__ = ["browser", "renderer"]


@pytest.fixture(scope="session")
def renderer() -> Renderer:
    return Renderer(packs={"kr": PACKS / "kr" / "messages"})
