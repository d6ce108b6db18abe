"""One citizen from the link to the decision, in a real browser of a phone's size, without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from sqlalchemy import Engine, select

from data.store.engine import reading
from data.store.tables import application, case_, message, suppression
from outreach.stopping import stop_token
from tests.browsers import browser as browser
from tests.journeys.phone import Phone, phone
from tests.journeys.served import served
from tests.outreach.decided import decide
from tests.outreach.invited import CHECK_NUMBER, KEY, Invited, finding, invite, new_store, sealed
from tests.portal.visitor import MovingClock

pytestmark = pytest.mark.browser

REFERENCE = re.compile(r"\b[A-Z]{2}\d[A-Z]{2}\d[A-Z]{2}\b")
SPELLINGS = {"ko": "1990년 3월 7일", "en": "7 March 1990"}


@dataclass
class Scene:
    """An invited person with their phone, and the office's store behind the pages."""

    phone: Phone
    invited: Invited
    engine: Engine
    clock: MovingClock
    language: str

    @property
    def link(self) -> str:
        return f"/r/{self.invited.link_id}"

    def enter(self) -> None:
        self.phone.open(self.link)
        self.phone.page.fill("input[name=birth_date]", SPELLINGS[self.language])
        self.phone.press()

    def apply(self) -> str:
        """Confirm the case; the reference that the page shows."""
        self.phone.press()
        shown = REFERENCE.search(self.phone.look("5-submitted"))
        assert shown, "the page shows no reference"
        return shown[0]


@pytest.fixture(params=["ko", "en"])
def scene(request: pytest.FixtureRequest, tmp_path: Path, browser: Browser) -> Iterator[Scene]:
    language = str(request.param)
    engine, clock = new_store(tmp_path), MovingClock()
    invited = invite(engine, content=sealed(language))
    with served(engine, clock) as address, phone(browser, address, name=language, language=language) as held:
        yield Scene(held, invited, engine, clock, language)
    engine.dispose()


def kept_reference(scene: Scene) -> str:
    with reading(scene.engine) as connection:
        return str(connection.execute(select(application.c.reference)).scalar_one())


def test_a_link_leads_to_a_reference_and_a_decision(scene: Scene) -> None:
    scene.phone.open(scene.link)
    scene.phone.look("1-landing")
    scene.phone.page.fill("input[name=birth_date]", "1990-03-08")
    scene.phone.press()
    scene.phone.look("2-wrong-date")
    scene.phone.page.fill("input[name=birth_date]", SPELLINGS[scene.language])
    scene.phone.press()
    scene.phone.look("3-case")
    reference = scene.apply()
    scene.phone.open("/status")
    scene.phone.look("6-status")
    decide(scene.engine, outcome="granted", amount=250130)
    scene.phone.open("/status")
    seen = scene.phone.look("7-granted")
    assert (reference, reference in seen, "250,130" in seen) == (kept_reference(scene), True, True)


def test_the_link_leaves_the_address(scene: Scene) -> None:
    scene.enter()
    assert (scene.phone.path, scene.invited.link_id in scene.phone.page.content()) == ("/case", False)


def test_a_refusal_says_why_and_what_can_be_done(scene: Scene) -> None:
    scene.enter()
    scene.apply()
    decide(scene.engine, outcome="refused", reason="연납한 기록이 없습니다.")
    scene.phone.open("/status")
    seen = scene.phone.look("8-refused")
    assert ("연납한 기록이 없습니다." in seen, "§90" in seen) == (True, True)


def test_a_wrong_fact_can_be_disputed_with_the_application(scene: Scene) -> None:
    scene.enter()
    scene.phone.page.locator("main details summary").first.click()
    scene.phone.page.locator("input[name=dispute]").first.check()
    scene.phone.page.fill("textarea[name=note]", "9월에 팔았습니다.")
    scene.phone.look("4-disputed")
    scene.apply()
    with reading(scene.engine) as connection:
        assert connection.scalars(select(case_.c.kind)).all() == ["dispute"]


def test_a_question_reaches_the_office(scene: Scene) -> None:
    scene.enter()
    scene.phone.page.locator("a[href='/question']").click()
    scene.phone.page.fill("textarea[name=question]", "언제 받나요?")
    scene.phone.look("9-question")
    scene.phone.press()
    scene.phone.look("10-question-sent")
    with reading(scene.engine) as connection:
        assert connection.scalars(select(case_.c.kind)).all() == ["question"]


