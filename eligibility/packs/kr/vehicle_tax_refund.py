"""The refund of a vehicle tax paid in advance for days on which the payer no longer had the vehicle."""

from __future__ import annotations

import polars as pl

from eligibility.compiler import FactsOf
from eligibility.logic import (
    all_of,
    any_of,
    days_after,
    floor10,
    later,
    lesser,
    share,
    year_of,
)
from eligibility.programmes import Programme
from eligibility.rates import RatesOn

from .vehicle_tax import halves_of_the_year, tax_until

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
def day_of_the_event(f: FactsOf, on: pl.Expr) -> pl.Expr:
    """The law of the day on which the vehicle was transferred or scrapped."""
    return f.ended_on


@programme.criterion(
    law="지방세법 §128③",
    label={
        "ko": "한 해 자동차세를 미리 모두 냈습니다",
        "en": "The tax of the whole year was paid in advance",
    },
)
def prepaid_the_year(f: FactsOf, r: RatesOn, on: pl.Expr) -> pl.Expr:
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
def gave_up_the_vehicle(f: FactsOf, r: RatesOn, on: pl.Expr) -> pl.Expr:
    """Its transfer or deregistration lies in the tax year and is not ahead of the as-of date."""
    return all_of(f.has_ended, year_of(f.ended_on) == f.tax_year)


@programme.criterion(
    law="지방세법 §130③",
    label={
        "ko": "미리 낸 세금을 새 주인에게 넘기지 않았습니다",
        "en": "The prepaid tax was not passed on to the new owner",
    },
)
def kept_the_prepayment(f: FactsOf, r: RatesOn, on: pl.Expr) -> pl.Expr:
    """The seller did not agree that it counts as the buyer's; who scrapped the vehicle has no buyer."""
    return any_of(f.end_reason == "scrapped", ~f.prepayment_passed)


@programme.criterion(
    law="지방세법 §130③, §130④",
    label={
        "ko": "차를 갖고 있지 않은 기간의 세금이 남았습니다",
        "en": "There is tax left for the days without the vehicle",
    },
)
def something_remains(f: FactsOf, r: RatesOn, on: pl.Expr) -> pl.Expr:
    """The vehicle tax to give back reaches the smallest refund."""
    return refund(f, r) >= r.smallest_refund


@programme.criterion(
    law="지방세기본법 §64①",
    label={"ko": "환급을 청구할 수 있는 기한이 남았습니다", "en": "The time to claim it is not over"},
)
def still_claimable(f: FactsOf, r: RatesOn, on: pl.Expr) -> pl.Expr:
    """The as-of date is not after the last day to claim. A reminder does not move that day (§64③)."""
    return on <= claim_window(f, r, on)[1]


@programme.amount_part(law="지방세법 §130③", label={"ko": "자동차세", "en": "Vehicle tax"})
def vehicle_tax(f: FactsOf, r: RatesOn, on: pl.Expr) -> pl.Expr:
    """What comes back of the vehicle tax, in won."""
    return refund(f, r)


@programme.amount_part(law="지방세법 §151①7", label={"ko": "지방교육세", "en": "Local education tax"})
def education_tax(f: FactsOf, r: RatesOn, on: pl.Expr) -> pl.Expr:
    """Its share of the vehicle tax that comes back, and never more than was paid."""
    share_of_it = floor10(share(refund(f, r), r.keyed.education_tax(f.use), 100))
    both = pl.struct(share=share_of_it, billed=f.billed_education_tax)
    capped = lesser(pl.field("share"), pl.field("billed"))
    return both.struct.with_fields(capped=capped).struct.field("capped")


@programme.accrual(rate="refund_interest", law="지방세기본법 §62①; 시행령 §43①")
def interest_from(f: FactsOf, r: RatesOn, on: pl.Expr) -> pl.Expr:
    """The day after the event, or after the payment where that came later."""
    return days_after(later(f.ended_on, f.paid_on), 1)


@programme.claim(law="지방세법 §128⑤; 지방세기본법 §64①")
def claim_window(f: FactsOf, r: RatesOn, on: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """From the event (or the payment where that came later) for five years."""
    start = later(f.ended_on, f.paid_on)
    return start, start.dt.offset_by(pl.format("{}y", r.limitation))


def refund(f: FactsOf, r: RatesOn) -> pl.Expr:
    """The vehicle tax to give back, in won, by the way of reckoning the rates name."""
    end = f.ended_on.dt.offset_by(pl.format("{}d", r.days_of_the_event_day))
    year = halves_of_the_year(f, r).struct.with_fields(whole=tax_until(pl.field("after")), due=tax_until(end))
    prepaid = lesser(f.paid_vehicle_tax, f.billed_vehicle_tax)
    whole, due = pl.field("whole"), pl.field("due")
    by_basis = r.choice.refund_basis(
        pro_rata=floor10(share(prepaid, whole - due, whole)), gross_minus_due=(prepaid - due).clip(0)
    )
    return year.struct.with_fields(refund=by_basis).struct.field("refund")
