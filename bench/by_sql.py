"""Eight programmes written out in SQL, from the law and the contracts and not from the packs, run by DuckDB.

They answer two questions: does the compiler give the same cells, and what would a database take for them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import duckdb
import polars as pl

SQL = Path(__file__).with_name("sql")
READS: Mapping[str, Sequence[str]] = {
    "kr/basic_pension": ("residents", "benefits", "means_tests"),
    "kr/child_allowance": ("children", "benefits", "households"),
    "kr/employment_retention": ("measures", "employers", "staff_months", "departures"),
    "kr/energy_voucher": ("households", "residents", "benefits", "disabilities", "pregnancies"),
    "kr/medical_cap_refund": ("copayments",),
    "kr/vehicle_tax_refund": ("bills", "payments", "vehicles", "passed_prepayments"),
    "us/eitc": ("tax_units",),
    "us/livestock_forage": ("farms", "droughts", "herds"),
}
"""The registers that each programme reads, its unit's own first."""

ANSWERS = {
    "unit_id": pl.String(),
    "period": pl.String(),
    "status": pl.String(),
    "amount": pl.Int64(),
    "parts": pl.List(pl.Int64()),
    "at_least": pl.Boolean(),
    "accrues_from": pl.Date(),
    "claim_from": pl.Date(),
    "claim_by": pl.Date(),
}

Table = pl.DataFrame | Path | Sequence[Path]
"""A register's rows with `_group`: in memory, or as one or several Parquet files."""


def run_sql(
    programme: str, tables: Mapping[str, Table], as_of: date, *, missing: Sequence[str] = ()
) -> pl.DataFrame:
    """Who is entitled or may be, as `ANSWERS`, by unit and period. Of `missing` registers, of which an empty
    table is given, nothing is known; only a register of consent to pass a prepayment on may be one."""
    connection = duckdb.connect()
    try:
        for name in READS[programme]:
            _show(connection, name, tables[name])
        connection.execute("SET VARIABLE as_of = $1::DATE", [as_of])
        connection.execute(f"SET VARIABLE has_passed_prepayments = {'passed_prepayments' not in missing}")
        connection.execute((SQL / "prelude.sql").read_text("utf-8"))
        answers: pl.DataFrame = connection.sql(
            (SQL / f"{programme.replace('/', '_')}.sql").read_text("utf-8")
        ).pl()
    finally:
        connection.close()
    return answers.select(pl.col(name).cast(kind) for name, kind in ANSWERS.items()).sort("unit_id", "period")


def _show(connection: duckdb.DuckDBPyConnection, name: str, table: Table) -> None:
    """Let SQL read a register under its name."""
    if isinstance(table, pl.DataFrame):
        connection.register(name, table.to_arrow())
        return
    files = [str(path) for path in ([table] if isinstance(table, Path) else table)]
    connection.read_parquet(files).create_view(name)
