"""SQL written from the law and the contracts, run by DuckDB, agrees with the scan on every cell."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from bench.by_sql import ANSWERS, READS, run_sql
from eligibility.bucket import Bucket
from eligibility.compiler import Compiled
from eligibility.relations import Register
from tests.eligibility.packs.city_in_memory import made_up_city, stained
from tests.eligibility.packs.verdicts import built_in

CITY_OF = (date(2026, 6, 30), date(2026, 11, 10))
RESIDENTS = 20_000
every_programme = pytest.mark.parametrize("programme", sorted(READS))

Frames = Mapping[str, pl.DataFrame]


def by_the_scan(compiled: Compiled, tables: Frames, as_of: date) -> list[dict[str, Any]]:
    """The findings of one bucket in the form of the SQL's answers."""
    registers = {name: Register(frame.lazy(), complete=True) for name, frame in tables.items()}
    found = Bucket(registers, {compiled.programme.id: compiled}, as_of).findings()
    return in_order(found.select(list(ANSWERS)))


def in_order(answers: pl.DataFrame) -> list[dict[str, Any]]:
    return sorted(answers.to_dicts(), key=str)


@cache
def compile_for(programme: str, as_of: date) -> Compiled:
    pack = built_in(programme.split("/")[0])
    return pack.compile(pack.programmes[programme], as_of)


@pytest.fixture(scope="module", params=CITY_OF, ids=str)
def city(request: pytest.FixtureRequest) -> tuple[date, Frames]:
    made = made_up_city(RESIDENTS, seed=11, as_of=request.param)
    return request.param, {name: one.frame.collect() for name, one in made.items() if one.frame is not None}


@every_programme
def test_sql_finds_of_a_made_up_city_what_the_scan_finds(programme: str, city: tuple[date, Frames]) -> None:
    as_of, tables = city
    by_sql = run_sql(programme, {name: tables[name] for name in READS[programme]}, as_of)
    assert by_the_scan(compile_for(programme, as_of), tables, as_of) == in_order(by_sql)


@every_programme
def test_a_made_up_city_has_somebody_who_is_entitled(programme: str, city: tuple[date, Frames]) -> None:
    as_of, tables = city
    found = by_the_scan(compile_for(programme, as_of), tables, as_of)
    assert "entitled" in {row["status"] for row in found}


@every_programme
@pytest.mark.parametrize("seed", [1, 2])
def test_sql_finds_of_stained_registers_what_the_scan_finds(
    programme: str, seed: int, city: tuple[date, Frames]
) -> None:
    as_of, clean = city
    tables = stained({name: clean[name] for name in READS[programme]}, seed=seed)
    found = by_the_scan(compile_for(programme, as_of), tables, as_of)
    assert len(found) > 10
    assert found == in_order(run_sql(programme, tables, as_of))


def test_sql_reads_the_buckets_of_a_register_as_files(tmp_path: Path) -> None:
    frame = made_up_city(10, seed=1, as_of=CITY_OF[0])["tax_units"].frame
    assert frame is not None
    whole = frame.collect()
    files = [tmp_path / f"{number}.parquet" for number in range(2)]
    for number, file in enumerate(files):
        whole.gather_every(2, offset=number).write_parquet(file)
    in_memory, in_files = (run_sql("us/eitc", {"tax_units": one}, CITY_OF[0]) for one in (whole, files))
    assert in_memory.to_dicts() == in_files.to_dicts()
