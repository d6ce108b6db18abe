"""Runs the tests; without a browser it deselects those that need one and says what was not proved."""

from __future__ import annotations

import os
import sys

import pytest

from tests import bring_browser

NOT_PROVED = (
    "NOT PROVED: no Chromium could be found or brought, so no page was opened in a browser: "
    "neither the citizen's journey nor accessibility. Install Chromium, or name it in OWED_BROWSER."
)


def main(arguments: list[str]) -> int:
    if bring_browser.find():
        return int(pytest.main(arguments))
    if os.environ.get("OWED_NEEDS_EVERYTHING"):
        sys.stderr.write(NOT_PROVED + "\n")
        return 1
    code = int(pytest.main(["-m", "not browser", *arguments]))
    sys.stderr.write(NOT_PROVED + "\n")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
