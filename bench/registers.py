"""Which made-up city is measured."""

from __future__ import annotations

from datetime import date

EXTRACTED_ON = date(2026, 11, 10)
SEED = 1
