"""`owed synth` writes a made-up city and says what it wrote."""

from __future__ import annotations

import json
import shlex
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from data.commandline import CommandContext
from data.errors import Refused
from data.synth.command import synth
from data.synth.registers import HEADERS


def run(*arguments: str, packs: Path | None = None) -> Result:
    context = CommandContext(
        workspace_path=Path(),
        environment={},
        clock=lambda: datetime(2026, 11, 8, 20, tzinfo=UTC),  # 9 November in Korea
        built_in_packs=packs or Path(),
    )
    return CliRunner().invoke(synth, arguments, obj=context)


def test_it_writes_one_file_for_each_register(tmp_path: Path) -> None:
    result = run(str(tmp_path), "--residents", "200", "--as-of", "2026-07-02")
    assert result.exit_code == 0
    assert {path.name for path in tmp_path.glob("*.csv")} == {f"{register}.csv" for register in HEADERS}


def test_the_command_it_names_next_can_be_typed_as_it_stands(tmp_path: Path) -> None:
    folder = tmp_path / "made up"
    said = run(str(folder), "--residents", "50").output.splitlines()[-1]
    assert str(folder / "residents.csv") in shlex.split(said)


def test_it_takes_the_place_of_what_it_made_before(tmp_path: Path) -> None:
    assert [0, 0] == [run(str(tmp_path), "--residents", "50").exit_code for _ in range(2)]


@pytest.mark.parametrize("made_before", [True, False])
def test_it_writes_over_nobody_elses_file_unless_told_to(tmp_path: Path, made_before: bool) -> None:
    if made_before:
        run(str(tmp_path), "--residents", "50")
    kept = tmp_path / "residents.csv"
    kept.write_text("the real register\n", "utf-8")
    refused = run(str(tmp_path), "--residents", "50")
    assert (Refused, "the real register\n") == (type(refused.exception), kept.read_text("utf-8"))
    assert 0 == run(str(tmp_path), "--residents", "50", "--force").exit_code


def test_json_counts_the_rows_and_names_the_day(tmp_path: Path) -> None:
    document = json.loads(run(str(tmp_path), "--residents", "200", "--seed", "5", "--json").stdout)
    assert (document["as_of"], document["tax_year"], document["seed"]) == ("2026-11-09", 2026, 5)
    assert document["rows"]["residents"] == 200


def test_dirt_is_told_by_kind_and_line(tmp_path: Path) -> None:
    packs = Path(__file__).parents[2] / "eligibility" / "packs"
    arguments = (str(tmp_path), "--residents", "500", "--dirt", "0.1", "--json")
    broken = json.loads(run(*arguments, packs=packs).stdout)["dirt"]
    lines = (tmp_path / "dirt.csv").read_text("utf-8").splitlines()
    assert sum(broken.values()) == len(lines) - 1 > 100


def test_it_names_the_next_command(tmp_path: Path) -> None:
    output = run(str(tmp_path), "--residents", "20", "--as-of", "2026-07-02").stdout
    assert output.splitlines()[-1].startswith(f"Next: owed intake kr/residents {tmp_path}/residents.csv")


def test_a_day_before_the_first_known_tax_year_is_refused(tmp_path: Path) -> None:
    result = run(str(tmp_path / "city"), "--as-of", "2023-06-01")
    assert (result.exit_code, (tmp_path / "city").exists()) == (2, False)
