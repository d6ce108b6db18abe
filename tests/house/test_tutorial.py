"""The tutorial's commands are run as they stand there, in order, on the morning of a working day."""

from __future__ import annotations

import re
import shlex
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

import cli

PAGE = Path(__file__).resolve().parents[2] / "docs" / "tutorial" / "first-campaign.md"
MORNING = datetime(2026, 11, 10, 0, 30, tzinfo=UTC)


def commands() -> list[tuple[str, str]]:
    """Each command of the page with the first line it is said to print, if any."""
    found: list[tuple[str, str]] = []
    for block in re.findall(r"```console\n(.*?)```", PAGE.read_text("utf-8"), re.S):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], ""))
            elif not found[-1][1]:
                found[-1] = (found[-1][0], line)
    return found


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, int, str, str]]:
    """(command, exit code, what it printed, what the page says it prints)."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("walk"))
        patch.setattr(cli, "system_clock", lambda: MORNING)
        return [(line, *run(line, patch), printed) for line, printed in commands()]


def run(line: str, patch: pytest.MonkeyPatch) -> tuple[int, str]:
    words = shlex.split(line)
    if words[0] == "cd":
        patch.chdir(words[1])
        return 0, ""
    if words[0] != "owed":
        done = subprocess.run(line, shell=True, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout
    ran = CliRunner().invoke(cli.owed, words[1:])
    return ran.exit_code, ran.output + str(ran.exception or "")


def test_every_command_of_the_tutorial_succeeds(walked: list[tuple[str, int, str, str]]) -> None:
    assert len(walked) > 20
    assert [] == [(line, code, said) for line, code, said, _ in walked if code != 0]


def test_every_command_prints_what_the_tutorial_shows(walked: list[tuple[str, int, str, str]]) -> None:
    assert [] == [(line, said) for line, _, said, shown in walked if shown not in said]


def test_the_tutorial_tells_somebody(walked: list[tuple[str, int, str, str]]) -> None:
    sent = next(said for line, _, said, _ in walked if line.endswith("work --once"))
    assert re.search(r"[1-9]\d*\s+accepted", sent), sent
