"""The earned income credit on all 140,002 public tax units of 2025: `make conformance DATA=folder`.

The folder holds `real/us_tax_units_2025.csv.gz` and `real/us_answers_public.csv.gz`.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.eligibility.packs.tax_calculator import Agreement, agreement


@pytest.fixture(scope="module")
def measured() -> Agreement:
    folder = os.environ.get("OWED_CONFORMANCE_DATA")
    assert folder, "say where the records are: make conformance DATA=folder"
    records = Path(folder, "real")
    return agreement(records / "us_tax_units_2025.csv.gz", records / "us_answers_public.csv.gz")


def test_997_of_1000_tax_units_agree_within_five_dollars(measured: Agreement) -> None:
    assert measured.overall >= 0.997, str(measured)


def test_98_of_100_of_those_due_something_agree_within_five_dollars(measured: Agreement) -> None:
    assert measured.among_due >= 0.98, str(measured)


def test_the_measured_agreement_is_the_one_we_publish(
    measured: Agreement, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    with capsys.disabled():
        request.config.get_terminal_writer().line(f"\n{measured}")

    assert measured == Agreement(units=140_002, agreeing=139_712, due=16_767, due_agreeing=16_477, unknown=4)
