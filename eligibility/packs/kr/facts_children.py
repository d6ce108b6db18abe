"""What Korean registers say about a child: birth, home, whereabouts, and what is paid for it already."""

from __future__ import annotations

from eligibility.facts import Fact, FactType, Lookup, Rows, Sensitivity, Unit, column, present

PERSONAL = Sensitivity.PERSONAL

home = Lookup("households", keys={})  # the one of the child's own group
paid_for_the_child = Rows("benefits", keys={"child": "resident"}, seen_from="since", seen_until="until")
paid_to_the_guardian = Rows("benefits", keys={"guardian": "resident"}, seen_from="since", seen_until="until")


child = Unit(
    "child",
    register="children",
    id="child",
    seen_from="reported_on",
    known_from={"abroad_since": "abroad_since"},
    label={"ko": "아동", "en": "child"},
    facts=(
        Fact(
            "birth_date",
            FactType.DATE,
            label={"ko": "아이가 태어난 날", "en": "the child's day of birth"},
            source=column("birth_date"),
            sensitivity=PERSONAL,
            about="other",
        ),
        Fact(
            "is_abroad",
            FactType.BOOL,
            label={"ko": "아이가 국외에 머무는지", "en": "whether the child is abroad"},
            source=present("abroad_since"),
            sensitivity=PERSONAL,
            about="other",
        ),
        Fact(
            "abroad_since",
            FactType.DATE,
            label={"ko": "아이가 국외로 나간 날", "en": "day the child went abroad"},
            source=column("abroad_since"),
            sensitivity=PERSONAL,
            about="other",
        ),
        Fact(
            "in_daycare",
            FactType.BOOL,
            label={
                "ko": "어린이집이나 아이돌봄서비스를 이용권으로 이용하는지",
                "en": "whether daycare for the child is paid by vouchers",
            },
            source=column("in_daycare"),
            about="other",
            question={
                "ko": "아이가 어린이집이나 아이돌봄서비스를 이용권으로 이용합니까?",
                "en": "Is daycare for the child paid by vouchers?",
            },
        ),
        Fact(
            "region_class",
            FactType.TEXT,
            label={"ko": "사는 지역", "en": "kind of area"},
            source=home.value("region_class"),
            values={
                "capital": {"ko": "수도권", "en": "capital area"},
                "other": {"ko": "수도권 밖", "en": "outside the capital area"},
                "declining": {"ko": "인구감소지역", "en": "area with a declining population"},
                "declining_notified": {
                    "ko": "고시된 인구감소지역",
                    "en": "notified area with a declining population",
                },
            },
        ),
        Fact(
            "child_allowance_paid",
            FactType.BOOL,
            label={"ko": "아동수당을 받고 있는지", "en": "whether the child allowance is paid already"},
            source=paid_for_the_child.any(lambda row: row.benefit == "child_allowance"),
            when_absent=False,
        ),
        Fact(
            "parent_allowance_paid",
            FactType.BOOL,
            label={"ko": "부모급여를 받고 있는지", "en": "whether the parent allowance is paid already"},
            source=paid_for_the_child.any(lambda row: row.benefit == "parent_allowance"),
            when_absent=False,
        ),
        Fact(
            "paid_to_the_guardian",
            FactType.BOOL,
            label={
                "ko": "보호자 이름으로 아동수당이 나가는지",
                "en": "whether a child allowance is paid in the guardian's name",
            },
            source=paid_to_the_guardian.any(lambda row: row.benefit == "child_allowance"),
            when_absent=False,
        ),
    ),
)
