"""What Korean registers say about a month in which an employer kept staff by cutting hours (고용유지조치)."""

from __future__ import annotations

from eligibility.facts import Fact, FactType, Fields, Lookup, Rows, Sensitivity, Unit, column, present
from eligibility.logic import all_of
from eligibility.terms import Term

INSURED_DAYS = 90
"""Staff count who were insured with the employer so long before the measure (고용보험법 시행령 §19). No rate:
which rows count is settled before a rule can ask for the day that picks one."""


def long_insured(unit: Fields, row: Fields) -> Term:
    """The law counts only staff who were insured long enough."""
    del unit
    return row.insured_days >= INSURED_DAYS


def paid_for_lost_hours(unit: Fields, row: Fields) -> Term:
    """Of these, who got compensation."""
    return all_of(long_insured(unit, row), row.compensation > 0)


def dismissed_since(unit: Fields, row: Fields) -> Term:
    """Somebody was dismissed after the measure had begun."""
    return all_of(row.reason == "dismissed", row.left_on >= unit.month)


THEIR_MONTH = {"employer": "employer", "month": "month"}
workplace = Lookup("employers", keys={"employer": "employer"})
staff = Rows("staff_months", keys=THEIR_MONTH, where=long_insured)
compensated = Rows("staff_months", keys=THEIR_MONTH, where=paid_for_lost_hours)
dismissals = Rows("departures", keys={"employer": "employer"}, where=dismissed_since, seen_from="left_on")


measure = Unit(
    "measure",
    register="measures",
    id="measure",
    period="month",
    seen_from="filed_on",
    known_from={"claimed_on": "claimed_on"},
    label={"ko": "고용유지조치", "en": "measure to keep staff"},
    facts=(
        Fact(
            "month",
            FactType.DATE,
            label={"ko": "조치월 첫날", "en": "first day of the month"},
            source=column("month"),
        ),
        Fact(
            "filed_on",
            FactType.DATE,
            label={"ko": "신고한 날", "en": "reported on"},
            source=column("filed_on"),
        ),
        Fact(
            "cause",
            FactType.TEXT,
            label={"ko": "사유", "en": "cause"},
            source=column("cause"),
            values={
                "economic": {"ko": "경영 사정", "en": "economic"},
                "disaster": {
                    "ko": "특별재난지역이거나 영업정지 등의 명령을 받음",
                    "en": "in a disaster area or under an order to close",
                },
                "other": {"ko": "그 밖의 사유", "en": "another cause"},
            },
        ),
        Fact(
            "days_used",
            FactType.INT,
            unit="days",
            label={
                "ko": "이달 전까지 올해 지원받은 날수",
                "en": "days supported this year, before this month",
            },
            source=column("days_used"),
        ),
        Fact(
            "was_claimed",
            FactType.BOOL,
            label={"ko": "그달의 지원금을 신청했는지", "en": "whether the money of the month was asked for"},
            source=present("claimed_on"),
        ),
        Fact(
            "size_class",
            FactType.TEXT,
            label={"ko": "기업 규모", "en": "size of the firm"},
            source=workplace.value("size_class"),
            values={
                "priority": {"ko": "우선지원대상기업", "en": "favoured smaller firm"},
                "large": {"ko": "대규모기업", "en": "large firm"},
            },
        ),
        Fact(
            "insured_staff",
            FactType.INT,
            unit="people",
            label={"ko": "90일 이상 보험에 든 직원 수", "en": "staff insured for 90 days or more"},
            source=staff.count(),
            when_absent=0,
        ),
        Fact(
            "hours_agreed",
            FactType.INT,
            unit="hours",
            label={"ko": "이들의 소정근로시간", "en": "hours agreed with them"},
            source=staff.total("hours_normal"),
            when_absent=0,
        ),
        Fact(
            "hours_worked",
            FactType.INT,
            unit="hours",
            label={"ko": "이들의 실근로시간", "en": "hours they worked"},
            source=staff.total("hours_worked"),
            when_absent=0,
        ),
        Fact(
            "compensation",
            FactType.MONEY,
            unit="KRW",
            label={"ko": "이들에게 준 휴업수당", "en": "compensation paid to them"},
            source=staff.total("compensation"),
            when_absent=0,
        ),
        Fact(
            "highest_compensation",
            FactType.MONEY,
            unit="KRW",
            label={"ko": "한 사람에게 준 가장 많은 휴업수당", "en": "most paid to one of them"},
            source=compensated.latest("compensation"),
            when_absent=0,
            sensitivity=Sensitivity.PERSONAL,
            about="other",
        ),
        Fact(
            "fewest_days",
            FactType.INT,
            unit="days",
            label={
                "ko": "휴업수당을 받은 사람의 가장 적은 조치일수",
                "en": "fewest days of one who was compensated",
            },
            source=compensated.earliest("days_cut"),
            when_absent=0,
        ),
        Fact(
            "somebody_dismissed",
            FactType.BOOL,
            label={
                "ko": "조치를 시작한 뒤 고용조정으로 내보낸 사람이 있는지",
                "en": "whether somebody was dismissed since the measure began",
            },
            source=dismissals.exists(),
            when_absent=False,
        ),
        Fact(
            "first_dismissal_on",
            FactType.DATE,
            label={"ko": "그 가운데 맨 처음 내보낸 날", "en": "day of the first such dismissal"},
            source=dismissals.earliest("left_on"),
        ),
    ),
)
