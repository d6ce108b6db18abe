"""What Korean registers say about a household: who lives in it, and what any of them receives or needs.

Every fact comes from the rows of the household's own group. A member of whom a row is in quarantine makes
unknown what that row might change, and nothing else.
"""

from __future__ import annotations

from eligibility.facts import Fact, FactType, Rows, Sensitivity, Unit, column
from eligibility.logic import one_of

PERSONAL, SPECIAL = Sensitivity.PERSONAL, Sensitivity.SPECIAL

members = Rows("residents", where=lambda unit, row: row.status == "alive")
grants = Rows("benefits", seen_from="since", seen_until="until")
disabled = Rows("disabilities", seen_from="registered_on")
pregnant = Rows("pregnancies")


household = Unit(
    "household",
    register="households",
    id="household",
    label={"ko": "세대", "en": "household"},
    facts=(
        Fact(
            "members",
            FactType.INT,
            unit="people",
            label={"ko": "세대원 수", "en": "people in the household"},
            source=members.count(),
        ),
        Fact(
            "oldest_born_on",
            FactType.DATE,
            label={"ko": "가장 나이 많은 세대원이 태어난 날", "en": "day of birth of the oldest member"},
            source=members.earliest("birth_date"),
            sensitivity=PERSONAL,
            about="other",
        ),
        Fact(
            "youngest_born_on",
            FactType.DATE,
            label={"ko": "가장 어린 세대원이 태어난 날", "en": "day of birth of the youngest member"},
            source=members.latest("birth_date"),
            sensitivity=PERSONAL,
            about="other",
        ),
        Fact(
            "member_is_disabled",
            FactType.BOOL,
            label={"ko": "등록장애인인 세대원이 있는지", "en": "whether a member is registered as disabled"},
            source=disabled.exists(),
            when_absent=False,
            sensitivity=SPECIAL,
            about="other",
        ),
        Fact(
            "pregnancy_reported",
            FactType.BOOL,
            label={"ko": "임신을 신고한 세대원이 있는지", "en": "whether a member reported a pregnancy"},
            source=pregnant.exists(),
            when_absent=False,
            sensitivity=SPECIAL,
            about="other",
        ),
        Fact(
            "child_due_on",
            FactType.DATE,
            label={"ko": "분만 예정일", "en": "day the child is due"},
            source=pregnant.latest("due_on"),
            sensitivity=SPECIAL,
            about="other",
        ),
        Fact(
            "in_need",
            FactType.BOOL,
            label={
                "ko": "한부모, 소년소녀, 중증·희귀질환자 등 고시로 정한 세대인지",
                "en": "whether a notice names the household: single parent, grave illness and the like",
            },
            source=column("in_need"),
            sensitivity=SPECIAL,
            question={
                "ko": "세대에 한부모가족, 소년소녀가장, 중증질환자, 희귀질환자가 있습니까?",
                "en": "Is there a single parent, a child who heads the household, or somebody gravely ill?",
            },
        ),
        Fact(
            "basic_living_paid",
            FactType.BOOL,
            label={
                "ko": "생계급여나 의료급여를 받는 세대원이 있는지",
                "en": "whether a member receives livelihood or medical aid",
            },
            source=grants.any(lambda row: one_of(row.benefit, "livelihood", "medical")),
            when_absent=False,
            sensitivity=PERSONAL,
            about="other",
        ),
        Fact(
            "other_aid_paid",
            FactType.BOOL,
            label={
                "ko": "주거급여나 교육급여를 받는 세대원이 있는지",
                "en": "whether a member receives housing or education aid",
            },
            source=grants.any(lambda row: one_of(row.benefit, "housing", "education")),
            when_absent=False,
            sensitivity=PERSONAL,
            about="other",
        ),
        Fact(
            "fuel_aid_paid",
            FactType.BOOL,
            label={"ko": "연료비 지원을 받는지", "en": "whether aid for fuel is paid"},
            source=grants.any(lambda row: row.benefit == "fuel_aid"),
            when_absent=False,
        ),
        Fact(
            "energy_voucher_given",
            FactType.BOOL,
            label={
                "ko": "에너지바우처를 받고 있는지",
                "en": "whether the household has the energy voucher already",
            },
            source=grants.any(lambda row: row.benefit == "energy_voucher"),
            when_absent=False,
        ),
    ),
)
