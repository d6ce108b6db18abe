"""What the records of US tax units say: whole dollars, ages at the end of the tax year."""

from __future__ import annotations

from eligibility.facts import Fact, FactType, Sensitivity, Unit, column

PERSONAL = Sensitivity.PERSONAL

tax_unit = Unit(
    "tax_unit",
    register="tax_units",
    id="record_id",
    period="tax_year",
    label={"ko": "과세단위", "en": "tax unit"},
    facts=(
        Fact(
            "tax_year",
            FactType.INT,
            label={"ko": "과세 연도", "en": "tax year"},
            source=column("tax_year"),
        ),
        Fact(
            "filing_status",
            FactType.TEXT,
            label={"ko": "신고 구분", "en": "filing status"},
            source=column("filing_status"),
            values={
                "single": {"ko": "독신", "en": "single"},
                "joint": {"ko": "부부합산", "en": "married filing jointly"},
                "separate": {"ko": "부부별도", "en": "married filing separately"},
                "head_of_household": {"ko": "세대주", "en": "head of household"},
            },
        ),
        Fact(
            "age_head",
            FactType.INT,
            label={"ko": "신고자 나이", "en": "age of the filer"},
            source=column("age_head"),
            unknown_when=(0,),
            sensitivity=PERSONAL,
        ),
        # Asked of joint filers alone, each of whom has a spouse: 0 means that nobody wrote the age down.
        Fact(
            "age_spouse",
            FactType.INT,
            label={"ko": "배우자 나이", "en": "age of the spouse"},
            source=column("age_spouse"),
            unknown_when=(0,),
            sensitivity=PERSONAL,
            about="other",
        ),
        Fact(
            "qualifying_children",
            FactType.INT,
            label={"ko": "적격 자녀 수", "en": "qualifying children"},
            source=column("qualifying_children_eitc"),
        ),
        Fact(
            "dependent_of_another",
            FactType.INT,
            label={"ko": "다른 납세자의 부양가족", "en": "somebody else's dependent"},
            source=column("is_dependent_of_another"),
            values={"0": {"ko": "아니요", "en": "no"}, "1": {"ko": "예", "en": "yes"}},
        ),
        Fact(
            "earned_income",
            FactType.MONEY,
            unit="USD",
            label={"ko": "근로소득과 사업소득", "en": "earned income"},
            source=column("earned_income"),
            sensitivity=PERSONAL,
        ),
        Fact(
            "adjusted_gross_income",
            FactType.MONEY,
            unit="USD",
            label={"ko": "조정총소득", "en": "adjusted gross income"},
            source=column("adjusted_gross_income"),
            sensitivity=PERSONAL,
        ),
        Fact(
            "investment_income",
            FactType.MONEY,
            unit="USD",
            label={"ko": "투자소득", "en": "investment income"},
            source=column("investment_income"),
            sensitivity=PERSONAL,
        ),
    ),
)
