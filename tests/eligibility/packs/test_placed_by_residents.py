"""Which household a row lies with, the register of residents says: a gap there is never a no elsewhere."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import pytest

from eligibility.runs import Run
from tests.eligibility.packs.test_made_up_city import City, take_in_city

VOUCHER = ("households", "benefits", "disabilities", "pregnancies")
"""What the energy voucher reads, beside the residents themselves."""
BROKEN_BIRTH_DATES = 40


def found(city: City, programme: str) -> list[str]:
    """The findings' states: ids are drawn anew in each city, so only their number can be compared."""
    run: Run = city.run()
    rows = run.findings().filter(programme=programme).select("status").collect()
    return rows["status"].sort().to_list()


def city_of(folder: Path, registers: Collection[str], *, broken: int = 0) -> City:
    """A city in which some residents' birth dates cannot be read."""

    def spoil(files: Path) -> None:
        path = files / "residents.csv"
        lines = path.read_text("utf-8-sig").splitlines()
        at = lines[0].split(",").index("생년월일")
        for number in range(1, broken + 1):
            cells = lines[number].split(",")
            lines[number] = ",".join([*cells[:at], "unreadable", *cells[at + 1 :]])
        path.write_text("\n".join(lines) + "\n", "utf-8-sig")

    return take_in_city(folder, registers, before=spoil)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    return found(city_of(tmp_path_factory.mktemp("whole"), ("residents", *VOUCHER)), "kr/energy_voucher")


def test_without_the_residents_no_household_is_surely_without_a_voucher(
    whole: list[str], tmp_path: Path
) -> None:
    without = found(city_of(tmp_path, VOUCHER), "kr/energy_voucher")
    assert ({"unknown"}, True) == (set(without), len(whole) < len(without))


def test_a_resident_in_quarantine_takes_a_voucher_from_nobody(whole: list[str], tmp_path: Path) -> None:
    broken = city_of(tmp_path, ("residents", *VOUCHER), broken=BROKEN_BIRTH_DATES)
    after = found(broken, "kr/energy_voucher")
    assert (len(whole), True) <= (len(after), after.count("entitled") < whole.count("entitled"))
