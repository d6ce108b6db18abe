"""Runs the tests; what needs something that cannot be had here is left out, and a line says what for."""

from __future__ import annotations

import os
import sys

import pytest

from data.errors import Failed
from eligibility.spark import find_java
from tests import bring_browser

NOT_PROVED = {
    "browser": (
        "NOT PROVED: no Chromium could be found or brought, so no page was opened in a browser: "
        "neither the citizen's journey nor accessibility. Install Chromium, or name it in OWED_BROWSER."
    ),
    "spark": (
        "NOT PROVED: there is no Java, so no bucket ran on Spark: neither that it finds the same nor that no "
        "key reaches it. Install Java 17 or newer, or name it in JAVA_HOME."
    ),
}


def missing() -> list[str]:
    """The marks of the tests that cannot run here."""
    found = {"browser": bool(bring_browser.find()), "spark": _has_java()}
    return [mark for mark, there in found.items() if not there]


def _has_java() -> bool:
    try:
        find_java(os.environ)
    except Failed:
        return False
    return True


def main(arguments: list[str]) -> int:
    left_out = missing()
    told = "".join(NOT_PROVED[mark] + "\n" for mark in left_out)
    if left_out and os.environ.get("OWED_NEEDS_EVERYTHING"):
        sys.stderr.write(told)
        return 1
    chosen = ["-m", " and ".join(f"not {mark}" for mark in left_out)] if left_out else []
    code = int(pytest.main([*chosen, *arguments]))
    sys.stderr.write(told)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
