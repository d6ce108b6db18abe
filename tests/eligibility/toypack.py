"""A small made-up pack: a city gives back part of the fee for a bicycle parking space that was given up."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from eligibility.relations import Register

AS_OF = date(2026, 9, 1)

FACTS = '''
"""What the toy city's registers say about one yearly parking fee."""

from __future__ import annotations

from eligibility.facts import Fact, FactType, Lookup, Rows, Sensitivity, Unit, column, present

person = Lookup("people", keys={"payer": "person"})
payments = Rows("paid", keys={"fee": "fee"}, seen_from="paid_on")

space = Unit(
    "space", register="fees", id="fee", asset="place", period="year", where={"kind": "yearly"},
    known_from={"given_up_on": "given_up_on"},
    label={"ko": "자리", "en": "parking space"},
    facts=(
        Fact("year", FactType.INT, label={"ko": "연도", "en": "year"}, source=column("year")),
        Fact("fee", FactType.MONEY, unit="KRW", label={"ko": "요금", "en": "fee"}, source=column("amount")),
        Fact("is_given_up", FactType.BOOL, label={"ko": "반납 여부", "en": "given up"},
             source=present("given_up_on")),
        Fact("given_up_on", FactType.DATE, label={"ko": "반납일", "en": "given up on"},
             source=column("given_up_on")),
        Fact("paid", FactType.MONEY, unit="KRW", label={"ko": "납부액", "en": "paid"},
             source=payments.total("amount"), when_absent=0),
        Fact("birth_date", FactType.DATE, label={"ko": "생년월일", "en": "birth date"},
             source=person.value("birth_date"), sensitivity=Sensitivity.PERSONAL),
    ),
)
'''

RULES = '''
"""The refund of the toy city's parking fee."""

from __future__ import annotations

from eligibility.logic import age_on, choose, days_after, floor10, share, year_of, years_after
from eligibility.programmes import Programme

programme = Programme(
    "toy/space_refund", unit="space", recipient="payer", rates="space.toml", law="Ordinance §3",
    authority={"ko": "시장", "en": "the mayor"}, title={"ko": "자리 환급", "en": "Space refund"},
    currency="KRW",
)


@programme.rate_day
def given_up(f, on):
    return f.given_up_on


@programme.criterion(law="Ordinance §1", label={"ko": "요금을 다 냄", "en": "The fee was paid"})
def fee_was_paid(f, r, on):
    return f.paid >= f.fee


@programme.criterion(law="Ordinance §2", label={"ko": "그해에 반납함", "en": "Given up in that year"})
def given_up_in_the_year(f, r, on):
    return f.is_given_up & (year_of(f.given_up_on) == f.year)


@programme.amount_part(law="Ordinance §3", label={"ko": "요금", "en": "fee"})
def fee_part(f, r, on):
    return floor10(share(f.paid, r.share_back, 100))


@programme.amount_part(law="Ordinance §4", label={"ko": "청년 가산", "en": "bonus for the young"})
def youth_part(f, r, on):
    return choose(age_on(f.birth_date, f.given_up_on) < 20, r.bonus, 0)


@programme.accrual(rate="interest", law="Ordinance §5")
def interest_from(f, r, on):
    return days_after(f.given_up_on, 1)


@programme.claim(law="Ordinance §6")
def claim_window(f, r, on):
    return f.given_up_on, years_after(f.given_up_on, 5)
