"""A condition on rows asks the records, never Python, and reckons only with numbers."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from data.digests import folder_sha256
from data.errors import BadSettings
from data.workspace import PackSource
from eligibility.facts import Fact, FactType, Rows, Unit
from eligibility.pack import load_pack, load_packs
from eligibility.purposes import uses_of
from eligibility.relations import unit_columns
from eligibility.sheets import build_sheet
from eligibility.terms import PackMistake
from tests.eligibility.test_pack import settings
from tests.eligibility.toypack import AS_OF, FACTS, register, write_toy_pack

WORDS = {"ko": "것", "en": "thing"}
ROWS = 'payments = Rows("paid", keys={"fee": "fee"}, seen_from="paid_on")'
BIRTH = '        Fact("birth_date"'
SET = "cannot look a value up in a set or a table"


def changed(folder: Path, old: str, new: str) -> Path:
    written = write_toy_pack(folder / "toy")
    (written / "facts.py").write_text(FACTS.replace(old, new), "utf-8")
    return written


@pytest.mark.parametrize(
    ("condition", "what"),
    [
        ("(row.amount > 0) & (row.amount in {12340, 10000})", SET),
        ("row.amount in {12340, 10000}", SET),
        ("{row.amount: row.amount > 0}.get(unit.amount, row.amount > 1)", SET),
        ("f'{row.amount}' == '5'", "cannot make a text of a value"),
        ("1 == 1", "gives Python's own True"),
        ("row.amount + 1", "a number stands where a truth is needed"),
        ("unit.kind * 12 > 5", "a text stands where a number is needed"),
        ("row.paid_on > row.amount", "day and number cannot be compared"),
    ],
)
def test_a_where_that_cannot_be_right_is_refused_by_fact_file_and_line(
    tmp_path: Path, condition: str, what: str
) -> None:
    pack = changed(
        tmp_path, ROWS, ROWS.replace("seen_from=", f"where=lambda unit, row: {condition}, seen_from=")
    )
    with pytest.raises(BadSettings, match=what) as error:
        load_pack("toy", pack)
    line = FACTS.split(ROWS)[0].count("\n") + 1
    assert f"unit space, fact paid, facts.py line {line}" == error.value.where


@pytest.mark.parametrize("condition", ["(row.amount > 0) & (row.amount in {1, 2})", "row.paid_on * 2 > 1"])
def test_an_any_that_cannot_be_right_is_refused_by_its_fact(tmp_path: Path, condition: str) -> None:
    source = f"payments.any(lambda row: {condition}), when_absent=False"
    fact = f'        Fact("much", FactType.BOOL, label={WORDS}, source={source}),\n'
    with pytest.raises(BadSettings) as error:
        load_pack("toy", changed(tmp_path, BIRTH, fact + BIRTH))
    assert str(error.value.where).startswith("unit space, fact much, facts.py line ")


def test_a_condition_on_a_register_of_another_pack_is_held_against_its_contract(tmp_path: Path) -> None:
    reads = ROWS.replace("seen_from=", "where=lambda unit, row: row.breed * 12 > 5, seen_from=")
    toy = changed(tmp_path, ROWS, reads)
    other = tmp_path / "pets"
    (other / "contracts").mkdir(parents=True)
    contract = (toy / "contracts" / "paid.toml").read_text("utf-8").replace("toy/paid", "pets/paid")
    more = '[[column]]\nname = "breed"\nin_file = "breed"\nparser = "text"\n'
    (other / "contracts" / "paid.toml").write_text(contract + more, "utf-8")
    load_pack("toy", toy)
    sources = [PackSource(one.name, one, folder_sha256(one)) for one in (other, toy)]
    with pytest.raises(BadSettings, match="a text stands where a number is needed"):
        load_packs(settings(*sources), tmp_path)


def test_a_delivered_text_is_not_reckoned_with_and_no_cell_is_told() -> None:
    rows = Rows("others", keys={"id": "id"}, where=lambda unit, row: row.kind * 12 > 5)
    fact = Fact("seen", FactType.INT, label=WORDS, source=rows.count())
    unit = Unit("thing", register="things", id="id", label=WORDS, facts=(fact,))
    registers = {
        "things": register([{"id": "1"}], {"id": pl.String}),
        "others": register([{"id": "1", "kind": "secret"}], {"id": pl.String, "kind": pl.String}),
    }
    with pytest.raises(BadSettings) as error:
        build_sheet(unit, registers, AS_OF, recipients=[], wanted=["seen"])
    where = str(error.value.where)
    assert (True, False) == (where.startswith("unit thing, fact seen, "), "secret" in str(error.value))


def test_whoever_asks_a_condition_asks_the_records() -> None:
    rows = Rows("others", keys={"id": "id"}, where=lambda unit, row: (row.n > 0) & (row.n in {1, 2}))
    fact = Fact("seen", FactType.INT, label=WORDS, source=rows.count())
    unit = Unit("thing", register="things", id="id", label=WORDS, facts=(fact,))
    for ask in (lambda: unit_columns(rows), lambda: uses_of(unit, ["seen"])):
        with pytest.raises(PackMistake, match=SET):
            ask()
