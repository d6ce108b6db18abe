"""A rate in words: as one would read it aloud, in either language."""

from __future__ import annotations

from typing import Any

import pytest

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
