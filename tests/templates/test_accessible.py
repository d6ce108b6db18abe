"""Every page as a browser shows it: axe, narrow screens, targets, weight, and nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from playwright.sync_api import Browser, Page, Route

from templates.render import Renderer
from tests.templates.samples import ALL

pytestmark = pytest.mark.browser

HOST = "http://owed.test/"
STATIC = Path(__file__).resolve().parents[2] / "templates" / "static"
TYPES = {".css": "text/css", ".svg": "image/svg+xml"}
HEAVIEST = 20 * 1024  # bytes of a page with its sheet
CASES = [f"{lang} {case}" for lang, samples in ALL.items() for case in samples.pages()]
LETTERS = [f"{lang} {case}" for lang, samples in ALL.items() for case in samples.messages("email")]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
IN_THE_DARK = ["color-contrast", "link-in-text-block"]  # the rules that colours can break
# A link in a sentence is 24 pixels high at least (WCAG 2.5.8), a control a thumb's 44, a box to tick 24.
SMALL_TARGETS = """() => {
  const needed = {A: 24, INPUT: 24, BUTTON: 44, SUMMARY: 44, TEXTAREA: 44};
  return [...document.querySelectorAll('a, button, summary, textarea, input:not([type=hidden])')]
    .map(one => [one, one.getBoundingClientRect()])
    .filter(([one, box]) => box.height > 0 && box.bottom > 0)
    .filter(([one, box]) => box.width < 24 || box.height < needed[one.tagName])
    .map(([one, box]) => `${one.outerHTML.slice(0, 80)} ${box.width} x ${box.height}`);
}"""


class Shown:
    """A page put before a browser as if it came from the portal; keeps what the browser asked for."""

    def __init__(self, page: Page, axe: str) -> None:
        self.page, self._axe = page, axe
        self._html = ""
        self.asked: list[str] = []
        self.weight = 0
        page.route("**/*", self._answer)

    def _answer(self, route: Route) -> None:
        self.asked.append(route.request.url)
        path = route.request.url.removeprefix(HOST)
        if path.startswith("static/"):
            body, kind = (STATIC / Path(path).name).read_bytes(), TYPES[Path(path).suffix]
        else:
            body, kind = self._html.encode(), "text/html; charset=utf-8"
        self.weight += len(body)
        route.fulfill(body=body, content_type=kind)

    def show(self, html: str) -> None:
        """Opens the page with everything on it that can be unfolded."""
        self._html, self.asked, self.weight = html, [], 0
        self.page.goto(HOST)
        self.page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
        self.page.evaluate(self._axe)

    def complaints(self, scheme: Any, only: dict[str, Any]) -> list[str]:
        """What axe holds against the page, violations and what it could not settle alike."""
        self.page.emulate_media(color_scheme=scheme)
        run = "options => axe.run(document, {...options, resultTypes: ['violations', 'incomplete']})"
        found = self.page.evaluate(run, {"runOnly": only})
        return [
            f"{kind} {one['id']}: {node['html']} {node['any'] and node['any'][0]['message']}"
            for kind in ("violations", "incomplete")
            for one in found[kind]
            for node in one["nodes"]
        ]


@pytest.fixture(scope="module")
def screen(browser: Browser) -> Iterator[Shown]:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    yield Shown(context.new_page(), AXE_FILE_PATH.read_text(encoding="utf-8"))
    context.close()


@pytest.fixture(scope="module", params=CASES)
def shown(screen: Shown, renderer: Renderer, request: pytest.FixtureRequest) -> Shown:
    """One page, opened once for all the tests that look at it."""
    lang, case = request.param.split()
    name, view = ALL[lang].pages()[case]
    screen.show(renderer.page(name, view, lang))
    return screen


@pytest.fixture(scope="module", params=LETTERS)
def letter(screen: Shown, renderer: Renderer, request: pytest.FixtureRequest) -> Shown:
    lang, case = request.param.split()
    kind, view = ALL[lang].messages("email")[case]
    screen.show(renderer.message(kind, "email", lang, view).html or "")
    return screen


def test_a_page_is_light_and_asks_nobody_else(shown: Shown) -> None:
    foreign = [url for url in shown.asked if not url.startswith((HOST, "data:"))]
    is_document = shown.asked == [HOST]  # carries its sheet and is read at the office
    assert ([], True) == (foreign, shown.weight <= HEAVIEST or is_document)


def test_axe_finds_nothing_on_a_page(shown: Shown) -> None:
    assert [] == shown.complaints("light", {"type": "tag", "values": RULES})


def test_a_page_keeps_its_contrast_in_the_dark(shown: Shown) -> None:
    assert [] == shown.complaints("dark", {"type": "rule", "values": IN_THE_DARK})


def test_everything_to_press_is_large_enough(shown: Shown) -> None:
    assert [] == shown.page.evaluate(SMALL_TARGETS)


def test_a_page_fits_a_screen_of_320_pixels(shown: Shown) -> None:
    shown.page.set_viewport_size({"width": 320, "height": 640})
    width = shown.page.evaluate("document.documentElement.scrollWidth")
    shown.page.set_viewport_size({"width": 390, "height": 844})
    assert 320 == width


def test_axe_finds_nothing_in_an_email(letter: Shown) -> None:
    assert [] == letter.complaints("light", {"type": "tag", "values": RULES})


def test_an_email_keeps_its_contrast_in_the_dark(letter: Shown) -> None:
    assert [] == letter.complaints("dark", {"type": "rule", "values": IN_THE_DARK})
