"""The made-up registers: the same by seed, agreeing with each other, plausible, and nobody's."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from pathlib import Path

import phonenumbers
import polars as pl
import pytest

from data.digests import file_sha256
from data.synth.headers import DAYS, HEADERS
from data.synth.registers import make
from tests.data.made_up import AS_OF, Registers, contract_file, made, read, verdict

AHEAD = {"due_on", "until"}  # a birth, the end of a voucher: days that are known before they come


@pytest.fixture(scope="module")
def prepaid(city: Registers) -> pl.DataFrame:
    """Prepayments that were paid, each with its payer's spell."""
    paid = city["payments"].select("bill", "paid_on")
    spells = city["vehicles"].rename({"owner": "payer"})
    annual = city["bills"].filter(pl.col("kind") == "annual").join(paid, on="bill")
    return annual.join(spells, on=["vehicle", "payer"])


def owners_day(column: str) -> pl.Expr:
    return pl.col(column).str.to_date("%Y%m%d")


# --- files ----------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        made(tmp_path / folder, residents=500)
    digests = [[file_sha256(tmp_path / f / f"{name}.csv") for name in HEADERS] for f in ("one", "two")]
    assert digests[0] == digests[1]


def test_another_seed_gives_another_city(tmp_path: Path) -> None:
    made(tmp_path / "one", residents=10_000, seed=1)
    made(tmp_path / "two", residents=10_000, seed=2)
    same = [
        name
        for name in HEADERS
        if file_sha256(tmp_path / f"one/{name}.csv") == file_sha256(tmp_path / f"two/{name}.csv")
    ]
    assert same == []


def test_files_are_readable_by_their_owner_alone(tmp_path: Path) -> None:
    made(tmp_path, residents=50)
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


def test_the_counts_are_the_rows_of_the_files(tmp_path: Path) -> None:
    counts = made(tmp_path, residents=500)
    assert counts == {name: frame.height for name, frame in read(tmp_path).items()}


@pytest.mark.parametrize("register", HEADERS)
def test_headers_are_those_of_the_contract(register: str) -> None:
    contract = tomllib.loads(contract_file(register).read_text("utf-8"))
    assert {column["name"]: column["in_file"] for column in contract["column"]} == HEADERS[register]


@pytest.mark.parametrize("register", HEADERS)
def test_what_a_contract_requires_is_never_empty(register: str, city: Registers) -> None:
    contract = tomllib.loads(contract_file(register).read_text("utf-8"))
    required = [column["name"] for column in contract["column"] if column.get("required")]
    assert city[register].select(required).null_count().sum_horizontal().item() == 0


@pytest.mark.parametrize("register", HEADERS)
def test_what_a_contract_holds_unique_is_unique(register: str, city: Registers) -> None:
    contract = tomllib.loads(contract_file(register).read_text("utf-8"))
    key = contract.get("unique") or list(HEADERS[register])
    assert city[register].select(key).is_duplicated().sum() == 0


@pytest.mark.parametrize("residents", [1, 2, 3, 4, 30])
def test_a_hamlet_can_be_made_too(residents: int, tmp_path: Path) -> None:
    counted = [made(tmp_path, residents=residents, seed=seed)["residents"] for seed in range(12)]
    assert counted == [residents] * 12


