"""Whatever happens to a delivery on its way, each row is somewhere with a reason, or it is refused."""

from __future__ import annotations

import gzip
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from data.errors import ContractBroken, QuarantineOverLimit
from data.quarantine import quarantine_of
from data.reading import read_table
from tests.data.delivering import PEOPLE, PEOPLE_HEADER, Office, person
from tests.data.filing import FORMS, fixed_width, in_places, zipped
from tests.data.tabling import delete_by_place, delta_table, iceberg_table, with_vector
from tests.data.test_formats_hostile import repacked
from tests.data.test_formats_properties import account

HEADERS = tuple(PEOPLE_HEADER.split(","))
PERSONS = [person(1), person(2), person(2), person(3, born="x"), *(person(who) for who in range(4, 30))]
TABLE = [HEADERS, *(tuple(one.split(",")) for one in PERSONS)]
FOLDERS = {"delta": delta_table, "iceberg": iceberg_table}
SPOILERS = (b'"', b",", b"\n", b"\r", b"\0", b"\xff", b"\xb0", b'""', b" \n", b"\xea\xb0\x80")


def flipped(content: bytes, chance: random.Random) -> bytes:
    made = bytearray(content)
    for _ in range(chance.randrange(1, 6)):
        made[chance.randrange(len(made))] = chance.randrange(256)
    return bytes(made)


def cut_off(content: bytes, chance: random.Random) -> bytes:
    return content[: chance.randrange(1, len(content))]


def stuffed(content: bytes, chance: random.Random) -> bytes:
    for _ in range(chance.randrange(1, 6)):
        at = chance.randrange(len(content))
        content = content[:at] + chance.choice(SPOILERS) + content[at:]
    return content


def twice(content: bytes, chance: random.Random) -> bytes:
    """As when a transfer is taken up again at the wrong place."""
    at = chance.randrange(len(content))
    return content[:at] + content[at // 2 :]


Mutation = Callable[[bytes, random.Random], bytes]
MUTATIONS: tuple[Mutation, ...] = (flipped, cut_off, stuffed, twice)


def taken_in(office: Office, path: Path, form: str) -> None:
    """Take a delivery in and look for each of its rows, or see it refused."""
    contract = office.contract(PEOPLE)
    contract = replace(contract, shape=replace(FORMS[form][1], day_forms=contract.shape.day_forms))
    try:
        batch = office.take_in(contract, path)
    except (ContractBroken, QuarantineOverLimit) as refused:
        assert refused.what
        return
    assert batch.rows_in == batch.accepted + batch.quarantined + batch.duplicates
    if batch.already:
        return
    assert batch.accepted == office.accepted("residents").height
    kept = quarantine_of(office.workspace, office.chain(batch.batch_id))
    assert batch.quarantined == kept.height
    assert 0 == kept.filter(kept["reasons"].list.len() == 0).height


def mutated(form: str, mutation: Mutation, chance: random.Random) -> bytes:
    """A packed file is mutated before it is packed: what the packing notices by itself is another test."""
    if form in ("gzip", "zip"):
        inside = mutation(FORMS["utf-8"][0](TABLE), chance)
        return gzip.compress(inside) if form == "gzip" else zipped(inside)
    if form == "xlsx":
        whole = FORMS[form][0](TABLE)
        return repacked(whole, "xl/worksheets/sheet2.xml", lambda part: mutation(part, chance))
    return mutation(FORMS[form][0](TABLE), chance)


@pytest.mark.parametrize("mutation", MUTATIONS)
@pytest.mark.parametrize("form", ["utf-8", "cp949", "utf-16", "html", "xlsx", "parquet", "gzip", "zip"])
def test_every_row_of_a_mutated_file_is_somewhere(
    office: Office, tmp_path: Path, form: str, mutation: Mutation
) -> None:
    chance = random.Random(f"{form} {mutation.__name__}")
    for number in range(2):
        path = tmp_path / f"{number}"
        path.write_bytes(mutated(form, mutation, chance))
        taken_in(office, path, form)


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_every_row_of_a_mutated_file_of_fixed_width_is_somewhere(tmp_path: Path, mutation: Mutation) -> None:
    chance = random.Random(mutation.__name__)
    names = ("a", "b")
    content = fixed_width([names, *((f"{at}", "가나") for at in range(30))])
    for number in range(2):
        path = tmp_path / f"{number}"
        path.write_bytes(mutation(content, chance))
        try:
            account(read_table(path, names, shape=in_places(FORMS["cp949"][1], names)))
        except ContractBroken as refused:
            assert refused.what


def folder_of(form: str, place: Path) -> Path:
    """A table of several files with deleted rows."""
    if form == "delta":
        with_vector(delta_table(place, TABLE, commits=2), [0, 3])
    else:
        delete_by_place(iceberg_table(place, TABLE, commits=2), [0, 3])
    return place


@pytest.mark.parametrize("mutation", [flipped, cut_off, twice])
@pytest.mark.parametrize("form", FOLDERS)
def test_every_row_of_a_mutated_table_is_somewhere(tmp_path: Path, form: str, mutation: Mutation) -> None:
    chance = random.Random(f"{form} {mutation.__name__}")
    folder = folder_of(form, tmp_path)
    for path in chance.sample(sorted(path for path in folder.rglob("*") if path.is_file()), 2):
        content = path.read_bytes()
        path.write_bytes(mutation(content, chance))
        try:
            account_of_table(folder)
        except ContractBroken as refused:
            assert refused.what
        path.write_bytes(content)


def account_of_table(folder: Path) -> None:
    table = read_table(folder, HEADERS)
    told = table.reading["lines"]
    assert told["physical"] == told["before"] + told.get("deleted", 0) + table.rows_in
    assert table.rows_in == table.cells.height + len(table.broken)
