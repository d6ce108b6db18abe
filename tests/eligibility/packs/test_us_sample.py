"""The earned income credit on the real tax units that come along with Owed."""

from __future__ import annotations

from data.samples import US_EITC_ANSWERS, US_TAX_UNITS
from tests.eligibility.packs.tax_calculator import Agreement, agreement


def test_the_sample_agrees_with_tax_calculator_as_far_as_was_measured() -> None:
    assert agreement(US_TAX_UNITS, US_EITC_ANSWERS) == Agreement(
        units=14_824, agreeing=14_791, due=1_710, due_agreeing=1_677, unknown=0
    )
