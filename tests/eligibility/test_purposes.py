"""A programme reads no column that its contract keeps from it, by whatever way the column is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.contract import Contract
from data.contracts import read_contract
from data.errors import BadSettings
from eligibility.facts import Fact, FactType, Lookup, Rows, Source, Unit, column, present
from eligibility.purposes import Misuse, check_purposes, misuses, uses_of

LABEL = {"ko": "것", "en": "thing"}
BILLS = ("bill", "vehicle", "payer", "year", "kind", "amount", "billed_on", "note")
CARS = ("vehicle", "owner", "engine_cc", "acquired_on", "ended_on", "colour")


HEAD = """\
name = "xx/{register}"
register = "{register}"
title = {{ ko = "가", en = "a" }}
source = "a test"
legal_basis = "a test"
programmes = ["xx/tax", "xx/grant"]
max_age_days = 60
max_quarantined = 0.5
complete = true
"""
COLUMN = """
[[column]]
name = "{name}"
in_file = "{name}"
parser = "text"
"""


def contract(folder: Path, register: str, names: tuple[str, ...], *, kept: str = "") -> Contract:
    """Every column serves `xx/tax` and `xx/grant`, but the one `kept` for `xx/tax`."""
    columns = [
        COLUMN.format(name=name) + ('programmes = ["xx/tax"]\n' if name == kept else "") for name in names
    ]
    path = folder / f"{register}.toml"
    path.write_text(HEAD.format(register=register) + "".join(columns), "utf-8")
    return read_contract(path)


def fact(name: str, source: Source, kind: FactType = FactType.TEXT) -> Fact:
    return Fact(name, kind, label=LABEL, source=source)


car = Lookup("cars", keys={"vehicle": "vehicle"}, known_from={"colour": "ended_on"})
owned = Rows(
    "cars",
    keys={"payer": "owner"},
    where=lambda unit, row: row.acquired_on <= unit.billed_on,
)
UNIT = Unit(
    "car",
    register="bills",
    id="bill",
    asset="vehicle",
    period="year",
    where={"kind": "annual"},
    label=LABEL,
    facts=(
        fact("amount", column("amount")),
        fact("noted", present("note"), FactType.BOOL),
        fact("engine", car.value("engine_cc")),
        fact("has_car", car.exists(), FactType.BOOL),
        fact("red", owned.any(lambda row: row.colour == "red"), FactType.BOOL),
        fact("newest", owned.last("engine_cc", by="ended_on")),
    ),
)
OWN = {("bills", name) for name in ("bill", "vehicle", "year", "kind")}


@pytest.mark.parametrize(
    ("facts", "read"),
    [
        ([], set()),
        (["amount"], {("bills", "amount")}),
        (["noted"], {("bills", "note")}),
        (["engine"], {("cars", "vehicle"), ("cars", "engine_cc"), ("cars", "ended_on")}),
        (["has_car"], {("cars", "vehicle"), ("cars", "ended_on")}),
        (
            ["red"],
            {("bills", "payer"), ("bills", "billed_on")}
            | {("cars", "owner"), ("cars", "acquired_on"), ("cars", "colour")},
        ),
        (
            ["newest"],
            {("bills", "payer"), ("bills", "billed_on")}
            | {("cars", "owner"), ("cars", "acquired_on"), ("cars", "engine_cc"), ("cars", "ended_on")},
        ),
    ],
)
def test_whatever_is_looked_at_to_know_a_fact_is_a_use(facts: list[str], read: set[tuple[str, str]]) -> None:
    assert uses_of(UNIT, facts) == OWN | read


def test_who_receives_is_a_use() -> None:
    assert uses_of(UNIT, [], recipient="payer") == OWN | {("bills", "payer")}


@pytest.mark.parametrize(
    ("register", "names", "kept", "fact_read"),
    [
        ("bills", BILLS, "amount", "amount"),
        ("bills", BILLS, "kind", "has_car"),  # no fact, but it says which rows are units
        ("cars", CARS, "engine_cc", "engine"),
        ("cars", CARS, "vehicle", "has_car"),  # only the key by which the row is found
        ("cars", CARS, "colour", "red"),
        ("cars", CARS, "acquired_on", "red"),
        ("bills", BILLS, "billed_on", "red"),
    ],
)
def test_a_column_that_its_contract_keeps_for_others_is_refused(
    tmp_path: Path, register: str, names: tuple[str, ...], kept: str, fact_read: str
) -> None:
    known = [contract(tmp_path, register, names, kept=kept)]
    check_purposes("xx/tax", UNIT, facts=[fact_read], contracts=known)
    with pytest.raises(BadSettings, match=rf"xx/grant may not read {register}\.{kept}") as caught:
        check_purposes("xx/grant", UNIT, facts=[fact_read], contracts=known)
    assert caught.value.where == f"xx/{register}"


def test_a_programme_that_no_contract_names_may_read_nothing(tmp_path: Path) -> None:
    known = [contract(tmp_path, "bills", BILLS), contract(tmp_path, "cars", CARS)]
    found = misuses("xx/third", uses_of(UNIT, ["engine"]), known)
    assert {(one.register, one.column) for one in found} == uses_of(UNIT, ["engine"])


def test_of_two_contracts_of_a_register_the_narrower_one_counts(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    known = [contract(tmp_path, "bills", BILLS), contract(tmp_path / "other", "bills", BILLS, kept="amount")]
    found = misuses("xx/grant", [("bills", "amount")], known)
    assert found == [Misuse("xx/grant", "bills", "amount", "xx/bills")]


def test_a_fact_that_no_rule_reads_is_no_use(tmp_path: Path) -> None:
    known = [contract(tmp_path, "bills", BILLS, kept="note")]
    check_purposes("xx/grant", UNIT, facts=["amount"], contracts=known)
