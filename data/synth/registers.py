"""Makes the seven registers of a city of residents who do not exist, all agreeing with each other."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from data.files import atomic_path
from data.synth import bills, ownership, people
from data.synth.draws import NEVER
from data.synth.vehicle_tax import FIRST_TAX_YEAR

# Register: canonical column -> header in the file. Registers in the order in which they can be taken in.
HEADERS = {
    "residents": {
        "resident": "주민등록번호", "household": "세대번호", "birth_date": "생년월일", "sex": "성별",
        "status": "상태", "status_date": "상태일자", "protected": "보호대상", "language": "안내언어",
        "name": "성명", "address": "주소",
    },
    "households": {"household": "세대번호", "region": "행정동코드", "size": "세대원수"},
    "vehicles": {
        "vehicle": "자동차등록번호", "owner": "소유자주민등록번호", "engine_cc": "배기량", "use": "용도",
        "kind": "차종", "first_registered": "최초등록일", "acquired_on": "취득일", "ended_on": "종료일",
        "end_reason": "종료사유",
    },
    "bills": {
        "bill": "전자납부번호", "vehicle": "자동차등록번호", "payer": "납세자주민등록번호",
        "tax_year": "과세연도", "kind": "과세기분", "vehicle_tax": "자동차세", "education_tax": "지방교육세",
        "billed_on": "고지일",
    },
    "payments": {
        "payment": "납부확인번호", "bill": "전자납부번호", "payer": "납부자주민등록번호",
        "vehicle_tax": "자동차세", "education_tax": "지방교육세", "paid_on": "수납일",
    },
    "passed_prepayments": {
        "vehicle": "자동차등록번호", "payer": "양도인주민등록번호", "tax_year": "과세연도",
        "agreed": "승계동의", "agreed_on": "확인일",
    },
    "contacts": {"resident": "주민등록번호", "channel": "수단", "consent": "수신동의", "address": "연락처"},
}  # fmt: skip
_DAYS = (
    "birth_date",
    "status_date",
    "first_registered",
    "acquired_on",
    "ended_on",
    "billed_on",
    "paid_on",
    "agreed_on",
)


@dataclass(frozen=True)
class Counts:
    """Rows in each register's file."""

    residents: int
    households: int
    vehicles: int
    bills: int
    payments: int
    passed_prepayments: int
    contacts: int

    def as_document(self) -> dict[str, int]:
        return asdict(self)


def make(folder: Path, *, residents: int, seed: int, as_of: date, tax_year: int) -> Counts:
    """Write `<register>.csv` for each register into `folder`, as extracts of the day `as_of`.

    The same arguments give the same bytes. Bills are those of `tax_year` (2024 or later) that had gone
    out by `as_of`. Raises ValueError for fewer than one resident or an earlier tax year.
    """
    if residents < 1 or tax_year < FIRST_TAX_YEAR:
        raise ValueError(f"at least one resident and a tax year from {FIRST_TAX_YEAR} on")
    folder.mkdir(parents=True, exist_ok=True)
    frames = _frames(residents=residents, seed=seed, as_of=as_of, tax_year=tax_year)
    for register, frame in frames.items():
        _write(folder / f"{register}.csv", frame, HEADERS[register])
    return Counts(**{register: frame.height for register, frame in frames.items()})


def _frames(*, residents: int, seed: int, as_of: date, tax_year: int) -> dict[str, pl.DataFrame]:
    """Every register under its canonical column names; each kind of draw has a generator of its own."""
    seeds = np.random.SeedSequence(seed).spawn(6)
    of_people, of_names, of_cars, of_spells, of_bills, of_contacts = (
        np.random.Generator(np.random.PCG64(one)) for one in seeds
    )
    city = people.draw_people(of_people, residents, as_of)
    cars = ownership.draw_cars(of_cars, city, as_of)
    plate = ownership.car_plates(cars)
    spells = ownership.draw_spells(of_spells, city, cars, as_of)
    ahead = bills.draw_prepayments(of_bills, city, spells, tax_year)
    drawn = bills.draw_bills(of_bills, cars, spells, ahead, tax_year=tax_year, as_of=as_of)
    billed = bills.bills_frame(city, spells, drawn, plate, tax_year)
    return {
        "residents": people.residents_frame(of_names, city),
        "households": people.households_frame(city),
        "vehicles": ownership.vehicles_frame(city, cars, spells, plate),
        "bills": billed,
        "payments": bills.payments_frame(billed, tax_year),
        "passed_prepayments": bills.passed_frame(city, spells, ahead, plate, tax_year),
        "contacts": people.contacts_frame(of_contacts, city),
    }


def _write(target: Path, frame: pl.DataFrame, headers: dict[str, str]) -> None:
    """UTF-8 with the authority's headers; days as YYYYMMDD, yes and no as Y and N, nothing as nothing."""
    columns = [_as_text(name, frame.schema[name]).alias(header) for name, header in headers.items()]
    with atomic_path(target) as partial:
        frame.select(columns).write_csv(partial)


def _as_text(name: str, dtype: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if name in _DAYS:
        day = pl.when(column != NEVER).then(column).cast(pl.Int32).cast(pl.Date)
        return day.dt.strftime("%Y%m%d")
    if dtype == pl.Boolean:
        return pl.when(column).then(pl.lit("Y")).otherwise(pl.lit("N"))
    return column
