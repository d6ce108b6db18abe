"""The vault finds ids again, keeps what only it may know, and forgets what a register no longer says."""

from __future__ import annotations

import secrets

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, insert

from data.errors import Failed
from data.keys import KeyUse
from data.store.engine import open_engine, writing
from data.store.tables import batch
from data.vault import MERGE_AT, Vault, _collected, index_mac, macs_of
from data.workspace import Workspace
from tests.data.delivering import TODAY, Office, number, person


@pytest.fixture(autouse=True)
def store(engine: Engine) -> Engine:
    return engine


def admit(workspace: Workspace, kind: str, *values: str | None) -> list[str | None]:
    """Admit values under a batch that the store knows."""
    batch_id = secrets.token_hex(4)
    with Vault.open(workspace) as vault:
        ids, _ = vault.admit(kind, pl.Series("x", list(values), dtype=pl.String), batch_id)
    know(workspace, batch_id)
    return ids.to_list()


def know(workspace: Workspace, batch_id: str) -> None:
    texts = "batch_id contract register part file_name sha256 contract_sha256".split()
    row = dict.fromkeys(texts, batch_id) | dict.fromkeys(
        ("parts", "reading", "reasons", "notes", "identities"), "{}"
    )
    counts = dict.fromkeys(("rows_in", "accepted", "quarantined", "duplicates", "taken_in_at"), 0)
    with writing(open_engine(workspace.store_url)) as connection:
        connection.execute(insert(batch), {**row, **counts, "extracted_on": TODAY, "complete": True})


def test_a_value_keeps_its_id(workspace: Workspace) -> None:
    first = admit(workspace, "person", "a", "b", None, "a")
    again = admit(workspace, "person", "b", "c", "a")
    assert (first[0], first[1]) == (again[2], again[0])
    assert (first[0], None) == (first[3], first[2])


@given(values=st.lists(st.none() | st.sampled_from("abcdef"), max_size=9))
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_each_place_of_a_value_has_its_id(workspace: Workspace, values: list[str | None]) -> None:
    ids = admit(workspace, "person", *values)

    known = dict(zip(values, ids, strict=True)) | {None: None}
    assert [known[value] for value in values] == ids
    assert len(set(values)) == len(set(ids))


def test_ids_are_random_hexadecimal_and_differ_between_kinds(workspace: Workspace) -> None:
    ids = admit(workspace, "person", "a", "b") + admit(workspace, "vehicle", "a", "b")
    assert 4 == len({one for one in ids if one and len(bytes.fromhex(one)) == 16})


def test_looking_up_creates_nothing(workspace: Workspace) -> None:
    (known,) = admit(workspace, "person", "a")
    with Vault.open(workspace) as vault:
        assert [None, known, None] == vault.ids("person", ["b", "a", None])
        assert [None] == vault.ids("person", ["b"])


def test_the_natural_value_is_found_by_its_id(workspace: Workspace) -> None:
    one, two = admit(workspace, "person", "홍길동", "b")
    with Vault.open(workspace) as vault:
        assert {one: "홍길동", two: "b"} == vault.natural("person", [str(one), str(two), "0" * 32])
        assert {} == vault.natural("vehicle", [str(one)])


def test_names_and_contacts_are_read_for_many_subjects_at_once(office: Office) -> None:
    office.people(person(1), person(2, name="이순신"))
    office.contacts(f"{number(1)},sms,Y,010-0000-0001", f"{number(1)},email,N,a@example.invalid")
    with Vault.open(office.workspace) as vault:
        one, two = vault.ids("person", [number(1), number(2)])
        names = vault.rows("person", "residents", [str(one), str(two)])
        contacts = vault.rows("person", "contacts", [str(one)])
    assert {(one, ""): {"name": "홍길동"}, (two, ""): {"name": "이순신"}} == names
    assert {
        (one, "sms"): {"address": "+821000000001"},
        (one, "email"): {"address": "a@example.invalid"},
    } == contacts


def test_what_a_batch_left_that_the_store_does_not_know_counts_for_nothing(workspace: Workspace) -> None:
    with Vault.open(workspace) as vault:
        vault.admit("person", pl.Series(["a"]), "killed")
        assert [None] == vault.ids("person", ["a"])
        vault.sweep()
    assert [] == [path for path in workspace.vault.rglob("*") if path.is_file()]


def test_files_of_one_kind_are_merged_and_every_id_stays(workspace: Workspace) -> None:
    made = {name: admit(workspace, "person", name)[0] for name in map(str, range(MERGE_AT + 3))}
    with Vault.open(workspace) as vault:
        vault.sweep()
        assert list(made.values()) == vault.ids("person", list(made))
    assert 3 == len(list((workspace.vault / "identities" / "person").iterdir()))


def test_lost_identities_are_noticed_before_anybody_gets_another_id(office: Office) -> None:
    office.people(person(1))
    (lost,) = (office.workspace.vault / "identities" / "person").iterdir()
    lost.unlink()
    with pytest.raises(Failed, match="holds 0 identities of the kind person; 1 were given"):
        office.people(person(1), person(2))


@pytest.mark.parametrize("place", ["identities/vehicle", "rows/other.person"])
def test_a_file_moved_to_another_place_does_not_open(office: Office, place: str) -> None:
    made = office.people(person(1))
    first = {"identities": "identities/person", "rows": "rows/residents.person"}[place.split("/")[0]]
    moved = office.workspace.vault / place / f"{made.batch_id}.parquet"
    moved.parent.mkdir(parents=True)
    moved.write_bytes((office.workspace.vault / first / moved.name).read_bytes())
    with Vault.open(office.workspace) as vault, pytest.raises(Failed, match="does not open"):
        _collected(vault._open(moved))


def test_a_file_sealed_with_another_key_does_not_open(office: Office) -> None:
    office.people(person(1))
    (office.workspace.keys().path(KeyUse.VAULT)).write_text("0" * 64)
    with Vault.open(office.workspace) as vault, pytest.raises(Failed, match="does not open"):
        vault.natural("person", ["0" * 32])


@given(values=st.lists(st.text(max_size=200), min_size=1, max_size=5))
@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whole_columns_are_hashed_as_single_values_are(workspace: Workspace, values: list[str]) -> None:
    key = workspace.key(KeyUse.INDEX)
    macs = macs_of(key, "person", pl.Series("x", values).unique())
    expected = {one: index_mac(key, "person", one)[:32] for one in values}
    assert expected == {one: f"{high:016x}{low:016x}" for one, high, low in macs.rows()}
