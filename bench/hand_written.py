"""Both programmes written out by hand in plain Polars, from the law and not from the packs.

They answer two questions: does the compiler give the same cells, and what does its convenience cost.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from pathlib import Path
from typing import Protocol

import polars as pl

Tables = Mapping[str, pl.LazyFrame | None]
"""A bucket's registers by name; None where the authority has handed none over."""


class Buckets(Protocol):
    """Registers in buckets, as `data.buckets.Layout` lays them out."""

    @property
    def count(self) -> int: ...

    @property
    def registers(self) -> Collection[str]: ...

    def read(self, bucket: int, register: str) -> pl.LazyFrame | None: ...


PER_CC_PRIVATE = ((1000, 80), (1600, 140), (None, 200))
PER_CC_BUSINESS = ((1600, 18), (2500, 19), (None, 24))
KR_REGISTERS = ("bills", "payments", "vehicles", "passed_prepayments")


def vehicle_tax_refunds(tables: Tables, as_of: date) -> pl.LazyFrame:
    """지방세법 §130③: one row per bill that is owed something, or may be.

    Columns: unit_id, status, vehicle_tax, education_tax, amount (won; null where it cannot be reckoned).
    """
    bills, vehicles, payments = tables["bills"], tables["vehicles"], tables["payments"]
    assert bills is not None and vehicles is not None and payments is not None
    annual = bills.filter((pl.col("kind") == "annual") & (pl.col("billed_on") <= as_of)).select(
        "bill", "vehicle", "payer", "tax_year", "billed_on", "_group",
        billed_vehicle="vehicle_tax", billed_education="education_tax",
    )  # fmt: skip
    units = annual.join(_paid(payments, as_of), on=["bill", "_group"], how="left")
    units = units.join(_ownership(annual, vehicles, as_of), on="bill", how="left")
    units = _with_consent(units, tables["passed_prepayments"], as_of)
    return _refund_answers(_with_refund(_with_taxes(units)), as_of)


def _paid(payments: pl.LazyFrame, as_of: date) -> pl.LazyFrame:
    return (
        payments.filter(pl.col("paid_on") <= as_of)
        .group_by("bill", "_group")
        .agg(
            paid_vehicle=pl.col("vehicle_tax").sum(),
            paid_education=pl.col("education_tax").sum(),
            paid_on=pl.col("paid_on").max(),
        )
    )


def _ownership(annual: pl.LazyFrame, vehicles: pl.LazyFrame, as_of: date) -> pl.LazyFrame:
    """The spell each bill belongs to: the last one that had begun when it was made and reached its year."""
    ended = pl.col("ended_on")
    spells = vehicles.select(
        "vehicle", "owner", "_group", "engine_cc", "use", car="kind", registered="first_registered",
        acquired="acquired_on", ends="ended_on",
        ended=pl.when(ended <= as_of).then(ended), reason=pl.when(ended <= as_of).then(pl.col("end_reason")),
    )  # fmt: skip
    return (
        annual.select("bill", "vehicle", "payer", "_group", "billed_on", "tax_year")
        .join(spells, left_on=["vehicle", "payer", "_group"], right_on=["vehicle", "owner", "_group"])
        .filter(
            (pl.col("acquired") <= pl.col("billed_on"))
            & (pl.col("ends").is_null() | (pl.col("ends").dt.year() >= pl.col("tax_year")))
        )
        .sort("acquired")
        .group_by("bill", maintain_order=True)
        .agg(
            pl.col("engine_cc", "use", "car", "registered", "acquired", "ended", "reason").last(),
            owned=pl.lit(True),
        )
    )


def _with_consent(units: pl.LazyFrame, passed: pl.LazyFrame | None, as_of: date) -> pl.LazyFrame:
    if passed is None:
        return units.with_columns(passed=pl.lit(None, dtype=pl.Boolean))
    asked = passed.filter(pl.col("agreed_on").is_null() | (pl.col("agreed_on") <= as_of)).select(
        "vehicle", "payer", "tax_year", "_group", "agreed", asked=pl.lit(True)
    )
    joined = units.join(asked, on=["vehicle", "payer", "tax_year", "_group"], how="left")
    return joined.with_columns(passed=pl.when("asked").then("agreed").otherwise(False))