@pytest.mark.parametrize(("residents", "tax_year"), [(0, 2026), (10, 2023)])
def test_nobody_or_an_unknown_tax_year_is_refused(residents: int, tax_year: int, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least one resident"):
        make(tmp_path / "new", residents=residents, seed=1, as_of=AS_OF, tax_year=tax_year)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("register", HEADERS)
def test_every_row_is_accepted_under_its_contract(register: str, tmp_path: Path) -> None:
    made(tmp_path, residents=2_000)
    found = verdict(tmp_path, register)
    assert (found.accepted.height, found.refused, found.duplicates) == (found.rows_in, {}, 0)


# --- registers agree ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("register", "column", "other", "key"),
    [
        ("residents", "household", "households", "household"),
        ("households", "household", "residents", "household"),
        ("vehicles", "owner", "residents", "resident"),
        ("bills", "payer", "residents", "resident"),
        ("bills", "vehicle", "vehicles", "vehicle"),
        ("payments", "bill", "bills", "bill"),
        ("passed_prepayments", "payer", "residents", "resident"),
        ("passed_prepayments", "vehicle", "vehicles", "vehicle"),
        ("contacts", "resident", "residents", "resident"),
        ("households", "head", "residents", "resident"),
        ("means_tests", "resident", "residents", "resident"),
        ("benefits", "resident", "residents", "resident"),
        ("disabilities", "resident", "residents", "resident"),
        ("pregnancies", "resident", "residents", "resident"),
        ("children", "child", "residents", "resident"),
        ("children", "guardian", "residents", "resident"),
        ("copayments", "resident", "residents", "resident"),
        ("arrears", "payer", "residents", "resident"),
        ("measures", "employer", "employers", "employer"),
        ("staff_months", "employer", "measures", "employer"),
        ("staff_months", "employee", "residents", "resident"),
        ("departures", "employer", "employers", "employer"),
        ("departures", "employee", "residents", "resident"),
        ("herds", "farm", "farms", "farm"),
        ("droughts", "farm", "farms", "farm"),
    ],
)
def test_whatever_a_register_names_another_one_knows(
    register: str, column: str, other: str, key: str, city: Registers
) -> None:
    strangers = city[register].join(city[other], left_on=column, right_on=key, how="anti")
    assert strangers.height == 0


def test_as_many_live_in_a_household_as_its_size_says(city: Registers) -> None:
    counted = city["residents"].filter(status="alive").group_by("household").len()
    sizes = city["households"].join(counted, on="household", how="left").fill_null(0)
    assert sizes.filter(pl.col("size").cast(pl.Int64) != pl.col("len")).height == 0


def test_payments_pay_their_bill_in_full_once_and_by_its_payer(city: Registers) -> None:
    same = ["bill", "payer", "vehicle_tax", "education_tax"]
    assert city["payments"].join(city["bills"], on=same).height == city["payments"].height
    assert city["payments"]["bill"].is_duplicated().sum() == 0


def test_a_car_has_one_owner_at_a_time_without_a_gap(city: Registers) -> None:
    spells = (
        city["vehicles"]
        .sort("vehicle", "acquired_on")
        .with_columns(pl.col("acquired_on").shift(-1).over("vehicle").alias("next"))
    )
    followed = spells.filter(pl.col("next").is_not_null())
    assert followed.filter(pl.col("next") != pl.col("ended_on")).height == 0
    assert followed["end_reason"].unique().to_list() == ["transferred"]
    assert spells.filter(pl.col("next").is_null())["end_reason"].drop_nulls().unique().to_list() == [
        "scrapped"
    ]


def test_a_transfer_has_a_seller_and_another_buyer(city: Registers) -> None:
    sold = city["vehicles"].filter(pl.col("end_reason") == "transferred")
    to_self = sold.join(
        city["vehicles"],
        left_on=["vehicle", "owner", "ended_on"],
        right_on=["vehicle", "owner", "acquired_on"],
    )
    assert to_self.height == 0


def test_spells_begin_after_the_first_registration_and_end_after_they_begin(city: Registers) -> None:
    spells = city["vehicles"]
    assert spells.filter(pl.col("acquired_on") < pl.col("first_registered")).height == 0
    assert spells.filter(pl.col("ended_on") <= pl.col("acquired_on")).height == 0


def test_owners_are_of_age(city: Registers) -> None:
    born = city["residents"].select("resident", "birth_date")
    owned = city["vehicles"].join(born, left_on="owner", right_on="resident")
    age = owned.select((owners_day("acquired_on") - owners_day("birth_date")).dt.total_days().alias("days"))
    assert age["days"].min() >= 19 * 365  # type: ignore[operator]


def test_nothing_is_known_of_days_after_the_extract(tmp_path: Path) -> None:
    made(tmp_path, residents=3_000, as_of=date(2026, 6, 20))
    days = [
        frame[column].max()
        for frame in read(tmp_path).values()
        for column in frame.columns
        if column in DAYS - AHEAD
    ]
    assert max(str(day) for day in days if day) <= "20260620"


