"""Each declared parser reads what it says and nothing else; an empty cell is no error."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.parsers import UnknownParser, natural_value, normalised, parser_of

BAD = "not valid"

READS = [
    ("text", "홍길동", "홍길동"),
    ("text", "\u1112\u1169\u11bc", "홍"),  # decomposed, as macOS writes it
    ("text", "\u00a0 x \u3000", "x"),
    ("text", "a\x07b", BAD),
    ("int", "-12", -12),
    ("int", "１２", 12),
    ("int", "1,234", BAD),
    ("int", "9" * 19, BAD),
    ("int:comma", "1,234,567원", 1234567),
    ("int:comma", "△1,234", -1234),
    ("int:comma", "(5)", -5),
    ("int:comma", "1,23", BAD),
    ("int:comma", "₩ 1,234 원", 1234),
    ("int:comma", "￦１，２３４", 1234),
    ("int:comma", "-₩5", -5),
    ("int:comma", "₩-5", -5),
    ("int:comma", "▲ 1,234원", -1234),
    ("int:comma", "−5", -5),
    ("int:comma", "－５", -5),
    ("int:comma", "（1,234）", -1234),
    ("int:comma", "(1,234원)", -1234),
    ("int:comma", "(-5)", BAD),
    ("int:comma", "1 2", BAD),
    ("int:comma", "1 234", BAD),
    ("int:comma", "100\n200", BAD),
    ("int:comma", "1,234\n567", BAD),
    ("int:comma", "10²", BAD),
    ("int:comma", "⑴", BAD),
    ("int:comma", "½", BAD),
    ("int", "−12", -12),
    ("int", "(12)", BAD),
    ("int", "1 2", BAD),
    ("int", "⑫", BAD),
    ("int", "1²", BAD),
    ("decimal:2", "−0.05", -5),
    ("decimal:2", "1²", BAD),
    ("decimal:2", "12.3", 1230),
    ("decimal:2", "-0.05", -5),
    ("decimal:2", "12.340", 1234),
    ("decimal:2", "12.345", BAD),
    ("decimal:2", "1e3", BAD),
    ("date:%Y%m%d", "20240229", date(2024, 2, 29)),
    ("date:%Y%m%d", "20230229", BAD),
    ("date:%Y%m%d", "2024022", BAD),
    ("date:%Y%m%d", "99991231", None),
    ("date:%Y%m%d", "00000000", None),
    ("date:%Y%m%d", "２０２４０２２９", date(2024, 2, 29)),
    ("date:%Y%m%d", "2024010²", BAD),
    ("date:iso", "2024-02-29", date(2024, 2, 29)),
    ("date:iso", "2024-2-29", BAD),
    ("bool:Y/N", "Y", True),
    ("bool:Y/N", "N", False),
    ("bool:Y/N", "y", BAD),
    ("one_of:a,b", "b", "b"),
    ("one_of:a,b", "c", BAD),
    ("kr_resident_number", "900101-0234567", "9001010234567"),
    ("kr_resident_number", "900101023456", BAD),
    ("kr_resident_number", "0000000000000", BAD),
    ("kr_resident_number", "9999999999999", BAD),
    ("kr_resident_number", "1111111111111", BAD),
    ("kr_resident_number", "991399-1234567", BAD),
    ("kr_resident_number", "9900011234567", BAD),
    ("kr_resident_number", "9906311234567", BAD),
    ("kr_resident_number", "9902300234567", BAD),
    ("kr_resident_number", "0002293234567", "0002293234567"),  # 2000 was a leap year, 1900 and 1800 were none
    ("kr_resident_number", "0002298234567", "0002298234567"),
    ("kr_resident_number", "0002291234567", BAD),
    ("kr_resident_number", "0002290234567", BAD),
    ("kr_resident_number", "0002295234567", BAD),
    ("kr_resident_number", "9602291234567", "9602291234567"),
    ("kr_resident_number", "9702291234567", BAD),
    ("kr_resident_number", "850131-5234567", "8501315234567"),
    ("kr_resident_number", "850430-8234567", "8504308234567"),
    ("kr_resident_number", "850431-8234567", BAD),
    ("kr_resident_number", "⑨⑩01010234567", BAD),
    ("kr_resident_number", "①②0101⓪②③④⑤⑥⑦", BAD),
    ("pad:4", "12³", BAD),
    ("kr_mobile", "010-0000-1234", "+821000001234"),
    ("kr_mobile", "+82 10 0000 1234", "+821000001234"),
    ("kr_mobile", "02-0000-1234", BAD),
    ("kr_mobile", "010-0000-123", BAD),
    ("email", "Kim@Example.INVALID", "Kim@example.invalid"),
    ("email", "kim@example", BAD),
    ("email", "kim @example.invalid", BAD),
    ("kr_plate", "12가 3456", "12가3456"),
    ("kr_plate", "12A3456", BAD),
    ("pad:13", "102033123456", "0102033123456"),
    ("pad:4", "12345", BAD),
    ("pattern:[A-Z]{2}", "AB", "AB"),
    ("pattern:[A-Z]{2}", "ABC", BAD),
]
SPECS = sorted({spec for spec, _, _ in READS})


def read(spec: str, text: str | None) -> object:
    frame = pl.DataFrame({"cell": [text]}, schema={"cell": pl.String}).select(normalised(pl.col("cell")))
    parser = parser_of(spec)
    value, valid = frame.select(value=parser.value(pl.col("cell")), valid=parser.valid(pl.col("cell"))).row(0)
    return value if valid else BAD


@pytest.mark.parametrize(("spec", "text", "expected"), READS)
def test_a_parser_reads_what_it_says(spec: str, text: str, expected: object) -> None:
    assert expected == read(spec, text)


@pytest.mark.parametrize("spec", SPECS)
@pytest.mark.parametrize("text", [None, "", "  ", "\u3000"])
def test_an_empty_cell_is_null_and_no_error(spec: str, text: str | None) -> None:
    assert read(spec, text) is None


@pytest.mark.parametrize("spec", SPECS)
@given(text=st.text(max_size=30))
@settings(deadline=None, max_examples=40)
def test_no_text_makes_a_parser_raise(spec: str, text: str) -> None:
    value = read(spec, text)
    assert value is None or isinstance(value, (str, int, bool, date))


@pytest.mark.parametrize(
    "spec",
    ["int:dots", "dat:iso", "date:%Y", "bool:Y", "one_of:a,,b", "pad:x", "pattern:(", "", 3, {"a": "int"}],
)
def test_a_parser_that_does_not_exist_is_refused(spec: object) -> None:
    with pytest.raises(UnknownParser):
        parser_of(spec)


@pytest.mark.parametrize(
    ("channel", "text", "expected"),
    [
        ("sms", "01000001234", "+821000001234"),
        ("email", "a@example.invalid", "a@example.invalid"),
        ("sms", "a@example.invalid", BAD),
        ("letter", "01000001234", BAD),
        (None, "01000001234", BAD),
    ],
)
def test_another_column_picks_the_parser(channel: str | None, text: str, expected: str) -> None:
    parser = parser_of({"by": "channel", "sms": "kr_mobile", "email": "email"})
    frame = pl.DataFrame(
        {"channel": [channel], "cell": [text]}, schema={"channel": pl.String, "cell": pl.String}
    )
    value, valid = frame.select(
        value=parser.value(pl.col("cell"), pl.col("channel")),
        valid=parser.valid(pl.col("cell"), pl.col("channel")),
    ).row(0)
    assert expected == (value if valid else BAD)


@given(
    day=st.dates(date(1800, 1, 1), date(2099, 12, 31)), serial=st.integers(0, 999_999), second=st.booleans()
)
@settings(deadline=None, max_examples=100)
def test_a_resident_number_begins_with_a_day_of_its_century(day: date, serial: int, second: bool) -> None:
    century = {18: "90", 19: "12", 20: "34"}[day.year // 100][second]
    number = f"{day:%y%m%d}{century}{serial:06d}"
    assert (BAD if len(set(number)) == 1 else number) == read("kr_resident_number", number)


def test_one_number_is_normalised_as_a_whole_column_is() -> None:
    assert natural_value(parser_of("kr_resident_number"), " 900101-0000001 ") == number_as_kept()


def number_as_kept() -> str:
    return "9001010000001"


def test_what_is_no_number_has_no_natural_value() -> None:
    assert natural_value(parser_of("kr_resident_number"), "홍길동") is None
