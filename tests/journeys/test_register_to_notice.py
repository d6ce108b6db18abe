"""From the registers to the result notice: real commands, and a citizen with a phone, in each language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from portal.demo import Resident, told_residents
from portal.server import listen, serving, workspace_app
from portal.stage import Demo, prepare
from templates.figures import day
from tests.browsers import browser as browser
from tests.journeys.city import City
from tests.journeys.phone import NARROW, Phone, phone

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = ("ko", "en")
REFERENCE = re.compile(r"\b[A-Z]{2}\d[A-Z]{2}\d[A-Z]{2}\b")
MONEY = {"ko": r"[\d,]+원", "en": r"KRW [\d,]+"}
OPENINGS = {"ko": "[가온시]", "en": "[Gaon City]"}
WRONG_DAY = "19010101"
REFUSED_FOR = "The tax that was paid in advance was passed to the buyer of the car."
DISPUTED = "prepayment_passed"
NOTE = "I never agreed to that. I sold it in August."
TRIES_LEFT = {"ko": "4번 더 적어 볼 수 있습니다.", "en": "You can try 4 more times."}
WHY = {"ko": "한 해 자동차세를 미리 모두 냈습니다", "en": "vehicle tax"}
DECISION = {
    "ko": ("드리기로 결정했습니다", "결정이 잘못되었다고 생각하시면", "이의신청", "지방세기본법 §90"),
    "en": ("Not granted", REFUSED_FOR, "If you think the decision is wrong", "Within 90 days"),
}
STOPPED = {
    "ko": "접수 확인과 결정은 계속 알려 드립니다",
    "en": "we still send you the receipt and the decision",
}
QUESTION = {"ko": "왜 이 금액인가요?", "en": "Why is it this amount?"}
# The Korean resident is granted what they applied for; the English one disputes a fact and is refused.
OUTCOMES = {
    "ko": {"outcome": "granted"},
    "en": {"outcome": "refused", "reason": REFUSED_FOR},
}
# Letters that only a page in the other language would hold, and codes that no page says.
FOREIGN = {
    "ko": re.compile(r"[A-Za-z]{4,}"),
    "en": re.compile(r"[가-힣]+|\b(?:[A-Za-z]+_[a-z_]+|None|True|False)\b"),
}
# What stays Korean on an English page: articles of Korean law, and the other language's own name.
KOREAN_ON_PURPOSE = re.compile(r"지방세기본법|지방세법|국세기본법|시행령|시행규칙|한국어")


@dataclass
class Journey:
    """One citizen's way, with everything they saw by the name of the step."""

    phone: Phone
    city: City
    resident: Resident
    lang: str
    seen: dict[str, str] = field(default_factory=dict)
    narrow: dict[str, int] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)
    messages: dict[str, str] = field(default_factory=dict)
    row: dict[str, str] = field(default_factory=dict)

    def look(self, step: str) -> str:
        self.seen[step] = self.phone.look(step)
        self.narrow[step] = self.phone.width_at(NARROW)
        self.paths[step] = self.phone.path
        return self.seen[step]

    @property
    def reference(self) -> str:
        shown = REFERENCE.search(self.seen["04-submitted"])
        return shown[0] if shown else ""

    @property
    def amount(self) -> str:
        """The sum that the invitation names."""
        named = re.search(MONEY[self.lang], self.messages["invitation"])
        return named[0] if named else ""

    def walk(self) -> None:
        self.messages["invitation"] = str(self.resident.message["text"])
        self._enter(self.resident.link, wrong_first=True)
        self._apply()
        self._sent("receipt", self.city.send)
        self._sent("notice", self._decide)
        self.phone.leave()
        self._enter(link_in(self.messages["notice"]), step="06-landing-again")
        self.look("07-decided")
        self._ask()
        self._stop()

    def _enter(self, link: str, *, wrong_first: bool = False, step: str = "00-landing") -> None:
        self.phone.page.goto(link)
        self.look(step)
        if wrong_first:
            self._birth_date(WRONG_DAY)
            self.look("01-wrong-date")
        self._birth_date(day(self.resident.birth_date, self.lang))

    def _birth_date(self, typed: str) -> None:
        self.phone.page.fill("input[name=birth_date]", typed)
        self.phone.press()

    def _apply(self) -> None:
        self.look("02-case")
        self.phone.page.locator("main details summary").first.press("Enter")
        self.phone.page.locator("main details[open]").first.wait_for()
        if self.lang == "en":
            self.phone.page.locator(f"input[name=dispute][value$={DISPUTED}]").check()
            self.phone.page.fill("textarea[name=note]", NOTE)
        self.look("03-records")
        self.phone.press()
        self.look("04-submitted")
        self.phone.page.locator("a[href='/status']").first.click()
        self.look("05-checking")

    def _decide(self) -> None:
        self.row = dict(self.city.decide(self.reference, **OUTCOMES[self.lang]))

    def _sent(self, kind: str, act: Any) -> None:
        """What an act of the office put into this person's hands."""
        to = self.resident.message["to"]
        before = self.city.messages(to)
        act()
        self.messages[kind] = str(self.city.newest(to, before)["text"])

    def _ask(self) -> None:
        self.phone.page.locator("a[href='/question']").click()
        self.phone.page.fill("textarea[name=question]", QUESTION[self.lang])
        self.look("08-question")
        self.phone.press()
        self.look("09-question-sent")

    def _stop(self) -> None:
        self.phone.open("/status")
        self.phone.page.locator("a[href='/stop']").click()
        self.look("10-stop")
        self.phone.press()
        self.look("11-stopped")


