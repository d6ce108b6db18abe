from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from templates import figures

WORDS = {
    "values": {"yes": "예", "no": "아니요", "unknown": "기록에 없음"},
    "units": {"cc": "cc"},
}


@pytest.mark.parametrize(
    ("amount", "currency", "lang", "expected"),
    [
        (37200, "KRW", "ko", "37,200원"),
        (37200, "KRW", "en", "KRW 37,200"),
        (5256, "USD", "en", "$52.56"),
        (5256, "USD", "ko", "$52.56"),
        (5, "USD", "en", "$0.05"),
        (0, "KRW", "ko", "0원"),
        (-1250, "USD", "en", "-$12.50"),
        (-300, "KRW", "en", "-KRW 300"),
    ],
)
def test_money_is_written_as_its_reader_does(amount: int, currency: str, lang: str, expected: str) -> None:
    assert expected == figures.money(amount, currency, lang)


@pytest.mark.parametrize(
    ("lang", "expected"),
    [
        ("ko", ("37,200원", "한 달에 5,000원", "한 해 7원")),
        ("en", ("KRW 37,200", "KRW 5,000 a month", "KRW 7 for the year")),
    ],
)
def test_sums_of_different_kinds_stand_side_by_side(lang: str, expected: tuple[str, ...]) -> None:
    assert expected == figures.sums({"KRW": {"year": 7, "month": 5_000, "once": 37_200}}, lang)


@given(st.integers(min_value=0, max_value=10**15))
def test_no_cent_is_lost_in_writing(cents: int) -> None:
    written = figures.money(cents, "USD", "en")
    assert cents == int(written.removeprefix("$").replace(",", "").replace(".", ""))


def test_a_day_is_written_in_korean() -> None:
    assert "2026년 7월 1일" == figures.day(date(2026, 7, 1), "ko")


def test_a_day_is_written_in_english() -> None:
    assert "1 July 2026" == figures.day("2026-07-01", "en")


@pytest.mark.parametrize(
    ("hour", "minute", "ko", "en"),
    [
        (0, 5, "오전 12시 5분", "12:05 am"),
        (9, 0, "오전 9시", "9:00 am"),
        (12, 0, "오후 12시", "12:00 pm"),
        (15, 20, "오후 3시 20분", "3:20 pm"),
    ],
)
def test_an_hour_is_written_with_its_half_of_the_day(hour: int, minute: int, ko: str, en: str) -> None:
    moment = datetime(2026, 7, 1, hour, minute, tzinfo=UTC)
    assert (f"2026년 7월 1일 {ko}", f"1 July 2026, {en}") == (
        figures.clock(moment, "ko"),
        figures.clock(moment, "en"),
    )


@pytest.mark.parametrize(("points", "expected"), [(310, "3.1%"), (300, "3%"), (305, "3.05%"), (5, "0.05%")])
def test_a_rate_is_written_without_idle_zeros(points: int, expected: str) -> None:
    assert expected == figures.per_cent(points)


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (None, "", "기록에 없음"),
        (True, "", "예"),
        (False, "", "아니요"),
        (2026, "", "2026"),
        (2000, "cc", "2,000cc"),
        (381690, "KRW", "381,690원"),
        (1500, "㎏", "1,500 ㎏"),
        ("2026-07-01", "", "2026년 7월 1일"),
        (date(2026, 7, 1), "", "2026년 7월 1일"),
        ("비영업용", "", "비영업용"),
        ("12가0000", "", "12가0000"),
    ],
)
def test_a_fact_is_shown_in_words(value: str | int | None, unit: str, expected: str) -> None:
    assert expected == figures.shown(value, unit, words=WORDS, lang="ko")


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("+821000001234", "010-****-1234"),
        ("010-0000-1234", "010-****-1234"),
        ("+15550001234", "***-1234"),
        ("gildong@gaon.example", "g***@gaon.example"),
    ],
)
def test_a_masked_contact_keeps_only_what_its_owner_needs(address: str, expected: str) -> None:
    assert expected == figures.mask_contact(address)


@given(st.emails())
def test_a_masked_email_shows_at_most_one_letter_of_the_box(address: str) -> None:
    box = figures.mask_contact(address).rsplit("@", 1)[0]
    assert (True, True) == (len(box) <= 4, box.endswith("***"))


def test_what_exists_is_never_drawn_as_nothing() -> None:
    assert "0.40%" == figures.width(1, 1_000_000)


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [(30_811, "USD", "$30,811.00"), (30_811, "USD cent", "$308.11"), (30_811, "KRW", "KRW 30,811")],
)
def test_a_fact_counts_whole_units_of_its_currency_unless_it_says_cents(
    value: int, unit: str, expected: str
) -> None:
    assert expected == figures.shown(value, unit, words=WORDS, lang="en")