def test_a_stop_is_two_taps_away(scene: Scene) -> None:
    scene.enter()
    scene.phone.page.locator("a[href='/stop']").click()
    scene.phone.look("11-stop")
    scene.phone.press()
    scene.phone.look("12-stopped")
    with reading(scene.engine) as connection:
        assert connection.scalars(select(suppression.c.subject_id)).all() == [scene.invited.subject_id]


def test_the_stop_of_an_email_needs_no_birth_date(scene: Scene) -> None:
    scene.phone.open(f"/stop/{stop_token(KEY, scene.invited.invitation_id)}")
    scene.phone.press()
    with reading(scene.engine) as connection:
        assert connection.scalars(select(suppression.c.subject_id)).all() == [scene.invited.subject_id]


def test_an_expired_link_offers_a_new_one(scene: Scene) -> None:
    scene.clock.move(days=31)
    scene.phone.open(scene.link)
    scene.phone.look("13-expired")
    scene.phone.press()
    scene.phone.look("14-renewed")
    with reading(scene.engine) as connection:
        kinds = connection.scalars(select(message.c.kind).where(message.c.kind != "invitation")).all()
    assert kinds == ["renewed_link"]


def test_five_wrong_dates_lock_the_link(scene: Scene) -> None:
    for day in range(10, 15):
        scene.phone.open(scene.link)
        scene.phone.page.fill("input[name=birth_date]", f"1990-03-{day}")
        scene.phone.press()
    assert "15" in scene.phone.look("15-locked")


def test_a_check_number_tells_a_genuine_message(scene: Scene) -> None:
    scene.phone.open("/verify-message")
    scene.phone.look("16-verify")
    scene.phone.page.fill("input[name=check_number]", CHECK_NUMBER)
    scene.phone.page.fill("input[name=phone_last4]", "1234")
    scene.phone.press()
    genuine = scene.phone.look("17-genuine")
    scene.phone.open("/verify-message")
    scene.phone.page.fill("input[name=check_number]", CHECK_NUMBER)
    scene.phone.page.fill("input[name=phone_last4]", "9999")
    scene.phone.press()
    assert genuine != scene.phone.look("18-not-genuine")


def test_leaving_closes_the_case(scene: Scene) -> None:
    scene.enter()
    scene.phone.page.locator("footer button[type=submit]").click()
    scene.phone.look("19-left")
    scene.phone.open("/case")
    assert scene.invited.sealed.name not in scene.phone.look("20-ended")


def test_the_page_can_be_read_in_the_other_language(scene: Scene) -> None:
    scene.enter()
    before = scene.phone.page.locator("html").get_attribute("lang")
    scene.phone.page.locator("header nav a").first.click()
    after = scene.phone.page.locator("html").get_attribute("lang")
    assert {before, after} == {"ko", "en"}


def test_a_page_takes_three_requests_all_of_them_to_us(scene: Scene) -> None:
    scene.phone.open(scene.link)
    hosts = {url.split("/r/")[0].split("/static/")[0] for url in scene.phone.requests}
    assert (hosts, len(scene.phone.requests) <= 3, scene.phone.complaints) == (
        {scene.phone.address},
        True,
        [],
    )


def test_no_page_of_the_way_scrolls_sideways(scene: Scene) -> None:
    wide = []
    scene.enter()
    for path in ("/case", "/question", "/stop", "/verify-message", "/"):
        scene.phone.open(path)
        wide += [path] if scene.phone.overflows else []
    assert wide == []


def test_two_findings_stand_on_one_page(tmp_path: Path, browser: Browser) -> None:
    engine, clock = new_store(tmp_path), MovingClock()
    invited = invite(engine, content=sealed(findings=(finding("1" * 32), finding("2" * 32, period="2025"))))
    with served(engine, clock) as address, phone(browser, address, name="two", language="ko") as held:
        two = Scene(held, invited, engine, clock, "ko")
        two.enter()
        held.look("3-case")
        assert held.page.locator("main section").count() == 2
    engine.dispose()
