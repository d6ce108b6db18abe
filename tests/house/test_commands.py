"""Every command explains itself, quickly, and is listed where people look."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import cli

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("polars", "sqlalchemy", "starlette", "numpy", "pyarrow", "twilio", "jinja2", "cryptography")


def walk(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from walk(below, (*path, name))


def every_command() -> dict[str, click.Command]:
    return {" ".join(path): command for path, command in walk(cli.owed, ("owed",))}


@pytest.mark.parametrize("name", sorted(every_command()))
def test_every_command_says_what_it_does_and_what_each_option_means(name: str) -> None:
    command = every_command()[name]
    shown = CliRunner().invoke(cli.owed, [*name.split()[1:], "--help"])
    unexplained = [p.name for p in command.params if isinstance(p, click.Option) and not (p.help or p.hidden)]
    assert (0, True, []) == (shown.exit_code, bool(command.help), unexplained)


def test_every_command_that_ends_in_a_result_takes_json() -> None:
    plain = {
        name
        for name, command in every_command().items()
        if not isinstance(command, click.Group) and "as_json" not in {p.name for p in command.params}
    }
    assert {"owed demo", "owed serve"} >= plain


@pytest.mark.parametrize(
    "arguments", [["--help"], ["campaign", "--help"], ["scan", "--help"], ["serve", "--help"]]
)
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    script = (
        "import sys, cli\n"
        "try: cli.main(sys.argv[1:])\n"
        "except SystemExit: pass\n"
        f"sys.stderr.write(' '.join(sorted(set(sys.modules) & set({HEAVY!r}))))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert "" == done.stderr


@pytest.mark.parametrize(
    "page", ["README.md", "docs/tutorial/first-campaign.md", "docs/reference/commands.md"]
)
def test_every_command_a_page_names_exists(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    known = every_command()
    named = re.findall(r"(?:^\s*(?:\$ )?|`)(owed(?: -w \S+)?(?: [a-z]+)+)", text, re.M)
    unknown = {line for line in named if not _exists(re.sub(r" -w \S+", "", line).split(), known)}
    assert (set(), True) == (unknown, bool(named))


def _exists(words: list[str], known: dict[str, click.Command]) -> bool:
    """The longest known command that the words begin with is no group that still waits for a name."""
    for length in range(len(words), 0, -1):
        command = known.get(" ".join(words[:length]))
        if command is not None:
            return not isinstance(command, click.Group) or length == len(words)
    return False


def test_the_reference_names_every_command() -> None:
    text = (ROOT / "docs/reference/commands.md").read_text("utf-8")
    leaves = [name for name, command in every_command().items() if not isinstance(command, click.Group)]
    assert [] == [name for name in leaves if f"`{name}" not in text]


def test_the_shown_exit_codes_are_the_ones_that_errors_carry() -> None:
    from data import errors

    shown = set(map(int, re.findall(r"\b(\d+) [a-z]", cli.owed.help or "")))
    carried = {
        one.exit_code
        for one in vars(errors).values()
        if isinstance(one, type) and issubclass(one, errors.OperatorError)
    }
    assert carried | {0, 130} == shown


def test_an_operator_error_is_printed_without_a_traceback(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cli", "-w", str(tmp_path), "registers", "list"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert (2, False, True) == (done.returncode, "Traceback" in done.stderr, "owed init" in done.stderr)


@pytest.mark.parametrize(
    ("error", "told", "hidden"),
    [
        (OSError(28, "No space left on device", "registers/x"), "No space left on device", "Errno"),
        (ValueError("could not read 900101-1234567"), "ValueError", "900101"),
        (sqlite3.OperationalError("database or disk is full"), "disk is full", "OperationalError"),
        (RuntimeError("parquet: unable to decrypt parquet footer"), "does not open", "parquet:"),
    ],
)
def test_what_nobody_foresaw_is_told_without_a_traceback_or_a_cell(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: Exception,
    told: str,
    hidden: str,
) -> None:
    @click.command()
    def broken() -> None:
        raise error

    monkeypatch.setattr(cli.owed, "get_command", lambda *_: broken)
    with pytest.raises(SystemExit, match="1"):
        cli.main(["broken"])
    shown = capsys.readouterr().err
    assert (True, False, False) == (told in shown, hidden in shown, "Traceback" in shown)
