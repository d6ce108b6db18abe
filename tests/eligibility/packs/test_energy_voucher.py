"""The energy voucher against published amounts and a second reading, and from registers to findings."""

from __future__ import annotations

import random
import shutil
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from eligibility.pack import load_pack
from eligibility.relations import Register
from tests.eligibility.judged import agreed
from tests.eligibility.packs.judge_energy_voucher import Answer, Member, voucher
from tests.eligibility.packs.monotone import turned_to_no
from tests.eligibility.packs.published_cases import published_cases
from tests.eligibility.packs.verdicts import PACKS, built_in, verdicts

PROGRAMME = "kr/energy_voucher"
ON = date(2025, 9, 1)
BENEFITS = ("livelihood", "medical", "housing", "education", "fuel_aid", "energy_voucher", "basic_pension")
OLD_COUPLE: dict[str, Any] = {
    "in_need": False, "members": 2, "oldest_born_on": date(1950, 3, 2), "youngest_born_on": date(1953, 4, 1),
    "member_is_disabled": False, "pregnancy_reported": False, "child_due_on": None,
    "basic_living_paid": True, "other_aid_paid": False, "fuel_aid_paid": False, "energy_voucher_given": False,
}  # fmt: skip
SCHEMAS: dict[str, dict[str, Any]] = {
    "households": {"household": pl.String, "head": pl.String, "in_need": pl.Boolean},
    "residents": {"resident": pl.String, "birth_date": pl.Date, "status": pl.String},
    "benefits": {"resident": pl.String, "benefit": pl.String, "since": pl.Date, "until": pl.Date},
    "disabilities": {"resident": pl.String, "registered_on": pl.Date},
    "pregnancies": {"resident": pl.String, "due_on": pl.Date},
}
MEDICAL = frozenset({"medical"})


@dataclass(frozen=True)
class Home:
    """A household: who lives there, and whether a notice names it."""

    members: list[Member]
    in_need: bool | None = None


Homes = dict[str, Home]


def made_up_homes(count: int) -> Homes:
    """Households around every edge of the rules, the same ones in every run."""
    draw = random.Random(16)
    homes: Homes = {}
    for number in range(count):
        members = [_member(draw) for _ in range(draw.choice((1, 1, 2, 3, 4, 6)))]
        homes[f"home-{number}"] = Home(members, draw.choice((None, True, False, False)))
    return homes


def _member(draw: random.Random) -> Member:
    years = draw.choice((0, 3, 6, 7, 8, 20, 35, 50, 64, 65, 66, 80))
    due = ON + timedelta(days=draw.choice((-190, -184, -183, -100, 0, 90)))
    chosen = [
        name for name in BENEFITS if draw.random() < (0.05 if name.endswith(("aid", "voucher")) else 0.25)
    ]
    return Member(
        birth=date(ON.year - years, draw.choice((1, 12)), draw.choice((1, 31))),
        disabled=draw.random() < 0.1,
        due_on=due if draw.random() < 0.1 else None,
        benefits=frozenset(chosen),
    )


def registers_of(homes: Homes, *, without: str | None = None) -> dict[str, Register]:
    """The registers that say all that about the homes, each home a group."""
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in SCHEMAS}
    for home, of_home in homes.items():
        group, people = {"_group": home}, [f"{home}-{at}" for at in range(len(of_home.members))]
        rows["households"].append(group | {"household": home, "head": people[0], "in_need": of_home.in_need})
        for person, one in zip(people, of_home.members, strict=True):
            of = group | {"resident": person}
            rows["residents"].append(of | {"birth_date": one.birth, "status": "alive"})
            rows["benefits"] += [of | {"benefit": name, "since": date(2025, 7, 1)} for name in one.benefits]
            rows["disabilities"] += [of | {"registered_on": date(2020, 1, 1)}] if one.disabled else []
            rows["pregnancies"] += [of | {"due_on": one.due_on}] if one.due_on else []
    frames = {
        name: pl.LazyFrame(rows[name], schema={"_group": pl.String, **schema})
        for name, schema in SCHEMAS.items()
    }
    return {name: Register(None if name == without else one, complete=True) for name, one in frames.items()}


def findings(registers: dict[str, Register]) -> dict[str, dict[str, Any]]:
    """What both engines find, by household."""
    pack = built_in("kr")
    compiled = pack.compile(pack.programmes[PROGRAMME], ON)
    return {one["unit_id"]: one for one in agreed(registers, {PROGRAMME: compiled}, ON)}


def as_judged(found: dict[str, Any] | None, answer: Answer) -> Answer:
    """A finding as the judge says it; where there is none, the judge's own sums with a no."""
    if found is None:
        return Answer("no", answer.summer, answer.winter, answer.year)
    summer, winter = found["parts"]
    word = {"entitled": "yes", "unknown": "open"}[found["status"]]
    return Answer(word, summer, winter, int(found["period"]))


