"""A rate in words: as one would read it aloud, in either language."""

from __future__ import annotations

from typing import Any

import pytest

from eligibility.explanation import Explanation
from eligibility.words import Speaker

NAMES = {"car": {"ko": "승용차", "en": "car"}, "bus": {"ko": "버스", "en": "bus"}}
SCALE = [{"up_to": 1000, "value": 80}, {"up_to": 1600, "value": 140}, {"up_to": None, "value": 200}]


@pytest.mark.parametrize(
    ("lang", "value", "unit", "said"),
    [
        ("ko", 310, "bp", ["3.1%"]),
        ("ko", 5, "years", ["5년"]),
        ("en", 5, "years", ["5 years"]),
        ("en", 1, "years", ["1 year"]),
        ("ko", 10, "KRW", ["10원"]),
        ("en", 10, "KRW", ["KRW 10"]),
        ("en", 649, "USD", ["US$649.00"]),
        ("en", 649, "USD cent", ["US$6.49"]),
        ("ko", "car", "choice", ["승용차"]),
        ("en", {"car": 30, "bus": 0}, "percent", ["car: 30%", "bus: 0%"]),
        ("ko", {"car": 30, "bus": 0}, "percent", ["승용차 30%", "버스 0%"]),
        (
            "ko",
            SCALE,
            "KRW/cc",
            ["1,000cc까지 cc당 80원", "1,600cc까지 cc당 140원", "1,600cc 초과 cc당 200원"],
        ),
        (
            "en",
            SCALE,
            "KRW/cc",
            [
                "up to 1,000 cc: KRW 80 per cc",
                "up to 1,600 cc: KRW 140 per cc",
                "above 1,600 cc: KRW 200 per cc",
            ],
        ),
        ("en", [{"up_to": None, "value": 7}], "percent", ["7%"]),
        ("ko", 2017, "year", ["2017년"]),
        ("en", 2017, "year", ["2017"]),
        ("ko", 1231, "month day", ["12월 31일"]),
        ("en", 609, "month day", ["9 June"]),
        ("en", 4, "sixths", ["4/6"]),
    ],
)
def test_a_rate_is_said_in_words(lang: str, value: Any, unit: str, said: list[str]) -> None:
    assert said == Speaker(lang, {}).rate(value, unit, NAMES)


def explained(**changes: Any) -> Explanation:
    """Somebody entitled to something, but for the changes."""
    fields: dict[str, Any] = {
        "programme": "kr/this", "title": NAMES["car"], "law": "", "authority": NAMES["car"],
        "currency": "KRW", "per": "month", "as_of": "2026-07-01", "entitlement_id": None,
        "unit_id": "u", "subject_id": "s", "household_id": "h", "asset_id": "", "period": "",
        "status": "entitled", "amount": 11_000, "at_least": False, "at_most": False, "offset": 0,
        "unconfirmed": False,
        "instead_of": [], "after": [], "parts": [], "steps": [], "accrual": None, "claim_from": None,
        "claim_by": None, "months_lost": False, "criteria": [], "facts": [], "missing": [], "settles": [],
        "impossible": [], "no_value": [], "assumptions": {}, "rates": [],
    }  # fmt: skip
    return Explanation(**fields | changes)


def fact(name: str, lang_ko: str, lang_en: str) -> dict[str, Any]:
    """An unknown fact as an explanation holds it."""
    said = {"label": {"ko": lang_ko, "en": lang_en}, "value": None, "words": None, "unit": ""}
    return {"name": name, **said, "register": "people", "extracted_on": None}


MEANS = [fact("income", "소득", "income"), fact("couple", "배우자", "a spouse")]


