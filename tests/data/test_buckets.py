"""Rows that may be combined lie in one bucket; what has no group is counted, never merged."""

from __future__ import annotations

import resource
import shutil
from collections import Counter
from dataclasses import replace

import polars as pl
import pytest

from data.buckets import Layout, bucket_of, count_for
from data.commandline import SilentProgress
from data.contract import Contract
from data.contracts import read_contract
from data.errors import BadSettings
from data.laying import lay_out
from data.registers import current
from tests.data.delivering import CONTACTS, PEOPLE, Office, number, person

COUNT = 3
PEOPLE_OF_THIRTY = [*(person(who, household=f"H{who // 3}") for who in range(30)), person(77, household="")]


def contracts(office: Office) -> dict[str, Contract]:
    found = {}
    for text in (PEOPLE, CONTACTS):
        path = office.folder / "one.toml"
        path.write_text(text, "utf-8")
        contract = read_contract(path)
        found[contract.name] = contract
    return found


def laid_out(office: Office, count: int = COUNT) -> Layout:
    deliveries = current(office.workspace, office.engine)
    return lay_out(office.workspace, deliveries, contracts(office), count, SilentProgress())


def rows(layout: Layout, register: str) -> pl.DataFrame:
    frames = [layout.read(bucket, register) for bucket in range(layout.count)]
    marked = [
        frame.collect().with_columns(bucket=pl.lit(bucket))
        for bucket, frame in enumerate(frames)
        if frame is not None
    ]
    return pl.concat(marked)


CONTACTS_OF_THIRTY = [
    *(f"{number(who)},sms,Y,010-0000-{who:04}" for who in range(30)),
    f"{number(99)},sms,Y,010-0000-0099",
]


def deliver(office: Office) -> None:
    office.people(*PEOPLE_OF_THIRTY)
    office.contacts(*CONTACTS_OF_THIRTY)


def forget(office: Office) -> None:
    """Remove every layout, so that the next one takes nothing from an earlier one."""
    shutil.rmtree(office.workspace.registers / "buckets")


def files(layout: Layout) -> dict[str, int]:
    """The files of the buckets by name; the number is the file's own, the same under every name of it."""
    return {
        path.relative_to(layout.folder).as_posix(): path.stat().st_ino
        for path in layout.folder.glob("*/*.parquet")
    }


def test_every_row_with_a_group_is_in_exactly_one_bucket(office: Office) -> None:
    deliver(office)
    layout = laid_out(office)
    accepted = office.accepted("residents").drop_nulls("household")
    found = rows(layout, "residents").select(accepted.drop("_row").columns)
    assert sorted(accepted.drop("_row").rows()) == sorted(found.rows())


def test_a_group_lies_in_one_bucket_with_what_belongs_to_it(office: Office) -> None:
    deliver(office)
    layout = laid_out(office)
    residents = rows(layout, "residents")
    contacts = rows(layout, "contacts").filter(pl.col("_group").is_in(residents["_group"].to_list()))
    both = pl.concat([residents.select("_group", "bucket"), contacts.select("_group", "bucket")]).unique()
    assert 10 == both.height == both["_group"].n_unique()
    assert Counter(dict.fromkeys(both["_group"], 3)) == Counter(contacts["_group"].to_list())


def test_a_bucket_lies_in_the_same_order_however_the_file_was(office: Office) -> None:
    deliver(office)
    first = rows(laid_out(office), "contacts")
    office.contacts(*reversed(CONTACTS_OF_THIRTY))
    again = rows(laid_out(office), "contacts")
    assert first.rows() == again.rows()


@pytest.mark.parametrize("at_once", ["ROWS_AT_ONCE", "HOMES_AT_ONCE"])
def test_many_passes_lay_out_what_one_does(
    office: Office, monkeypatch: pytest.MonkeyPatch, at_once: str
) -> None:
    deliver(office)
    whole = laid_out(office)
    before = whole.registers["contacts"], rows(whole, "contacts").rows()
    del whole
    forget(office)
    monkeypatch.setattr(f"data.laying.{at_once}", 7)
    again = laid_out(office)
    assert before == (again.registers["contacts"], rows(again, "contacts").rows())