@pytest.mark.parametrize("case", published_cases("kr_energy_voucher"), ids=lambda case: case["id"])
def test_a_published_amount_comes_out_to_the_won(case: dict[str, Any]) -> None:
    unit = OLD_COUPLE | {"members": case["inputs"]["members"]}

    (found,) = verdicts(PROGRAMME, [unit], date(case["inputs"]["year"], 9, 1))

    assert ("entitled", case["expected"]["amount"]) == (found.status, found.amount)


def test_six_hundred_households_get_from_their_registers_what_the_judge_reckons() -> None:
    homes = made_up_homes(600)
    answers = {home: voucher(one.members, ON, in_need=one.in_need) for home, one in homes.items()}

    found = findings(registers_of(homes))

    assert answers == {home: as_judged(found.get(home), one) for home, one in answers.items()}


@pytest.mark.parametrize("without", ["residents", "disabilities", "pregnancies", "benefits"])
def test_a_register_that_is_missing_ends_nobody(without: str) -> None:
    homes = made_up_homes(300)
    before = findings(registers_of(homes))

    after = findings(registers_of(homes, without=without))

    assert set() == set(before) - set(after)


def test_a_member_in_quarantine_makes_only_that_household_unknown() -> None:
    homes = {f"home-{number}": Home([Member(date(1950, 1, 1), benefits=MEDICAL)]) for number in range(3)}
    registers = registers_of(homes)
    schema = {"_row": pl.Int64, "_group": pl.String, "resident": pl.String}
    doubt = pl.DataFrame([(1, "home-1", None)], schema=schema, orient="row")
    residents = Register(registers["residents"].frame, complete=True, doubts=doubt)

    found = findings(registers | {"residents": residents})

    expected = {"home-0": "entitled", "home-1": "unknown", "home-2": "entitled"}
    assert expected == {home: one["status"] for home, one in found.items()}


def test_who_has_died_makes_nobody_entitled() -> None:
    registers = registers_of({"home": Home([Member(date(1990, 1, 1), benefits=MEDICAL)])})
    gone = {"_group": "home", "resident": "x", "birth_date": date(1940, 1, 1), "status": "deceased"}
    living = registers["residents"].frame
    assert living is not None
    both = pl.concat([living, pl.LazyFrame([gone], schema=living.collect_schema())])

    found = findings(registers | {"residents": Register(both, complete=True)})

    assert "unknown" == found["home"]["status"]


def test_another_years_voucher_is_another_entitlement() -> None:
    pack = built_in("kr")
    registers = registers_of({"home": Home([Member(date(1940, 1, 1), benefits=MEDICAL)])})
    days = [date(2025, 9, 1), date(2026, 9, 1)]

    found = [
        agreed(registers, {PROGRAMME: pack.compile(pack.programmes[PROGRAMME], day)}, day)[0] for day in days
    ]

    assert (["2025", "2026"], 2) == (
        [one["period"] for one in found],
        len({one["entitlement_id"] for one in found}),
    )


def test_taking_any_fact_away_never_turns_a_finding_into_a_no_nor_promises_more() -> None:
    changes: list[dict[str, Any]] = [
        {}, {"members": 5}, {"basic_living_paid": False, "other_aid_paid": True},
        {"oldest_born_on": date(1980, 1, 1), "youngest_born_on": date(2024, 1, 1)},
        {"oldest_born_on": date(1980, 1, 1), "youngest_born_on": None, "member_is_disabled": True},
        {"pregnancy_reported": True, "child_due_on": date(2025, 12, 1)},
    ]  # fmt: skip

    assert [] == turned_to_no(PROGRAMME, [OLD_COUPLE | change for change in changes], ON)


def test_a_larger_household_never_gets_less() -> None:
    found = verdicts(PROGRAMME, [OLD_COUPLE | {"members": size} for size in range(1, 9)], ON)

    amounts = [one.amount or 0 for one in found]
    assert sorted(amounts) == amounts


def test_no_amount_rests_on_a_rate_that_was_confirmed() -> None:
    book = built_in("kr").books[PROGRAMME]

    assert {None} == {one.confirmed_by for name in ("summer", "winter") for one in book[name].values}


def test_an_authority_that_goes_by_the_decree_alone_amends_one_rate(tmp_path: Path) -> None:
    folder = tmp_path / "kr"
    shutil.copytree(PACKS / "kr", folder)
    rates = folder / "energy_voucher.toml"
    rates.write_text(rates.read_text("utf-8").replace('choice = "notice"', 'choice = "decree"'), "utf-8")
    housing = OLD_COUPLE | {"basic_living_paid": False, "other_aid_paid": True}

    words = [
        verdicts(PROGRAMME, [housing], ON, pack=one)[0].status
        for one in (built_in("kr"), load_pack("kr", folder))
    ]

    assert ["entitled", "not_entitled"] == words
