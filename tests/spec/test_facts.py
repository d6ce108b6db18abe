"""Every engine finds the facts that the tables say."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from data.errors import Failed
from eligibility.facts import Fact, How, Unit
from tests.spec.engines import ENGINES, FactsOf, Given
from tests.spec.fact_specs import AS_OF, INT, OTHER, SPECS, UNITS, Spec, one
from tests.spec.tables import cell_of, rows_of

WORDS = {"ko": "가", "en": "a"}
NO_UNIT = "never"
ALL = [spec for specs in SPECS.values() for spec in specs]
PYTHON = {"int": int, "money": int, "text": str, "date": date, "bool": bool}

engines = pytest.mark.parametrize("facts_of", ENGINES.values(), ids=ENGINES)


def told(spec: Spec) -> list[dict[str, Any]]:
    """The rows of the table of units, `=` being what the fact is said to be."""

    def meant(text: str) -> Any:
        return NO_UNIT if text == NO_UNIT else cell_of(text, PYTHON[spec.type])

    return rows_of(spec.units, {**UNITS, "=": meant})


def found(spec: Spec, facts_of: FactsOf) -> list[Any]:
    """The fact of every unit, in the order of the table."""
    fact = Fact("x", spec.type, label=WORDS, source=spec.source, **spec.fact)
    unit = Unit("u", register="units", id="id", label=WORDS, facts=(fact,), **spec.unit)
    units = [{name: cell for name, cell in row.items() if name != "="} for row in told(spec)]
    registers = {"units": Given(UNITS, units)}
    if spec.other is not None:
        doubts = None if spec.doubts is None else rows_of(spec.doubts, OTHER)
        registers["other"] = Given(OTHER, rows_of(spec.other, OTHER), spec.complete, doubts)
    return [facts["x"] for facts in facts_of(unit, registers, AS_OF)]


@engines
@pytest.mark.parametrize("spec", ALL, ids=lambda spec: spec.title)
def test_the_fact_is_what_the_table_says(spec: Spec, facts_of: FactsOf) -> None:
    expected = [row["="] for row in told(spec) if row["="] != NO_UNIT]
    assert expected == found(spec, facts_of)


@engines
def test_two_rows_where_one_may_be_end_in_a_refusal_that_names_nobody(facts_of: FactsOf) -> None:
    twice = Spec("", one.value("v"), INT, "id | key | =\n 1 | Kim |", "key | v\n Kim | 3\n Kim | 4")
    with pytest.raises(Failed) as error:
        found(twice, facts_of)
    assert ("A register has several rows where one may be.", False) == (
        error.value.what,
        "Kim" in f"{error.value} {error.value.where} {error.value.mend}",
    )


def test_every_way_in_which_a_fact_can_come_about_is_told() -> None:
    assert set(How) == {spec.source.how for spec in ALL}
