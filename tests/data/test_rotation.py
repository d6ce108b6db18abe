"""After a rotation the vault finds everybody, and a clerk's sheet from before it is taken back."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta
from typing import Any

import polars as pl
import pytest

from data import audit
from data.commandline import Progress, SilentProgress
from data.errors import Failed
from data.holdings import holding_of
from data.keys import KeyUse
from data.quarantine import quarantine_of
from data.rotation import Rotated, Rotation
from data.sealed_files import SealedFile
from data.store.engine import reading
from data.vault import Vault, index_mac, indexed_anew, sealed_in_vault
from tests.data.delivering import NOW, PEOPLE, TODAY, Office, number, person

USES = [KeyUse.INDEX, KeyUse.REGISTERS, KeyUse.QUARANTINE, KeyUse.VAULT]


def no_bar(label: str, total: int) -> AbstractContextManager[Progress]:
    del label, total
    return nullcontext(SilentProgress())


def rotate(office: Office, use: KeyUse) -> Rotated:
    holding = holding_of(office.workspace, use)
    return Rotation(office.workspace, office.engine, use, holding).run(actor="kim", now=NOW, showing=no_bar)


def seen(office: Office) -> dict[str, Any]:
    """Ids, names and addresses of three people, one of whom is not there."""
    with Vault.open(office.workspace) as vault:
        ids = vault.ids("person", [number(1), number(2), number(9)])
        known = [one for one in ids if one]
        return {
            "ids": ids,
            "numbers": vault.natural("person", known),
            "names": vault.rows("person", "residents", known),
            "addresses": vault.rows("person", "contacts", known),
        }


@pytest.fixture
def delivered(office: Office) -> str:
    """Two people with an address each, and one whose birth date is in quarantine."""
    batch_id = office.people(person(1), person(2, name="김"), person(3, born="2023")).batch_id
    office.contacts(f"{number(1)},sms,Y,010-0000-0001", f"{number(2)},sms,Y,010-0000-0002")
    return batch_id


@pytest.mark.parametrize("use", USES)
def test_everybody_is_found_as_before_and_rotated_keys_rotate_again(
    office: Office, delivered: str, use: KeyUse
) -> None:
    before, rows = seen(office), office.accepted("residents").rows()
    first, second = rotate(office, use), rotate(office, use)
    assert (before, rows) == (seen(office), office.accepted("residents").rows())
    assert (first.new_id, False) == (second.old_id, first.old_id == second.new_id)
    quarantined = quarantine_of(office.workspace, office.chain(delivered))
    assert [4] == quarantined["line"].to_list()
    with reading(office.engine) as connection:
        assert audit.verify(connection, office.workspace.key(KeyUse.AUDIT)).whole


def test_a_sheet_from_before_a_rotation_is_taken_back_after_it(office: Office, delivered: str) -> None:
    sheet = office.sheet(delivered)
    for use in USES:
        rotate(office, use)
    sheet[0]["생년월일"] = "20230101"
    done = office.retry(office.contract(PEOPLE), delivered, office.saved(sheet))
    assert (1, 0) == (done.accepted, done.left)


def test_intake_after_a_rotation_knows_everybody_again(office: Office, delivered: str) -> None:
    before = seen(office)["ids"]
    rotate(office, KeyUse.INDEX)
    office.people(person(2), person(1), person(9), extracted_on=TODAY - timedelta(days=1))
    after = seen(office)["ids"]
    assert (before[:2], True) == (after[:2], after[2] is not None)


def test_an_index_of_several_files_keeps_every_id(office: Office) -> None:
    for at in range(3):
        office.people(person(at), person(at + 1), extracted_on=TODAY - timedelta(days=at))
    numbers = [number(at) for at in range(4)]
    with Vault.open(office.workspace) as vault:
        before = vault.ids("person", numbers)
    rotate(office, KeyUse.INDEX)
    with Vault.open(office.workspace) as vault:
        assert (before, False) == (vault.ids("person", numbers), None in before)


def test_long_and_short_values_are_indexed_anew_as_the_index_names_them(office: Office) -> None:
    key, values = office.workspace.key(KeyUse.INDEX), ["a", "가" * 200, "b" * 127, "b" * 128]
    rows = pl.DataFrame({"high": [0] * 4, "low": [0] * 4, "id_high": range(4), "natural": values})
    found = indexed_anew(key, "person", rows)
    macs = [f"{high:016x}{low:016x}" for high, low in found.select("high", "low").rows()]
    assert ([index_mac(key, "person", one)[:32] for one in values], [0, 1, 2, 3]) == (
        macs,
        found["id_high"].to_list(),
    )


def test_a_file_is_sealed_again_piece_by_piece_without_another_row(office: Office) -> None:
    folder = office.workspace.vault
    path = folder / "identities" / "made" / "up.parquet"
    path.parent.mkdir(parents=True)
    rows = pl.DataFrame({"natural": [f"{at}" * 40 for at in range(300_000)], "high": range(300_000)})
    old, new = office.workspace.key(KeyUse.VAULT), office.workspace.key(KeyUse.INDEX)
    file = sealed_in_vault(folder, path)
    sealed = pl.ParquetEncryptionProperties(footer_key=old, aad_prefix=file.context)
    rows.write_parquet(path, encryption=sealed)
    pieces: list[int] = []

    def noted(piece: pl.DataFrame) -> pl.DataFrame:
        pieces.append(piece.height)
        return piece

    file.seal_again(old, new, change=noted)
    assert (True, True) == (len(pieces) > 1, rows.equals(file.scan([new]).collect()))


def test_a_rotation_that_meets_a_full_disk_leaves_every_file_and_both_keys(
    office: Office, delivered: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = seen(office)
    whole = SealedFile.seal_again

    def full(self: SealedFile, *words: Any, **named: Any) -> None:
        raise OSError(28, "No space left on device", str(self.path))

    monkeypatch.setattr(SealedFile, "seal_again", full)
    with pytest.raises(OSError, match="No space"):
        rotate(office, KeyUse.VAULT)
    assert (before, [KeyUse.VAULT]) == (seen(office), office.workspace.keys().rotating())
    monkeypatch.setattr(SealedFile, "seal_again", whole)
    assert (True, before) == (rotate(office, KeyUse.VAULT).goes_on, seen(office))


def test_nothing_is_lost_when_a_file_comes_back_under_a_key_that_is_gone(
    office: Office, delivered: str
) -> None:
    path = next((office.workspace.vault / "rows").rglob("*.parquet"))
    kept = path.read_bytes()
    rotate(office, KeyUse.VAULT)
    path.write_bytes(kept)
    with pytest.raises(Failed, match="does not open"):
        rotate(office, KeyUse.VAULT)
    assert [] == office.workspace.keys().rotating()


def test_progress_is_told_once_for_each_file(office: Office, delivered: str) -> None:
    holding, told = holding_of(office.workspace, KeyUse.VAULT), []

    class Counting(SilentProgress):
        def advance(self, steps: int = 1) -> None:
            told.append(steps)

    old = office.workspace.key(KeyUse.VAULT)
    files = holding.survey([old]).files
    holding.seal_again(old, office.workspace.keys().create_next(KeyUse.VAULT), Counting())
    assert files == sum(told)
