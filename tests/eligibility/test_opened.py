"""What one programme's findings are to another whose unit stands in another register: silence is no proof."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.registers import current, scan
from eligibility import history
from eligibility.compiler import Compiled
from eligibility.explain import explain
from eligibility.explanation import Explanation
from eligibility.pack import load_pack
from eligibility.relations import Register
from eligibility.verdicts import COUNTED, Verdict
from tests.eligibility.city import FEES, PEOPLE, REFUND, City, no_bar
from tests.eligibility.judged import agreed
from tests.eligibility.openedpack import add_to_toy_pack, write_opened_pack
from tests.eligibility.toypack import AS_OF, register

BONUS, COMFORT = "toy/bonus", "toy/comfort"
FIRST = "0000000000000001"
NOT_ENTITLED: dict[str, Any] = {"status": "not_entitled", "amount": None}


@pytest.fixture
def town(delivered: City) -> City:
    """A city with a bonus for P1 and P2 and a comfort for P3 and P5; whether P4 gets a refund is unknown."""
    add_to_toy_pack(delivered.folder / "packs" / "toy")
    delivered.reload()
    return delivered


def compared(town: City, programme: str) -> dict[str, int]:
    """What a scan and a diff count of one programme."""
    document = history.diff(town.workspace, town.engine, town.scan(), now=town.now).as_document()
    sums = document["programmes"].get(programme, {})
    return {one.value: sums[one.value]["count"] for one in COUNTED if sums and sums[one.value]["count"]}


def statuses(town: City, programme: str) -> list[str]:
    found = town.scan().findings().filter(programme=programme).collect()
    return sorted(found["status"])


def test_each_gets_what_is_due(town: City) -> None:
    assert (["entitled", "entitled", "unknown"], ["entitled", "entitled", "unknown"]) == (
        statuses(town, BONUS),
        statuses(town, COMFORT),
    )


def test_a_row_in_quarantine_of_the_opening_programme_leaves_the_opened_one_unknown(town: City) -> None:
    compared(town, BONUS)
    town.deliver("fees", FEES | {FIRST: "P1,A-1,x,yearly,12340,2026-07-01"})
    assert {"unseen": 1, "unchanged": 1} == compared(town, BONUS)


def test_a_waived_row_of_the_opening_programme_still_ends_nobody_of_the_opened_one(town: City) -> None:
    compared(town, BONUS)
    town.deliver("fees", FEES | {FIRST: "P1,A-1,x,yearly,12340,2026-07-01"})
    town.waive("fees", 2)
    assert {"unseen": 1, "unchanged": 1} == compared(town, BONUS)


def test_a_row_in_quarantine_of_the_opening_programme_opens_nothing_that_its_finding_bars(town: City) -> None:
    before = statuses(town, COMFORT)
    town.deliver("fees", FEES | {FIRST: "P1,A-1,x,yearly,12340,2026-07-01"})
    assert [*before, "unknown"] == statuses(town, COMFORT)


def test_a_row_of_a_known_person_leaves_others_as_they_are(town: City) -> None:
    compared(town, BONUS)
    without = {fee: rest for fee, rest in FEES.items() if fee != FIRST}
    town.deliver("fees", without | {"F3": "P3,A-3,x,yearly,10000,"})
    assert {"ended": 1, "unchanged": 1} == compared(town, BONUS)


def people(**changed: str) -> dict[str, str]:
    """The people, P1 under another number or with other cells."""
    return {person: rest for person, rest in PEOPLE.items() if person != "P1"} | changed


def test_who_moved_in_the_delivery_in_which_their_number_broke_is_unseen(town: City) -> None:
    compared(town, BONUS)
    town.deliver("people", people() | {"": "H9,1990-01-01"})
    assert {"unseen": 1, "unchanged": 1} == compared(town, BONUS)


def test_a_person_whose_number_broke_keeps_all_from_ending_and_the_diff_says_so(town: City) -> None:
    compared(town, BONUS)
    town.deliver("people", {"P3": PEOPLE["P3"], "": "H9,1990-01-01"})
    changes = history.diff(town.workspace, town.engine, town.scan(), now=town.now)
    assert ({"people": 1}, 0) == (changes.nameless, changes.count(Verdict.ENDED))


@pytest.mark.parametrize("number", ["P1", ""])
def test_who_moved_before_and_whose_row_then_breaks_is_unseen(town: City, number: str) -> None:
    compared(town, BONUS)
    town.deliver("people", people(P1="H9,1990-01-01"))
    compared(town, BONUS)
    town.deliver("people", people() | {number: "H9,x"})
    assert {"unseen": 1, "unchanged": 1} == compared(town, BONUS)


def test_a_row_of_a_known_person_keeps_nobody_else_from_ending(town: City) -> None:
    compared(town, BONUS)
    town.deliver("people", {"P1": "H9,x", "P3": PEOPLE["P3"]})
    assert {"ended": 1, "unseen": 1} == compared(town, BONUS)


# --- what another's amount rests on -----------------------------------------------------------------


def laid_open(town: City, programme: str, person: str) -> Explanation:
    """What `owed explain` says of one of PEOPLE, by the place at which they stand there."""
    found = [
        one
        for name in by_birth_date(town)[PEOPLE[person].partition(",")[2]]
        for one in explain(
            town.workspace, town.engine, town.packs,
            programme=programme, subject=name, as_of=AS_OF, showing=no_bar,
        )
    ]  # fmt: skip
    (explanation,) = found
    return explanation


def by_birth_date(town: City) -> dict[str, list[str]]:
    rows = scan(town.workspace, current(town.workspace, town.engine)["people"]).collect()
    days = rows["birth_date"].dt.to_string().fill_null("")
    return {day: rows.filter(days == day)["person"].to_list() for day in days}


def test_an_amount_reckoned_from_another_is_as_unconfirmed_as_that(town: City) -> None:
    told = laid_open(town, BONUS, "P2")
    open_rates = [(one["name"], one["label"]["en"]) for one in told.rates if not one["confirmed"]]
    assert (True, [("bonus of toy/space_refund", "bonus for the young (Space refund)")]) == (
        told.unconfirmed,
        open_rates,
    )


@pytest.mark.parametrize(("programme", "person"), [(COMFORT, "P3"), (BONUS, "P3")])
def test_what_rests_on_no_amount_of_another_rests_on_none_of_its_rates(
    town: City, programme: str, person: str
) -> None:
    told = laid_open(town, programme, person)
    assert (False, []) == (told.unconfirmed, [one for one in told.rates if not one["confirmed"]])


def test_the_manifest_names_the_open_rates_of_a_programme_whose_amount_is_read(town: City) -> None:
    entries = town.scan().programmes
    assert (["bonus of toy/space_refund"], []) == tuple(
        entries[name]["unconfirmed_rates"] for name in (BONUS, COMFORT)
    )


def test_a_rate_that_somebody_confirmed_opens_no_doubt_elsewhere(town: City) -> None:
    rates = town.folder / "packs" / "toy" / "space.toml"
    confirmed = rates.read_text("utf-8").replace("confirmed = false", 'confirmed_by = "the council"')
    rates.write_text(confirmed, "utf-8")
    town.reload()
    assert ([], False) == (
        town.scan().programmes[BONUS]["unconfirmed_rates"],
        laid_open(town, BONUS, "P2").unconfirmed,
    )


def test_a_ceiling_is_no_amount_to_another_programme(tmp_path: Path) -> None:
    folder = write_opened_pack(tmp_path / "toy")
    space = folder / "space.py"
    space.write_text(space.read_text("utf-8").replace('currency="KRW",', 'currency="KRW", at_most=True,'))
    pack = load_pack("toy", folder)
    found = judged(
        in_memory(rows_of([("1", "entitled")])),
        {name: pack.compile(one, AS_OF) for name, one in pack.programmes.items()},
    )
    assert {(BONUS, "1"): ("unknown", None), (COMFORT, "2"): ("entitled", 500)} == {
        key: (one["status"], one["amount"]) for key, one in found.items()
    }


# --- on registers in memory, by both engines --------------------------------------------------------

SCHEMAS: dict[str, dict[str, Any]] = {
    "people": {"person": pl.String, "household": pl.String, "birth_date": pl.Date},
    "fees": {
        **dict.fromkeys(("fee", "payer", "place", "kind"), pl.String),
        **{"year": pl.Int64, "amount": pl.Int64, "given_up_on": pl.Date},
    },
    "paid": {
        "payment": pl.String,
        "payer": pl.String,
        "fee": pl.String,
        "amount": pl.Int64,
        "paid_on": pl.Date,
    },
}
IDS = {
    "people": ["person", "household"],
    "fees": ["fee", "payer", "place"],
    "paid": ["payment", "payer", "fee"],
}
# No blank of these means anything; one in `given_up_on` says that it was not given up.
CELLS = {"people": ["birth_date"], "fees": ["year", "amount", "place"], "paid": ["amount", "paid_on"]}
KINDS = ("entitled", "not given up", "not paid")
Row = dict[str, Any]


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Compiled]:
    pack = load_pack("toy", write_opened_pack(tmp_path_factory.mktemp("packs") / "toy"))
    return {name: pack.compile(one, AS_OF) for name, one in pack.programmes.items()}


def rows_of(fees: Sequence[tuple[str, str]]) -> dict[str, list[Row]]:
    """Two people in two households, and fees: whose, and what is found of it."""
    found: dict[str, list[Row]] = {"people": [], "fees": [], "paid": []}
    for at in ("1", "2"):
        found["people"].append({"_group": f"h{at}", "person": at, "birth_date": date(2010, 1, 1)})
    for number, (payer, kind) in enumerate(fees):
        its = {"_group": f"h{payer}", "payer": payer, "fee": f"f{number}"}
        given_up = None if kind == "not given up" else date(2026, 7, 1)
        fee = {"place": "a", "kind": "yearly", "year": 2026, "amount": 1000, "given_up_on": given_up}
        found["fees"].append(its | fee)
        amount = 1 if kind == "not paid" else 1000
        found["paid"].append(its | {"payment": f"p{number}", "amount": amount, "paid_on": date(2026, 1, 1)})
    return found


def in_memory(rows: Mapping[str, list[Row]], **other: Register) -> dict[str, Register]:
    return {name: register(some, SCHEMAS[name]) for name, some in rows.items()} | other


def judged(tables: Mapping[str, Register], rules: Mapping[str, Compiled]) -> dict[tuple[str, str], Row]:
    """What is found of each person, by programme and person."""
    found = agreed(tables, rules, AS_OF)
    return {(one["programme"], one["unit_id"]): one for one in found if one["programme"] != REFUND}


@pytest.mark.parametrize("state", ["partial", "missing"])
def test_a_register_of_the_opening_programme_that_is_not_whole_proves_nothing(
    rules: dict[str, Compiled], state: str
) -> None:
    rows = rows_of([("1", "entitled")])
    fees = register([] if state == "missing" else rows["fees"], SCHEMAS["fees"], complete=False)
    fees = replace(fees, frame=None) if state == "missing" else fees
    needed = {name: one for name, one in rules.items() if state == "partial" or name != REFUND}
    found = judged(in_memory(rows, fees=fees), needed)
    assert {(BONUS, "2"): "unknown", (COMFORT, "2"): "unknown"} == {
        key: one["status"] for key, one in found.items() if key[1] == "2"
    }


def test_what_the_opening_programme_judged_unknown_is_unknown(rules: dict[str, Compiled]) -> None:
    rows = rows_of([("1", "entitled")])
    rows["fees"][0]["given_up_on"], rows["fees"][0]["year"] = date(2026, 7, 1), None
    found = judged(in_memory(rows), rules)
    assert ["unknown", "unknown"] == [found[name, "1"]["status"] for name in (BONUS, COMFORT)]


@st.composite
def hidden(draw: st.DrawFn, rows: Mapping[str, list[Row]]) -> dict[str, Register]:
    """The same registers, less of which is known: a cell, a row, or whether all rows are there."""
    name = draw(st.sampled_from(["fees", "fees", "paid", "people"]))
    some = [dict(row) for row in rows[name]]
    how = draw(st.sampled_from(["cell", "row", "partial"]) if name != "people" else st.just("cell"))
    if how == "partial" or not some:
        return in_memory(rows, **{name: register(some, SCHEMAS[name], complete=False)})
    row = some[draw(st.integers(0, len(some) - 1))]
    if how == "cell":
        row[draw(st.sampled_from(CELLS[name]))] = None
        return in_memory(rows, **{name: register(some, SCHEMAS[name])})
    some.remove(row)
    unread = draw(st.sets(st.sampled_from(["_group", *IDS[name]])))
    read = {column: None if column in unread else row[column] for column in ["_group", *IDS[name]]}
    doubts = pl.DataFrame([read], schema=dict.fromkeys(read, pl.String))
    return in_memory(rows, **{name: replace(register(some, SCHEMAS[name]), doubts=doubts)})


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_less_that_is_known_never_says_another_thing(rules: dict[str, Compiled], data: st.DataObject) -> None:
    kinds = st.tuples(st.sampled_from(["1", "1", "2"]), st.sampled_from(KINDS))
    rows = rows_of(data.draw(st.lists(kinds, min_size=1, max_size=3)))
    whole = judged(in_memory(rows), rules)
    part = judged(data.draw(hidden(rows)), rules)
    for key in [(name, person) for name in (BONUS, COMFORT) for person in ("1", "2")]:
        more, fewer = (found.get(key, NOT_ENTITLED) for found in (whole, part))
        assert fewer["status"] in (more["status"], "unknown")
        assert more is NOT_ENTITLED or fewer["amount"] in (more["amount"], None)
