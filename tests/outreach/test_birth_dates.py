from datetime import date

import pytest

from outreach.birth_dates import read_birth_date

TODAY = date(2026, 7, 6)
SEVENTH_OF_MARCH = frozenset({date(1990, 3, 7)})


@pytest.mark.parametrize(
    "text",
    [
        "1990-03-07",
        "19900307",
        "900307",
        "1990.3.7",
        "1990. 3. 7.",
        "1990/03/07",
        "1990 3 7",
        "90.3.7",
        "1990년 3월 7일",
        "1990년3월7일생",
        "90년 3월 7일",
        "１９９０．０３．０７",
        "  1990–03–07 ",
        "1990·03·07",
        "1990−03−07",
        "1990~3~7",
        "１９９０年３月７日",
        "7 March 1990",
        "7th of March, 1990",
        "March 7, 1990",
        "MAR 7 1990",
        "7-mar-1990",
    ],
)
def test_a_birth_date_is_read_in_every_usual_spelling(text: str) -> None:
    assert read_birth_date(text, today=TODAY) == SEVENTH_OF_MARCH


@pytest.mark.parametrize("text", ["", "March", "1990-13-07", "1990-02-30", "7 Marx 1990", "1990", "9" * 60])
def test_what_is_no_date_means_nothing(text: str) -> None:
    assert read_birth_date(text, today=TODAY) == frozenset()


def test_a_date_that_reads_two_ways_means_nothing() -> None:
    assert read_birth_date("03/07/1990", today=TODAY) == frozenset()


def test_a_year_last_date_that_reads_one_way_is_taken() -> None:
    assert read_birth_date("25/07/1990", today=TODAY) == frozenset({date(1990, 7, 25)})


def test_a_short_year_means_every_century_that_has_been() -> None:
    assert read_birth_date("050307", today=TODAY) == frozenset({date(1905, 3, 7), date(2005, 3, 7)})
