"""What Korean registers say about a person who lives here: age, means, benefits in payment, disability."""

from __future__ import annotations

from eligibility.facts import Fact, FactType, Lookup, Rows, Sensitivity, Unit, column, findings_of
from eligibility.logic import one_of

PERSONAL, SPECIAL = Sensitivity.PERSONAL, Sensitivity.SPECIAL

means_test = Lookup("means_tests", keys={"resident": "resident"}, seen_from="assessed_on")
# A benefit that was granted and begins later is here too: whoever has the grant need not ask again.
benefits = Rows("benefits", keys={"resident": "resident"}, seen_until="until")
disability = Lookup("disabilities", keys={"resident": "resident"}, seen_from="registered_on")
basic_pension_found = findings_of("kr/basic_pension", keys={"resident": "subject_id"})

person = Unit(
    "person",
    register="residents",
    id="resident",
    where={"status": "alive"},
    label={"ko": "주민", "en": "resident"},
    facts=(
        Fact(
            "birth_date",
            FactType.DATE,
            label={"ko": "생년월일", "en": "date of birth"},
            source=column("birth_date"),
            sensitivity=PERSONAL,
        ),
        Fact(
            "couple",
            FactType.BOOL,
            label={"ko": "배우자와 함께 조사했는지", "en": "looked at together with a spouse"},
            source=means_test.value("couple"),
            sensitivity=PERSONAL,
            question={"ko": "배우자가 있으십니까?", "en": "Do you have a husband or wife?"},
        ),
        Fact(
            "recognised_income",
            FactType.MONEY,
            unit="KRW",
            label={"ko": "소득인정액(한 달, 부부는 합계)", "en": "recognised income, a month (of both)"},
            source=means_test.value("recognised_income"),
            sensitivity=PERSONAL,
        ),
        Fact(
            "national_pension",
            FactType.MONEY,
            unit="KRW",
            label={"ko": "국민연금(한 달)", "en": "national pension, a month"},
            source=means_test.value("national_pension"),
            sensitivity=PERSONAL,
        ),
        Fact(
            "special_pension",
            FactType.BOOL,
            label={
                "ko": "본인이나 배우자의 직역연금",
                "en": "a special pension, one's own or the spouse's",
            },
            source=means_test.value("special_pension"),
            sensitivity=PERSONAL,
            question={
                "ko": "본인이나 배우자가 공무원·사립학교·군인·별정우체국 연금을 받으시거나 받으셨습니까?",
                "en": "Do you or your spouse get, or did you ever get, a pension for public servants, "
                "private school teachers, soldiers or special post offices?",
            },
        ),
        Fact(
            "spouse_birth_date",
            FactType.DATE,
            label={"ko": "배우자의 생년월일", "en": "the spouse's date of birth"},
            source=means_test.value("spouse_birth_date"),
            sensitivity=PERSONAL,
            about="other",
        ),
        Fact(
            "spouse_receives",
            FactType.BOOL,
            label={"ko": "배우자의 기초연금 수급", "en": "the spouse's basic pension"},
            source=means_test.value("spouse_receives"),
            sensitivity=PERSONAL,
            about="other",
        ),
        Fact(
            "has_basic_pension",
            FactType.BOOL,
            label={"ko": "기초연금 수급", "en": "has the basic pension"},
            source=benefits.any(lambda row: row.benefit == "basic_pension"),
            when_absent=False,
            sensitivity=PERSONAL,
        ),
        Fact(
            "has_living_or_medical",
            FactType.BOOL,
            label={"ko": "생계급여 또는 의료급여 수급", "en": "has livelihood or medical benefit"},
            source=benefits.any(lambda row: one_of(row.benefit, "livelihood", "medical")),
            when_absent=False,
            sensitivity=PERSONAL,
        ),
        Fact(
            "has_housing_or_education",
            FactType.BOOL,
            label={"ko": "주거급여 또는 교육급여 수급", "en": "has housing or education benefit"},
            source=benefits.any(lambda row: one_of(row.benefit, "housing", "education")),
            when_absent=False,
            sensitivity=PERSONAL,
        ),
        Fact(
            "has_telecom_discount",
            FactType.BOOL,
            label={"ko": "통신요금 감면", "en": "pays less for the telephone already"},
            source=benefits.any(lambda row: row.benefit == "telecom_discount"),
            when_absent=False,
            sensitivity=PERSONAL,
        ),
        Fact(
            "disabled",
            FactType.BOOL,
            label={"ko": "장애인 등록", "en": "registered as disabled"},
            source=disability.exists(),
            when_absent=False,
            sensitivity=SPECIAL,
        ),
        Fact(
            "basic_pension_found",
            FactType.BOOL,
            label={"ko": "기초연금을 받을 수 있는지", "en": "is entitled to the basic pension"},
            source=basic_pension_found.exists(),
            when_absent=False,
            sensitivity=PERSONAL,
        ),
    ),
)