def test_before_the_tax_year_nothing_is_billed(tmp_path: Path) -> None:
    counts = made(tmp_path, residents=500, as_of=date(2026, 1, 2))
    assert [counts[one] for one in ("bills", "payments", "passed_prepayments")] == [0, 0, 0]


# --- prepayments ----------------------------------------------------------------------------------


def test_who_pays_in_advance_owned_the_car_through_january(prepaid: pl.DataFrame) -> None:
    assert prepaid["acquired_on"].max() < "20260101"  # type: ignore[operator]
    assert prepaid["ended_on"].drop_nulls().min() > "20260131"  # type: ignore[operator]
    assert prepaid["paid_on"].is_between(pl.lit("20260116"), pl.lit("20260131")).all()


def test_who_paid_in_advance_gets_no_other_bill(city: Registers, prepaid: pl.DataFrame) -> None:
    halves = city["bills"].filter(pl.col("kind") != "annual")
    assert halves.join(prepaid, on=["vehicle", "payer"], how="semi").height == 0


def test_an_unpaid_prepayment_bill_gives_way_to_ordinary_bills(
    city: Registers, prepaid: pl.DataFrame
) -> None:
    unpaid = city["bills"].filter(pl.col("kind") == "annual").join(prepaid, on="bill", how="anti")
    halves = city["bills"].filter(pl.col("kind") == "first_half")
    assert 0 < unpaid.height == unpaid.join(halves, on=["vehicle", "payer"], how="semi").height


def test_only_sellers_who_paid_in_advance_are_asked_to_pass_it_on(
    city: Registers, prepaid: pl.DataFrame
) -> None:
    sold = prepaid.filter(pl.col("end_reason") == "transferred")
    asked = city["passed_prepayments"].join(
        sold, left_on=["vehicle", "payer", "agreed_on"], right_on=["vehicle", "payer", "ended_on"], how="semi"
    )
    assert asked.height == city["passed_prepayments"].height
    assert set(asked["agreed"]) == {"Y", "N"} and asked.height < sold.height


def test_a_buyer_is_billed_unless_the_prepayment_was_passed_on(
    city: Registers, prepaid: pl.DataFrame
) -> None:
    sold = prepaid.filter(pl.col("end_reason") == "transferred", pl.col("ended_on") < "20261101")
    bills = city["bills"].join(sold.select("vehicle", seller="payer"), on="vehicle")
    billed = bills.filter(pl.col("payer") != pl.col("seller")).select("vehicle").unique()
    passed = city["passed_prepayments"].filter(pl.col("agreed") == "Y")
    assert billed.join(passed, on="vehicle", how="semi").height == 0
    kept = sold.join(passed, on="vehicle", how="anti")
    assert kept.filter(pl.col("ended_on") < "20260601").join(billed, on="vehicle", how="anti").height == 0


# --- plausible ------------------------------------------------------------------------------------


def share(frame: pl.DataFrame, condition: pl.Expr) -> float:
    return frame.filter(condition).height / frame.height


def test_the_city_is_plausible(city: Registers, prepaid: pl.DataFrame) -> None:
    people, spells = city["residents"], city["vehicles"]
    cars = spells["vehicle"].n_unique()
    grown_up = people.filter(pl.col("birth_date") <= "20061109").height
    left = prepaid.filter(pl.col("ended_on").is_between(pl.lit("20260201"), pl.lit("20261231")))
    passed = city["passed_prepayments"].filter(pl.col("agreed") == "Y").height
    plausible: dict[str, tuple[float, float, float]] = {
        "persons a household": (2.0, people.height / city["households"].height, 2.4),
        "women": (0.47, share(people, pl.col("sex") == "F"), 0.53),
        "65 and older": (0.15, share(people, pl.col("birth_date") < "19611109"), 0.25),
        "deceased": (0.003, share(people, pl.col("status") == "deceased"), 0.012),
        "protected": (0.001, share(people, pl.col("protected") == "Y"), 0.006),
        "told in English": (0.01, share(people, pl.col("language") == "en"), 0.03),
        "cars a grown-up": (0.42, cars / grown_up, 0.46),
        "transferred": (0.07, spells.filter(pl.col("end_reason") == "transferred").height / cars, 0.11),
        "scrapped": (0.02, spells.filter(pl.col("end_reason") == "scrapped").height / cars, 0.04),
        "electric": (0.02, share(spells, pl.col("kind") == "electric"), 0.05),
        "prepaid": (0.28, prepaid.height / cars, 0.38),
        "refunds": (150, left.height - passed, 400),
        "reachable": (0.70, city["contacts"]["resident"].n_unique() / people.height, 0.80),
        "consent": (0.9, share(city["contacts"], pl.col("consent") == "Y"), 0.96),
    }
    assert [name for name, (least, found, most) in plausible.items() if not least <= found <= most] == []