def _with_taxes(units: pl.LazyFrame) -> pl.LazyFrame:
    """A whole year's two bills, `half_1` and `half_2`, and whether they fall with age."""
    cc, use, electric = pl.col("engine_cc"), pl.col("use"), pl.col("car") == "electric"
    private, business = cc * _per_cc(PER_CC_PRIVATE), cc * _per_cc(PER_CC_BUSINESS)
    by_engine = pl.when(use == "private").then(private).when(use == "business").then(business)
    flat = pl.when(use == "private").then(100_000).when(use == "business").then(20_000)
    full = pl.when(electric).then(flat).when(~electric).then(by_engine)
    aging = ~electric & (use == "private")
    years = pl.col("tax_year") - pl.col("registered").dt.year()
    ages = (years + (pl.col("registered").dt.month() <= 6).cast(pl.Int64), years + 1)
    percent = [
        pl.when(aging)
        .then(100 - 5 * (age.clip(upper_bound=12) - 2).clip(lower_bound=0))
        .when(~aging)
        .then(100)
        for age in ages
    ]
    return units.with_columns(
        half_1=full * percent[0] // 200 // 10 * 10,
        half_2=full * percent[1] // 200 // 10 * 10,
        reduced=aging & (ages[1] >= 3),
    )


def _per_cc(bands: tuple[tuple[int | None, int], ...]) -> pl.Expr:
    cc = pl.col("engine_cc")
    low, middle, high = (pl.lit(won, dtype=pl.Int64) for _, won in bands)
    return pl.when(cc <= bands[0][0]).then(low).when(cc <= bands[1][0]).then(middle).when(cc > 0).then(high)