@pytest.mark.parametrize(
    ("changes", "ko", "en"),
    [
        ({}, "금액은 한 달에 11,000원입니다.", "The amount is KRW 11,000 a month."),
        (
            {"amount": -30_000, "facts": [MEANS[0]], "impossible": ["income"]},
            "금액이 0원보다 적게 나와 알릴 수 없습니다. 자료에 잘못된 값이 있을 수 있습니다: 소득.",
            "The amount comes out below nothing, so it cannot be told; a value may be wrong: income.",
        ),
        (
            {"unconfirmed": True},
            "금액은 한 달에 11,000원입니다(확인되지 않은 기준으로 계산).",
            "The amount is KRW 11,000 a month, reckoned with rates that nobody has confirmed.",
        ),
        (
            {"at_least": True},
            "금액은 한 달에 적어도 11,000원입니다.",
            "The amount is at least KRW 11,000 a month.",
        ),
        (
            {"at_least": True, "amount": 0},
            "금액은 심사에서 정해집니다.",
            "The amount is decided with the application.",
        ),
        (
            {"at_most": True},
            "금액은 한 달에 많아야 11,000원입니다.",
            "The amount is at most KRW 11,000 a month.",
        ),
        (
            {"at_most": True, "at_least": True},
            "금액은 심사에서 정해집니다.",
            "The amount is decided with the application.",
        ),
        (
            {"offset": 1_000},
            "이 가운데 1,000원은 밀린 돈을 갚는 데 먼저 씁니다.",
            "Of it KRW 1,000 goes first to what is still owed.",
        ),
        (
            {"offset": None},
            "밀린 돈이 있으면 그만큼 먼저 뺍니다. 있는지는 알 수 없습니다.",
            "What is still owed would be taken off it first; whether anything is, is not known.",
        ),
        (
            {"claim_by": "2026-08-30"},
            "2026년 8월 30일까지 신청할 수 있습니다.",
            "It can be claimed until 30 August 2026.",
        ),
        (
            {"claim_by": "2026-08-30", "months_lost": True},
            "2026년 8월 30일까지 신청하면 처음부터 받습니다. "
            "그 뒤에도 신청할 수 있으나 신청한 달부터 받습니다.",
            "Claimed by 30 August 2026, it is paid from the start. It can be claimed later, too, and is then "
            "paid only from the month of the claim.",
        ),
        (
            {"months_lost": True},
            "신청한 달부터 받으므로, 늦게 신청하면 앞의 달 몫을 받지 못할 수 있습니다.",
            "It is paid from the month of the claim: the months before it can be lost.",
        ),
        ({"after": ["kr/other"]}, "먼저 결정되어야 하는 것: kr/other.", "To be granted first: kr/other."),
        (
            {
                "facts": [
                    {
                        "label": NAMES["bus"], "value": True, "words": None, "unit": "",
                        "register": "findings of kr/other", "extracted_on": None,
                    }
                ]
            },
            "  버스: 예 (함께 판단한 kr/other)",
            "  bus: yes (as found of kr/other)",
        ),
    ],
)  # fmt: skip
def test_an_explanation_says_it(changes: dict[str, Any], ko: str, en: str) -> None:
    told = explained(**changes)

    assert [ko in Speaker("ko", {}).lines(told), en in Speaker("en", {}).lines(told)] == [True, True]


STEPS = [
    ("첫날", "First day", "2026-07-01", ""),
    ("한도", "Limit", 15_700, "USD"),
    ("늘어난 금액", "What it grows to", 35_840_325, "USD bp"),
    ("남는 금액", "What is left", 358_403, "USD cent"),
    ("날수", "Days", 1, "days"),
    ("모두", "All of it", None, ""),
]


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        (
            "ko",
            [
                *("계산 과정", "  1. 첫날: 2026년 7월 1일", "  2. 한도: US$15,700.00"),
                *("  3. 늘어난 금액: US$3,584.0325", "  4. 남는 금액: US$3,584.03", "  5. 날수: 1일"),
                "  6. 모두: 알 수 없음",
            ],
        ),
        (
            "en",
            [
                *("How it is worked out", "  1. First day: 1 July 2026", "  2. Limit: US$15,700.00"),
                *(
                    "  3. What it grows to: US$3,584.0325",
                    "  4. What is left: US$3,584.03",
                    "  5. Days: 1 day",
                ),
                "  6. All of it: not known",
            ],
        ),
    ],
)
def test_the_steps_of_the_working_are_said_in_order_with_their_units(lang: str, said: list[str]) -> None:
    steps = [{"label": {"ko": ko, "en": en}, "value": value, "unit": unit} for ko, en, value, unit in STEPS]
    lines = list(Speaker(lang, {}).lines(explained(steps=steps)))

    start = lines.index(said[0])
    assert said == lines[start : start + len(said)]


