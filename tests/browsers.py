"""A Chromium for tests that look at pages; found in the order of `tests.bring_browser`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests import bring_browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for a test file: Playwright allows one at a time, and two files may ask."""
    path = bring_browser.find()
    assert path, "no Chromium here: install one, or name it in OWED_BROWSER"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield chromium
        chromium.close()
