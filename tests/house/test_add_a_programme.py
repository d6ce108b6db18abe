"""The page that shows how to add a programme is followed to the letter, in its order."""

from __future__ import annotations

import re
import shlex
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

import cli

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "add-a-programme.md"
BLOCK = re.compile(r"(?:^`([^`\n]+)`\n\n)?^```(\w+)\n(.*?)^```", re.S | re.M)


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, int, str, str]]:
    """(command, exit code, what it printed, what the page says it prints)."""
    done: list[tuple[str, int, str, str]] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("page"))
        patch.setattr(cli, "system_clock", lambda: datetime(2026, 11, 10, 0, 30, tzinfo=UTC))
        for file, kind, text in BLOCK.findall(PAGE.read_text("utf-8")):
            if kind == "console":
                done += [(line, *run(line), shown) for line, shown in commands(text)]
            else:
                Path(file).parent.mkdir(parents=True, exist_ok=True)
                Path(file).write_text(text, "utf-8")
    return done


def commands(text: str) -> list[tuple[str, str]]:
    """Each command with the line it is said to print, if any."""
    parts = [part.split("\n", 1) for part in re.split(r"^\$ ", text, flags=re.M)[1:]]
    return [(line, shown.strip()) for line, shown in parts]


def run(line: str) -> tuple[int, str]:
    words = shlex.split(line)
    if words[0] != "owed":
        ran = subprocess.run(line, shell=True, capture_output=True, text=True, check=False)
        return ran.returncode, ran.stdout
    invoked = CliRunner().invoke(cli.owed, words[1:])
    return invoked.exit_code, invoked.output + str(invoked.exception or "")


def test_every_command_of_the_page_succeeds(followed: list[tuple[str, int, str, str]]) -> None:
    assert len(followed) > 8
    assert [] == [(line, code, said) for line, code, said, _ in followed if code != 0]


def test_every_command_prints_what_the_page_shows(followed: list[tuple[str, int, str, str]]) -> None:
    assert [] == [(line, said) for line, _, said, shown in followed if shown not in said]


def test_the_city_s_own_value_stands_with_its_article(followed: list[tuple[str, int, str, str]]) -> None:
    shown = followed[-1][2]
    assert "smallest_refund: 1,000 KRW since 2024-01-01 (가온시 시세 조례 §7)" in shown