def link_in(text: str) -> str:
    return next(word for word in text.split() if "/r/" in word)


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """One city for both languages; its pages are served as long as somebody looks."""
    root = tmp_path_factory.mktemp("city") / "owed-demo"
    prepare(root)
    with listen("127.0.0.1", 0) as listener:
        packs = ROOT / "eligibility" / "packs"
        told = City(Demo(root=root, built_in_packs=packs, residents=4_000, listener=listener, say=print))
        told.tell()
        with serving(workspace_app(told.demo.context), listener=listener.dup()):
            yield told


@pytest.fixture(scope="module", params=LANGUAGES)
def journey(request: pytest.FixtureRequest, city: City, browser: Browser) -> Iterator[Journey]:
    lang = str(request.param)
    resident = next(one for one in told_residents(city.demo) if OPENINGS[lang] in str(one.message["text"]))
    with phone(browser, city.demo.url, name=f"whole-{lang}", language=lang) as held:
        walked = Journey(held, city, resident, lang)
        walked.walk()
        yield walked


def test_the_message_names_the_sum_at_once_and_whom_to_call(journey: Journey) -> None:
    text = journey.messages["invitation"]
    assert (True, True) == (0 < text.find(journey.amount) < 70, "02-0000-0120" in text)


def test_a_wrong_birth_date_shows_nothing_and_leaves_four_tries(journey: Journey) -> None:
    seen = journey.seen["01-wrong-date"]
    assert (True, False) == (TRIES_LEFT[journey.lang] in seen, journey.amount in seen)


def test_the_case_names_the_sum_of_the_message_and_why(journey: Journey) -> None:
    seen = journey.seen["02-case"]
    assert ("/case", True, True) == (
        journey.paths["02-case"],
        journey.amount in seen,
        WHY[journey.lang] in seen,
    )


def test_the_office_gets_what_the_page_confirmed(journey: Journey) -> None:
    disputed = {"ko": "", "en": DISPUTED}[journey.lang]
    note = {"ko": "", "en": NOTE}[journey.lang]
    kept = {name: journey.row[name] for name in ("reference", "claimed", "disputed", "note")}
    claimed = "".join(filter(str.isdigit, journey.amount))
    assert {"reference": journey.reference, "claimed": claimed, "disputed": disputed, "note": note} == kept


def test_the_receipt_carries_the_reference_of_the_page(journey: Journey) -> None:
    assert (True, True) == (journey.reference in journey.messages["receipt"], bool(journey.reference))


def test_the_notice_says_that_there_is_a_decision_and_not_which(journey: Journey) -> None:
    text = journey.messages["notice"]
    told = (journey.reference in text, journey.amount in text, REFUSED_FOR in text)
    assert (True, False, False) == told


def test_the_decision_stands_on_the_page_with_reason_and_remedy(journey: Journey) -> None:
    seen = journey.seen["07-decided"]
    assert [] == [words for words in DECISION[journey.lang] if words not in seen]


def test_a_question_is_answered_by_a_day(journey: Journey) -> None:
    assert day("2026-11-24", journey.lang) in journey.seen["09-question-sent"]


def test_after_a_stop_the_page_says_what_still_comes(journey: Journey) -> None:
    assert STOPPED[journey.lang] in journey.seen["11-stopped"]


def test_every_page_speaks_the_language_of_the_register(journey: Journey) -> None:
    name = re.split(r"[ ,]", journey.seen["02-case"], maxsplit=1)[0]
    leftovers = {
        step: FOREIGN[journey.lang].findall(KOREAN_ON_PURPOSE.sub("", seen.replace(name, "")))
        for step, seen in journey.seen.items()
    }
    assert {} == {step: words for step, words in leftovers.items() if words}


def test_no_page_scrolls_sideways_on_the_narrowest_phone(journey: Journey) -> None:
    assert {} == {step: width for step, width in journey.narrow.items() if width > NARROW}


def test_every_request_stays_with_the_authority(journey: Journey) -> None:
    away = [url for url in journey.phone.requests if not url.startswith(f"{journey.phone.address}/")]
    assert ([], False) == (away, not journey.phone.requests)


def test_the_browser_has_nothing_to_complain_about(journey: Journey) -> None:
    # The console repeats the status of a page that asks again, which is right to be 422.
    assert [] == [one for one in journey.phone.complaints if "status of 422" not in one]
