"""The toy pack with a second unit: who gets a refund for a space gets a bonus, who gets none a comfort."""

from __future__ import annotations

from pathlib import Path

from tests.eligibility.toypack import RULES, STORIES, write_toy_pack

FACTS = '''
"""What the toy city knows of a person."""

from __future__ import annotations

from eligibility.facts import Fact, FactType, Unit, column, findings_of

refunds = findings_of("toy/space_refund", keys={"person": "subject_id"})

person = Unit(
    "person", register="people", id="person", label={"ko": "사람", "en": "person"},
    facts=(
        Fact("birth_date", FactType.DATE, label={"ko": "생년월일", "en": "birth date"},
             source=column("birth_date")),
        Fact("has_refund", FactType.BOOL, label={"ko": "환급이 있는지", "en": "has a refund"},
             source=refunds.exists(), when_absent=False),
        Fact("refunded", FactType.MONEY, unit="KRW", label={"ko": "환급액", "en": "refunded"},
             source=refunds.total("amount"), when_absent=0),
    ),
)
'''

BONUS = '''
"""A tenth of the refund on top."""

from __future__ import annotations

from eligibility.logic import share
from eligibility.programmes import Programme

programme = Programme(
    "toy/bonus", unit="person", recipient="person", law="Ordinance §7",
    authority={"ko": "시장", "en": "the mayor"}, title={"ko": "덤", "en": "Bonus"}, currency="KRW",
)


@programme.criterion(law="Ordinance §7", label={"ko": "환급을 받음", "en": "Gets a refund"})
def gets_a_refund(f, r, on):
    return f.has_refund


@programme.amount_part(law="Ordinance §7", label={"ko": "덤", "en": "bonus"})
def tenth(f, r, on):
    return share(f.refunded, 1, 10)
'''

COMFORT = '''
"""Something for those who get no refund."""

from __future__ import annotations

from eligibility.programmes import Programme
from eligibility.terms import term

programme = Programme(
    "toy/comfort", unit="person", recipient="person", law="Ordinance §8",
    authority={"ko": "시장", "en": "the mayor"}, title={"ko": "위로금", "en": "Comfort"}, currency="KRW",
)


@programme.criterion(law="Ordinance §8", label={"ko": "환급이 없음", "en": "Gets no refund"})
def gets_no_refund(f, r, on):
    return ~f.has_refund


@programme.amount_part(law="Ordinance §8", label={"ko": "위로금", "en": "comfort"})
def comfort(f, r, on):
    return term(500)
'''

MORE_STORIES = """
[[story]]
name = "A refund of 5,000 won"
programme = "toy/bonus"
as_of = 2026-09-01
facts = { has_refund = true, refunded = 5000 }
finding = { status = "entitled", amount = 500 }
source = "made up"

[[story]]
name = "No refund"
programme = "toy/comfort"
as_of = 2026-09-01
facts = { has_refund = false }
finding = { status = "entitled", amount = 500 }
source = "made up"
"""


def write_opened_pack(folder: Path) -> Path:
    """The pack's files; returns the folder. Here the bonus for the young only adds to a lower bound."""
    youth = 'label={"ko": "청년 가산", "en": "bonus for the young"}'
    first = STORIES.split("[[story]]\n")[1]
    stories = f"[[story]]\n{first}{MORE_STORIES}"
    write_toy_pack(folder, rules=RULES.replace(youth, f"{youth}, may_add=True"), stories=stories)
    add_to_toy_pack(folder)
    return folder


def add_to_toy_pack(folder: Path) -> None:
    """Make a toy pack that is there the one with two units."""
    for name, text in (("facts_people.py", FACTS), ("bonus.py", BONUS), ("comfort.py", COMFORT)):
        (folder / name).write_text(text, "utf-8")
    people = folder / "contracts" / "people.toml"
    text = people.read_text("utf-8")
    programmes = 'programmes = ["toy/space_refund", "toy/bonus", "toy/comfort"]'
    people.write_text(text.replace('programmes = ["toy/space_refund"]', programmes), "utf-8")
