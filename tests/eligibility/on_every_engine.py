"""Reckons terms on every engine and insists that they agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from eligibility.lowering import DTYPES, Steps, lower
from eligibility.reckoning import reckon
from eligibility.terms import Op, Term, walk

SMALL = 5_000  # as one expression a term is written out in full, however often a part of it is read
READ = {Op.DAY: 21, Op.DAYS_AFTER: 4, Op.MONTHS_AFTER: 62}  # how often an argument stands there; else to 3


def _written_out(term: Term) -> int:
    return 1 + READ.get(term.op, 3) * sum(map(_written_out, term.args))


def on_every_engine(term: Term, units: Sequence[Mapping[str, Any]]) -> list[Any]:
    """The term for each unit: in plain Python, as one Polars expression where it is small, and as
    Polars steps."""
    kinds = {str(one.param): one.kind for one in walk([term]) if one.op in (Op.FACT, Op.COLUMN)}
    rows = [{name: unit.get(name) for name in kinds} | {"_": 0} for unit in units]
    frame = pl.DataFrame(rows, schema={name: DTYPES[kind] for name, kind in kinds.items()} | {"_": pl.Int64})
    expected = [reckon(term, row) for row in rows]
    if _written_out(term) < SMALL:
        assert expected == frame.select("_", out=lower(term))["out"].to_list()
    stepwise = frame
    for columns in Steps.over([term]).columns({"out": term}):
        stepwise = stepwise.with_columns(columns)
    assert expected == stepwise["out"].to_list()
    return expected
