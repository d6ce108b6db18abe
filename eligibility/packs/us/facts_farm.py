"""What records say about a farm in one year: grazing land, livestock, and droughts of its county."""

from __future__ import annotations

from collections.abc import Mapping

from eligibility.facts import Fact, FactType, Fields, Match, Rows, Unit, Words, column
from eligibility.logic import all_of, year_of
from eligibility.terms import Term

KINDS: Mapping[str, Words] = {
    "beef_cow": {"ko": "다 자란 육우", "en": "adult beef cows"},
    "beef_500": {"ko": "500파운드 이상 육우", "en": "beef cattle of 500 pounds or more"},
    "dairy_cow": {"ko": "다 자란 젖소", "en": "adult dairy cows"},
    "sheep": {"ko": "양", "en": "sheep"},
    "goat": {"ko": "염소", "en": "goats"},
}
LEVELS = ("D2", "D3", "D4")


def livestock_of(kind: str) -> tuple[Fact, Fact, Fact]:
    """How many of a kind there are, and since when the first and the last of them were held."""
    herd = Rows("herds", keys={"farm": "farm"}, where=lambda unit, row: row.kind == kind)
    ko, en = KINDS[kind]["ko"], KINDS[kind]["en"]
    return (
        Fact(
            kind,
            FactType.INT,
            unit="head",
            label={"ko": ko, "en": en},
            source=herd.total("head"),
            when_absent=0,
        ),
        Fact(
            f"{kind}_first_held",
            FactType.DATE,
            label={"ko": f"{ko}: 가장 오래된 보유 시작일", "en": f"{en}: held since, the first"},
            source=herd.earliest("held_since"),
        ),
        Fact(
            f"{kind}_last_held",
            FactType.DATE,
            label={"ko": f"{ko}: 가장 늦은 보유 시작일", "en": f"{en}: held since, the last"},
            source=herd.latest("held_since"),
        ),
    )


def drought_at(level: str) -> tuple[Fact, Fact, Fact]:
    """How long a level lasted in the grazing period of the year, in one spell and in all, and its start."""

    def that_year(unit: Fields, row: Fields) -> Term:
        return all_of(row.level == level, year_of(row.began_on) == unit.year)

    match: Match = that_year
    spells = Rows("droughts", keys={"farm": "farm"}, where=match)
    name = level.lower()
    return (
        Fact(
            f"{name}_weeks_in_a_row",
            FactType.INT,
            unit="weeks",
            label={"ko": f"{level} 가뭄이 이어진 주", "en": f"consecutive weeks of {level} drought"},
            source=spells.latest("weeks"),
            when_absent=0,
        ),
        Fact(
            f"{name}_weeks",
            FactType.INT,
            unit="weeks",
            label={"ko": f"{level} 가뭄이 든 주", "en": f"weeks of {level} drought"},
            source=spells.total("weeks"),
            when_absent=0,
        ),
        Fact(
            f"{name}_began_on",
            FactType.DATE,
            label={"ko": f"{level} 가뭄이 시작된 날", "en": f"{level} drought began on"},
            source=spells.last("began_on", by="weeks"),
        ),
    )


farm_year = Unit(
    "farm_year",
    register="farms",
    id="farm",
    period="year",
    label={"ko": "농장의 한 해", "en": "farm in a year"},
    facts=(
        Fact("year", FactType.INT, label={"ko": "해", "en": "year"}, source=column("year")),
        Fact(
            "grazing_acres",
            FactType.INT,
            unit="acres",
            label={"ko": "방목지", "en": "grazing land"},
            source=column("grazing_acres"),
        ),
        Fact(
            "acres_per_animal",
            FactType.INT,
            unit="acres",
            label={"ko": "가축 한 단위를 먹이는 방목지", "en": "grazing land that feeds one animal unit"},
            source=column("acres_per_animal"),
        ),
        *(fact for level in LEVELS for fact in drought_at(level)),
        *(fact for kind in KINDS for fact in livestock_of(kind)),
    ),
)
