"""The scan's way of judging, one criterion after the other, says what judging everything at once says."""

from __future__ import annotations

from datetime import date

import polars as pl
from polars.testing import assert_frame_equal

from eligibility.compiler import Compiled
from eligibility.judging import CRITERION, judge, judge_open
from eligibility.relations import Register
from eligibility.sheets import build_sheet
from tests.eligibility.packs.made_up_registers import made_up_registers
from tests.eligibility.packs.verdicts import built_in

AS_OF = date(2026, 7, 1)


def refund() -> Compiled:
    pack = built_in("kr")
    return pack.compile(pack.programmes["kr/vehicle_tax_refund"], AS_OF)


def sheet_of(compiled: Compiled) -> pl.DataFrame:
    registers = {
        name: Register(frame, complete=True) for name, frame in made_up_registers(500, seed=7).items()
    }
    sheet = build_sheet(
        compiled.unit, registers, AS_OF, recipients=[compiled.programme.recipient], wanted=compiled.read
    )
    assert sheet is not None
    return sheet


def test_only_units_that_a_criterion_rules_out_are_left_out() -> None:
    compiled = refund()
    sheet = sheet_of(compiled)
    criteria = [CRITERION + one.name for one in compiled.criteria]

    judged = (
        judge(compiled, sheet.lazy()).filter(pl.all_horizontal(pl.col(criteria).fill_null(True))).collect()
    )
    found = judge_open(compiled, sheet.lazy()).collect()

    shared = [name for name in found.columns if not name.startswith("_t")]
    assert_frame_equal(found.select(shared), judged.select(shared))


def test_units_in_chunks_of_which_one_is_ruled_out_whole_are_judged_like_any_other() -> None:
    compiled = refund()
    sheet = sheet_of(compiled)
    found = judge_open(compiled, sheet.lazy()).collect()
    is_open = pl.col("_unit").is_in(found["_unit"].implode())
    kept, ruled_out = sheet.filter(is_open), sheet.filter(~is_open)

    chunked = pl.concat([kept[:40], ruled_out, kept[40:]], rechunk=False)

    assert_frame_equal(judge_open(compiled, chunked.lazy()).collect(engine="in-memory"), found)
