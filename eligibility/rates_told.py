"""The rates by which somebody's amount was reckoned, as an explanation tells them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eligibility.compiler import Compiled
from eligibility.facts import Words
from eligibility.judging import RATE_DAY
from eligibility.rates import Dated, Rate, picked_in
from eligibility.resting import open_rates_of_others


def is_unconfirmed(compiled: Compiled, row: Mapping[str, Any], others: Mapping[str, Compiled]) -> bool:
    """Whether the amount rests on a value that nobody has confirmed, also through an amount of `others`."""
    if open_rates_of_others(compiled, tuple(compiled.parts.values()), others, row=row):
        return True
    in_the_amount = {(rate.name, id(day)) for rate, day in picked_in(tuple(compiled.parts.values()))}
    used = [
        (rate, row[f"{RATE_DAY}{number}"])
        for number, (rate, day) in enumerate(compiled.rates)
        if (rate.name, id(day)) in in_the_amount
    ]
    values = [rate.on(day) for rate, day in used if day is not None]
    return any(one is not None and one.confirmed_by is None for one in values)


def rates_told(
    compiled: Compiled, row: Mapping[str, Any], others: Mapping[str, Compiled]
) -> list[dict[str, Any]]:
    """The value of each rate that was in force on the day that picks it, once per value; then the unconfirmed
    ones on which amounts rest that it reads of `others`, with whose they are."""
    return [*_own(compiled, row), *_of_others(compiled, row, others)]


def _own(compiled: Compiled, row: Mapping[str, Any]) -> list[dict[str, Any]]:
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for number, (rate, _) in enumerate(compiled.rates):
        day = row[f"{RATE_DAY}{number}"]
        dated = None if day is None else rate.on(day)
        if dated is not None:
            found[rate.name, dated.since.isoformat()] = _rate(rate.name, rate.label, rate, dated)
    return [found[key] for key in sorted(found)]


def _of_others(
    compiled: Compiled, row: Mapping[str, Any], others: Mapping[str, Compiled]
) -> list[dict[str, Any]]:
    return [
        _rate(one.name, _with_title(one.rate.label, others[one.programme].programme.title), *one[1:])
        for one in open_rates_of_others(compiled, compiled.roots, others, row=row)
    ]


def _with_title(label: Words, title: Words) -> Words:
    return {lang: f"{label[lang]} ({title[lang]})" for lang in label if lang in title}


def _rate(name: str, label: Words, rate: Rate, dated: Dated) -> dict[str, Any]:
    return {
        "name": name,
        "label": dict(label),
        "value": dated.content,
        "unit": rate.unit,
        "names": {code: dict(words) for code, words in rate.names.items()},
        "since": dated.since.isoformat(),
        "law": dated.law,
        "confirmed": dated.confirmed_by is not None,
    }