@pytest.mark.parametrize(
    ("missing", "settles", "ko", "en"),
    [
        (
            ["couple", "income"], [],
            ["판단하는 데 모자란 것: 소득; 배우자."],
            ["What is missing to tell: income; a spouse."],
        ),
        (
            ["income"], ["income"],
            ["이것만 알려지면 판단할 수 있습니다: 소득."],
            ["What would settle it: income."],
        ),
        (
            ["couple", "income"], ["couple", "income"],
            ["이 가운데 하나만 알려져도 판단할 수 있습니다: 소득; 배우자."],
            ["Any one of these would settle it: income; a spouse."],
        ),
        (
            ["couple", "income"], ["income"],
            ["판단하는 데 모자란 것: 소득; 배우자.", "이것만 알려지면 판단할 수 있습니다: 소득."],
            ["What is missing to tell: income; a spouse.", "What would settle it: income."],
        ),
        (
            [], [],
            ["자료를 더 받아도 아직 정해지지 않습니다. 때가 되거나 담당 기관이 심사해야 알 수 있습니다."],
            ["No further record settles it yet: time does, or the office that decides."],
        ),
    ],
)  # fmt: skip
def test_what_is_missing_and_what_would_do_alone_are_told_apart(
    missing: list[str], settles: list[str], ko: list[str], en: list[str]
) -> None:
    told = explained(status="unknown", amount=None, facts=MEANS, missing=missing, settles=settles)

    said = [list(Speaker(lang, {}).lines(told)) for lang in ("ko", "en")]
    assert [ko, en] == [lines[1 : 1 + len(ko)] for lines in said]


@pytest.mark.parametrize(
    ("lang", "line"), [("ko", "충족하지 못한 조건: 승용차."), ("en", "What is not met: car.")]
)
def test_who_is_not_entitled_hears_first_why_not(lang: str, line: str) -> None:
    criteria = [{"label": NAMES[one], "law": "§1", "value": one == "bus"} for one in NAMES]
    told = explained(status="not_entitled", amount=None, criteria=criteria)

    assert line == list(Speaker(lang, {}).lines(told))[1]


@pytest.mark.parametrize(("lang", "said"), [("ko", "한 달에 11,000원"), ("en", "KRW 11,000 a month")])
def test_an_amount_is_said_with_per_what_it_is_paid(lang: str, said: str) -> None:
    assert said == Speaker(lang, {}).money_per(11_000, "KRW", "month")


def test_another_programme_is_named_by_its_title() -> None:
    told = explained(after=["kr/other"])
    speaker = Speaker("ko", {}, {"kr/other": {"ko": "기초연금", "en": "Basic pension"}})

    assert "먼저 결정되어야 하는 것: 기초연금." in speaker.lines(told)


def test_what_hangs_on_another_programme_points_to_what_that_one_lacks() -> None:
    told = explained(
        status="unknown",
        amount=None,
        facts=[fact("pension", "기초연금", "entitled to it") | {"register": "findings of kr/pension"}],
        missing=["pension"],
        settles=["pension"],
    )
    titles = {"kr/pension": {"ko": "기초연금", "en": "Basic pension"}}
    ko, en = (list(Speaker(lang, {}, titles).lines(told)) for lang in ("ko", "en"))

    assert "이것만 알려지면 판단할 수 있습니다: 기초연금(kr/pension) 판단에 모자란 것." in ko
    assert "What would settle it: what is missing to tell of: Basic pension (kr/pension)." in en
