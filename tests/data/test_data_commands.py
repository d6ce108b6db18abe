"""The data room's commands, run as an operator runs them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from data.commandline import CommandContext
from data.commands import audit, intake, quarantine, registers
from data.errors import BadSettings, ContractBroken, Failed
from data.setup import Authority, make_workspace
from tests.data.delivering import NOW, PEOPLE, PEOPLE_HEADER, person

DAY = ["--extracted-on", "2026-07-01"]


@pytest.fixture
def ctx(tmp_path: Path) -> CommandContext:
    packs = tmp_path / "packs"
    (packs / "xx" / "contracts").mkdir(parents=True)
    (packs / "xx" / "contracts" / "people.toml").write_text(PEOPLE, "utf-8")
    authority = Authority(name_ko="가온시", name_en="Gaon City", phone="1", portal_url="http://127.0.0.1")
    make_workspace(tmp_path / "workspace", authority, packs=["xx"], built_in_packs=packs, buckets=4)
    return CommandContext(tmp_path / "workspace", {}, lambda: NOW, packs)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    rows = [PEOPLE_HEADER, person(1), person(2), person(2), person(3, born="x")]
    path.write_text("".join(f"{row}\n" for row in rows), "utf-8")
    return path


def run(ctx: CommandContext, command: object, *arguments: object) -> Result:
    return CliRunner().invoke(command, [str(one) for one in arguments], obj=ctx)  # type: ignore[arg-type]


def test_intake_accounts_for_every_row(ctx: CommandContext, file: Path) -> None:
    outcome = run(ctx, intake, "xx/people", file, *DAY, "--json")
    document = json.loads(outcome.stdout)
    assert (4, 2, 1, 1) == tuple(
        document[one] for one in ("rows_in", "accepted", "quarantined", "duplicates")
    )
    assert {"생년월일: unreadable": 1} == document["reasons"]
    assert f"Next: owed quarantine show {document['batch']}" in outcome.stderr


def test_the_same_file_again_says_so(ctx: CommandContext, file: Path) -> None:
    run(ctx, intake, "xx/people", file, *DAY)
    outcome = run(ctx, intake, "xx/people", file, *DAY)
    assert (0, True) == (outcome.exit_code, "was taken in before" in outcome.stdout)


def test_without_a_date_the_file_was_drawn_today(ctx: CommandContext, file: Path) -> None:
    document = json.loads(run(ctx, intake, "xx/people", file, "--json").stdout)
    assert "2026-07-02" == document["extracted_on"]


def test_an_unknown_contract_names_the_known_ones(ctx: CommandContext, file: Path) -> None:
    error = run(ctx, intake, "xx/nobody", file).exception
    assert isinstance(error, BadSettings) and "xx/people" in str(error)


def test_a_file_without_a_column_is_a_broken_contract(ctx: CommandContext, file: Path) -> None:
    file.write_text("번호,세대\n1,2\n", "utf-8")
    assert isinstance(run(ctx, intake, "xx/people", file).exception, ContractBroken)


def test_a_file_that_is_not_there_is_a_usage_error(ctx: CommandContext) -> None:
    assert 2 == run(ctx, intake, "xx/people", "nowhere.csv").exit_code


def test_the_quarantine_is_listed_and_shown_without_a_cell(ctx: CommandContext, file: Path) -> None:
    batch = json.loads(run(ctx, intake, "xx/people", file, *DAY, "--json").stdout)["batch"]
    listed = run(ctx, quarantine, "list")
    shown = run(ctx, quarantine, "show", batch, "--lang", "ko")
    assert f"{batch}  xx/people  1 rows" in listed.stdout
    assert "line 5: 생년월일: 형식: YYYYMMDD 형식의 날짜" in shown.stdout
    assert "홍길동" not in listed.stdout + shown.stdout


def test_raw_rows_go_to_a_private_file_and_the_record_says_so(
    ctx: CommandContext, file: Path, tmp_path: Path
) -> None:
    batch = json.loads(run(ctx, intake, "xx/people", file, *DAY, "--json").stdout)["batch"]
    target = tmp_path / "bad.csv"
    run(ctx, quarantine, "show", batch, "--export", target)
    assert f"{PEOPLE_HEADER}\n{person(3, born='x')}\n" == target.read_text("utf-8")
    assert 0o600 == target.stat().st_mode & 0o777
    assert 2 == json.loads(run(ctx, audit, "verify", "--json").stdout)["entries"]


@pytest.mark.parametrize("name", ["nothing", "../workspace/owed", ""])
def test_a_quarantine_that_is_not_there_is_said_so(ctx: CommandContext, name: str) -> None:
    assert isinstance(run(ctx, quarantine, "show", name).exception, BadSettings)


def test_registers_are_listed_with_the_one_in_force(ctx: CommandContext, file: Path) -> None:
    run(ctx, intake, "xx/people", file, *DAY)
    (row,) = json.loads(run(ctx, registers, "list", "--json").stdout)
    assert ("residents", "2026-07-01", 2, True) == (
        row["register"],
        row["extracted_on"],
        row["rows"],
        row["in_force"],
    )


def test_a_cut_off_audit_chain_is_noticed(ctx: CommandContext, file: Path) -> None:
    run(ctx, intake, "xx/people", file, *DAY)
    assert 0 == run(ctx, audit, "verify").exit_code
    error = run(ctx, audit, "verify", "--head", "0" * 64).exception
    assert isinstance(error, Failed)
