"""Reads a birth date as people write it: digits alone, with points, in Korean, in English."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_NAMES = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip

_PLAIN = str.maketrans(
    dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212~", "-")
    | dict.fromkeys("\u00b7\u30fb\u318d\u3002", ".")
    | {"年": "년", "月": "월", "日": "일"}
)  # fmt: skip
"""Other signs for a dash, a point and the words year, month and day, as keyboards and habits give them."""

_COMPACT = re.compile(r"(\d{4}|\d\d)(\d\d)(\d\d)생?")
_YEAR_FIRST = re.compile(
    r"(\d{4}|\d\d)\s*[-./년,\s]\s*(\d{1,2})\s*[-./월,\s]\s*(\d{1,2})\s*[.일]?\s*생?(?:일)?"
)
_YEAR_LAST = re.compile(r"(\d{1,2})\s*[-./\s]\s*(\d{1,2})\s*[-./\s]\s*(\d{4})")
_DAY_NAMED = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[\s.-]*(?:of\s+)?([a-z]+)[\s,.-]*(\d{4})")
_NAMED_DAY = re.compile(r"([a-z]+)[\s.-]*(\d{1,2})(?:st|nd|rd|th)?[\s,.-]+(\d{4})")


def read_birth_date(text: str, *, today: date) -> frozenset[date]:
    """Every day up to `today` that the text can mean; empty when it is no date or reads two ways.

    A year of two digits may mean either century: 050307 gives two days, of which the register knows one.
    03/07/1990 is the third of July to one reader and the seventh of March to another: it gives none, and
    the page asks for the year first.
    """
    plain = unicodedata.normalize("NFKC", text).translate(_PLAIN)
    plain = " ".join(plain.casefold().split())
    return frozenset(day for day in _meanings(plain) if day <= today)


def _meanings(text: str) -> Iterator[date]:
    if (match := _COMPACT.fullmatch(text)) or (match := _YEAR_FIRST.fullmatch(text)):
        for year in _years(match[1]):
            yield from _day(year, int(match[2]), int(match[3]))
    elif match := _YEAR_LAST.fullmatch(text):
        first, second, year = (int(group) for group in match.groups())
        either = {*_day(year, first, second), *_day(year, second, first)}
        yield from either if len(either) == 1 else ()
    elif match := _DAY_NAMED.fullmatch(text):
        yield from _day(int(match[3]), _month(match[2]), int(match[1]))
    elif match := _NAMED_DAY.fullmatch(text):
        yield from _day(int(match[3]), _month(match[1]), int(match[2]))


def _years(digits: str) -> tuple[int, ...]:
    return (int(digits),) if len(digits) == 4 else (1900 + int(digits), 2000 + int(digits))


def _month(name: str) -> int:
    if name in _MONTH_NAMES:
        return _MONTH_NAMES.index(name) + 1
    short = "sep" if name == "sept" else name
    return _MONTHS.index(short) + 1 if short in _MONTHS else 0


def _day(year: int, month: int, day: int) -> Iterator[date]:
    try:
        yield date(year, month, day)
    except ValueError:
        return