def test_laying_out_leaves_no_pile_and_no_part_behind(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(office)
    monkeypatch.setattr("data.laying.ROWS_AT_ONCE", 7)
    folder = laid_out(office).folder
    names = {path.name for path in [*folder.iterdir(), *folder.parent.iterdir()]}
    assert {folder.name, "0", "1", "2", "layout.json"} == names


def test_the_bucket_is_computed_from_the_group(office: Office) -> None:
    deliver(office)
    found = rows(laid_out(office), "residents")
    expected = [int(group[:8], 16) % COUNT for group in found["_group"]]
    assert expected == found["bucket"].to_list()
    assert [int("ffffffff", 16) % 7] == pl.select(bucket_of(pl.lit("f" * 32), 7)).to_series().to_list()


def test_rows_without_a_group_are_counted_by_register(office: Office) -> None:
    deliver(office)
    assert {"residents": 1} == laid_out(office).ungrouped


def test_whom_the_register_of_homes_does_not_know_is_a_group_of_their_own(office: Office) -> None:
    office.contacts(f"{number(1)},sms,Y,010-0000-0001", f"{number(2)},sms,Y,010-0000-0002")
    layout = laid_out(office)
    found = rows(layout, "contacts")
    assert ({}, found["resident"].to_list()) == (layout.ungrouped, found["_group"].to_list())


def test_a_register_that_is_not_there_reads_as_none(office: Office) -> None:
    deliver(office)
    assert laid_out(office).read(0, "vehicles") is None


def test_a_finished_layout_is_used_again(office: Office) -> None:
    deliver(office)
    first = laid_out(office)
    before = {path: path.stat().st_mtime_ns for path in first.folder.rglob("*")}
    assert (first, before) == (
        laid_out(office),
        {path: path.stat().st_mtime_ns for path in first.folder.rglob("*")},
    )


def test_an_unfinished_layout_is_begun_again(office: Office) -> None:
    deliver(office)
    stale = office.workspace.registers / "buckets" / ".dead.1.part"
    stale.mkdir(parents=True)
    laid_out(office)
    assert not stale.exists()


def test_a_new_delivery_makes_a_new_layout(office: Office) -> None:
    deliver(office)
    first = laid_out(office)
    office.people(person(1))
    assert first.layout_id != laid_out(office).layout_id


def test_the_number_of_buckets_changes_no_row(office: Office) -> None:
    deliver(office)
    few, many = rows(laid_out(office, 1), "contacts"), rows(laid_out(office, 7), "contacts")
    assert sorted(few.drop("bucket").rows()) == sorted(many.drop("bucket").rows())


def test_what_a_new_delivery_did_not_change_keeps_its_file(office: Office) -> None:
    deliver(office)
    first = laid_out(office)
    before, household = files(first), person(4, household="H1", born="19990909")
    office.people(*(household if one == PEOPLE_OF_THIRTY[4] else one for one in reversed(PEOPLE_OF_THIRTY)))
    second = laid_out(office)
    changed = {name for name, file in files(second).items() if file != before[name]}
    groups = rows(second, "residents").filter(pl.col("birth_date").dt.year() == 1999)["bucket"]
    assert {f"{groups.item()}/residents.parquet"} == changed


def test_a_layout_that_nobody_has_open_is_removed_when_another_takes_its_place(office: Office) -> None:
    deliver(office)
    first = laid_out(office)
    office.people(*PEOPLE_OF_THIRTY[:9])
    second = laid_out(office)
    kept = first.folder.exists()
    del first
    third = laid_out(office)
    assert (True, [second.folder], third.folder) == (
        kept,
        list(second.folder.parent.iterdir()),
        second.folder,
    )


def test_a_layout_that_was_changed_is_made_again(office: Office) -> None:
    deliver(office)
    folder = laid_out(office).folder
    page = folder / "layout.json"
    page.write_text(page.read_text("utf-8").replace('"ungrouped":1', '"ungrouped":0'), "utf-8")
    assert {"residents": 1} == laid_out(office).ungrouped


def test_a_full_disk_is_said_and_leaves_no_layout(office: Office) -> None:
    deliver(office)
    largest = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, largest[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            laid_out(office)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, largest)
    assert [] == list((office.workspace.registers / "buckets").iterdir())


def test_a_bucket_that_held_something_else_before_is_refused(office: Office) -> None:
    deliver(office)
    first = laid_out(office)
    old = {path.name: (path, path.read_bytes()) for path in first.folder.glob("0/*.parquet")}
    office.people(*(person(who, household=f"H{who // 3}", born="20010101") for who in range(30)))
    second = laid_out(office)
    (second.folder / "0" / "residents.parquet").unlink()
    (second.folder / "0" / "residents.parquet").write_bytes(old["residents.parquet"][1])
    with pytest.raises(Exception, match=r"(?i)decrypt|aad|footer"):
        rows(second, "residents")


@pytest.mark.parametrize(
    ("rows", "expected"), [(0, 1), (1, 1), (500_000, 1), (500_001, 2), (1_200_000, 4), (10_000_000, 32)]
)
def test_the_count_goes_by_the_longest_register_in_powers_of_two(
    office: Office, rows: int, expected: int
) -> None:
    deliver(office)
    known = current(office.workspace, office.engine)
    assert expected == count_for({"residents": replace(known["residents"], rows=rows)})


def test_a_delivery_without_its_contract_is_refused(office: Office) -> None:
    deliver(office)
    with pytest.raises(BadSettings, match="has no contract here"):
        lay_out(office.workspace, current(office.workspace, office.engine), {}, COUNT, SilentProgress())


def test_a_bucket_cannot_stand_in_for_another(office: Office) -> None:
    deliver(office)
    layout = laid_out(office)
    one, two = (layout.folder / str(bucket) / "residents.parquet" for bucket in (0, 1))
    one.write_bytes(two.read_bytes())
    with pytest.raises(Exception, match=r"(?i)decrypt|aad|footer"):
        rows(layout, "residents")
