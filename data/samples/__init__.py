"""Public records that come along with Owed, to try it on; README.md beside them says where they are from."""

from __future__ import annotations

from pathlib import Path

US_TAX_UNITS = Path(__file__).with_name("us_tax_units_2025_sample.csv.gz")
"""Tax units of whole US households; taken in under the contract `us/tax_units`."""

US_EITC_ANSWERS = Path(__file__).with_name("us_eitc_answers_2025_sample.csv.gz")
"""`record_id,eitc` for the same tax units in the same order: another program's credit in dollars."""
