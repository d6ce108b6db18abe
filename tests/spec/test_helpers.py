"""Every helper gives what the tables say, in plain Python, as one expression and in steps."""

from __future__ import annotations

import inspect

import pytest

from eligibility import logic
from tests.eligibility.on_every_engine import on_every_engine
from tests.spec.helper_specs import COLUMNS, HELPERS, HelperSpec
from tests.spec.tables import rows_of

TOLD_ELSEWHERE = {"blank"}  # asks a register's cell: tests/spec/fact_specs.py


@pytest.mark.parametrize("spec", HELPERS, ids=lambda spec: spec.helper)
def test_the_helper_gives_what_the_table_says(spec: HelperSpec) -> None:
    rows = rows_of(spec.table, {**COLUMNS, "=": spec.gives})
    assert [row["="] for row in rows] == on_every_engine(spec.term, rows)


def test_every_helper_is_told() -> None:
    public = {
        name
        for name, one in inspect.getmembers(logic, inspect.isfunction)
        if one.__module__ == logic.__name__ and not name.startswith("_")
    }
    assert public == {spec.helper for spec in HELPERS} | TOLD_ELSEWHERE
