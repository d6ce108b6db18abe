"""Judging alone, on the same facts: `python -m bench.rivals STEP FOLDER [UNITS]`.

`facts` writes the facts of so many US tax units of 2025. `ours`, `by_hand`, `duckdb`, `openfisca` and `plain`
(one unit in fifty) each read them, reckon the earned income credit, and write unit, status and amount in
cents. Each imports only what it needs. `differing` counts the rows in which one differs from ours.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from eligibility.compiler import Compiled

AS_OF = date(2026, 11, 10)
PLAIN_SHARE = 50
SIZES = ("none", "one", "two", "more")
# 2025 by number of children: most, credit rate (bp), start of the fall alone and joint, its rate (bp).
TABLE = (
    (649, 765, 10_620, 17_730, 765),
    (4_328, 3_400, 23_350, 30_470, 1_598),
    (7_152, 4_000, 23_350, 30_470, 2_106),
    (8_046, 4_500, 23_350, 30_470, 2_106),
)
INVESTMENT_LIMIT = 11_950


def facts(folder: Path, units: int) -> None:
    """The facts that the programme reads, one row per unit."""
    from data.samples import US_TAX_UNITS
    from eligibility.relations import Register
    from eligibility.sheets import build_sheet

    sample = pl.read_csv(US_TAX_UNITS).with_columns(tax_year=2025, _group=pl.lit("all"))
    rows = pl.concat([sample] * -(-units // sample.height)).head(units)
    compiled = _compiled()
    sheet = build_sheet(
        compiled.unit, {compiled.unit.register: Register(rows.lazy(), complete=True)}, AS_OF,
        recipients=[], wanted=compiled.read,
    )  # fmt: skip
    assert sheet is not None
    sheet.with_columns(_unit=pl.int_range(pl.len())).write_parquet(folder / "facts.parquet")


def _compiled() -> Compiled:
    from eligibility.pack import load_pack

    pack = load_pack("us", Path(__file__).resolve().parents[1] / "eligibility" / "packs" / "us")
    return pack.compile(pack.programmes["us/eitc"], AS_OF)


def ours(folder: Path) -> None:
    """The compiled programme, every unit judged."""
    from eligibility.judging import judge

    judged = judge(_compiled(), pl.scan_parquet(folder / "facts.parquet"))
    judged.select("_unit", "status", "amount").collect(engine="in-memory").write_parquet(
        folder / "ours.parquet"
    )


def by_hand(folder: Path) -> None:
    """The same rules written in Polars."""
    f, size = pl.scan_parquet(folder / "facts.parquet"), pl.col("qualifying_children").clip(0, 3)
    rows = pl.LazyFrame(
        [(at, *row) for at, row in enumerate(TABLE)],
        schema=dict.fromkeys(("size", "most", "rate", "alone", "joint", "falling"), pl.Int64), orient="row",
    )  # fmt: skip
    joint, child = pl.col("filing_status") == "joint", pl.col("size") > 0
    start = pl.when(joint).then("joint").when(~joint).then("alone")
    income = pl.max_horizontal("adjusted_gross_income", "earned_income")
    rising = pl.min_horizontal(pl.col("most") * 10_000, pl.col("earned_income") * pl.col("rate"))
    left = rising - pl.col("falling") * (income - start).clip(0)
    open_ = pl.when(~child).then(False)
    holds = (
        (pl.col("earned_income") > 0) & (pl.col("investment_income") <= INVESTMENT_LIMIT)
        & (child | pl.col("age_head").is_between(25, 64) | (joint & pl.col("age_spouse").is_between(25, 64)))
        & ((pl.col("filing_status") != "separate") | open_)
        & ((pl.col("dependent_of_another") == 0) | open_) & (pl.col("amount") > 0)
    )  # fmt: skip
    reckoned = f.with_columns(size=size).join(rows, on="size", how="left", maintain_order="left")
    judged = reckoned.with_columns(amount=(left.clip(0) + 49) // 100).with_columns(holds=holds)
    status = pl.when("holds").then(pl.lit("entitled")).when(~pl.col("holds")).then(pl.lit("not_entitled"))
    answers = judged.select("_unit", status.otherwise(pl.lit("unknown")).alias("status"), "amount")
    answers.collect(engine="in-memory").write_parquet(folder / "by_hand.parquet")


def duckdb(folder: Path) -> None:
    """The same rules written in SQL."""
    import duckdb as db

    rows = ", ".join(str((at, *row)) for at, row in enumerate(TABLE))
    db.sql(f"""
        COPY (
            WITH law(size, most, rate, alone, joint, falling) AS (VALUES {rows}),
            reckoned AS (
                SELECT f.*, size, (greatest(0, least(most::BIGINT * 10000, earned_income * rate) - falling *
                    greatest(0, greatest(adjusted_gross_income, earned_income)
                    - CASE WHEN filing_status = 'joint' THEN joint ELSE alone END)) + 49) // 100 AS amount
                FROM '{folder}/facts.parquet' f LEFT JOIN law ON size = least(qualifying_children, 3)
            ),
            judged AS (
                SELECT *, earned_income > 0 AND investment_income <= {INVESTMENT_LIMIT} AND amount > 0
                    AND (size > 0 OR age_head BETWEEN 25 AND 64
                         OR (filing_status = 'joint' AND age_spouse BETWEEN 25 AND 64))
                    AND (filing_status <> 'separate' OR CASE WHEN size = 0 THEN false END)
                    AND (dependent_of_another = 0 OR CASE WHEN size = 0 THEN false END) AS holds
                FROM reckoned
            )
            SELECT _unit, CASE WHEN holds THEN 'entitled' WHEN NOT holds THEN 'not_entitled'
                ELSE 'unknown' END AS status, amount FROM judged
        ) TO '{folder}/duckdb.parquet'""")


def openfisca(folder: Path) -> None:
    """The same rules in OpenFisca, which has neither unknown nor whole numbers beyond 32 bits."""
    from bench.openfisca_credit import credit

    frame = pl.read_parquet(folder / "facts.parquet")
    amount, entitled = credit(frame, TABLE, INVESTMENT_LIMIT)
    holds = pl.Series("holds", entitled)
    status = pl.when(holds).then(pl.lit("entitled")).otherwise(pl.lit("not_entitled"))
    answers = frame.select("_unit").with_columns(
        status=status, amount=pl.Series(amount).round().cast(pl.Int64)
    )
    answers.write_parquet(folder / "openfisca.parquet")


def plain(folder: Path) -> None:
    """One unit in fifty by the reference engine, one after the other."""
    from eligibility.plain import judge_unit

    compiled, answers = _compiled(), []
    for row in pl.read_parquet(folder / "facts.parquet").gather_every(PLAIN_SHARE).iter_rows(named=True):
        answer = judge_unit(compiled, row)
        answers.append((row["_unit"], answer.status, answer.amount))
    schema = {"_unit": pl.Int64, "status": pl.String, "amount": pl.Int64}
    pl.DataFrame(answers, schema=schema, orient="row").write_parquet(folder / "plain.parquet")


def differing(folder: Path, other: str) -> int:
    """In how many rows another's status, or amount where somebody is entitled, is not ours."""
    mine, theirs = (pl.read_parquet(folder / f"{name}.parquet") for name in ("ours", other))
    both = theirs.join(mine, on="_unit", suffix="_ours")
    due = pl.col("status_ours") == "entitled"
    same = (pl.col("status") == pl.col("status_ours")) & (~due | (pl.col("amount") == pl.col("amount_ours")))
    return both.height - int(both.select(same.sum()).item())


STEPS: dict[str, Callable[[Path], None]] = {
    step.__name__: step for step in (ours, by_hand, duckdb, openfisca, plain)
}

if __name__ == "__main__":
    name, where = sys.argv[1], Path(sys.argv[2])
    if name == "facts":
        facts(where, int(sys.argv[3]))
    else:
        STEPS[name](where)
