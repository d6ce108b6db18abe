"""Worked cases of the law with their sources, as the publishers give them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "cases"


def published_cases(name: str) -> list[dict[str, Any]]:
    """The cases of one file below `tests/eligibility/cases`: id, inputs, expected, source, kind."""
    cases: list[dict[str, Any]] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return cases
