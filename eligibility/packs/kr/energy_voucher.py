"""The energy voucher (에너지바우처) of a poor household with a member who must be warm or cool, a year."""

from __future__ import annotations

from eligibility.logic import all_of, any_of, choose, day, months_after, year_of
from eligibility.programmes import FactsOf, Programme
from eligibility.rates import RatesOn
from eligibility.terms import Term

programme = Programme(
    "kr/energy_voucher",
    unit="household",
    recipient="head",
    rates="energy_voucher.toml",
    law="에너지법 §16의3",
    authority={"ko": "시장·군수·구청장", "en": "the mayor or head of the district"},
    title={"ko": "에너지바우처", "en": "Energy voucher"},
    currency="KRW",
    per="year",
    assumptions=("not_in_an_institution",),
)


@programme.period
def year_of_the_voucher(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """A voucher is asked for in each year anew."""
    return f.voucher_year


@programme.step(label={"ko": "바우처 연도", "en": "Year of the voucher"}, unit="year")
def voucher_year(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """It changes when the voucher of the year before can no longer be used, in spring."""
    this_year = year_of(on)
    return choose(on > day_in_year(this_year, r.use_ends), this_year, this_year - 1)


@programme.criterion(
    law="에너지법 시행령 §13의2①; 에너지이용권 고시",
    label={
        "ko": "생계·의료급여 등 기초생활 급여를 받는 세대입니다",
        "en": "The household receives livelihood, medical or other basic aid",
    },
)
def is_poor(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """The decree names livelihood and medical aid; whether housing and education aid count, a notice says."""
    by_notice = any_of(f.basic_living_paid, f.other_aid_paid)
    return r.choice.aid_that_counts(decree=f.basic_living_paid, notice=by_notice)


@programme.criterion(
    law="에너지법 시행령 §13의2①; 에너지이용권 고시",
    label={
        "ko": "세대에 노인, 영유아, 등록장애인, 임산부처럼 도움이 필요한 사람이 있습니다",
        "en": "A member is elderly, an infant, disabled or pregnant, or a notice names the household",
    },
)
def somebody_is_frail(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """One member is enough; one of whom something is not known keeps it open."""
    old = f.voucher_year - year_of(f.oldest_born_on) >= r.old_from
    infant = f.voucher_year - year_of(f.youngest_born_on) <= r.infant_until
    pregnant = all_of(f.pregnancy_reported, on < months_after(f.child_due_on, r.months_after_birth))
    return any_of(old, infant, f.member_is_disabled, pregnant, f.in_need)


@programme.criterion(
    law="에너지법 시행령 §13의2②",
    label={"ko": "연료비 지원을 따로 받지 않습니다", "en": "No other aid for fuel is paid"},
)
def no_fuel_aid(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """Vouchers for kerosene or coal, and emergency aid for fuel, stand in its place."""
    return ~f.fuel_aid_paid


@programme.already(law="에너지법 §16의3")
def has_it(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """Somebody in the household has a voucher that can still be used."""
    return f.energy_voucher_given


@programme.criterion(
    law="에너지이용권 고시",
    label={"ko": "올해의 신청 기한이 남았습니다", "en": "The time to apply this year is not over"},
)
def still_claimable(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """The as-of date is not after the year's last day for applications."""
    return on <= day_in_year(f.voucher_year, r.applications_close)


@programme.amount_part(
    law="에너지법 §16의3; 에너지이용권 고시", label={"ko": "여름 몫", "en": "Share for the summer"}
)
def summer(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """Won, by the number of members."""
    return r.keyed.summer(size(f))


@programme.amount_part(
    law="에너지법 §16의3; 에너지이용권 고시", label={"ko": "겨울 몫", "en": "Share for the winter"}
)
def winter(f: FactsOf, r: RatesOn, on: Term) -> Term:
    """Won, by the number of members."""
    return r.keyed.winter(size(f))


@programme.claim(law="에너지이용권 고시")
def claim_window(f: FactsOf, r: RatesOn, on: Term) -> tuple[Term, Term]:
    """The days of the year on which applications are taken."""
    opens = day_in_year(f.voucher_year, r.applications_open)
    return opens, day_in_year(f.voucher_year, r.applications_close)


def day_in_year(year: Term, month_day: Term) -> Term:
    """The day of a year that a rate names as month and day."""
    return day(year, month_day // 100, month_day % 100)


def size(f: FactsOf) -> Term:
    """The column of the table: one, two, three, or more members."""
    members = f.members
    return choose(members <= 1, "one", choose(members == 2, "two", choose(members == 3, "three", "four")))
