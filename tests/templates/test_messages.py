"""What must hold of every message: plain words, whose it is, how much, until when, how to check and stop."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest

from templates import message_views
from templates.render import RenderedMessage, Renderer
from tests.templates.samples import ALL, PACKS

CASES = [
    (lang, form, case)
    for lang, samples in ALL.items()
    for form in ("text", "email")
    for case in samples.messages(form)
]
WITHOUT_A_DAY = {"invitation_months_lost", "invitation_at_most"}
WITHOUT_A_SUM = {"invitation_kinds"}
INVITATIONS = [
    one for one in CASES if one[2].startswith("invitation") and one[2] not in WITHOUT_A_DAY | WITHOUT_A_SUM
]
# Words of the office that people should not have to read; docs/reference/words.md says what to write.
NOT_PLAIN = re.compile(
    r"귀하|상기|해당|당해|동\s*건|요망|바랍니다|하시기|필히|익일|금번|기\s*납부|수급권자|교부|징구|통보|조회하시|클릭|URL"
    r"|hereby|pursuant|aforementioned|beneficiary|henceforth|please be advised|click here|kindly",
    re.IGNORECASE,
)
NEVER_ASKED = re.compile(r"생년월일|주민등록번호를 적|date of birth|password:", re.IGNORECASE)
SHORTENERS = re.compile(r"bit\.ly|tinyurl|t\.co/|han\.gl|vo\.la|me2\.do|url\.kr")
LONGEST_TEXT = 400  # bytes in CP949; the long form of a Korean text carries 2,000
FRONT = 70  # what a locked telephone shows of a text


@pytest.fixture(params=CASES, ids=lambda one: " ".join(one))
def case(request: pytest.FixtureRequest) -> tuple[str, str, str]:
    found: tuple[str, str, str] = request.param
    return found


@pytest.fixture
def message(case: tuple[str, str, str], renderer: Renderer) -> RenderedMessage:
    return rendered(renderer, *case)


def rendered(renderer: Renderer, lang: str, form: str, name: str) -> RenderedMessage:
    kind, view = ALL[lang].messages(form)[name]
    return renderer.message(kind, form, lang, view)


def test_a_message_begins_with_whose_it_is(message: RenderedMessage) -> None:
    assert message.text.startswith(("[가온시]", "[Gaon City]"))


@pytest.mark.parametrize("case", INVITATIONS, ids=lambda one: " ".join(one), indirect=True)
def test_sum_and_deadline_stand_in_front(message: RenderedMessage) -> None:
    front = message.text[:FRONT]
    found = re.search(r"(2[58]\d,[13]30).*(20\d\d년 \d+월 \d+일|\d+ \w+ 20\d\d)", front, re.DOTALL)
    assert found, front


def test_a_message_carries_check_number_phone_and_link(message: RenderedMessage) -> None:
    needed = ["473 921", "02-0000-0120", "https://gaon.example/r/aB3dE5gH7jK9mN2pQ4rS"]
    assert [] == [one for one in needed if one not in message.text]


def test_a_message_says_how_to_stop(message: RenderedMessage) -> None:
    assert re.search(r"그만 받|[Tt]o stop|Stop messages", message.text)


def test_an_email_brings_the_address_that_stops(case: tuple[str, str, str], message: RenderedMessage) -> None:
    assert (case[1] == "email") == ("https://gaon.example/stop/" in message.text)


def test_a_message_uses_plain_words(message: RenderedMessage) -> None:
    assert [] == NOT_PLAIN.findall(message.text)


def test_a_message_asks_for_nothing_about_the_person(message: RenderedMessage) -> None:
    assert [] == NEVER_ASKED.findall(message.text)


def test_a_message_uses_no_shortener_and_only_our_address(message: RenderedMessage) -> None:
    hosts = set(re.findall(r"https?://([^/\s]+)", message.text))
    assert ({"gaon.example"}, []) == (hosts, SHORTENERS.findall(message.text))


def test_a_message_can_be_written_in_the_letters_of_korean_networks(message: RenderedMessage) -> None:
    assert message.text == message.text.encode("cp949").decode("cp949")


def test_a_message_is_composed_text(message: RenderedMessage) -> None:
    assert message.text == unicodedata.normalize("NFC", message.text)


def test_sentences_are_short(message: RenderedMessage) -> None:
    sentences = re.split(r"[.!?]\s|\n", message.text)
    assert [] == [one for one in sentences if len(re.findall("[가-힣]", one)) > 60]


@pytest.mark.parametrize("case", [one for one in CASES if one[1] == "text"], ids=" ".join, indirect=True)
def test_a_text_is_short(message: RenderedMessage) -> None:
    assert len(message.text.encode("cp949")) <= LONGEST_TEXT


def test_a_subject_is_one_short_line(case: tuple[str, str, str], message: RenderedMessage) -> None:
    if case[1] == "text":
        assert message.subject is None
    else:
        assert message.subject is not None and "\n" not in message.subject and len(message.subject) <= 80


def test_text_and_html_of_an_email_say_the_same(case: tuple[str, str, str], message: RenderedMessage) -> None:
    html = message.html or ""
    visible = re.sub(r"<[^>]+>", " ", html.partition("<body>")[2])
    lost = [word for word in re.findall(r"[가-힣A-Za-z]+", message.text) if word not in html]
    assert ([], case[1] == "email") == (lost if visible else [], bool(visible))


def test_interest_is_promised_only_where_it_runs(renderer: Renderer) -> None:
    with_interest = rendered(renderer, "ko", "text", "invitation").text
    without = rendered(renderer, "ko", "text", "invitation_bare").text
    assert (True, False) == ("이자" in with_interest, "이자" in without)


def test_several_sums_are_listed_with_their_total(renderer: Renderer) -> None:
    text = rendered(renderer, "ko", "text", "invitation_two").text
    assert [] == [one for one in ("2건", "287,330원", "250,130원", "37,200원") if one not in text]


def test_sums_in_two_currencies_are_never_added(renderer: Renderer) -> None:
    dollars = message_views.MessageFinding("us/eitc", "EITC", 64900, "USD", None)
    view = message_views.InvitationMessage(ALL["en"].sender(), (ALL["en"].found(), dollars))
    text = renderer.message("invitation", "text", "en", view).text
    assert (None, True) == (view.total, "in all" not in text)


def test_a_notice_does_not_say_which_way_it_went(renderer: Renderer) -> None:
    said = "".join(rendered(renderer, lang, form, "notice").text for lang, form, _ in CASES)
    assert [] == re.findall(r"지급하기로|드리기로|드릴 수 없|거절|granted|refused|approved", said)


def test_markup_in_what_a_message_is_told_is_shown_as_text(renderer: Renderer) -> None:
    sender = replace(ALL["ko"].sender(stop=True), agency="<b>가온</b>")
    mail = renderer.message("renewed_link", "email", "ko", message_views.RenewedLinkMessage(sender))
    assert (False, True) == ("<b>" in (mail.html or ""), "<b>가온</b>" in mail.text)


def test_an_agencys_words_come_before_the_packs_and_ours(tmp_path: Path) -> None:
    own = tmp_path / "kr"
    own.mkdir()
    words = (PACKS / "kr" / "messages" / "vehicle_tax_refund.ko.words.j2").read_text(encoding="utf-8")
    (own / "vehicle_tax_refund.ko.words.j2").write_text(words.replace("자동차세 환급금", "차 세금 돌려받기"))
    renderer = Renderer([tmp_path], {"kr": PACKS / "kr" / "messages"})
    assert "차 세금 돌려받기" in rendered(renderer, "ko", "text", "invitation").text


def test_an_agencys_template_cannot_reach_into_the_machine(tmp_path: Path) -> None:
    (tmp_path / "notice.ko.text.j2").write_text("{{ view.__class__.__mro__ }}")
    renderer = Renderer([tmp_path])
    with pytest.raises(Exception, match="unsafe"):
        rendered(renderer, "ko", "text", "notice")


def test_a_template_that_asks_for_what_it_is_not_told_says_so(tmp_path: Path) -> None:
    (tmp_path / "notice.ko.text.j2").write_text("{{ view.birthday }}")
    renderer = Renderer([tmp_path])
    with pytest.raises(Exception, match="birthday"):
        rendered(renderer, "ko", "text", "notice")


def test_a_frozen_copy_renders_the_same_messages(
    tmp_path: Path, renderer: Renderer, case: tuple[str, str, str]
) -> None:
    renderer.freeze(tmp_path)
    assert rendered(renderer, *case) == rendered(Renderer.frozen(tmp_path), *case)


def test_freezing_names_every_template_with_its_digest(tmp_path: Path, renderer: Renderer) -> None:
    digests = renderer.freeze(tmp_path)
    files = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert (files, {64}) == (set(digests), {len(digest) for digest in digests.values()})


def test_a_frozen_copy_uses_nothing_but_itself(tmp_path: Path, renderer: Renderer) -> None:
    renderer.freeze(tmp_path)
    (tmp_path / "tail.ko.text.j2").unlink()
    with pytest.raises(Exception, match=r"tail\.ko\.text\.j2"):
        rendered(Renderer.frozen(tmp_path), "ko", "text", "notice")


SAID = {
    ("ko", "text"): ["최소 250,130원", "드리는 돈 250,000원", "이중 납부 환급과 하나만 받음"],
    ("en", "text"): [
        "At least KRW 250,130",
        "KRW 250,000 paid out",
        "or Refund of a double payment, not both",
    ],
    ("ko", "email"): [
        "최소 250,130원",
        "130원은 내지 않은 돈을 갚는 데 먼저 쓰고, 250,000원을",
        "이중 납부 환급과 함께 받을 수 없습니다",
    ],
    ("en", "email"): [
        "at least KRW 250,130",
        "KRW 130 of it goes to what you still owe, and KRW 250,000 is paid out",
        "this or Refund of a double payment, not both",
    ],
}


@pytest.mark.parametrize(("lang", "form"), SAID)
@pytest.mark.parametrize("name", ["invitation_bounds", "invitation_bounds_two"])
def test_bounds_arrears_and_alternatives_are_said(
    renderer: Renderer, lang: str, form: str, name: str
) -> None:
    text = rendered(renderer, lang, form, name).text
    assert [] == [one for one in SAID[lang, form] if one not in text]


LATE = {
    ("ko", "text", "invitation_in_full"): [
        "아동수당 한 달에 250,130원, 2026년 8월 30일까지 신청하면 처음부터 받으실 수 있습니다.",
        "그 뒤에도 신청하실 수 있지만 신청한 달부터 드립니다.",
    ],
    ("ko", "email", "invitation_in_full"): [
        "아동수당 한 달에 250,130원을 받으실 수 있습니다 (2026년 8월 30일까지 신청하면 처음부터)",
        "처음부터 받으려면: 2026년 8월 30일까지 신청",
        "그 뒤에도 신청하실 수 있지만 신청한 달부터 드립니다.",
    ],
    ("en", "text", "invitation_in_full"): [
        "You can get KRW 250,130 a month. Apply by 30 August 2026 to get it from the start.",
        "Later it is paid only from the month you apply.",
    ],
    ("en", "email", "invitation_in_full"): [
        "You can get KRW 250,130 a month. Apply by 30 August 2026 to get it from the start",
        "To get it from the start: apply by 30 August 2026",
        "Later it is paid only from the month you apply.",
    ],
    ("ko", "text", "invitation_months_lost"): [
        "신청한 달부터 드리므로, 늦게 신청하면 앞의 달 몫을 못 받으실 수 있습니다."
    ],
    ("en", "text", "invitation_months_lost"): [
        "It is paid from the month you apply; the months before can be lost."
    ],
    ("ko", "text", "invitation_kinds"): [
        "받으실 수 있는 돈 2건. 가장 이른 기한 2026년 8월 30일.",
        "- 아동수당 한 달에 250,130원, 2026년 8월 30일까지 신청하면 처음부터",
    ],
    ("en", "text", "invitation_kinds"): [
        "You can get 2 sums. First deadline 30 August 2026:",
        "- Child allowance KRW 250,130 a month, from the start if you apply by 30 August 2026",
    ],
    ("ko", "text", "invitation_at_most"): ["한 달에 최대 12,100원, 신청하면 받으실 수 있습니다."],
    ("en", "text", "invitation_at_most"): ["You can get up to KRW 12,100 a month."],
}


@pytest.mark.parametrize(("lang", "form", "name"), LATE)
def test_per_what_it_is_and_what_a_late_application_loses_is_said(
    renderer: Renderer, lang: str, form: str, name: str
) -> None:
    text = rendered(renderer, lang, form, name).text
    assert [] == [one for one in LATE[lang, form, name] if one not in text]


@pytest.mark.parametrize(
    ("lang", "said"),
    [("ko", "심사 뒤 정해"), ("en", "an amount that is decided with your application")],
)
@pytest.mark.parametrize("form", ["text", "email"])
def test_a_bound_of_nothing_is_no_sum(renderer: Renderer, lang: str, said: str, form: str) -> None:
    bound = replace(ALL[lang].bound(), amount=0, offset=0, instead_of={})
    view = message_views.InvitationMessage(ALL[lang].sender(stop=form == "email"), (bound,))

    text = renderer.message("invitation", form, lang, view).text

    assert (said in text, re.findall(r"\b0원|KRW 0\b", text)) == (True, [])


@pytest.mark.parametrize("lang", ALL)
@pytest.mark.parametrize("form", ["text", "email"])
def test_a_sum_once_and_a_sum_a_month_are_not_added_up(renderer: Renderer, lang: str, form: str) -> None:
    once = replace(ALL[lang].found(interest=False), amount=1_000)
    findings = (once, replace(once, per="month", amount=2_000))
    view = message_views.InvitationMessage(ALL[lang].sender(stop=form == "email"), findings)

    text = renderer.message("invitation", form, lang, view).text

    assert [sum in text for sum in ("1,000", "2,000", "3,000")] == [True, True, False]


@pytest.mark.parametrize(
    ("lang", "form", "said"),
    [
        ("ko", "text", "실제로 드리는 돈은 이보다 적을 수 있습니다."),
        ("ko", "email", "내지 않은 돈이 있으면 그만큼 먼저 빼고 드립니다."),
        ("en", "text", "(less may be paid out)"),
        ("en", "email", "What you still owe the authority may be taken off it first."),
    ],
)
def test_a_sum_of_which_arrears_may_be_taken_first_promises_no_more_than_is_known(
    renderer: Renderer, lang: str, form: str, said: str
) -> None:
    finding = replace(ALL[lang].found(interest=False), offset=None)
    view = message_views.InvitationMessage(ALL[lang].sender(stop=form == "email"), (finding,))

    assert said in renderer.message("invitation", form, lang, view).text


def test_a_text_that_others_may_see_names_no_arrears(renderer: Renderer) -> None:
    texts = [rendered(renderer, lang, "text", "invitation_bounds").text for lang in ALL]
    assert [] == [one for one in texts if re.search(r"내지 않은|밀린|체납|owe|arrears", one)]


def test_the_sum_of_two_that_exclude_each_other_is_the_larger(renderer: Renderer) -> None:
    assert "최소 250,130원" in rendered(renderer, "ko", "email", "invitation_bounds_two").text.splitlines()[0]
