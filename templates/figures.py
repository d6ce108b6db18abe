"""Money, days, shares and masked contacts as a reader of each language writes them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

DECIMALS: Mapping[str, int] = {"KRW": 0, "JPY": 0, "USD": 2, "EUR": 2, "GBP": 2}
_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£"}
_PER = {
    "once": {"ko": "", "en": ""},
    "day": {"ko": "하루에 ", "en": " a day"},
    "week": {"ko": "한 주에 ", "en": " a week"},
    "month": {"ko": "한 달에 ", "en": " a month"},
    "year": {"ko": "한 해 ", "en": " for the year"},
}
_MONTHS = "January February March April May June July August September October November December".split()


def money(amount: int, currency: str, lang: str) -> str:
    """37,200원, KRW 37,200 or $52.56; `amount` is in the currency's smallest unit."""
    decimals = DECIMALS[currency]
    whole, rest = divmod(abs(amount), 10**decimals)
    figure = f"{whole:,}" + (f".{rest:0{decimals}d}" if decimals else "")
    minus = "-" if amount < 0 else ""
    if currency == "KRW" and lang == "ko":
        return f"{minus}{figure}원"
    sign = _SIGNS.get(currency, f"{currency} ")
    return f"{minus}{sign}{figure}"


def per_what(per: str, lang: str) -> str:
    """What stands before an amount in Korean and after it in English: 한 달에, a month; nothing for once."""
    return _PER[per][lang]


def sums(amount: Mapping[str, Mapping[str, int]], lang: str) -> tuple[str, ...]:
    """Sums by currency and per what, the single ones first, never added up: KRW 37,200, KRW 5 a month."""
    kinds = ((currency, per) for currency, by in amount.items() for per in _PER if per in by)
    return tuple(money_per(amount[currency][per], currency, per, lang) for currency, per in kinds)


def money_per(amount: int, currency: str, per: str, lang: str) -> str:
    """한 달에 5,000원, KRW 5,000 a month."""
    said = money(amount, currency, lang)
    return f"{per_what(per, lang)}{said}" if lang == "ko" else f"{said}{per_what(per, lang)}"


def day(moment: date | str, lang: str) -> str:
    """2026년 7월 1일, 1 July 2026; a text is read as ISO 8601."""
    on = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    if lang == "ko":
        return f"{on.year}년 {on.month}월 {on.day}일"
    return f"{on.day} {_MONTHS[on.month - 1]} {on.year}"


def term(period: str, lang: str) -> str:
    """2026년, 2026; a month is written by its first day: 2026년 8월, August 2026."""
    if "-" not in period:
        return f"{period}년" if lang == "ko" else period
    first = date.fromisoformat(period)
    return f"{first.year}년 {first.month}월" if lang == "ko" else f"{_MONTHS[first.month - 1]} {first.year}"


def clock(moment: datetime, lang: str) -> str:
    """2026년 7월 1일 오후 3시 20분, 1 July 2026, 3:20 pm: in the moment's own time zone."""
    hour = (moment.hour + 11) % 12 + 1
    if lang == "ko":
        half = "오전" if moment.hour < 12 else "오후"
        minutes = f" {moment.minute}분" if moment.minute else ""
        return f"{day(moment, lang)} {half} {hour}시{minutes}"
    half = "am" if moment.hour < 12 else "pm"
    return f"{day(moment, lang)}, {hour}:{moment.minute:02d} {half}"


def per_cent(basis_points: int) -> str:
    """3.1% for 310 hundredths of a per cent."""
    whole, rest = divmod(basis_points, 100)
    return f"{whole}.{rest:02d}".rstrip("0").rstrip(".") + "%"


def share(part: int, whole: int) -> str:
    """The part as a percentage of the whole: 12.5%; a dash when there is no whole."""
    return f"{100 * part / whole:.1f}%" if whole else "–"


def width(part: int, whole: int) -> str:
    """How long a bar is drawn; what exists is never drawn as nothing."""
    return f"{max(0.4, 100 * part / whole):.2f}%" if whole else "0%"


def number(count: int) -> str:
    """1,204"""
    return f"{count:,}"


def shown(
    value: str | int | bool | date | None,
    unit: str,
    *,
    words: Mapping[str, Mapping[str, str]],
    lang: str,
) -> str:
    """A fact as a person reads it: money and days spelt out, numbers with their unit; words stay words."""
    plain = words["values"]
    if value is None:
        return plain["unknown"]
    if isinstance(value, bool):
        return plain["yes" if value else "no"]
    if isinstance(value, date):
        return day(value, lang)
    if isinstance(value, int):
        return _number_with_unit(value, unit, words["units"], lang)
    return _day_or_same(value, lang)


def _number_with_unit(value: int, unit: str, units: Mapping[str, str], lang: str) -> str:
    """2,000cc, 37,200원; a number without a unit is a year or a code and is not grouped."""
    whole, cent, _ = unit.partition(" cent")
    if whole in DECIMALS:  # a fact counts whole units of its currency, unless it says cents
        return money(value if cent else value * 10 ** DECIMALS[whole], whole, lang)
    return f"{value:,}{units.get(unit, ' ' + unit)}" if unit else str(value)


def _day_or_same(value: str, lang: str) -> str:
    try:
        return day(date.fromisoformat(value), lang)
    except ValueError:
        return value


def plural(number: int, one: str, many: str) -> str:
    """1 person, 1,204 people."""
    return f"{number:,} {one if number == 1 else many}"


def grouped(digits: str) -> str:
    """Six digits in two groups, as they are read out on the telephone: 473 921."""
    return " ".join(digits[start : start + 3] for start in range(0, len(digits), 3))


def mask_contact(address: str) -> str:
    """010-****-5678 or h***@example.com: enough to recognise one's own, too little to use."""
    if "@" in address:
        box, domain = address.rsplit("@", 1)
        return f"{box[:1]}***@{domain}"
    digits = "".join(sign for sign in address if sign.isdigit())
    return f"010-****-{digits[-4:]}" if digits.startswith(("8210", "010")) else f"***-{digits[-4:]}"
