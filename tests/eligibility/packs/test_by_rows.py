"""The plain engine, row by row, agrees with the scan on every cell of a whole made-up city."""

from __future__ import annotations

from datetime import date

import pytest

from eligibility.compiler import Compiled
from eligibility.relations import Register
from tests.eligibility.judged import agreed
from tests.eligibility.packs.city_in_memory import made_up_city, stained
from tests.eligibility.packs.verdicts import built_in

RESIDENTS = 1_500


def every_programme(as_of: date) -> dict[str, Compiled]:
    packs = [built_in(name) for name in ("kr", "us")]
    return {name: pack.compile(one, as_of) for pack in packs for name, one in pack.programmes.items()}


@pytest.mark.parametrize("as_of", [date(2026, 6, 30), date(2026, 11, 10)], ids=str)
def test_whole_registers_lead_both_engines_to_the_same_findings(as_of: date) -> None:
    found = agreed(made_up_city(RESIDENTS, seed=3, as_of=as_of), every_programme(as_of), as_of)
    assert 6 <= len({row["programme"] for row in found if row["status"] == "entitled"})


@pytest.mark.parametrize("seed", [1, 2])
def test_stained_and_partial_registers_lead_both_engines_to_the_same_findings(seed: int) -> None:
    as_of = date(2026, 11, 10)
    made = made_up_city(RESIDENTS, seed=seed, as_of=as_of)
    frames = {name: one.frame.collect() for name, one in made.items() if one.frame is not None}
    partial = {"benefits", "pregnancies", "passed_prepayments"} if seed == 2 else set()
    registers = {
        name: Register(rows.lazy(), complete=name not in partial)
        for name, rows in stained(frames, seed=seed).items()
    }
    found = agreed(registers, every_programme(as_of), as_of)
    assert {"entitled", "unknown"} == {row["status"] for row in found}