def _tax_until(end: pl.Expr) -> pl.Expr:
    """Tax of the days from 1 January (or the day of acquisition) up to but without `end`."""
    year = pl.col("tax_year")
    first, middle, after = pl.date(year, 1, 1), pl.date(year, 7, 1), pl.date(year + 1, 1, 1)
    start = pl.max_horizontal("acquired", first)
    days = [_days(first, middle), _days(middle, after)]
    held = [
        _days(start, pl.min_horizontal(end, middle)).clip(lower_bound=0),
        _days(pl.max_horizontal(start, middle), end).clip(lower_bound=0),
    ]
    whole = (pl.col("half_1") + pl.col("half_2")) * _days(start, end) // _days(first, after)
    halves = pl.col("half_1") * held[0] * days[1] + pl.col("half_2") * held[1] * days[0]
    exact = pl.when("reduced").then(halves // (days[0] * days[1])).when(~pl.col("reduced")).then(whole)
    return pl.when(end.is_not_null()).then(exact // 10 * 10)


def _days(start: pl.Expr, end: pl.Expr) -> pl.Expr:
    return (end - start).dt.total_days()


def _with_refund(units: pl.LazyFrame) -> pl.LazyFrame:
    due, whole = _tax_until(pl.col("ended")), _tax_until(pl.date(pl.col("tax_year") + 1, 1, 1))
    paid = pl.min_horizontal(pl.col("paid_vehicle").fill_null(0), pl.col("billed_vehicle"))
    share = pl.when(pl.col("use") == "private").then(30).when(pl.col("use") == "business").then(0)
    back = pl.when(whole > 0).then(paid * (whole - due) // whole // 10 * 10)
    read = pl.col("ended").dt.year() >= 2024  # the text of the law before was not read
    return units.with_columns(vehicle_tax=pl.when(read).then(back)).with_columns(
        education_tax=pl.when(pl.col("vehicle_tax").is_not_null() & share.is_not_null()).then(
            pl.min_horizontal(pl.col("vehicle_tax") * share // 100 // 10 * 10, "billed_education")
        ),
        claim_by=pl.when(pl.col("paid_on").is_not_null() & (pl.col("ended").dt.year() >= 2011)).then(
            _five_years(pl.max_horizontal("ended", "paid_on"))
        ),
    )


def _five_years(event: pl.Expr) -> pl.Expr:
    """민법 §160: five years from the day after; those from 1 March end with February, leap day or not."""
    end = event.dt.offset_by("5y")
    ends_february = (event.dt.month() == 2) & (event == event.dt.month_end())
    return pl.when(ends_february).then(end.dt.month_end()).otherwise(end)


def _refund_answers(units: pl.LazyFrame, as_of: date) -> pl.LazyFrame:
    prepaid = (
        (pl.col("billed_vehicle") > 0)
        & (pl.col("paid_vehicle").fill_null(0) >= pl.col("billed_vehicle"))
        & (pl.col("paid_education").fill_null(0) >= pl.col("billed_education"))
    )
    gone = pl.when("owned").then(pl.col("ended").is_not_null()) & (
        pl.col("ended").dt.year() == pl.col("tax_year")
    )
    kept = (pl.col("reason") == "scrapped") | ~pl.col("passed")
    return _answers(
        units, "bill",
        holds=prepaid & gone & kept & (pl.col("vehicle_tax") >= 10) & (pl.lit(as_of) <= pl.col("claim_by")),
        parts=("vehicle_tax", "education_tax"),
    )  # fmt: skip


def _answers(units: pl.LazyFrame, unit: str, *, holds: pl.Expr, parts: tuple[str, ...]) -> pl.LazyFrame:
    known = pl.all_horizontal([pl.col(part).is_not_null() for part in parts])
    status = pl.when(holds & known).then(pl.lit("entitled")).otherwise(pl.lit("unknown"))
    open_or_met = units.with_columns(holds=holds).filter(pl.col("holds").is_null() | pl.col("holds"))
    answers = open_or_met.with_columns(status=status, amount=pl.sum_horizontal(parts, ignore_nulls=False))
    return answers.select(pl.col(unit).alias("unit_id"), "status", *parts, "amount")


# year, children (3: or more): largest credit, credit rate, start alone, start joint, phase-out rate
EITC_ROWS = [
    *((2024, 0, 632, 765, 10_330, 17_250, 765), (2024, 1, 4213, 3400, 22_720, 29_640, 1598)),
    *((2024, 2, 6960, 4000, 22_720, 29_640, 2106), (2024, 3, 7830, 4500, 22_720, 29_640, 2106)),
    *((2025, 0, 649, 765, 10_620, 17_730, 765), (2025, 1, 4328, 3400, 23_350, 30_470, 1598)),
    *((2025, 2, 7152, 4000, 23_350, 30_470, 2106), (2025, 3, 8046, 4500, 23_350, 30_470, 2106)),
]
EITC_COLUMNS = ("tax_year", "size", "most", "rate", "alone", "joint", "falling")
INVESTMENT_LIMIT = {2024: 11_600, 2025: 11_950}


def earned_income_credits(tables: Tables) -> pl.LazyFrame:
    """26 USC §32: one row per tax unit that is due a credit, or may be.

    Columns: unit_id, status, credit, amount (cents; null where it cannot be reckoned).
    """
    units = tables["tax_units"]
    assert units is not None
    size = pl.min_horizontal(pl.col("qualifying_children_eitc"), pl.lit(3, dtype=pl.Int64))
    rows = pl.LazyFrame(EITC_ROWS, schema=dict.fromkeys(EITC_COLUMNS, pl.Int64), orient="row")
    units = units.with_columns(size=pl.when(pl.col("qualifying_children_eitc").is_not_null()).then(size))
    units = units.join(rows, on=["tax_year", "size"], how="left").with_columns(credit=_credit())
    holds = (
        (pl.col("earned_income") > 0)
        & (pl.col("credit") > 0)
        & (pl.col("investment_income") <= pl.col("tax_year").replace_strict(INVESTMENT_LIMIT, default=None))
        & _old_enough()
        & ((pl.col("filing_status") != "separate") | _open_with_a_child())
        & ((pl.col("is_dependent_of_another") == 0) | _open_with_a_child())
    )
    return _answers(units, "record_id", holds=holds, parts=("credit",))


def _credit() -> pl.Expr:
    """In cents: ten-thousandths of a dollar rounded to the nearest cent, half a cent dropped."""
    earned, income = pl.col("earned_income"), pl.col("adjusted_gross_income")
    joint = pl.col("filing_status") == "joint"
    start = pl.when(joint).then("joint").when(~joint).then("alone")
    rising = pl.min_horizontal(pl.col("most") * 10_000, earned * pl.col("rate"))
    counted = pl.when(income.is_not_null()).then(pl.max_horizontal(income, earned))
    left = rising - pl.col("falling") * (counted - start).clip(lower_bound=0)
    known = earned.is_not_null() & pl.col("most").is_not_null()
    return pl.when(known).then((left.clip(lower_bound=0) + 49) // 100)


def _old_enough() -> pl.Expr:
    head, spouse = (_age_known(name).is_between(25, 64) for name in ("age_head", "age_spouse"))
    return (pl.col("size") > 0) | head | ((pl.col("filing_status") == "joint") & spouse)


def _age_known(name: str) -> pl.Expr:
    return pl.when(pl.col(name) > 0).then(pl.col(name))


def _open_with_a_child() -> pl.Expr:
    """False without a child; with one, what decides it is in no record."""
    return pl.when(pl.col("size") == 0).then(pl.lit(False))


def scan_by_hand(layout: Buckets, as_of: date, folder: Path) -> int:
    """Both programmes over every bucket, written beside each other below `folder`; the rows written."""
    rows = 0
    for bucket in range(layout.count):
        found = []
        if "bills" in layout.registers:
            tables = {name: layout.read(bucket, name) for name in KR_REGISTERS}
            found.append(("kr", vehicle_tax_refunds(tables, as_of)))
        if "tax_units" in layout.registers:
            found.append(("us", earned_income_credits({"tax_units": layout.read(bucket, "tax_units")})))
        for pack, answers in found:
            frame = answers.collect(engine="streaming")
            frame.write_parquet(folder / f"{pack}-{bucket}.parquet")
            rows += frame.height
    return rows
