"""A contract is checked when it is read, and says what is wrong with it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from data.contracts import load_contracts, read_contract
from data.errors import BadSettings
from tests.data.delivering import CONTACTS, PEOPLE


def write(folder: Path, text: str, name: str = "one.toml") -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def test_contracts_are_found_by_name_in_every_folder(tmp_path: Path) -> None:
    write(tmp_path / "a", PEOPLE)
    write(tmp_path / "b", CONTACTS)
    found = load_contracts([tmp_path / "a", tmp_path / "b", tmp_path / "none"])
    assert ["xx/contacts", "xx/people"] == sorted(found)


def test_two_contracts_of_one_name_are_refused(tmp_path: Path) -> None:
    write(tmp_path / "a", PEOPLE)
    write(tmp_path / "b", PEOPLE)
    with pytest.raises(BadSettings, match="Two contracts are named xx/people"):
        load_contracts([tmp_path / "a", tmp_path / "b"])


def test_the_unique_columns_beside_the_subject_tell_vault_rows_apart(tmp_path: Path) -> None:
    assert read_contract(write(tmp_path, CONTACTS)).extra_key == ("channel",)


def test_the_contracts_that_owed_brings_can_be_read() -> None:
    packs = Path(__file__).parents[2] / "eligibility" / "packs"
    assert "kr/residents" in load_contracts(sorted(packs.glob("*/contracts")))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("complete = true\n", "", "'complete' is missing"),
        ("complete = true", 'complete = "yes"', "complete must be true or false, not a text"),
        ("max_age_days = 60", "max_age_days = 60\nmax_age = 3", "max_age"),
        ("max_quarantined = 0.5", "max_quarantined = 5", "between 0 and 1"),
        ('parser = "text"\nvault = true', 'parser = "txt"\nvault = true', "no parser 'txt'"),
        ("min = 1900-01-01", "min = 1900", "own kind"),
        ('unique = ["resident"]', 'unique = ["resident", "citizen"]', "citizen"),
        ('unique = ["resident"]', "unique = []", "vault columns need"),
        ('keeps = "person_state"', 'keeps = "persons"', "keeps must be one of"),
        ('name = "protected"', 'name = "shielded"', "person_state needs"),
        ('name = "name"', 'name = "_name"', "begin with _"),
        ('in_file = "상태"', 'in_file = "성명"', "same header: 성명"),
        ('group = { column = "household" }', 'group = { column = "house" }', "group names"),
        ('name = "xx/people"', 'name = "../people"', "plain one"),
        ('identity = "household"', "secret = true", "must be an identity"),
        ("secret = true\n", "", "a resident number is secret"),
        ("[[column]]", "[[column", "not valid TOML"),
        ('group = { column = "household" }', 'group = { column = "status" }', "no identity"),
        ('register = "residents"', 'register = "buckets"', "named buckets"),
        ('title = { ko = "사람", en = "People" }', 'title = { ko = "사람" }', "ko and en"),
        ("[[column]]", "[constants]\nshare = 0.5\n[[column]]", "a constant is"),
        ('identity = "household"', "identity = 7", "one short word"),
        ("vault = true", 'vault = true\nprogrammes = ["xx/other"]', "does not serve"),
        ('source = "a test"', 'source = "fill in"', "1 of its values are still to be filled in: source"),
        ('in_file = "상태"', 'in_file = "fill in"', "column 4 in_file"),
        ('source = "a test"', 'source = "fill in "', "still to be filled in: source"),
        ("max_age_days = 60", "max_age_days = 9999999", "max_age_days must be"),
        ("max_quarantined = 0.5", 'max_quarantined = "5%"', "max_quarantined must be a number"),
        ("[[column]]", "[constants]\n_row = 1\n[[column]]", "constant must not begin with _"),
        ("required = true", 'required = "no"', r"column 1 \(resident\): required must be true or false"),
        ("vault = true", 'vault = "no"', r"column 6 \(name\): vault must be true or false"),
        ("min = 1900-01-01", "min = 1900-01-01\nmax = 1800-01-01", "birth_date: min is above max"),
        ("max_age_days = 60", 'max_age_days = 60\nparts = "ab"', "parts must be a list"),
        ('unique = ["resident"]', "unique = 5", "unique must be a list, not a whole number"),
        ('unique = ["resident"]', 'unique = ["resident", "resident"]', "unique names a column twice"),
        ('legal_basis = "a test"', 'legal_basis = " "', "must not be empty"),
        ('in_file = "상태"', 'in_file = ""', "column status: name and in_file must not be empty"),
        ('in_file = "상태"', 'in_file = "\u1109\u1161\u11bc"', "column status: in_file .*NFC"),
        ('in_file = "상태"\n', "", r"column 4 \(status\): the key 'in_file' is missing"),
        ('group = { column = "household" }', 'group = "household"', "group must be a table"),
        ('group = { column = "household" }', "group = {}", "group: the key 'column' is missing"),
        ('{ column = "household" }', '{ column = "household", of = 1 }', "group: it has a key that .*: of"),
        ("[[column]]", 'foreign = [{ column = "resident" }]\n[[column]]', "foreign 1: the key 'register'"),
        (
            "[[column]]",
            'foreign = [{ column = "resident", register = "a", key = "b", missing = "ask" }]\n[[column]]',
            "foreign 1: missing must be one of quarantine, note",
        ),
        (
            "[[column]]",
            'expected_rows = { min = "1" }\n[[column]]',
            "expected_rows: min must be a whole number",
        ),
        ("[[column]]", 'file = "csv"\n[[column]]', "file must be a table"),
        ("[[column]]", "[file]\ntotal_rows_expected = true\n[[column]]", "needs file.total_rows"),
        ("[[column]]", '[file]\nformat = "csv"\nquery = "SELECT 1"\n[[column]]', "needs file.format query"),
    ],
)
def test_a_broken_contract_says_what_is_wrong(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert old in PEOPLE
    path = write(tmp_path, PEOPLE.replace(old, new, 1))
    with pytest.raises(BadSettings, match=told) as caught:
        read_contract(path)
    assert str(path) == caught.value.where


def test_an_identity_is_secret_in_every_contract_of_a_pack_or_in_none(tmp_path: Path) -> None:
    write(tmp_path, PEOPLE)
    other = CONTACTS.replace("secret = true\n", "").replace('"kr_resident_number"', '"text"')
    write(tmp_path, other, "two.toml")
    with pytest.raises(BadSettings, match="the identity person is secret in one of"):
        load_contracts([tmp_path])


def test_a_group_does_not_go_in_a_circle(tmp_path: Path) -> None:
    circle = 'group = { column = "resident", register = "contacts", key = "resident", group = "household" }'
    write(tmp_path, PEOPLE.replace('group = { column = "household" }', circle))
    with_household = (
        CONTACTS + '[[column]]\nname = "household"\nin_file = "h"\nparser = "text"\nidentity = "h"\n'
    )
    write(tmp_path, with_household, "two.toml")
    with pytest.raises(BadSettings, match="group goes in a circle: "):
        load_contracts([tmp_path])


def test_rows_lie_where_the_row_that_they_name_lies_if_a_contract_says_where_that_is(tmp_path: Path) -> None:
    asking = CONTACTS.replace(', group = "household" }', " }")
    assert asking != CONTACTS
    write(tmp_path, asking, "contacts.toml")
    write(tmp_path, PEOPLE)
    named = load_contracts([tmp_path])
    assert [("resident", None)] == [
        (one.group.column, one.group.group)
        for one in named.values()
        if one.group is not None and one.group.register is not None
    ]
    write(tmp_path, PEOPLE.replace('group = { column = "household" }\n', ""))
    with pytest.raises(BadSettings, match="no contract says where residents lies"):
        load_contracts([tmp_path])


@pytest.mark.parametrize("asked", ['key = "status"', 'group = "birth_date"'])
def test_a_group_is_asked_of_a_register_that_can_tell_it(tmp_path: Path, asked: str) -> None:
    write(tmp_path, PEOPLE)
    name = asked.split()[0]
    wrong = re.sub(rf'(column = "resident".*?){name} = "[a-z]+"', rf"\1{asked}", CONTACTS)
    write(tmp_path, wrong, "contacts.toml")
    with pytest.raises(BadSettings, match="no contract gives"):
        load_contracts([tmp_path])


SERVING = PEOPLE.replace('["xx/thing"]', '["xx/thing", "xx/other"]').replace(
    'parser = "date:%Y%m%d"', 'parser = "date:%Y%m%d"\nprogrammes = ["xx/thing"]', 1
)


@pytest.mark.parametrize(
    ("column", "programme", "serves"),
    [
        ("status", "xx/thing", True),
        ("status", "xx/other", True),
        ("birth_date", "xx/thing", True),
        ("birth_date", "xx/other", False),
        ("status", "xx/third", False),
        ("year", "xx/other", True),
    ],
)
def test_a_column_serves_the_programmes_of_its_contract_or_its_own(
    tmp_path: Path, column: str, programme: str, serves: bool
) -> None:
    contract = read_contract(
        write(tmp_path, SERVING.replace("[[column]]", "[constants]\nyear = 1\n[[column]]", 1))
    )
    assert contract.serves(column, programme) == serves


def test_a_column_that_is_not_there_serves_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        read_contract(write(tmp_path, SERVING)).serves("income", "xx/thing")


@pytest.mark.parametrize("key", ["household", "name", "nothing"])
def test_a_column_points_to_a_key_of_its_own_kind(tmp_path: Path, key: str) -> None:
    (tmp_path / "people.toml").write_text(PEOPLE, "utf-8")
    foreign = (
        f'foreign = [{{ column = "resident", register = "residents", key = "{key}", missing = "note" }}]'
    )
    pointing = CONTACTS.replace("[[column]]", f"{foreign}\n\n[[column]]", 1)
    (tmp_path / "contacts.toml").write_text(pointing, "utf-8")
    with pytest.raises(BadSettings, match=f"resident points to {key} of the kind person"):
        load_contracts([tmp_path])
