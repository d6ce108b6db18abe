"""The earned income credit of 2025 in OpenFisca: one entity, a variable for each fact, two formulas."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from openfisca_core.entities import build_entity
from openfisca_core.periods import DateUnit
from openfisca_core.simulations import SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable

YEAR = "2025"
FACTS = (
    *("earned_income", "adjusted_gross_income", "investment_income", "qualifying_children", "age_head"),
    *("age_spouse", "dependent_of_another", "joint", "separate"),
)
UNIT = build_entity(key="tax_unit", plural="tax_units", label="a tax unit", is_person=True)


def credit(facts: pl.DataFrame, table: Any, investment_limit: int) -> tuple[Any, Any]:
    """The credit in cents and whether the unit is entitled to it, for each row; unknown facts are 0."""
    system = TaxBenefitSystem([UNIT])
    for name in FACTS:
        system.add_variable(_fact(name))
    credit_of = _credit(np.array(table))
    system.add_variable(credit_of)
    system.add_variable(_entitled(investment_limit))
    builder = SimulationBuilder()
    simulation = builder.build_default_simulation(system, count=facts.height)
    status = facts["filing_status"]
    columns = {"joint": status == "joint", "separate": status == "separate"}
    for name in FACTS:
        cells = columns.get(name, facts[name] if name in facts.columns else None)
        assert cells is not None
        simulation.set_input(name, YEAR, cells.cast(pl.Int32).fill_null(0).to_numpy())
    return simulation.calculate("credit", YEAR), simulation.calculate("entitled", YEAR)


def _fact(name: str) -> type[Variable]:
    made = {"value_type": int, "entity": UNIT, "definition_period": DateUnit.YEAR, "label": name}
    return type(name, (Variable,), made)


def _credit(table: Any) -> type[Variable]:
    def formula(unit: Any, period: Any) -> Any:
        most, rate, alone, joint, falling = table[np.clip(unit("qualifying_children", period), 0, 3)].T
        earned = unit("earned_income", period)
        income = np.maximum(unit("adjusted_gross_income", period), earned)
        start = np.where(unit("joint", period), joint, alone)
        left = np.minimum(most * 100.0, earned * rate / 100) - falling * np.maximum(income - start, 0) / 100
        return np.ceil(np.maximum(left, 0) - 0.5)

    made = {"value_type": float, "entity": UNIT, "definition_period": DateUnit.YEAR, "label": "credit"}
    return type("credit", (Variable,), {**made, "formula": formula})


def _entitled(investment_limit: int) -> type[Variable]:
    def formula(unit: Any, period: Any) -> Any:
        def right_age(name: str) -> Any:
            return (unit(name, period) >= 25) & (unit(name, period) <= 64)

        child = unit("qualifying_children", period) > 0
        old_enough = child | right_age("age_head") | (unit("joint", period) > 0) & right_age("age_spouse")
        within = (unit("earned_income", period) > 0) & (unit("investment_income", period) <= investment_limit)
        alone = (unit("separate", period) == 0) & (unit("dependent_of_another", period) == 0)
        return within & old_enough & alone & (unit("credit", period) > 0)

    made = {"value_type": bool, "entity": UNIT, "definition_period": DateUnit.YEAR, "label": "entitled"}
    return type("entitled", (Variable,), {**made, "formula": formula})
