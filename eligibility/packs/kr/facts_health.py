"""What the health insurance's register says about one person's covered treatment in one year."""

from __future__ import annotations

from eligibility.facts import Fact, FactType, Sensitivity, Unit, column

SPECIAL = Sensitivity.SPECIAL

insured_year = Unit(
    "insured_year",
    register="copayments",
    id="settlement",
    period="year",
    seen_from="settled_on",
    label={"ko": "한 해의 진료비", "en": "a year of treatment"},
    facts=(
        Fact(
            "year",
            FactType.INT,
            label={"ko": "진료 연도", "en": "year of treatment"},
            source=column("year"),
        ),
        Fact(
            "covered_paid",
            FactType.MONEY,
            unit="KRW",
            label={"ko": "건강보험 본인부담금", "en": "own share of covered costs"},
            source=column("covered_paid"),
            sensitivity=SPECIAL,
        ),
        Fact(
            "decile",
            FactType.INT,
            label={"ko": "소득분위", "en": "income decile, by premium"},
            source=column("decile"),
            sensitivity=Sensitivity.PERSONAL,
        ),
        Fact(
            "long_stay",
            FactType.BOOL,
            label={
                "ko": "요양병원에 120일을 넘게 입원했는지",
                "en": "more than 120 days in a nursing hospital",
            },
            source=column("long_stay"),
            sensitivity=SPECIAL,
            question={
                "ko": "그해에 요양병원에 120일 넘게 입원하셨습니까?",
                "en": "Did you stay in a nursing hospital for more than 120 days of that year?",
            },
        ),
        Fact(
            "refunded",
            FactType.MONEY,
            unit="KRW",
            label={"ko": "이미 돌려받았거나 내지 않은 금액", "en": "given back already or never collected"},
            source=column("refunded"),
            sensitivity=SPECIAL,
        ),
        Fact(
            "settled_on",
            FactType.DATE,
            label={"ko": "상한액을 정산한 날", "en": "settled against the cap on"},
            source=column("settled_on"),
        ),
    ),
)
