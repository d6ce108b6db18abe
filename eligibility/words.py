"""Says an explanation in words, in Korean and English, as one would read it aloud at a counter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from babel.dates import format_date, format_skeleton
from babel.numbers import format_currency

from eligibility.explanation import Explanation
from eligibility.facts import FINDINGS_OF, Words
from eligibility.sentences import SENTENCES

# Units of measure as they stand behind a number; the rest are said as they are written.
UNITS: dict[str, Words] = {
    "percent": {"ko": "%", "en": "%"},
    "permille": {"ko": "‰", "en": "‰"},
    "years": {"ko": "년", "en": " years"},
    "months": {"ko": "개월", "en": " months"},
    "days": {"ko": "일", "en": " days"},
    "cc": {"ko": "cc", "en": " cc"},
    "count": {"ko": "", "en": ""},
    "age": {"ko": "세", "en": " years"},
    "sixths": {"ko": "/6", "en": "/6"},
    "acres": {"ko": "에이커", "en": " acres"},
    "hours": {"ko": "시간", "en": " hours"},
    "weeks": {"ko": "주", "en": " weeks"},
    "people": {"ko": "명", "en": " people"},
    "head": {"ko": "마리", "en": " head"},
}
ONE = {" people": " person"}
MINOR_DIGITS = {"KRW": 0, "USD": 2, "EUR": 2}
# Per what an amount is, as it stands before it in Korean and after it in English.
PER: dict[str, Words] = {
    "once": {"ko": "", "en": ""},
    "day": {"ko": "하루에 ", "en": " a day"},
    "week": {"ko": "한 주에 ", "en": " a week"},
    "month": {"ko": "한 달에 ", "en": " a month"},
    "year": {"ko": "한 해에 ", "en": " a year"},
}


@dataclass(frozen=True)
class Speaker:
    """Speaks one language; `registers` and `programmes` name each of them by its title."""

    lang: str
    registers: Mapping[str, Words]
    programmes: Mapping[str, Words] = field(default_factory=dict)

    def lines(self, told: Explanation) -> Iterator[str]:
        """The explanation, line by line, the answer first."""
        yield f"{told.title[self.lang]} ({self._heading(told)}): {self._say(told.status)}"
        yield from self._money(told)
        yield from self._why_not_yet(told)
        yield self._say("criteria")
        for one in told.criteria:
            value = "null" if one["value"] is None else str(one["value"]).lower()
            yield f"  [{self._say(value)}] {one['label'][self.lang]} ({one['law']})"
        yield from self._steps(told)
        yield self._say("facts")
        settled = told.status != "unknown" and not told.at_least
        for fact in told.facts:
            if fact["value"] is not None or not settled:  # what is not known and decides nothing is noise
                yield f"  {fact['label'][self.lang]}: {self._value(fact)} ({self._source(fact)})"
        yield from self._rates(told)
        if told.assumptions:
            yield self._say("assumed")
            yield from (f"  {words[self.lang]}" for words in told.assumptions.values())

    def _why_not_yet(self, told: Explanation) -> Iterator[str]:
        """What is not met, or what is missing: all of it, and what would do alone."""
        if told.status == "not_entitled":
            unmet = [one["label"][self.lang] for one in told.criteria if one["value"] is False]
            yield self._say("why_not", criteria="; ".join(unmet))
        if told.status != "unknown":
            return
        if told.missing and set(told.missing) != set(told.settles):
            yield self._say("missing", facts=self._labels(told, told.missing))
        if told.settles:
            alone = "settles" if len(told.settles) == 1 else "settles_each"
            yield self._say(alone, facts=self._labels(told, told.settles))
        yield from self._in_the_way(told)

    def _in_the_way(self, told: Explanation) -> Iterator[str]:
        """What no further record mends: a rate without a value, a record that cannot be, time, the office."""
        needed = [one for one in told.no_value if one["decides"]]
        for day in dict.fromkeys(one["day"] for one in needed):
            rates = "; ".join(one["label"][self.lang] for one in needed if one["day"] == day)
            yield self._say("no_value", day=self.day(day), rates=rates)
        if told.impossible:
            yield self._say("impossible", facts=self._labels(told, told.impossible))
        if not told.missing and not needed and not told.impossible:
            yield self._say("open")

    def _labels(self, told: Explanation, names: Sequence[str]) -> str:
        return "; ".join(self._asked_of(fact) for fact in told.facts if fact["name"] in names)

    def _asked_of(self, fact: Mapping[str, Any]) -> str:
        """A fact as one would ask for it; what another programme finds hangs on what that one lacks."""
        if not fact["register"].startswith(FINDINGS_OF):
            return str(fact["label"][self.lang])
        other = fact["register"].removeprefix(FINDINGS_OF)
        return self._say("lacks_too", programme=self._programme(other), id=other)

    def _heading(self, told: Explanation) -> str:
        as_of = self._say("as_of", day=self.day(told.as_of))
        return f"{self._period(told.period)}, {as_of}" if told.period else as_of

    def _period(self, period: str) -> str:
        """A year, or a month by its first day."""
        if not _is_day(period):
            return self._say("year", year=period)
        return str(format_skeleton("yMMMM", date.fromisoformat(period), locale=LOCALES[self.lang]))

    def _money(self, told: Explanation) -> Iterator[str]:
        if told.amount is not None and told.amount >= 0:
            yield self._amount(told, told.amount)
        elif told.amount is not None:  # a scan refuses it
            yield self._say("negative", facts=self._labels(told, told.impossible))
        for part in told.parts:
            if part["amount"]:
                amount = self.money(part["amount"], told.currency)
                yield "  " + self._say("part", label=part["label"][self.lang], amount=amount, law=part["law"])
        yield from self._set_off(told)
        if told.accrual is not None and told.accrual["rate_bp"] is not None:
            day, rate = self.day(told.accrual["from"]), percent(told.accrual["rate_bp"])
            yield self._say("interest", day=day, rate=rate, law=told.accrual["law"])
        if told.after:
            yield self._say("after", programmes=", ".join(self._programme(one) for one in told.after))
        if told.claim_from is not None and told.claim_from > told.as_of:
            yield self._say("claim_from", day=self.day(told.claim_from))
        if told.claim_by is not None:
            yield self._say("in_full_until" if told.months_lost else "claim_by", day=self.day(told.claim_by))
        elif told.months_lost and told.status != "not_entitled":
            yield self._say("months_lost")

    def _set_off(self, told: Explanation) -> Iterator[str]:
        if told.amount is not None and told.offset is None:
            yield self._say("offset_unknown")
        elif told.offset:
            yield self._say("offset", amount=self.money(told.offset, told.currency))

    def _amount(self, told: Explanation, amount: int) -> str:
        if told.at_least and (told.at_most or not amount):
            return self._say("undecided")
        money = self.money(amount, told.currency)
        per = self._year(told.period) if told.per == "once" else PER[told.per][self.lang]
        bound = "at_least" if told.at_least else "at_most" if told.at_most else None
        said = money if bound is None else self._say(bound, amount=money)
        note = self._say("by_unconfirmed") if told.unconfirmed else ""
        sentence = "amount_if" if told.status == "unknown" else "amount"
        return self._say(sentence, amount=said, per=per, note=note)

    def _year(self, period: str) -> str:
        """For which year something is paid once; nothing where the period is none."""
        return self._say("for_year", year=period) if period.isdecimal() else ""

    def _steps(self, told: Explanation) -> Iterator[str]:
        """The values on the way to the amount, in the order in which the programme declares them."""
        if told.steps:
            yield self._say("steps")
        for number, one in enumerate(told.steps, start=1):
            yield f"  {number}. {one['label'][self.lang]}: {self._value(one)}"

    def _rates(self, told: Explanation) -> Iterator[str]:
        if told.rates or told.no_value:
            yield self._say("rates")
        for rate in told.rates:
            value = "; ".join(self.rate(rate["value"], rate["unit"], rate["names"]))
            notes = [rate["law"], self._say("since", day=self.day(rate["since"]))]
            if not rate["confirmed"]:
                notes.append(self._say("unconfirmed"))
            yield f"  {rate['label'][self.lang]}: {value} ({'; '.join(notes)})"
        for one in told.no_value:
            yield f"  {one['label'][self.lang]}: {self._say('no_value_on', day=self.day(one['day']))}"

    def rate(self, value: Any, unit: str, names: Mapping[str, Words]) -> list[str]:
        """A rate's value in words; a table says each of its rows by itself."""
        if isinstance(value, str):
            return [names[value][self.lang]]
        if isinstance(value, Mapping):
            rows = ((names[key][self.lang], self._number(one, unit)) for key, one in value.items())
            return [self._say("named", name=name, value=number) for name, number in rows]
        if isinstance(value, int):
            return [self._number(value, unit)]
        return list(self._brackets(value, unit))

    def _brackets(self, rows: Sequence[Mapping[str, Any]], unit: str) -> Iterator[str]:
        measure = unit.partition("/")[2]  # of KRW/cc it is the cc that the bounds count
        below = ""
        for row in rows:
            value = self._number(row["value"], unit)
            if row["up_to"] is None:
                yield self._say("above", bound=below, value=value) if below else value
            else:
                below = self._number(row["up_to"], measure) if measure else f"{row['up_to']:,}"
                yield self._say("up_to", bound=below, value=value)

    def _value(self, fact: Mapping[str, Any]) -> str:
        value = fact["value"]
        if value is None:
            return self._say("null")
        if fact.get("words"):
            return str(fact["words"][self.lang])
        if isinstance(value, bool):
            return self._say("yes" if value else "no")
        if isinstance(value, int):
            return self._number(value, fact["unit"])
        return self.day(value) if _is_day(value) else str(value)

    def _number(self, value: int, unit: str) -> str:
        if unit == "bp":
            return percent(value)
        if "/" in unit:  # KRW/cc
            whole, _, per = unit.partition("/")
            return self._say("per", value=self._number(value, whole), unit=per)
        if unit.endswith(" cent"):
            return self.money(value, unit.removesuffix(" cent"))
        if unit.endswith(" bp"):  # dollars times basis points: ten-thousandths of a dollar
            exact, currency = Decimal(value) / 10_000, unit.removesuffix(" bp")
            return format_currency(exact, currency, locale=LOCALES[self.lang], decimal_quantization=False)
        if unit in MINOR_DIGITS:  # facts are in whole units of the currency, unless they say cents
            return self.money(value * 10 ** MINOR_DIGITS[unit], unit)
        if not unit:
            return str(value)  # a year, a count: no thousands
        if unit == "month day":
            some_year = date(2000, value // 100, value % 100)
            return str(format_skeleton("MMMMd", some_year, locale=LOCALES[self.lang]))
        if unit == "year":
            return self._say("year", year=str(value))
        words = UNITS.get(unit, {}).get(self.lang, f" {unit}")
        return f"{value:,}{ONE.get(words, words.removesuffix('s')) if value == 1 else words}"

    def _source(self, fact: Mapping[str, Any]) -> str:
        if fact["register"].startswith(FINDINGS_OF):
            return self._say("found", programme=self._programme(fact["register"].removeprefix(FINDINGS_OF)))
        title = self.registers.get(fact["register"], {}).get(self.lang, fact["register"])
        if fact["extracted_on"] is None:
            return self._say("never", register=title)
        return self._say("source", register=title, day=self.day(fact["extracted_on"]))

    def _programme(self, name: str) -> str:
        return self.programmes.get(name, {}).get(self.lang, name)

    def _say(self, sentence: str, **values: str) -> str:
        return SENTENCES[sentence][self.lang].format(**values)

    def day(self, iso: str) -> str:
        """2026-07-01 as one says it."""
        return format_date(date.fromisoformat(iso), "long", locale=LOCALES[self.lang])

    def money(self, amount: int, currency: str) -> str:
        """An amount in the currency's smallest unit as one says it."""
        if currency == "KRW":  # as every page and message writes it; a sign of it is known to few
            return f"{amount:,}원" if self.lang == "ko" else f"KRW {amount:,}"
        value = Decimal(amount).scaleb(-MINOR_DIGITS.get(currency, 2))
        return format_currency(value, currency, locale=LOCALES[self.lang])

    def money_per(self, amount: int, currency: str, per: str) -> str:
        """The same with per what it is paid: KRW 5,000 a month."""
        said, each = self.money(amount, currency), PER[per][self.lang]
        return f"{each}{said}" if self.lang == "ko" else f"{said}{each}"


LOCALES = {"ko": "ko_KR", "en": "en_GB"}


def percent(basis_points: int) -> str:
    """310 as 3.1%."""
    return f"{(Decimal(basis_points) / 100).normalize():f}%"


def _is_day(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return len(value) == 10