'''

RATES = """
[share_back]
label = { ko = "환급 비율", en = "share given back" }
unit = "percent"
law = "Ordinance §3"
confirmed_by = "the city council"
values = [{ since = 2020-01-01, value = 40 }, { since = 2026-07-01, value = 50 }]

[bonus]
label = { ko = "청년 가산", en = "bonus for the young" }
unit = "KRW"
law = "Ordinance §4"
confirmed = false
values = [{ since = 2020-01-01, value = 1000 }]

[interest]
label = { ko = "이자율", en = "interest" }
unit = "bp"
law = "Ordinance §5"
confirmed_by = "the city council"
values = [{ since = 2020-01-01, value = 200 }, { since = 2026-08-01, value = 310 }]
"""

STORIES = """
[[story]]
name = "Paid 12,340 won, given up in July by a grown-up"
programme = "toy/space_refund"
as_of = 2026-09-01
finding = { status = "entitled", amount = 6170, parts = { fee_part = 6170, youth_part = 0 } }
source = "made up"
[story.facts]
year = 2026
fee = 12340
paid = 12340
is_given_up = true
given_up_on = 2026-07-01
birth_date = 1990-01-01

[[story]]
name = "The same, with an unknown birth date"
programme = "toy/space_refund"
as_of = 2026-09-01
facts = { year = 2026, fee = 12340, paid = 12340, is_given_up = true, given_up_on = 2026-07-01 }
finding = { status = "unknown", unknown = [], unmet = [] }
source = "made up"
"""

CONTRACTS = {
    "people": """
name = "toy/people"
register = "people"
title = { ko = "주민", en = "People" }
source = "the toy city"
legal_basis = "Ordinance §1"
programmes = ["toy/space_refund"]
max_age_days = 60
max_quarantined = 0.5
complete = true
unique = ["person"]
group = { column = "household" }
[[column]]
name = "person"
in_file = "number"
parser = "text"
required = true
identity = "person"
secret = true
[[column]]
name = "household"
in_file = "household"
parser = "text"
required = true
identity = "household"
[[column]]
name = "birth_date"
in_file = "born"
parser = "date:iso"
""",
    "fees": """
name = "toy/fees"
register = "fees"
title = { ko = "자리 요금", en = "Parking fees" }
source = "the toy city"
legal_basis = "Ordinance §1"
programmes = ["toy/space_refund"]
max_age_days = 60
max_quarantined = 0.5
complete = true
unique = ["fee"]
group = { column = "payer", register = "people", key = "person", group = "household" }
[[column]]
name = "fee"
in_file = "fee number"
parser = "text"
required = true
identity = "fee"
[[column]]
name = "payer"
in_file = "number"
parser = "text"
required = true
identity = "person"
secret = true
[[column]]
name = "place"
in_file = "place"
parser = "text"
required = true
identity = "place"
[[column]]
name = "year"
in_file = "year"
parser = "int"
required = true
[[column]]
name = "kind"
in_file = "kind"
parser = "one_of:yearly,monthly"
required = true
[[column]]
name = "amount"
in_file = "amount"
parser = "int:comma"
min = 0
[[column]]
name = "given_up_on"
in_file = "given up"
parser = "date:iso"
""",
    "paid": """
name = "toy/paid"
register = "paid"
title = { ko = "납부", en = "Payments" }
source = "the toy city"
legal_basis = "Ordinance §1"
programmes = ["toy/space_refund"]
max_age_days = 60
max_quarantined = 0.5
complete = true
group = { column = "fee", register = "fees", key = "fee" }
[[column]]
name = "payment"
in_file = "payment"
parser = "text"
required = true
identity = "payment"
[[column]]
name = "payer"
in_file = "number"
parser = "text"
required = true
identity = "person"
secret = true
[[column]]
name = "fee"
in_file = "fee number"
parser = "text"
required = true
identity = "fee"
[[column]]
name = "amount"
in_file = "amount"
parser = "int:comma"
min = 0
[[column]]
name = "paid_on"
in_file = "paid on"
parser = "date:iso"
""",
}


def write_toy_pack(folder: Path, *, rates: str = RATES, rules: str = RULES, stories: str = STORIES) -> Path:
    """The pack's files; returns the folder."""
    (folder / "contracts").mkdir(parents=True)
    (folder / "facts.py").write_text(FACTS, "utf-8")
    (folder / "space.py").write_text(rules, "utf-8")
    (folder / "space.toml").write_text(rates, "utf-8")
    (folder / "stories.toml").write_text(stories, "utf-8")
    for name, text in CONTRACTS.items():
        (folder / "contracts" / f"{name}.toml").write_text(text, "utf-8")
    return folder


def register(rows: list[dict[str, Any]], schema: dict[str, Any], *, complete: bool = True) -> Register:
    """A register held in memory; every row lies in group `h` unless it says otherwise."""
    whole = {"_group": pl.String, **schema}
    given = [{"_group": "h", **row} for row in rows]
    return Register(pl.DataFrame(given, schema=whole).lazy(), complete=complete)
