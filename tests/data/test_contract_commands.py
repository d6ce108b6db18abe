"""`owed intake --explain` and `--draft`, `owed registers contract`: what they say, and write down."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from data.commandline import CommandContext
from data.commands import intake, registers
from data.store.engine import reading
from data.store.schema import create_store, open_store
from data.store.tables import audit_entry, batch
from data.workspace import Workspace
from tests.data.made_up import PACKS

HEADER = "납부확인번호,전자납부번호,납부자주민등록번호,자동차세,지방교육세,수납일"
ROW = "R2026000000001,X2026000000001,9001010000001,50000,15000,20260116"
CELLS = ROW.split(",")


@pytest.fixture(autouse=True)
def store(workspace: Workspace) -> None:
    create_store(workspace)


@pytest.fixture
def payments(tmp_path: Path) -> Path:
    path = tmp_path / "payments.csv"
    path.write_text(f"{HEADER}\n{ROW}\n{ROW.replace('20260116', '20260230')}\n", "utf-8")
    return path


def run(workspace: Workspace, *arguments: object) -> Result:
    context = CommandContext(
        workspace_path=workspace.root,
        environment={},
        clock=lambda: datetime(2026, 7, 2, 1, tzinfo=UTC),
        built_in_packs=PACKS,
    )
    return CliRunner().invoke(intake, [str(one) for one in arguments], obj=context)


def contract(workspace: Workspace, *arguments: str) -> Result:
    context = CommandContext(
        workspace_path=workspace.root,
        environment={},
        clock=lambda: datetime(2026, 7, 2, 1, tzinfo=UTC),
        built_in_packs=PACKS,
    )
    return CliRunner().invoke(registers, ["contract", *arguments], obj=context)


def entries(workspace: Workspace) -> list[tuple[str, str]]:
    with reading(open_store(workspace)) as connection:
        return [(row.action, row.ref) for row in connection.execute(select(audit_entry)).all()]


def test_explain_shows_no_cell_and_changes_nothing(workspace: Workspace, payments: Path) -> None:
    result = run(workspace, "--explain", "kr/payments", payments)
    assert result.exit_code == 0
    assert [cell for cell in CELLS if cell in result.output] == []
    assert "line 2    9999999999999  →  9999999999999" in result.output
    assert "line 3    99999999  →  수납일 is not a date as YYYYMMDD" in result.output
    with reading(open_store(workspace)) as connection:
        assert connection.execute(select(batch)).all() == []
    assert entries(workspace) == []


def test_explain_shows_cells_to_whom_is_written_down(workspace: Workspace, payments: Path) -> None:
    result = run(workspace, "--explain", "kr/payments", payments, "--show", "--rows", 1)
    assert [cell for cell in CELLS if cell not in result.output] == []
    assert entries(workspace) == [("intake.show", "kr/payments")]


def test_explain_as_json_is_masked_too(workspace: Workspace, payments: Path) -> None:
    result = run(workspace, "--explain", "kr/payments", payments, "--json")
    document = json.loads(result.stdout)
    assert (document["contract"], document["form"], document["missing"]) == ("kr/payments", "csv", [])
    assert [cell for cell in CELLS if cell in result.output] == []


def test_a_draft_is_said_and_no_file_is_written(workspace: Workspace, payments: Path) -> None:
    before = sorted(payments.parent.iterdir())
    result = run(workspace, "--draft", payments)
    assert 'in_file = "수납일"\nparser = "date:%Y%m%d"' not in result.output  # one of two days is none
    assert 'in_file = "자동차세"\nparser = "int"   # fits 2 of 2' in result.output
    assert sorted(payments.parent.iterdir()) == before


def test_a_draft_is_written_where_nothing_is_yet(
    workspace: Workspace, payments: Path, tmp_path: Path
) -> None:
    out = tmp_path / "draft.toml"
    first = run(workspace, "--draft", payments, "--out", out)
    second = run(workspace, "--draft", payments, "--out", out)
    assert (first.exit_code, second.exit_code) == (0, 1)
    assert "6 columns" in first.output and out.read_text("utf-8").startswith("# A draft")


def test_without_a_contract_and_a_file_nothing_can_be_taken_in(workspace: Workspace) -> None:
    assert run(workspace, "kr/payments").exit_code == 2


def test_a_contract_is_printed_and_as_a_document_of_the_standard(workspace: Workspace) -> None:
    assert 'in_file = "전자납부번호"' in contract(workspace, "kr/payments").output
    document = json.loads(contract(workspace, "kr/payments", "--odcs").output)
    assert (document["kind"], document["id"]) == ("DataContract", "kr/payments")
