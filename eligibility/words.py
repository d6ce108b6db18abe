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

_SENTENCES: dict[str, Words] = {
    "entitled": {"ko": "받을 수 있습니다", "en": "entitled"},
    "not_entitled": {"ko": "받을 수 없습니다", "en": "not entitled"},
    "unknown": {
        "ko": "아직 알 수 없습니다",
        "en": "cannot be told yet",
    },
    "as_of": {"ko": "{day} 기준", "en": "as of {day}"},
    "amount": {"ko": "금액은 {per}{amount}입니다.", "en": "The amount is {amount}{per}."},
    "amount_if": {"ko": "받게 되면 {per}{amount}입니다.", "en": "It would be {amount}{per}."},
    "undecided": {"ko": "금액은 심사에서 정해집니다.", "en": "The amount is decided with the application."},
    "offset": {
        "ko": "이 가운데 {amount}은 밀린 돈을 갚는 데 먼저 씁니다.",
        "en": "Of it {amount} goes first to what is still owed.",
    },
    "offset_unknown": {
        "ko": "밀린 돈이 있으면 그만큼 먼저 뺍니다. 있는지는 알 수 없습니다.",
        "en": "What is still owed would be taken off it first; whether anything is, is not known.",
    },
    "after": {"ko": "먼저 결정되어야 하는 것: {programmes}.", "en": "To be granted first: {programmes}."},
    "at_most": {"ko": "많아야 {amount}", "en": "at most {amount}"},
    "at_least": {"ko": "적어도 {amount}", "en": "at least {amount}"},
    "claim_from": {"ko": "{day}부터 신청할 수 있습니다.", "en": "It can be claimed from {day} on."},
    "part": {"ko": "{label} {amount} ({law})", "en": "{label}: {amount} ({law})"},
    "interest": {
        "ko": "여기에 {day}부터 이자가 붙습니다. 이율은 연 {rate}입니다({law}).",
        "en": "Interest runs from {day} at {rate} a year ({law}).",
    },
    "claim_by": {"ko": "{day}까지 신청할 수 있습니다.", "en": "It can be claimed until {day}."},
    "in_full_until": {
        "ko": "{day}까지 신청하면 처음부터 받습니다. 그 뒤에도 신청할 수 있으나 신청한 달부터 받습니다.",
        "en": "Claimed by {day}, it is paid from the start. It can be claimed later, too, and is then "
        "paid only from the month of the claim.",
    },
    "months_lost": {
        "ko": "신청한 달부터 받으므로, 늦게 신청하면 앞의 달 몫을 받지 못할 수 있습니다.",
        "en": "It is paid from the month of the claim: the months before it can be lost.",
    },
    "true": {"ko": "충족", "en": "yes"},
    "false": {"ko": "미충족", "en": "no"},
    "null": {"ko": "알 수 없음", "en": "not known"},
    "criteria": {"ko": "조건", "en": "Conditions"},
    "steps": {"ko": "계산 과정", "en": "How it is worked out"},
    "facts": {"ko": "근거가 된 자료", "en": "What the records say"},
    "missing": {"ko": "판단하는 데 모자란 것: {facts}.", "en": "What is missing to tell: {facts}."},
    "settles": {"ko": "이것만 알려지면 판단할 수 있습니다: {facts}.", "en": "What would settle it: {facts}."},
    "settles_each": {
        "ko": "이 가운데 하나만 알려져도 판단할 수 있습니다: {facts}.",
        "en": "Any one of these would settle it: {facts}.",
    },
    "open": {
        "ko": "자료를 더 받아도 아직 정해지지 않습니다. 때가 되거나 담당 기관이 심사해야 알 수 있습니다.",
        "en": "No further record settles it yet: time does, or the office that decides.",
    },
    "why_not": {"ko": "충족하지 못한 조건: {criteria}.", "en": "What is not met: {criteria}."},
    "assumed": {
        "ko": "자료로 알 수 없어 전제한 것",
        "en": "Taken for granted, as the records cannot show it",
    },
    "rates": {"ko": "적용한 기준", "en": "Rates applied"},
    "since": {"ko": "{day}부터", "en": "since {day}"},
    "unconfirmed": {"ko": "확인되지 않음", "en": "not confirmed"},
    "source": {"ko": "{register}, {day} 자료", "en": "{register}, extracted on {day}"},
    "found": {"ko": "함께 판단한 {programme}", "en": "as found of {programme}"},
    "never": {"ko": "{register}, 받은 자료 없음", "en": "{register}, never received"},
    "yes": {"ko": "예", "en": "yes"},
    "no": {"ko": "아니요", "en": "no"},
    "year": {"ko": "{year}년", "en": "{year}"},
    "up_to": {"ko": "{bound}까지 {value}", "en": "up to {bound}: {value}"},
    "above": {"ko": "{bound} 초과 {value}", "en": "above {bound}: {value}"},
    "per": {"ko": "{unit}당 {value}", "en": "{value} per {unit}"},
    "named": {"ko": "{name} {value}", "en": "{name}: {value}"},
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
        if not told.missing:
            yield self._say("open")

    def _labels(self, told: Explanation, names: Sequence[str]) -> str:
        return "; ".join(fact["label"][self.lang] for fact in told.facts if fact["name"] in names)

    def _heading(self, told: Explanation) -> str:
        as_of = self._say("as_of", day=self.day(told.as_of))
        return f"{self._period(told.period)}, {as_of}" if told.period else as_of

    def _period(self, period: str) -> str:
        """A year, or a month by its first day."""
        if not _is_day(period):
            return self._say("year", year=period)
        return str(format_skeleton("yMMMM", date.fromisoformat(period), locale=LOCALES[self.lang]))

    def _money(self, told: Explanation) -> Iterator[str]:
        if told.amount is not None:
            yield self._amount(told, told.amount)
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
        money, per = self.money(amount, told.currency), PER[told.per][self.lang]
        bound = "at_least" if told.at_least else "at_most" if told.at_most else None
        said = money if bound is None else self._say(bound, amount=money)
        return self._say("amount_if" if told.status == "unknown" else "amount", amount=said, per=per)

    def _steps(self, told: Explanation) -> Iterator[str]:
        """The values on the way to the amount, in the order in which the programme declares them."""
        if told.steps:
            yield self._say("steps")
        for number, one in enumerate(told.steps, start=1):
            yield f"  {number}. {one['label'][self.lang]}: {self._value(one)}"

    def _rates(self, told: Explanation) -> Iterator[str]:
        if told.rates:
            yield self._say("rates")
        for rate in told.rates:
            value = "; ".join(self.rate(rate["value"], rate["unit"], rate["names"]))
            notes = [rate["law"], self._say("since", day=self.day(rate["since"]))]
            if not rate["confirmed"]:
                notes.append(self._say("unconfirmed"))
            yield f"  {rate['label'][self.lang]}: {value} ({'; '.join(notes)})"

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
        return _SENTENCES[sentence][self.lang].format(**values)

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
