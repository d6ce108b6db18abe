"""A phone in a citizen's hand: a real browser, small, without JavaScript, that keeps what it saw."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Page, Request

WIDTH, HEIGHT = 390, 844
NARROW = 320


@dataclass
class Phone:
    """One page in the browser. With OWED_SCREENSHOTS set, `look` keeps two pictures of every step."""

    page: Page
    address: str
    name: str
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        self.page.goto(self.address + path)

    def press(self) -> None:
        """The page's one button."""
        self.page.locator("main button[type=submit]").first.click()
        self.page.wait_for_load_state()

    @property
    def path(self) -> str:
        return urlsplit(self.page.url).path

    def look(self, step: str) -> str:
        """What the page says now, in one line."""
        folder = os.environ.get("OWED_SCREENSHOTS")
        if folder:
            self._picture(Path(folder), step)
        return " ".join(self.page.locator("main").inner_text().split())

    def _picture(self, folder: Path, step: str) -> None:
        """One picture as by day and one as by night."""
        folder.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=folder / f"{self.name}-{step}.png", full_page=True)
        self.page.emulate_media(color_scheme="dark")
        self.page.screenshot(path=folder / f"{self.name}-{step}-dark.png", full_page=True)
        self.page.emulate_media(color_scheme="light")

    def leave(self) -> None:
        """Out of the case, by the button at the foot of the page."""
        self.page.locator("footer button[type=submit]").click()
        self.page.wait_for_load_state()

    def width_at(self, width: int) -> int:
        """How wide the page becomes on a screen of a width: the same, unless one must scroll sideways."""
        self.page.set_viewport_size({"width": width, "height": HEIGHT})
        widest = self.page.locator("main").evaluate("node => document.documentElement.scrollWidth")
        self.page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
        return int(widest)

    @property
    def overflows(self) -> bool:
        """Whether one must scroll sideways to read the page."""
        return self.width_at(WIDTH) > WIDTH


@contextmanager
def phone(browser: Browser, address: str, *, name: str, language: str) -> Iterator[Phone]:
    context = browser.new_context(
        viewport={"width": WIDTH, "height": HEIGHT},
        locale=language,
        java_script_enabled=False,
        is_mobile=True,
        device_scale_factor=2,
    )
    held = Phone(context.new_page(), address, name)

    def saw(request: Request) -> None:
        held.requests.append(request.url)

    def heard(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            held.complaints.append(message.text)

    held.page.on("request", saw)
    held.page.on("console", heard)
    yield held
    context.close()
