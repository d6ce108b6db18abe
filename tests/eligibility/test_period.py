"""A finding of which nobody knows for which period it is is unknown, and no other than what was known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from eligibility.explain import explain
from eligibility.pack import load_pack
from tests.eligibility.city import PEOPLE, REFUND, City, no_bar
from tests.eligibility.judged import agreed
from tests.eligibility.test_opened import SCHEMAS, in_memory, rows_of
from tests.eligibility.toypack import AS_OF, RULES, write_toy_pack

YOUNG = "choose(age_on(f.birth_date, f.given_up_on) < 20, r.bonus, 0)"
BY_BIRTH = """

@programme.period
def year(f, r, on):
    return year_of(f.birth_date)
"""
PERIOD = RULES.replace(YOUNG, "r.bonus") + BY_BIRTH  # nothing else asks for the birth date


@pytest.fixture
def town(delivered: City) -> City:
    """P1, P2 and P4 may have a refund; when P4 was born, and with it for which year, is not known."""
    (delivered.folder / "packs" / "toy" / "space.py").write_text(PERIOD, "utf-8")
    delivered.reload()
    return delivered


def statuses(town: City) -> list[tuple[str, str]]:
    found = town.scan().findings().select("period", "status").collect()
    return sorted(found.rows())


def test_a_finding_without_its_period_is_unknown(town: City) -> None:
    assert [("", "unknown"), ("1990", "entitled"), ("2010", "entitled")] == statuses(town)


def test_what_was_found_for_a_period_that_is_unknown_now_is_unseen(town: City) -> None:
    before = town.diff()
    town.deliver("people", PEOPLE | {"P1": "H1,"})
    assert ({"new": 2}, {"unchanged": 1, "unseen": 1}) == (before, town.diff())


def test_what_is_found_for_another_period_ends_for_the_one_before(town: City) -> None:
    town.diff()
    town.deliver("people", PEOPLE | {"P1": "H1,1991-01-01"})
    assert {"new": 1, "unchanged": 1, "ended": 1} == town.diff()


def test_a_period_that_is_known_again_brings_back_what_was_known(town: City) -> None:
    town.diff()
    town.deliver("people", PEOPLE | {"P1": "H1,"})
    town.diff()
    town.deliver("people", PEOPLE)
    assert {"unchanged": 2} == town.diff()


def test_what_is_of_no_unit_any_more_ends_beside_units_without_a_period(town: City) -> None:
    town.diff()
    town.deliver("people", {name: rest for name, rest in PEOPLE.items() if name != "P4"} | {"P1": "H1,"})
    town.deliver("fees", {"F2": "P2,A-2,2026,yearly,10000,"})
    assert {"ended": 2} == town.diff()


def test_both_engines_say_so(tmp_path: Path) -> None:
    pack = load_pack("toy", write_toy_pack(tmp_path / "toy", rules=PERIOD))
    rules = {name: pack.compile(one, AS_OF) for name, one in pack.programmes.items()}
    rows = rows_of([("1", "entitled"), ("2", "entitled")])
    rows["people"][0]["birth_date"] = None
    found = agreed(in_memory(rows), rules, AS_OF)
    assert set(SCHEMAS) == set(rows)
    assert {("1", "", "unknown"), ("2", "2010", "entitled")} == {
        (one["subject_id"], one["period"], one["status"]) for one in found
    }


def test_explain_names_the_fact_that_would_say_the_period(town: City) -> None:
    found = town.scan().findings().filter(period="").collect()
    (told,) = explain(
        town.workspace, town.engine, town.packs,
        programme=REFUND, subject=found["unit_id"].item(), as_of=AS_OF, showing=no_bar,
    )  # fmt: skip
    expected: dict[str, Any] = {
        "status": "unknown", "missing": ["birth_date"], "settles": ["birth_date"], "period": "",
    }  # fmt: skip
    assert expected == {name: value for name, value in told.as_document().items() if name in expected}
