"""The vault finds ids again, keeps what only it may know, and forgets what a register no longer says."""

from __future__ import annotations

import sqlite3

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.errors import Failed, Locked
from data.keys import KeyUse
from data.vault import Vault, index_mac
from data.workspace import Workspace
from tests.data.delivering import Office, number, person


def admit(workspace: Workspace, kind: str, *values: str | None) -> list[str | None]:
    with Vault.open(workspace) as vault:
        vault.begin()
        ids = vault.admit(kind, pl.Series("x", list(values), dtype=pl.String))
        vault.commit()
    return ids.to_list()


def test_a_value_keeps_its_id(workspace: Workspace) -> None:
    first = admit(workspace, "person", "a", "b", None, "a")
    again = admit(workspace, "person", "b", "c", "a")
    assert (first[0], first[1]) == (again[2], again[0])
    assert (first[0], None) == (first[3], first[2])


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


def test_nothing_is_kept_without_a_commit(workspace: Workspace) -> None:
    with Vault.open(workspace) as vault:
        vault.begin()
        vault.admit("person", pl.Series(["a"]))
    with Vault.open(workspace) as vault:
        assert [None] == vault.ids("person", ["a"])


def test_two_writers_do_not_mix(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("data.vault._BUSY_SECONDS", 0.05)
    with Vault.open(workspace) as first, Vault.open(workspace) as second:
        first.begin()
        with pytest.raises(Locked):
            second.begin()


def test_a_value_moved_to_another_id_does_not_open(workspace: Workspace) -> None:
    one, two = admit(workspace, "person", "a", "b")
    with sqlite3.connect(workspace.vault_file) as raw:
        raw.execute(
            "UPDATE identity SET sealed = (SELECT sealed FROM identity WHERE id = ?) WHERE id = ?", (one, two)
        )
    raw.close()
    with Vault.open(workspace) as vault, pytest.raises(Failed, match="does not open"):
        vault.natural("person", [str(two)])


@given(values=st.lists(st.text(max_size=200), min_size=1, max_size=5))
@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whole_columns_are_hashed_as_single_values_are(workspace: Workspace, values: list[str]) -> None:
    key = workspace.key(KeyUse.INDEX)
    with Vault.open(workspace) as vault:
        macs = vault._macs("person", pl.Series("x", values).unique())
    assert {one: index_mac(key, "person", one) for one in values} == dict(
        macs.select("natural", "mac").rows()
    )
