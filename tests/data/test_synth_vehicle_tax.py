"""Bills of the made-up city are what the law asks, reckoned a second time in plain Python with fractions."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import numpy as np
import polars as pl
import pytest

from data.synth.draws import NEVER, Whole, day
from data.synth.registers import HEADERS, make
from data.synth.vehicle_tax import Cars, Half, annual_tax, education_tax, half_tax, owned_tax, prepaid_tax

Car = tuple[int, bool, bool, date]  # engine_cc, business, electric, first_registered
Spell = tuple[date, date | None]  # from the first day to the day it ended, which is the next owner's
Billed = tuple[dict[str, str], Car, Spell]


# --- the law once more, for one car -----------------------------------------------------------------


def floor_ten(amount: Fraction) -> int:
    return amount.numerator // (amount.denominator * 10) * 10


def year_before_age(car: Car) -> int:
    engine_cc, business, electric, _ = car
    if electric:
        return 20_000 if business else 100_000
    if business:
        return engine_cc * (18 if engine_cc <= 1_600 else 19 if engine_cc <= 2_500 else 24)
    return engine_cc * (80 if engine_cc <= 1_000 else 140 if engine_cc <= 1_600 else 200)


def counted_age(car: Car, year: int, second_half: bool) -> int:
    registered = car[3]
    if registered.month <= 6:
        return year - registered.year + 1
    return year - registered.year + (1 if second_half else 0)


def is_reduced(car: Car, year: int, second_half: bool) -> bool:
    return not car[1] and not car[2] and counted_age(car, year, second_half) >= 3


def of_half(car: Car, year: int, second_half: bool) -> int:
    half = Fraction(year_before_age(car), 2)
    if is_reduced(car, year, second_half):
        half -= half * Fraction(5, 100) * (min(counted_age(car, year, second_half), 12) - 2)
    return floor_ten(half)


def prepaid_in_january(car: Car, year: int) -> int:
    whole = of_half(car, year, False) + of_half(car, year, True)
    days = (date(year, 12, 31) - date(year, 1, 1)).days + 1
    after_january = (date(year, 12, 31) - date(year, 1, 31)).days
    return floor_ten(whole - whole * Fraction(after_january, days) * Fraction(5, 100))


def for_days_owned(car: Car, year: int, second_half: bool, owned: Spell) -> int:
    start, end = (
        (date(year, 7, 1), date(year + 1, 1, 1)) if second_half else (date(year, 1, 1), date(year, 7, 1))
    )
    days = sum(
        owned[0] <= start + timedelta(n) and (owned[1] is None or start + timedelta(n) < owned[1])
        for n in range((end - start).days)
    )
    if days == (end - start).days:
        return of_half(car, year, second_half)
    if is_reduced(car, year, second_half):
        part = floor_ten(Fraction(of_half(car, year, second_half) * days, (end - start).days))
    else:
        in_year = (date(year + 1, 1, 1) - date(year, 1, 1)).days
        part = floor_ten(Fraction(year_before_age(car) * days, in_year))
    return part if part >= 2_000 else 0


def education(car: Car, tax: int) -> int:
    return 0 if car[1] else floor_ten(Fraction(tax * 30, 100))


# --- against it -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def bills(
    tmp_path_factory: pytest.TempPathFactory,
) -> list[Billed]:
    folder = tmp_path_factory.mktemp("city")
    make(folder, residents=4_000, seed=3, as_of=date(2026, 12, 28), tax_year=2026)
    registers = {
        name: pl.read_csv(folder / f"{name}.csv", infer_schema=False).rename(
            {header: column for column, header in HEADERS[name].items()}
        )
        for name in ("bills", "vehicles")
    }
    spells = registers["vehicles"].rename({"owner": "payer", "kind": "drive"})
    joined = registers["bills"].join(spells, on=["vehicle", "payer"])
    return [(row, car_of(row), spell_of(row)) for row in joined.to_dicts()]


def car_of(row: dict[str, str]) -> Car:
    registered = date.fromisoformat(row["first_registered"])
    return int(row["engine_cc"]), row["use"] == "business", row["drive"] == "electric", registered


def spell_of(row: dict[str, str]) -> Spell:
    ended = row["ended_on"]
    return date.fromisoformat(row["acquired_on"]), date.fromisoformat(ended) if ended else None


def test_every_prepayment_bill_is_what_the_law_asks(
    bills: list[Billed],
) -> None:
    annual = [(row, car) for row, car, _ in bills if row["kind"] == "annual"]
    expected = [prepaid_in_january(car, 2026) for _, car in annual]
    assert len(annual) > 300
    assert [int(row["vehicle_tax"]) for row, _ in annual] == expected


def test_every_half_year_bill_is_what_the_law_asks(
    bills: list[Billed],
) -> None:
    halves = [(row, car, spell) for row, car, spell in bills if row["kind"] != "annual"]
    expected = [for_days_owned(car, 2026, row["kind"] == "second_half", spell) for row, car, spell in halves]
    assert len(halves) > 1_500
    assert [int(row["vehicle_tax"]) for row, _, _ in halves] == expected


def test_education_tax_is_asked_of_private_cars_only(
    bills: list[Billed],
) -> None:
    expected = [education(car, int(row["vehicle_tax"])) for row, car, _ in bills]
    assert [int(row["education_tax"]) for row, _, _ in bills] == expected


def test_the_bills_are_of_cars_of_every_kind(
    bills: list[Billed],
) -> None:
    assert {(car[1], car[2]) for _, car, _ in bills} >= {(False, False), (False, True), (True, False)}


# --- published examples -----------------------------------------------------------------------------


def one(engine_cc: int, first_registered: str = "2025-05-01", *, business: bool = False) -> Cars:
    registered = day(date.fromisoformat(first_registered))
    return Cars(
        engine_cc=np.array([engine_cc]),
        business=np.array([business]),
        electric=np.array([engine_cc == 0]),
        first_registered=np.array([registered]),
    )


def only(column: Whole) -> int:
    (value,) = column.tolist()
    return int(value)


@pytest.mark.parametrize(
    ("cars", "annual"),
    [
        (one(1_600), 224_000),
        (one(1_601), 320_200),
        (one(2_501, business=True), 60_020),
        (one(2_000, business=True), 38_000),
        (one(1_998, "2021-03-10"), 319_680),
        (one(1_998, "2010-01-01"), 199_800),  # age 17 counts as 12
        (one(1_998, "2023-08-15"), 369_630),
        (one(0), 100_000),
        (one(0, business=True), 20_000),
    ],
)
def test_a_years_tax(cars: Cars, annual: int) -> None:
    assert only(annual_tax(cars, 2026)) == annual


def test_a_car_registered_in_the_second_half_ages_in_the_second_half() -> None:
    cars = one(1_998, "2023-08-15")
    assert [only(half_tax(cars, Half(2026, number))) for number in (0, 1)] == [189_810, 179_820]


@pytest.mark.parametrize(
    ("cars", "year", "payable", "education_too"),
    [
        (one(1_998, "2021-03-10"), 2026, 305_050, 91_510),
        (one(1_601, "2018-12-15"), 2026, 206_240, 61_870),
        (one(1_999, "2019-01-15"), 2026, 267_050, 80_110),
        (one(1_600, "2011-08-21"), 2026, 106_870, 32_060),
        (one(0, "2023-10-26"), 2026, 95_420, 28_620),
        (one(0, "2023-10-26"), 2024, 95_420, 28_620),  # a leap year: 335 of 366 days
    ],
)
def test_a_year_paid_in_january(cars: Cars, year: int, payable: int, education_too: int) -> None:
    tax = prepaid_tax(cars, year)
    assert (only(tax), only(education_tax(cars, tax))) == (payable, education_too)


@pytest.mark.parametrize(
    ("cars", "owned_to", "due"),
    [
        (one(2_000, "2025-03-02"), "2026-07-01", [200_000, 0]),
        (one(1_998, "2021-03-10"), "2026-05-15", [118_330, 0]),
        (one(998, "2012-02-02"), "2026-02-20", [5_510, 0]),
        (one(998, "2012-02-02"), "2026-01-10", [0, 0]),  # 992 won: below what is collected
    ],
)
def test_the_days_owned(cars: Cars, owned_to: str, due: list[int]) -> None:
    spell = {"owned_from": np.array([0]), "owned_to": np.array([day(date.fromisoformat(owned_to))])}
    assert [only(owned_tax(cars, Half(2026, number), **spell)) for number in (0, 1)] == due


def test_a_car_that_is_kept_owes_both_halves() -> None:
    cars, spell = one(1_600), {"owned_from": np.array([0]), "owned_to": np.array([NEVER])}
    assert [only(owned_tax(cars, Half(2026, number), **spell)) for number in (0, 1)] == [112_000, 112_000]
