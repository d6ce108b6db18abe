"""A damaged bucket of the layout is refused by name, and what the words tell an operator to do mends it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from eligibility.commands import diff, explain, scan
from tests.eligibility.city import REFUND, City
from tests.eligibility.test_commands import document, run
from tests.eligibility.test_damage import DAMAGES, Damage

AS_OF = ("--as-of", "2026-09-01")
LAWS = ("--law", "2026-07-01", "--against", "2026-06-30")


def damaged(city: City, damage: Damage) -> Path:
    """A file of the layout, no longer what it was; swapped it is what lies in another bucket."""
    run(city, diff, *LAWS)  # lays the registers out and leaves no findings
    (folder,) = (city.workspace.registers / "buckets").iterdir()
    path = max(folder.glob("*/paid.parquet"), key=lambda one: one.stat().st_size)
    if damage.__name__ == "swap":
        other = next(one for one in sorted(folder.glob("*/paid.parquet")) if one != path)
        shutil.copy(other, path)
    elif damage.__name__ == "flip":  # a bit of each column: what no rule reads is not missed
        raw = path.read_bytes()
        middle = range(40, len(raw) // 2, 40)
        path.write_bytes(bytes(one ^ (at in middle) for at, one in enumerate(raw)))
    else:
        damage(path)
    return path


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_bucket_is_named_and_the_advice_mends_it(delivered: City, damage: Damage) -> None:
    path = damaged(delivered, damage)
    for command in ((scan, *AS_OF), (scan, *AS_OF, "--workers", "2"), (diff, *LAWS)):
        refused = str(run(delivered, *command, code=1).exception)
        assert (True, True) == (
            f"Bucket {path.parent.name} of the register paid does not open" in refused,
            f"remove the folder {path.parents[2]} and run `owed scan` again" in refused,
        )
        assert str(path) in refused
    shutil.rmtree(path.parents[2])
    assert 2 == document(delivered, scan, *AS_OF)["programmes"][REFUND]["entitled"]


def test_an_explanation_from_a_damaged_bucket_is_refused_by_name(delivered: City) -> None:
    path = damaged(delivered, DAMAGES[0])
    told = [run_explain(delivered, fee) for fee in ("0000000000000001", "F2", "F4")]
    assert any(f"Bucket {path.parent.name} of the register paid" in one for one in told)


def run_explain(city: City, fee: str) -> str:
    try:
        return run(city, explain, REFUND, fee).output
    except AssertionError as refused:
        return str(refused)
