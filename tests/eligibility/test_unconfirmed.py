"""Whatever a finding rests on, a rate that nobody confirmed is named as such in its explanation."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from eligibility.explanation import explanation_of
from eligibility.judging import judge
from eligibility.pack import load_pack
from tests.eligibility.toypack import AS_OF, RATES, RULES, write_toy_pack

OPEN_RATE = """
[open]
label = { ko = "열린 값", en = "open value" }
unit = "KRW"
law = "Ordinance §9"
confirmed = false
values = [{ since = 2020-01-01, value = 100 }]
"""
PLACES = {
    "criterion": """
@programme.criterion(law="Ordinance §9", label={"ko": "넘음", "en": "Above it"})
def above_it(f, r, on):
    return f.fee > r.open
""",
    "lower bound": """
@programme.amount_part(law="Ordinance §9", label={"ko": "더함", "en": "More"}, may_add=True)
def more(f, r, on):
    return choose(age_on(f.birth_date, f.given_up_on) < 200, r.open, 0)
""",
    "arrears": """
@programme.offset(law="Ordinance §9")
def owed(f, r, on):
    return r.open
""",
    "step": """
@programme.step(label={"ko": "값", "en": "value"})
def stepped(f, r, on):
    return r.open


@programme.amount_part(law="Ordinance §9", label={"ko": "더함", "en": "More"})
def more(f, r, on):
    return f.stepped
""",
}
FACTS = {"year": 2026, "fee": 12340, "paid": 12340, "is_given_up": True, "given_up_on": date(2026, 7, 1)}


def explained(folder: Path, rules: str) -> dict[str, Any]:
    """The explanation of one unit whose birth date is unknown, under these rules."""
    rates = RATES.replace("confirmed = false", 'confirmed_by = "the city council"') + OPEN_RATE
    pack = load_pack("toy", write_toy_pack(folder / "toy", rules=rules, rates=rates))
    (programme,) = pack.programmes.values()
    compiled = pack.compile(programme, AS_OF)
    names = {"_unit": "u", "_group": "g", "_asset": "a", "_period": "2026", "_to_payer": "s"}
    sheet = pl.DataFrame([{**names, **FACTS, "birth_date": date(1990, 1, 1)}])
    (row,) = judge(compiled, sheet.lazy()).collect().iter_rows(named=True)
    return explanation_of(compiled, row, deliveries={}, assumptions={}).as_document()


@pytest.mark.parametrize("place", PLACES)
def test_an_unconfirmed_rate_is_named_wherever_it_is_used(tmp_path: Path, place: str) -> None:
    told = explained(tmp_path, RULES + PLACES[place])
    assert ["open"] == [rate["name"] for rate in told["rates"] if not rate["confirmed"]]


def test_a_rate_that_is_not_used_is_not_named(tmp_path: Path) -> None:
    assert [] == [rate["name"] for rate in explained(tmp_path, RULES)["rates"] if not rate["confirmed"]]
