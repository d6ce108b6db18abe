"""Welfare, health, work and farms of the made-up city agree, and some have not asked for their due."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from data.synth import registers
from data.synth.headers import HEADERS
from data.synth.people import draw_people
from tests.data.made_up import AS_OF, Registers, made, read, verdict

TODAY = f"{AS_OF:%Y%m%d}"


def number(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.Int64)


def with_people(city: Registers, register: str, key: str = "resident") -> pl.DataFrame:
    people = city["residents"].select("resident", "household", "birth_date", "status", "sex")
    return city[register].join(people, left_on=key, right_on="resident")


def born_by(years: int) -> str:
    """Whoever was born on this day or before is so old today."""
    return f"{date(AS_OF.year - years, AS_OF.month, AS_OF.day):%Y%m%d}"


def open_benefits(city: Registers, *names: str) -> pl.DataFrame:
    still = pl.col("until").is_null() | (pl.col("until") >= TODAY)
    return city["benefits"].filter(pl.col("benefit").is_in(names), still)


# --- homes ----------------------------------------------------------------------------------------


def test_a_head_lives_in_the_household(city: Registers) -> None:
    heads = city["households"].join(
        city["residents"], left_on=["household", "head"], right_on=["household", "resident"]
    )
    assert heads.height == city["households"].height


def test_a_head_is_alive_wherever_a_grown_up_lives(city: Registers) -> None:
    grown_up = city["residents"].filter(pl.col("status") == "alive", pl.col("birth_date") <= born_by(20))
    heads = city["households"].join(grown_up, on="household", how="semi")
    gone = city["residents"].filter(pl.col("status") != "alive")
    assert heads.join(gone, left_on="head", right_on="resident").height == 0


def test_children_live_with_the_grown_up_who_looks_after_them(city: Registers) -> None:
    guardians = city["residents"].select(guardian="resident", home="household", born="birth_date")
    pairs = with_people(city, "children", "child").join(guardians, on="guardian")
    assert pairs.filter(pl.col("household") == pl.col("home")).height == city["children"].height
    assert pairs["born"].max() <= born_by(18)  # type: ignore[operator]


def test_children_have_the_birth_dates_of_the_register_of_residents(city: Registers) -> None:
    joined = city["children"].join(
        city["residents"], left_on=["child", "birth_date"], right_on=["resident", "birth_date"]
    )
    assert joined.height == city["children"].height


# --- welfare --------------------------------------------------------------------------------------


def test_husband_and_wife_are_tested_together(city: Registers) -> None:
    couples = with_people(city, "means_tests").filter(pl.col("couple") == "Y")
    by_home = couples.group_by("household").agg(
        pl.len().alias("rows"), pl.col("recognised_income").n_unique(), pl.col("special_pension").n_unique()
    )
    both = by_home.filter(pl.col("rows") == 2)
    assert both.height > 400
    assert both.select(pl.max("recognised_income", "special_pension")).row(0) == (1, 1)


@pytest.mark.parametrize("register", ["benefits", "means_tests", "disabilities", "pregnancies", "children"])
def test_who_died_or_moved_away_has_no_part_in_it(register: str, city: Registers) -> None:
    key = "child" if register == "children" else "resident"
    assert with_people(city, register, key)["status"].unique().to_list() == ["alive"]


def test_nobody_has_a_benefit_twice_at_once(city: Registers) -> None:
    spells = city["benefits"].sort("resident", "benefit", "since")
    following = spells.with_columns(pl.col("since").shift(-1).over("resident", "benefit").alias("next"))
    overlapping = following.filter(
        pl.col("next").is_not_null() & (pl.col("until").is_null() | (pl.col("until") >= pl.col("next")))
    )
    assert overlapping.height == 0


def test_a_benefit_ends_after_it_began_and_begins_after_birth(city: Registers) -> None:
    benefits = with_people(city, "benefits")
    assert benefits.filter(pl.col("until") < pl.col("since")).height == 0
    early = benefits.filter(pl.col("since").str.head(6) < pl.col("birth_date").str.head(6))
    assert early.height == 0


def test_the_basic_pension_goes_to_whom_the_law_names(city: Registers) -> None:
    tested = with_people(city, "means_tests")
    received = open_benefits(city, "basic_pension").join(tested, on="resident", how="left")
    limit = pl.when(pl.col("couple") == "Y").then(3_952_000).otherwise(2_470_000)
    assert received["birth_date"].max() <= born_by(65)  # type: ignore[operator]
    assert received.filter(number("recognised_income") > limit).height == 0
    assert received["special_pension"].unique().to_list() == ["N"]


def test_vouchers_go_to_one_of_a_poor_household(city: Registers) -> None:
    vouchers = open_benefits(city, "energy_voucher", "fuel_aid")
    homes = vouchers.join(city["residents"], on="resident")["household"]
    assert homes.is_duplicated().sum() == 0
    aided = open_benefits(city, "livelihood", "housing").select("resident")
    assert vouchers.join(aided, on="resident", how="anti").height == 0


def test_pregnant_are_women_of_an_age_to_be(city: Registers) -> None:
    expecting = with_people(city, "pregnancies")
    assert expecting["sex"].unique().to_list() == ["F"]
    assert expecting["birth_date"].is_between(pl.lit("19830101"), pl.lit("20061231")).all()


def test_nobody_gets_back_more_than_they_paid(city: Registers) -> None:
    assert city["copayments"].filter(number("refunded") > number("covered_paid")).height == 0


def test_copayments_are_of_the_two_years_settled_last(tmp_path: Path, city: Registers) -> None:
    made(tmp_path, residents=1_000, as_of=date(2026, 8, 24))
    before = read(tmp_path)["copayments"]["year"].unique().sort().to_list()
    after = city["copayments"]["year"].unique().sort().to_list()
    assert (before, after) == (["2023", "2024"], ["2024", "2025"])


def test_a_vehicle_tax_that_is_overdue_is_an_arrear(city: Registers) -> None:
    ordinary = city["bills"].filter(pl.col("kind") != "annual", pl.col("billed_on") < "20261001")
    unpaid = ordinary.join(city["payments"], on="bill", how="anti").select(
        "payer", amount=(number("vehicle_tax") + number("education_tax")).cast(pl.String)
    )
    assert unpaid.height > 100
    assert unpaid.join(city["arrears"], on=["payer", "amount"], how="anti").height == 0


# --- work -----------------------------------------------------------------------------------------


def test_nobody_works_after_leaving(city: Registers) -> None:
    left = city["staff_months"].join(city["departures"], on=["employer", "employee"])
    assert left.height > 0
    assert left.filter(pl.col("month") > pl.col("left_on")).height == 0


def test_staff_work_for_one_employer(city: Registers) -> None:
    people = pl.concat([city[one].select("employee", "employer") for one in ("staff_months", "departures")])
    assert people.unique()["employee"].is_duplicated().sum() == 0


def test_every_measure_has_the_hours_of_its_staff_and_of_the_month_before(city: Registers) -> None:
    months = city["staff_months"].select("employer", "month").unique()
    assert city["measures"].join(months, on=["employer", "month"], how="anti").height == 0
    first = city["measures"].group_by("employer").agg(pl.col("month").min())
    before = months.join(first, on="employer").filter(pl.col("month") < pl.col("month_right"))
    assert before["employer"].n_unique() == first.height


def test_hours_are_paid_for_only_where_they_were_lost(city: Registers) -> None:
    months = city["staff_months"]
    whole = months.filter(pl.col("hours_normal") == pl.col("hours_worked"))
    assert whole["compensation"].unique().to_list() == ["0"]
    assert months.filter(number("compensation") > 0).height > 100


# --- farms ----------------------------------------------------------------------------------------


def test_a_county_has_one_drought(city: Registers) -> None:
    told = city["droughts"].join(city["farms"], on="farm")
    spells = told.group_by("county", "level").agg(pl.col("began_on", "weeks").n_unique())
    assert spells.select(pl.max("began_on", "weeks")).row(0) == (1, 1)


def test_a_drought_does_not_outlast_the_extract(city: Registers) -> None:
    began = pl.col("began_on").str.to_date("%Y%m%d")
    ends = city["droughts"].select(began + pl.duration(days=7 * number("weeks")))
    assert ends.to_series().max() <= AS_OF  # type: ignore[operator]


# --- plausible ------------------------------------------------------------------------------------


def test_ages_are_those_of_the_country() -> None:
    people = draw_people(np.random.default_rng(1), 100_000, AS_OF)
    groups = np.bincount(np.minimum(people.age[people.lives_here] // 10, 8))
    of_a_hundred = 100 * groups / groups.sum()
    country = np.array([6.1, 9.0, 11.6, 12.9, 15.1, 17.0, 15.2, 8.1, 4.8])  # 주민등록 인구통계 2025
    assert float(np.abs(of_a_hundred - country).max()) < 2.5


def test_husband_and_wife_are_of_both_sexes_and_of_an_age() -> None:
    people = draw_people(np.random.default_rng(2), 20_000, AS_OF)
    married = np.flatnonzero(people.spouse >= 0)
    other = people.spouse[married]
    apart = np.abs(people.age[married] - people.age[other])
    assert (True, True) == (
        bool((people.female[married] != people.female[other]).all()),
        int(apart.max()) <= 5,
    )


def test_parents_are_grown_up_when_a_child_is_born(city: Registers) -> None:
    birth = city["residents"].select("resident", born=pl.col("birth_date").cast(pl.Int64))
    pairs = city["children"].join(birth, left_on="guardian", right_on="resident")
    years = pairs.select((pl.col("birth_date").cast(pl.Int64) - pl.col("born")) // 10_000)
    assert (True, True) == (pairs.height > 0, years.to_series().min() >= 15)  # type: ignore[operator]


def test_shares_are_those_of_the_country(city: Registers) -> None:
    people = city["residents"].height
    old = city["residents"].filter(pl.col("birth_date") <= born_by(65)).height
    counts = {name: frame.height for name, frame in city.items()}
    receiving = {name: open_benefits(city, name).height for name in city["benefits"]["benefit"].unique()}
    class_of = city["households"]["region_class"].value_counts(normalize=True)
    capital = class_of.filter(pl.col("region_class") == "capital")["proportion"].item()
    plausible = {
        "around the capital": (0.45, capital, 0.55),
        "livelihood": (0.02, receiving["livelihood"] / people, 0.04),
        "housing": (0.035, receiving["housing"] / people, 0.06),
        "basic pension": (0.5, receiving["basic_pension"] / old, 0.72),
        "child allowance": (0.05, receiving["child_allowance"] / people, 0.1),
        "telecom discount": (0.07, receiving["telecom_discount"] / people, 0.14),
        "disabled": (0.045, counts["disabilities"] / people, 0.06),
        "expecting": (0.002, counts["pregnancies"] / people, 0.005),
        "in arrears": (0.02, counts["arrears"] / people, 0.05),
        "employers": (0.029, counts["employers"] / people, 0.031),
        "measures": (20, counts["measures"], 120),
        "farms": (0.0019, counts["farms"] / people, 0.0021),
    }
    assert [name for name, (least, found, most) in plausible.items() if not least <= found <= most] == []


def test_a_few_in_a_hundred_have_not_asked_for_the_basic_pension(city: Registers) -> None:
    limit = pl.when(pl.col("couple") == "Y").then(3_952_000).otherwise(2_470_000)
    entitled = with_people(city, "means_tests").filter(
        pl.col("birth_date") <= born_by(65),
        number("recognised_income") <= limit,
        pl.col("special_pension") == "N",
    )
    without = entitled.join(open_benefits(city, "basic_pension"), on="resident", how="anti")
    assert 0.02 < without.height / entitled.height < 0.08


def test_a_few_in_a_hundred_children_lack_the_allowance(city: Registers) -> None:
    young = city["children"].filter(pl.col("birth_date") > born_by(9))
    paid = open_benefits(city, "child_allowance")
    without = young.join(paid, left_on="child", right_on="resident", how="anti")
    assert 0.015 < without.height / young.height < 0.08


def test_some_have_paid_more_than_their_cap_and_not_got_it_back(city: Registers) -> None:
    lowest = city["copayments"].filter(
        pl.col("year") == "2025", pl.col("decile") == "1", pl.col("long_stay") == "N"
    )
    over = lowest.filter(number("covered_paid") > 890_000)
    assert 0 < over.filter(pl.col("refunded") == "0").height < over.height / 2


# --- blocks ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def in_blocks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A city made in six blocks, the last of them smaller."""
    folder = tmp_path_factory.mktemp("blocks")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registers, "BLOCK", 1_500)
        made(folder, residents=8_000)
    return folder


@pytest.mark.parametrize("register", HEADERS)
def test_blocks_make_one_city_without_an_id_twice(register: str, in_blocks: Path) -> None:
    found = verdict(in_blocks, register)
    assert (found.accepted.height, found.refused, found.duplicates) == (found.rows_in, {}, 0)


def test_blocks_differ(in_blocks: Path) -> None:
    names = read(in_blocks)["residents"]["name"]
    assert names[:1_500].to_list() != names[1_500:3_000].to_list()
