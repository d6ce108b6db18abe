"""The refund of a vehicle tax paid in advance for days on which the payer no longer had the vehicle."""

from __future__ import annotations

from eligibility.logic import (
    all_of,
    any_of,
    at_least,
    days_after,
    end_of_period,
    first_day,
    floor10,
    later,
    lesser,
    share,
    year_of,
)
from eligibility.programmes import FactsOf, Programme
from eligibility.rates import RatesOn
from eligibility.terms import Term

from .vehicle_tax import tax_until

programme = Programme(
    "kr/vehicle_tax_refund",
    unit="vehicle",
    recipient="payer",
    rates="vehicle_tax.toml",
    law="지방세법 §130③",
    authority={"ko": "시장·군수·구청장", "en": "the mayor or head of the district"},
    title={"ko": "자동차세 연납 환급", "en": "Refund of vehicle tax paid in advance"},
    currency="KRW",
)


@programme.rate_day
def day_of_the_event(f: FactsOf, on: Term) -> Term:
    """The law of the day on which the vehicle was transferred or scrapped."""
    return f.ended_on


@programme.criterion(
    law="지방세법 §128③",
    label={
        "ko": "한 해 자동차세를 미리 모두 냈습니다",
        "en": "The tax of the whole year was paid in advance",
    },
)
def prepaid_the_year(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """What was paid on the bill for the whole year covers it, education tax included."""
    return all_of(
        f.billed_vehicle_tax > 0,
        f.paid_vehicle_tax >= f.billed_vehicle_tax,
        f.paid_education_tax >= f.billed_education_tax,
    )


@programme.criterion(
    law="지방세법 §129",
    label={
        "ko": "그해에 차를 넘기거나 폐차했습니다",
        "en": "The vehicle was handed over or scrapped in that year",
    },
)
def gave_up_the_vehicle(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """Its transfer or deregistration lies in the tax year and is not ahead of the as-of date."""
    return all_of(f.has_ended, year_of(f.ended_on) == f.tax_year)


@programme.criterion(
    law="지방세법 §130③",
    label={
        "ko": "미리 낸 세금을 새 주인에게 넘기지 않았습니다",
        "en": "The prepaid tax was not passed on to the new owner",
    },
)
def kept_the_prepayment(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """The seller did not agree that it counts as the buyer's; who scrapped the vehicle has no buyer."""
    return any_of(f.end_reason == "scrapped", ~f.prepayment_passed)


@programme.criterion(
    law="지방세법 §130③, §130④",
    label={
        "ko": "차를 갖고 있지 않은 기간의 세금이 남았습니다",
        "en": "There is tax left for the days without the vehicle",
    },
)
def something_remains(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """The vehicle tax to give back reaches the smallest refund."""
    return f.refund >= r.smallest_refund


@programme.criterion(
    law="지방세기본법 §64①",
    label={"ko": "환급을 청구할 수 있는 기한이 남았습니다", "en": "The time to claim it is not over"},
)
def still_claimable(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """The as-of date is not after the last day to claim. A reminder does not move that day (§64③)."""
    return on <= claim_window(f, r, on)[1]


@programme.step(label={"ko": "한 해의 자동차세", "en": "Vehicle tax of the whole year"}, unit="KRW")
def tax_of_the_year(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """What the payer would have owed with the vehicle until the end of the year, in won."""
    return tax_until(f, r, first_day(f.tax_year + 1))


@programme.step(
    label={"ko": "차를 가진 날의 자동차세", "en": "Vehicle tax for the days with the vehicle"}, unit="KRW"
)
def tax_due(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """What is owed up to the event, in won; whose day the event's own is, a rate says."""
    return tax_until(f, r, days_after(f.ended_on, r.days_of_the_event_day))


@programme.step(label={"ko": "돌려받을 자동차세", "en": "Vehicle tax to give back"}, unit="KRW")
def refund(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """The vehicle tax to give back, in won, by the way of reckoning the rates name."""
    prepaid = lesser(f.paid_vehicle_tax, f.billed_vehicle_tax)
    whole, due = f.tax_of_the_year, f.tax_due
    return r.choice.refund_basis(
        pro_rata=floor10(share(prepaid, whole - due, whole)), gross_minus_due=at_least(prepaid - due, 0)
    )


@programme.amount_part(law="지방세법 §130③", label={"ko": "자동차세", "en": "Vehicle tax"})
def vehicle_tax(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """What comes back of the vehicle tax, in won."""
    return f.refund


@programme.amount_part(law="지방세법 §151①7", label={"ko": "지방교육세", "en": "Local education tax"})
def education_tax(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """Its share of the vehicle tax that comes back, and never more than was paid."""
    share_of_it = floor10(share(f.refund, r.keyed.education_tax(f.use), 100))
    return lesser(share_of_it, f.billed_education_tax)


@programme.accrual(rate="refund_interest", law="지방세기본법 §62①; 시행령 §43①")
def interest_from(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """The day after the event, or after the payment where that came later."""
    return days_after(later(f.ended_on, f.paid_on), 1)


@programme.offset(law="지방세기본법 §60②2")
def unpaid_local_taxes(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """Arrears are settled first, without anybody's consent; what is left is paid out."""
    return f.arrears


@programme.claim(law="지방세법 §128⑤; 지방세기본법 §64①; 민법 §157, §160")
def claim_window(f: FactsOf, r: RatesOn, on: Term) -> tuple[Term, Term]:
    """From the event (or the payment where that came later) for five years."""
    start = later(f.ended_on, f.paid_on)
    return start, end_of_period(start, r.limitation)
