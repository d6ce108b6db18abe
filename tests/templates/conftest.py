from __future__ import annotations

from pathlib import Path

import pytest

from templates.render import Renderer
from tests.browsers import browser

PACKS = Path(__file__).resolve().parents[2] / "eligibility" / "packs"

__all__ = ["browser", "renderer"]


@pytest.fixture(scope="session")
def renderer() -> Renderer:
    return Renderer(packs={"kr": PACKS / "kr" / "messages"})
