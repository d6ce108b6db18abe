"""What Korean registers say about a vehicle-year whose tax was billed as a whole, in advance (연납)."""

from __future__ import annotations

from eligibility.facts import Fact, FactType, Fields, Lookup, Rows, Sensitivity, Unit, column
from eligibility.logic import blank, year_of
from eligibility.terms import Term


def held_when_billed(unit: Fields, row: Fields) -> Term:
    """The payer's ownership had begun when the bill was made and reached into the tax year.

    A blank last day means that the ownership goes on. One who buys the vehicle back later in the year
    starts a new ownership with a bill of its own.
    """
    return (row.acquired_on <= unit.billed_on) & (
        blank(row.ended_on) | (year_of(row.ended_on) >= unit.tax_year)
    )


ownership = Rows(
    "vehicles",
    keys={"vehicle": "vehicle", "payer": "owner"},
    where=held_when_billed,
    known_from={"ended_on": "ended_on", "end_reason": "ended_on"},
)
payments = Rows("payments", keys={"bill": "bill"}, seen_from="paid_on")
passing_on = Lookup(
    "passed_prepayments",
    keys={"vehicle": "vehicle", "payer": "payer", "tax_year": "tax_year"},
    seen_from="agreed_on",
)
unpaid = Rows("arrears", keys={"payer": "payer"}, seen_from="due_on")


vehicle = Unit(
    "vehicle",
    register="bills",
    id="bill",
    asset="vehicle",
    period="tax_year",
    where={"kind": "annual"},
    seen_from="billed_on",
    label={"ko": "자동차", "en": "vehicle"},
    facts=(
        Fact(
            "tax_year",
            FactType.INT,
            label={"ko": "과세 연도", "en": "tax year"},
            source=column("tax_year"),
        ),
        Fact(
            "billed_vehicle_tax",
            FactType.MONEY,
            unit="KRW",
            label={"ko": "고지된 연납 자동차세", "en": "vehicle tax on the bill for the whole year"},
            source=column("vehicle_tax"),
        ),
        Fact(
            "billed_education_tax",
            FactType.MONEY,
            unit="KRW",
            label={"ko": "고지된 지방교육세", "en": "local education tax on that bill"},
            source=column("education_tax"),
        ),
        Fact(
            "paid_vehicle_tax",
            FactType.MONEY,
            unit="KRW",
            label={"ko": "납부한 자동차세", "en": "vehicle tax paid"},
            source=payments.total("vehicle_tax"),
            when_absent=0,
        ),
        Fact(
            "paid_education_tax",
            FactType.MONEY,
            unit="KRW",
            label={"ko": "납부한 지방교육세", "en": "local education tax paid"},
            source=payments.total("education_tax"),
            when_absent=0,
        ),
        Fact(
            "paid_on",
            FactType.DATE,
            label={"ko": "납부한 날", "en": "day of payment"},
            source=payments.latest("paid_on"),
        ),
        Fact(
            "vehicle_kind",
            FactType.TEXT,
            label={"ko": "차종", "en": "kind of vehicle"},
            source=ownership.last("kind", by="acquired_on"),
            values={
                "car": {"ko": "승용자동차", "en": "passenger car"},
                "electric": {"ko": "전기자동차", "en": "electric car"},
            },
        ),
        Fact(
            "use",
            FactType.TEXT,
            label={"ko": "용도", "en": "use"},
            source=ownership.last("use", by="acquired_on"),
            values={
                "private": {"ko": "비영업용", "en": "private"},
                "business": {"ko": "영업용", "en": "business"},
            },
        ),
        Fact(
            "engine_cc",
            FactType.INT,
            unit="cc",
            label={"ko": "배기량", "en": "engine size"},
            source=ownership.last("engine_cc", by="acquired_on"),
        ),
        Fact(
            "first_registered",
            FactType.DATE,
            label={"ko": "최초 등록일", "en": "first registered on"},
            source=ownership.last("first_registered", by="acquired_on"),
        ),
        Fact(
            "acquired_on",
            FactType.DATE,
            label={"ko": "취득일", "en": "acquired on"},
            source=ownership.last("acquired_on", by="acquired_on"),
        ),
        Fact(
            "has_ended",
            FactType.BOOL,
            label={"ko": "이전 또는 말소되었는지", "en": "transferred or deregistered"},
            source=ownership.last_present("ended_on", by="acquired_on"),
        ),
        Fact(
            "ended_on",
            FactType.DATE,
            label={"ko": "이전 또는 말소된 날", "en": "day of transfer or deregistration"},
            source=ownership.last("ended_on", by="acquired_on"),
        ),
        Fact(
            "end_reason",
            FactType.TEXT,
            label={"ko": "이전 또는 말소된 사유", "en": "what became of the vehicle"},
            source=ownership.last("end_reason", by="acquired_on"),
            values={
                "transferred": {"ko": "다른 사람에게 이전", "en": "passed to another owner"},
                "scrapped": {"ko": "폐차하여 말소", "en": "scrapped"},
            },
        ),
        Fact(
            "prepayment_passed",
            FactType.BOOL,
            label={
                "ko": "연납한 세금을 양수인에게 넘기는 데 동의했는지",
                "en": "whether the prepaid tax was agreed to pass to the buyer",
            },
            source=passing_on.value("agreed"),
            when_absent=False,
            question={
                "ko": "차를 넘길 때, 미리 낸 자동차세를 새 주인이 낸 것으로 하는 데 동의하셨습니까?",
                "en": "When you handed over the vehicle, did you agree that the tax you had paid in advance "
                "counts as the buyer's?",
            },
        ),
        Fact(
            "arrears",
            FactType.MONEY,
            unit="KRW",
            label={"ko": "체납한 지방세", "en": "unpaid local taxes"},
            source=unpaid.total("amount"),
            when_absent=0,
            sensitivity=Sensitivity.PERSONAL,
        ),
    ),
)
