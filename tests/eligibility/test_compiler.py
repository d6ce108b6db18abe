"""Compiled rules: what they read is known, what they must give is checked, unknown is never no."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.errors import BadSettings
from eligibility.compiler import Compiled
from eligibility.pack import Pack, load_pack
from eligibility.rates import picked_in
from eligibility.stories import finding_for
from eligibility.terms import facts_in
from tests.eligibility.toypack import AS_OF, RULES, write_toy_pack

FACTS: dict[str, st.SearchStrategy[Any]] = {
    "year": st.sampled_from([2025, 2026]),
    "fee": st.integers(0, 20_000),
    "paid": st.integers(0, 20_000),
    "is_given_up": st.booleans(),
    "given_up_on": st.dates(date(2019, 6, 1), date(2026, 9, 1)),
    "birth_date": st.dates(date(1950, 1, 1), date(2020, 1, 1)),
}
WHOLE = {
    "year": 2026,
    "fee": 10_000,
    "paid": 10_000,
    "is_given_up": True,
    "given_up_on": date(2026, 7, 1),
    "birth_date": date(2010, 1, 1),
}


@pytest.fixture
def compiled(toy_pack: Pack) -> Compiled:
    return toy_pack.compile(toy_pack.programmes["toy/space_refund"], AS_OF)


def compile_with(folder: Path, old: str, new: str) -> Compiled:
    pack = load_pack("toy", write_toy_pack(folder / "changed", rules=RULES.replace(old, new)))
    return pack.compile(pack.programmes["toy/space_refund"], AS_OF)


def test_a_compiled_rule_knows_the_facts_and_rates_it_reads(compiled: Compiled) -> None:
    youth = [compiled.parts["youth_part"]]
    rates = [rate.name for rate, _ in picked_in(youth)]
    assert (("birth_date", "given_up_on"), ["bonus"]) == (tuple(sorted(facts_in(youth))), rates)


def test_the_parts_add_up_at_the_rates_of_the_rate_day(compiled: Compiled) -> None:
    before, after = (
        finding_for(compiled, WHOLE | {"given_up_on": day}) for day in (date(2026, 6, 30), date(2026, 7, 1))
    )
    assert (5_000, 6_000) == (before["amount"], after["amount"])


def test_a_unit_is_entitled_only_when_every_part_is_known(compiled: Compiled) -> None:
    found = finding_for(compiled, WHOLE | {"birth_date": None})
    assert ("unknown", None, []) == (found["status"], found["amount"], found["unknown"])


def test_one_false_criterion_settles_it_though_another_is_unknown(compiled: Compiled) -> None:
    found = finding_for(compiled, WHOLE | {"paid": None, "is_given_up": False})
    assert "not_entitled" == found["status"]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(facts=st.fixed_dictionaries(FACTS), hidden=st.sets(st.sampled_from(sorted(FACTS))))
def test_hiding_facts_leaves_a_finding_or_makes_it_unknown(
    compiled: Compiled, facts: dict[str, Any], hidden: set[str]
) -> None:
    whole = finding_for(compiled, facts)
    part = finding_for(compiled, facts | dict.fromkeys(hidden))
    assert part["status"] in (whole["status"], "unknown")
    for name, value in part["criteria"].items():
        assert value in (whole["criteria"][name], None)
    if part["status"] == "entitled":
        assert whole["amount"] == part["amount"]


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("f.paid >= f.fee", "f.payed >= f.fee", "declares no fact payed"),
        ("r.share_back", "r.on(f.year).share_back", "a number stands where a day is needed"),
        ("r.share_back", "r.share_forth", "no rate is called share_forth"),
        ("return f.paid >= f.fee", "return f.paid", "gives a number where a truth"),
        ("return f.paid >= f.fee", "return None", "no whole number"),
        ("return f.paid >= f.fee", "return 1 == 1", "gives Python's own True"),
        ("return f.paid >= f.fee", "return f.fee in {30000}", "cannot look a value up in a set"),
        (
            "return f.paid >= f.fee",
            "return {f.fee: True}.get(f.paid, False)",
            "look a value up in a set or a",
        ),
        ("return f.paid >= f.fee", "return f'{f.paid}' == '7'", "cannot make a text of a value"),
        ("floor10(share(f.paid, r.share_back, 100))", "f.paid * 0.5", "no whole number"),
    ],
)
def test_a_rule_that_cannot_be_right_is_named(tmp_path: Path, old: str, new: str, what: str) -> None:
    with pytest.raises(BadSettings, match=what):
        compile_with(tmp_path, old, new)


def test_a_rule_that_cannot_be_right_is_named_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(BadSettings) as error:
        compile_with(tmp_path, "return f.paid >= f.fee", "return f.fee in {30000}")
    line = RULES.split("return f.paid >= f.fee")[0].count("\n") + 1
    assert f"toy/space_refund fee_was_paid, space.py line {line}" == error.value.where


@pytest.mark.parametrize(
    ("day", "what"),
    [
        ("{2026: f.given_up_on}.get(f.year, on)", "look a value up in a set or a table"),
        ("f.year", "gives a number where a day is needed"),
        ("None", "gives Python's own None"),
        ("f.given_upon", "declares no fact given_upon"),
    ],
)
def test_a_rate_day_that_is_no_day_of_the_records_is_named(tmp_path: Path, day: str, what: str) -> None:
    with pytest.raises(BadSettings, match=what) as error:
        compile_with(tmp_path, "    return f.given_up_on\n\n", f"    return {day}\n\n")
    assert str(error.value.where).startswith("toy/space_refund rate_day")


def test_the_engine_may_keep_terms_in_tables_once_rules_have_run(compiled: Compiled) -> None:
    assert len(compiled.roots) >= len(set(compiled.roots))


def test_the_years_of_a_programme_are_a_criterion(tmp_path: Path) -> None:
    compiled = compile_with(tmp_path, 'currency="KRW"', 'currency="KRW", years=(2027, None)')
    found = finding_for(compiled, WHOLE)
    assert ("not_entitled", ["in_effect"]) == (found["status"], found["unmet"])
