"""The packs that Owed brings are sound."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

import eligibility
from eligibility.check import check
from eligibility.pack import Packs, load_pack
from eligibility.stories import stories_of, tell

BUILT_IN = Path(eligibility.__file__).parent / "packs"
NAMES = sorted(path.name for path in BUILT_IN.iterdir() if (path / "facts.py").is_file())


@pytest.mark.parametrize("name", NAMES)
def test_a_pack_that_owed_brings_has_no_problem(name: str) -> None:
    packs = Packs((load_pack(name, BUILT_IN / name),))
    assert [] == [remark for remark in check(packs, date(2026, 11, 21)) if remark.problem]


@pytest.mark.parametrize("name", NAMES)
def test_the_stories_of_a_pack_that_owed_brings_hold(name: str) -> None:
    pack = load_pack(name, BUILT_IN / name)
    told = tell(Packs((pack,)), stories_of(pack))
    assert (True, {}) == (bool(told), {one.name: lines for one, lines in told.items() if lines})
