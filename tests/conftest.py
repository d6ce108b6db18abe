"""For all tests: no example is judged by how long it took."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("owed", deadline=None)
settings.load_profile("owed")
