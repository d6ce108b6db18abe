"""Rows are found with whom they are about; where that is not sure, nothing is."""

from __future__ import annotations

import shutil
from pathlib import Path

import polars as pl
import pytest

from data import laying
from data.contract import Group
from eligibility.facts import Rows, Unit
from eligibility.ground import stand_on
from eligibility.pack import Packs, load_pack
from eligibility.placing import Placed, lie_anywhere, perhaps_elsewhere
from eligibility.wiring import unwired
from tests.eligibility.city import FEES, PAID, PEOPLE, City, cells, make_city, no_bar
from tests.eligibility.toypack import AS_OF, write_toy_pack

FIRST = next(iter(FEES))
PAID_BY_ANOTHER = PAID | {"1": f"P5,{FIRST},12340,2026-01-10"}
HOMES = pl.LazyFrame({"_key": ["C1", "G1", "C2", "G2"], "_group": ["H1", "H1", "H2", "H9"]})
CHILD = Unit("child", register="children", id="child", label={"ko": "아동", "en": "child"}, facts=())
CHILDREN = pl.DataFrame(
    {
        "child": ["C1", "C2", "C3", "C4"],
        "guardian": ["G1", "G2", None, "C4"],
        "_group": ["H1", "H2", "H3", "C4"],
    }
)
OWN = Placed("child", "people", "person", whole=True, homes=HOMES)
THEIRS = Placed("person", "people", "person", whole=True, homes=HOMES)


def test_a_bill_is_paid_whoever_paid_it(delivered: City, tmp_path: Path) -> None:
    paid = cells(delivered.scan())
    city = make_city(tmp_path / "another", buckets=7)
    city.deliver_all(without=["paid"])
    city.deliver("paid", PAID_BY_ANOTHER)
    said = ["status", "amount"]
    assert paid.select(said).sort(said).equals(cells(city.scan()).select(said).sort(said))


def test_bills_are_found_share_by_share(delivered: City, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = cells(delivered.scan())
    shutil.rmtree(delivered.workspace.registers / "buckets")
    monkeypatch.setattr(laying, "HOMES_AT_ONCE", 4)
    said = ["status", "amount"]
    assert whole.select(said).equals(cells(delivered.scan()).select(said))


def test_nothing_ends_when_who_paid_moves_out(delivered: City) -> None:
    delivered.deliver("paid", PAID | {"1": f"P2,{FIRST},12340,2026-01-10"})
    delivered.diff()
    delivered.deliver("people", PEOPLE | {"P2": "H9,2010-05-05"})
    assert {"unchanged": 2} == delivered.diff()


def test_a_row_in_quarantine_of_whom_the_household_is_not_told_may_be_of_that_household(city: City) -> None:
    city.deliver_all(without=["people", "fees"])
    city.deliver("people", PEOPLE)
    city.deliver("fees", FEES | {"F2": "P2,A-2,2026,yearly,ten,2026-06-30"})
    (home,) = _groups(city)
    city.deliver("people", PEOPLE | {"P2": "H1,x"})
    assert home in _groups(city)


def _groups(city: City) -> list[str]:
    """Whose the fees in quarantine may be."""
    ground = stand_on(city.workspace, city.engine, city.packs, no_bar)
    return sorted(set(ground.doubts["fees"]["_group"]))


def test_rows_about_another_lie_with_the_unit_only_where_both_live_together() -> None:
    paid_to_the_guardian = Rows("benefits", keys={"guardian": "person"})
    apart = perhaps_elsewhere(CHILD, CHILDREN, paid_to_the_guardian, own=OWN, theirs=THEIRS)
    assert apart is not None
    assert [False, True, True, False] == apart.to_list()


def test_rows_that_lie_with_somebody_who_is_no_key_may_lie_anywhere() -> None:
    apart = perhaps_elsewhere(CHILD, CHILDREN, Rows("notes", keys={"child": "child"}), own=OWN, theirs=THEIRS)
    assert apart is not None
    assert [True] * 4 == apart.to_list()


BY_PAYER = Group("payer", "people", "person", "household")
BY_FEE = Group("fee", "fees", "fee")
BY_HOUSEHOLD = Group("household")
FEE = Unit("fee", register="fees", id="fee", label={"ko": "요금", "en": "fee"}, facts=())


@pytest.mark.parametrize(
    ("keys", "own", "theirs", "anywhere"),
    [
        ({"fee": "fee"}, BY_PAYER, BY_PAYER, True),
        ({"fee": "fee"}, BY_PAYER, BY_FEE, False),
        ({"payer": "payer", "fee": "fee"}, BY_PAYER, BY_PAYER, False),
        ({}, BY_PAYER, BY_PAYER, False),
        ({"payer": "person"}, BY_PAYER, BY_HOUSEHOLD, True),  # but that register says where payers live:
        ({"household": "household"}, BY_HOUSEHOLD, BY_HOUSEHOLD, False),
        ({"fee": "fee"}, BY_HOUSEHOLD, BY_HOUSEHOLD, True),
    ],
)
def test_contracts_say_whether_rows_lie_with_the_unit(
    keys: dict[str, str], own: Group, theirs: Group, anywhere: bool
) -> None:
    assert anywhere is lie_anywhere(FEE, Rows("notes", keys=keys), own=own, theirs=theirs)


def test_a_register_that_names_where_payers_live_has_them_there() -> None:
    people = Rows("people", keys={"payer": "person"})
    assert not lie_anywhere(FEE, people, own=BY_PAYER, theirs=BY_HOUSEHOLD)


def test_a_pack_whose_rows_lie_anywhere_is_not_wired(tmp_path: Path) -> None:
    folder = write_toy_pack(tmp_path / "toy")
    paid = folder / "contracts" / "paid.toml"
    by_fee = 'group = { column = "fee", register = "fees", key = "fee" }'
    by_payer = 'group = { column = "payer", register = "people", key = "person", group = "household" }'
    paid.write_text(paid.read_text("utf-8").replace(by_fee, by_payer), "utf-8")
    packs = Packs((load_pack("toy", folder),))
    found = [one.what for pack, programme in packs for one in unwired(packs, pack, programme, AS_OF)]
    assert ["finds rows of paid by fee, and nothing says where they lie: by payer"] == [
        one.partition(";")[0] for one in found
    ]


def test_rows_about_the_unit_itself_lie_with_it() -> None:
    assert None is perhaps_elsewhere(
        CHILD, CHILDREN, Rows("benefits", keys={"child": "person"}), own=OWN, theirs=THEIRS
    )
