"""After a whole run only the vault, quarantine, sealed invitations and the outbox know anybody."""

from __future__ import annotations

import csv
import logging
from pathlib import Path

import polars as pl
import pytest

from data.workspace import Workspace
from tests.whole.conftest import Played
from tests.whole.remains import other_files, parquet_text, store_text

SECRETS = {
    "residents": ("주민등록번호", "성명", "주소"),
    "vehicles": ("자동차등록번호",),
    "bills": ("전자납부번호",),
    "payments": ("납부확인번호",),
    "contacts": ("연락처",),
}


def secrets(folder: Path) -> set[str]:
    """Every name, address, phone, email, plate, bill, receipt and national id, in each usual spelling."""
    found: set[str] = set()
    for register, columns in SECRETS.items():
        with (folder / f"{register}.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                for column in columns:
                    found |= spellings(row[column])
    return {one for one in found if len(one) >= 3}


def spellings(cell: str) -> set[str]:
    digits = cell.replace("-", "")
    forms = {cell, digits}
    if digits.startswith("010") and digits.isdigit():
        forms |= {"+82" + digits[1:], "82" + digits[1:]}
    return {one for one in forms if one}


def hits(text: str, needles: set[str]) -> int:
    """How many of the needles stand in the text (a count: a failing test must not print anybody)."""
    found = pl.Series([text]).str.extract_many(sorted(needles), overlapping=True)
    return int(found.list.n_unique().item())


@pytest.fixture(scope="module")
def needles(played: Played) -> set[str]:
    found = secrets(played.demo.root / "incoming")
    assert len(found) > 10_000
    return found


@pytest.fixture(scope="module")
def workspace(played: Played) -> Workspace:
    return Workspace(played.demo.workspace)


def test_no_cell_of_a_register_or_finding_knows_anybody(workspace: Workspace, needles: set[str]) -> None:
    texts = dict(parquet_text(workspace))
    assert len(texts) > 20
    assert dict.fromkeys(texts, 0) == {path: hits(text, needles) for path, text in texts.items()}


def test_no_cell_of_the_store_knows_anybody(workspace: Workspace, needles: set[str]) -> None:
    assert 0 == hits(store_text(workspace), needles)


def test_no_other_file_of_the_workspace_knows_anybody(workspace: Workspace, needles: set[str]) -> None:
    texts = dict(other_files(workspace))
    assert dict.fromkeys(texts, 0) == {path: hits(text, needles) for path, text in texts.items()}


def test_the_vault_is_sealed(workspace: Workspace, needles: set[str]) -> None:
    files = [path for path in workspace.vault.rglob("*") if path.is_file()]
    raw = "".join(path.read_bytes().decode("utf-8", "replace") for path in files)
    assert (True, 0) == (len(raw) > 1_000_000, hits(raw, needles))


def test_the_outbox_does_hold_what_the_search_looks_for(workspace: Workspace, needles: set[str]) -> None:
    """Otherwise a search that finds nothing anywhere would prove nothing."""
    text = "".join(path.read_text("utf-8") for path in workspace.outbox.glob("*.json"))
    assert hits(text, needles) > 5


def test_the_outbox_is_for_its_owner_alone(workspace: Workspace) -> None:
    assert {0o600} == {path.stat().st_mode & 0o777 for path in workspace.outbox.iterdir()}


def test_the_terminal_and_the_logs_know_nobody_but_the_one_who_is_shown(
    played: Played, needles: set[str], caplog: pytest.LogCaptureFixture
) -> None:
    assert (0, []) == (hits("\n".join(played.said), needles), caplog.records)
    assert logging.getLogger().level >= logging.WARNING