def test_some_of_those_who_are_owed_money_cannot_be_told(city: Registers, prepaid: pl.DataFrame) -> None:
    left = prepaid.filter(pl.col("ended_on").is_between(pl.lit("20260201"), pl.lit("20261231")))
    agreeing = city["contacts"].filter(pl.col("consent") == "Y")
    unreachable = left.join(agreeing, left_on="payer", right_on="resident", how="anti")
    assert 0 < unreachable.height < left.height / 3


# --- nobody's -------------------------------------------------------------------------------------


def test_resident_numbers_belong_to_people_born_before_there_were_any(city: Registers) -> None:
    # Seventh digit 0: women born 1800-1899; the year part keeps them before 1850.
    numbers = city["residents"]["resident"]
    assert numbers.str.contains(r"^[0-4][0-9](0[1-9]|1[0-2])[0-3][0-9]0[0-9]{6}$").all()


def test_plates_hold_a_syllable_that_is_never_issued(city: Registers) -> None:
    assert city["vehicles"]["vehicle"].str.contains("^[0-9]{3}없[0-9]{4}$").all()


def test_bill_numbers_hold_a_letter_where_real_ones_hold_digits(city: Registers) -> None:
    assert city["bills"]["bill"].str.contains("^X2026[0-9]{9}$").all()


def test_receipt_numbers_hold_a_letter_where_real_ones_hold_digits(city: Registers) -> None:
    assert city["payments"]["payment"].str.contains("^R2026[0-9]{9}$").all()


def test_mobile_numbers_cannot_be_assigned_but_can_be_parsed(city: Registers) -> None:
    numbers = city["contacts"].filter(pl.col("channel") == "sms")["address"]
    assert numbers.str.contains("^010-0[0-9]{3}-[0-9]{4}$").all()
    parsed = [phonenumbers.parse(number, "KR") for number in numbers.head(200)]
    assert all(phonenumbers.is_valid_number(number) for number in parsed)


def test_email_goes_to_a_domain_that_can_never_exist(city: Registers) -> None:
    from email_validator import validate_email

    addresses = city["contacts"].filter(pl.col("channel") == "email")["address"]
    assert addresses.str.ends_with(".example").all()
    assert validate_email(addresses[0], check_deliverability=False).normalized == addresses[0]


def test_names_are_korean_and_the_place_does_not_exist(city: Registers) -> None:
    assert city["residents"]["name"].str.contains("^[가-힣]{3}$").all()
    assert city["residents"]["address"].str.starts_with("가온시 ").all()


def test_a_million_ids_of_a_kind_do_not_collide() -> None:
    import numpy as np

    from data.synth.identifiers import employer_numbers, mobile_numbers, papers, plates, resident_numbers

    count = 1_000_000
    born = np.zeros(count, dtype=np.int64) - np.arange(count) % 365  # as crowded as it can be
    kinds: list[pl.Series] = [resident_numbers(born), plates(count), mobile_numbers(count)]
    kinds += [papers("X", 2026, count=count), employer_numbers(count)]
    assert [ids.n_unique() for ids in kinds] == [count] * 5


def test_more_plates_than_there_are_cannot_be_made() -> None:
    from data.synth.identifiers import plates

    with pytest.raises(ValueError, match=re.escape("only 10,000,000 ids")):
        plates(10_000_001)
