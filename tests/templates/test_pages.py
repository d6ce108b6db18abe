"""What must hold of every page, looked at as text."""

from __future__ import annotations

import re
import tomllib
from dataclasses import fields, replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from templates import views
from templates.render import BUILT_IN, LANGUAGES, PAGES, Renderer
from templates.views import Stage
from tests.templates.samples import ALL

CASES = [(lang, case) for lang, samples in ALL.items() for case in samples.pages()]
SOURCES = sorted(BUILT_IN.rglob("*.j2")) + sorted((BUILT_IN.parent / "eligibility").rglob("*.j2"))
BEFORE_THE_CHECK = {
    views.HomeView,
    views.LandingView,
    views.LockedView,
    views.LinkExpiredView,
    views.LinkRenewedView,
    views.LinkUnknownView,
    views.SessionEndedView,
    views.VerifyView,
    views.VerifiedView,
    views.ErrorView,
    views.StopView,
}
OF_A_PERSON = {"name", "findings", "items", "amount", "title", "titles", "programme", "contact", "reference"}


class Outline(HTMLParser):
    """The tags of a page, each with its attributes, and what stands in its title."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.title = ""
        self._in_title = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._in_title = tag == "title"

    def handle_endtag(self, tag: str) -> None:
        self._in_title = False

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module", params=CASES, ids=lambda one: " ".join(one))
def case(request: pytest.FixtureRequest) -> tuple[str, str]:
    found: tuple[str, str] = request.param
    return found


@pytest.fixture(scope="module")
def html(case: tuple[str, str], renderer: Renderer) -> str:
    lang, name = case
    page, view = ALL[lang].pages()[name]
    return renderer.page(page, view, lang)


def test_a_page_says_its_language(case: tuple[str, str], html: str) -> None:
    assert case[0] == Outline(html).all("html")[0]["lang"]


def test_a_page_has_one_first_heading(html: str) -> None:
    assert 1 == len(Outline(html).all("h1"))


def test_a_page_runs_no_script(html: str) -> None:
    outline = Outline(html)
    handlers = [name for _, attributes in outline.tags for name in attributes if name.startswith("on")]
    assert ([], []) == (outline.all("script"), handlers)


def test_every_form_is_posted_with_its_token(html: str) -> None:
    outline = Outline(html)
    forms = outline.all("form")
    tokens = [one for one in outline.all("input") if one.get("name") == "csrf" and one.get("value")]
    assert (len(forms), {"post"} if forms else set()) == (len(tokens), {one["method"] for one in forms})


def test_a_page_says_in_its_title_that_something_is_wrong(html: str) -> None:
    outline = Outline(html)
    is_wrong = any("aria-invalid" in attributes for _, attributes in outline.tags)
    assert is_wrong == outline.title.startswith(("오류:", "Error:"))


def test_no_wrong_particle_and_no_mark_is_left(html: str) -> None:
    assert [] == re.findall(r"을\(를\)|은\(는\)|이\(가\)|\[\[|\]\]|\{\{|\}\}", html)


def test_a_title_names_no_person_and_no_sum(html: str) -> None:
    assert [] == re.findall(r"홍길동|Hong|\d,\d", Outline(html).title)


@pytest.mark.parametrize("view", BEFORE_THE_CHECK, ids=lambda view: view.__name__)
def test_a_view_before_the_access_check_cannot_name_a_person(view: type) -> None:
    assert set() == OF_A_PERSON & {one.name for one in fields(view)}


def test_every_page_and_document_has_a_sample() -> None:
    assert PAGES.keys() == {page for page, _ in ALL["ko"].pages().values()}


def test_a_page_told_by_the_wrong_view_is_the_authors_mistake(renderer: Renderer) -> None:
    with pytest.raises(TypeError, match="HomeView"):
        renderer.page("home", ALL["ko"].sender(), "ko")


def test_what_people_typed_is_shown_as_text(renderer: Renderer) -> None:
    frame, form = ALL["ko"].frame(), views.Form("/question", "0f")
    typed = "</textarea><script>alert(1)</script>"
    html = renderer.page("question", views.QuestionView(frame, form, "/case", 7, typed=typed), "ko")
    assert [] == Outline(html).all("script")


def test_a_page_never_fills_in_for_what_it_is_not_told(renderer: Renderer) -> None:
    every_code = renderer.page("error", views.ErrorView(ALL["ko"].frame(), 404), "ko")
    with pytest.raises(Exception, match="418"):
        renderer.page("error", views.ErrorView(ALL["ko"].frame(), 418), "ko")
    assert "없는 화면" in every_code


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_no_template_switches_escaping_off(source: Path) -> None:
    assert [] == re.findall(r"\|\s*safe\b|autoescape|<script", source.read_text(encoding="utf-8"))


def test_both_languages_have_the_same_words() -> None:
    keys = [
        {
            f"{table}.{key}"
            for table, words in tomllib.loads((BUILT_IN / "words" / f"{lang}.toml").read_text()).items()
            for key in words
        }
        for lang in LANGUAGES
    ]
    assert keys[0] - {"layout.phone_to"} == keys[1]


def test_no_word_is_left_that_no_page_says() -> None:
    words = tomllib.loads((BUILT_IN / "words" / "ko.toml").read_text())
    said = "".join(source.read_text() for source in SOURCES) + (BUILT_IN / "words" / "ko.toml").read_text()
    by_name = {"language_names", "errors", "verify_problems", "values", "units", "lines", "steps", "states"}
    by_name |= {"case_kinds", "kinds", "forms", "modes", "gates"}
    by_name |= {"plan_warnings", "report_notes", "channel_names", "frozen_things"}
    by_problem = {f"{table}.{problem}" for table in ("landing", "question") for problem in views.Problem}
    unsaid = [
        f"{table}.{key}"
        for table, entries in words.items()
        for key in entries
        if table not in by_name and f"{table}.{key}" not in by_problem
        if not re.search(rf"\[\[({table}\.)?{key}\]\]|words\.{table}\.{key}\b|words\.{table}\[name\]", said)
    ]
    assert [] == unsaid


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("ko", ["최소 250,130원", "249,830원", "아직 모릅니다", "함께 받을 수 없습니다", "그만큼 먼저 빼고"]),
        (
            "en",
            [
                "at least KRW 250,130",
                "KRW 249,830",
                "not known yet",
                "only one of them",
                "taken off it first",
            ],
        ),
    ],
)
def test_a_case_says_bounds_arrears_and_alternatives(renderer: Renderer, lang: str, said: list[str]) -> None:
    page, view = ALL[lang].pages()["case_bounds"]
    html = renderer.page(page, view, lang)
    assert [] == [one for one in said if one not in html]


@pytest.mark.parametrize(
    ("lang", "case", "said"),
    [
        (
            "ko",
            "case_in_full",
            ["한 달에 100,000원을 받으실 수 있습니다", "까지 신청하면 처음부터 받으실 수 있습니다"],
        ),
        ("ko", "case_in_full", ["처음부터 받으려면", "그 뒤에도 신청하실 수 있지만 신청한 달부터 드립니다."]),
        ("ko", "case_months_lost", ["늦게 신청하면 앞의 달 몫을 못 받으실 수 있습니다."]),
        ("ko", "case_kinds", ["2가지를 받으실 수 있습니다", "가장 이른 기한은"]),
        ("en", "case_in_full", ["KRW 100,000 a month", "You get it from the start if you apply by"]),
        (
            "en",
            "case_in_full",
            ["To get it from the start", "Later it is paid only from the month you apply."],
        ),
        ("en", "case_months_lost", ["the months before can be lost"]),
        ("en", "case_kinds", ["there are 2 things you can get", "The first deadline is"]),
    ],
)
def test_a_case_says_per_what_it_is_and_what_a_late_application_loses(
    renderer: Renderer, lang: str, case: str, said: list[str]
) -> None:
    page, view = ALL[lang].pages()[case]
    html = renderer.page(page, view, lang)
    assert [] == [one for one in said if one not in html]


@pytest.mark.parametrize("lang", ["ko", "en"])
@pytest.mark.parametrize("case", ["case_in_full", "case_months_lost"])
def test_a_limit_of_back_pay_is_never_called_the_last_day_to_apply(
    renderer: Renderer, lang: str, case: str
) -> None:
    page, view = ALL[lang].pages()[case]
    html = renderer.page(page, view, lang)
    assert [] == re.findall(r"신청 기한|<dt>Apply by|<p>Apply by", html)


@pytest.mark.parametrize(
    ("lang", "said"), [("ko", "신청한 금액.*심사 뒤 정해지는 금액"), ("en", "applied for:.*is decided with")]
)
def test_an_amount_not_known_yet_is_not_shown_as_nothing_applied_for(
    renderer: Renderer, lang: str, said: str
) -> None:
    view = ALL[lang].status(Stage.APPLIED)
    undecided = replace(view.items[0], applied_amount=0, at_least=True)
    html = renderer.page("status", replace(view, items=(undecided,)), lang)
    assert re.search(said, html)


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        (
            "ko",
            [
                *(
                    "182,403,120원<br>한 달에 3,500,000원",
                    "최대 한 달에 3,500,000원",
                    "4건은 최소 금액입니다",
                ),
                *("가장 이른 기한은 2026년 9월 1일", "12건에서 모두 340,000원을 내지 않은 돈을 갚는 데"),
                *("2건은 먼저 뺄 돈이 있는지", "7건은 이중 납부 환급과 함께 받을 수 없습니다"),
                *("5건은 처음부터 받을 수 있는 날이 남아", "30건에는 신청한 달부터 드린다고"),
                *("9건은 기초연금이 먼저 결정되어야", "알리는 것은 3건", "하나만 고를 수 있는 것이 있을 때"),
            ],
        ),
        (
            "en",
            [
                *(
                    "KRW 182,403,120<br>KRW 3,500,000 a month",
                    "at most KRW 3,500,000 a month",
                    "Of 4 findings",
                ),
                *("the first of these 1 September 2026", "Of 12 findings KRW 340,000 in all goes to arrears"),
                *("Of 2 findings the records do not show", "7 findings cannot be had together with Refund"),
                *("5 findings can still be had from the start", "Of 30 findings the messages say"),
                *("9 findings can only be had once Basic pension", "3 of these are told by this plan"),
                "only one of two can be had",
            ],
        ),
    ],
)
def test_a_plan_says_what_an_approver_has_to_know_of_its_findings(
    renderer: Renderer, lang: str, said: list[str]
) -> None:
    page, view = ALL[lang].pages()["plan"]
    html = renderer.page(page, view, lang)
    assert [] == [one for one in said if one not in html]


@pytest.mark.parametrize(("lang", "said"), [("ko", "보기가 없습니다"), ("en", "nothing to show")])
def test_a_plan_that_tells_nobody_says_that_it_has_no_samples(
    renderer: Renderer, lang: str, said: str
) -> None:
    view = replace(ALL[lang].plan(None), samples=())
    assert said in renderer.page("plan", view, lang)


@pytest.mark.parametrize(
    ("lang", "said"), [("ko", "2027년 1월 1일부터 신청: 8명"), ("en", "opens on 1 January 2027: 8")]
)
def test_a_plan_says_when_claims_open(renderer: Renderer, lang: str, said: str) -> None:
    page, view = ALL[lang].pages()["plan"]
    assert said in renderer.page(page, view, lang)
