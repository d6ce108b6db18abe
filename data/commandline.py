"""What every command shares: where it runs, which clock it has, and how it speaks."""

from __future__ import annotations

import json
import os
import pwd
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from zoneinfo import ZoneInfo

import click

from data.clock import Clock
from data.errors import BadSettings
from data.workspace import Workspace

if TYPE_CHECKING:
    from data.contract import Contract

_COMMANDS_OF_TERMINALS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def visible(text: str) -> str:
    """The text with every character that a terminal obeys, or that turns its line round, written out."""
    return _COMMANDS_OF_TERMINALS.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


COUNTED = 1_000  # steps from which on their pace says something: rows, people, messages


class Progress(Protocol):
    """Told how far long work is; `advance` may be called from the thread that does the work."""

    def advance(self, steps: int = 1) -> None: ...

    def rows(self, done: str, count: int) -> None:
        """So many rows have been `done` (a word such as "read") so far, of a number nobody knows yet."""


class SilentProgress:
    def advance(self, steps: int = 1) -> None:
        del steps

    def rows(self, done: str, count: int) -> None:
        del done, count


@dataclass(frozen=True)
class CommandContext:
    """Handed to every command as click's `obj`: nothing below the command line reads the environment."""

    workspace_path: Path
    environment: Mapping[str, str]
    clock: Clock
    built_in_packs: Path

    def workspace(self) -> Workspace:
        return Workspace.open(self.workspace_path)

    def today(self, time_zone: str) -> date:
        """The calendar day at the authority."""
        return self.clock().astimezone(ZoneInfo(time_zone)).date()

    def contract(self, name: str) -> Contract:
        """A contract of the packs that owed.toml names. Raises BadSettings with those that there are."""
        from data.contracts import load_contracts

        packs = self.workspace().settings().packs
        contracts = load_contracts(pack.resolve(self.built_in_packs) / "contracts" for pack in packs)
        if name not in contracts:
            known = ", ".join(sorted(contracts)) or "none: owed.toml names no pack with contracts"
            raise BadSettings(
                f"There is no contract {name}.", where="owed.toml", mend=f"the contracts are: {known}"
            )
        return contracts[name]


def account() -> str:
    """The operating-system account this runs under, asked of the system: a variable could name another."""
    user = os.getuid()
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)


class Console:
    """Speaks to an operator: sentences by default, one JSON document with `--json`.

    Sentences go to stdout, or to stderr when stdout is kept for the document. Nothing that is said
    here may hold a fact about a person: a terminal is a log.
    """

    def __init__(self, *, as_json: bool = False) -> None:
        self.as_json = as_json

    def say(self, text: str) -> None:
        """Say something; what a citizen or a file wrote into it cannot move the terminal's cursor."""
        click.echo(visible(text), err=self.as_json)

    def document(self, content: Any) -> None:
        """Print the one JSON document; without `--json` nothing, the sentences have said it."""
        if self.as_json:
            click.echo(visible(json.dumps(content, ensure_ascii=False, indent=2, default=str)))

    def next(self, command: str) -> None:
        """Name the command that usually comes next."""
        self.say(f"Next: {command}")

    def confirm(self, question: str, *, yes: bool) -> None:
        """Ask before what cannot be undone; `--yes` answers, and without a terminal it must be given."""
        if yes:
            return
        if not sys.stdin.isatty():
            raise click.UsageError(f"{question} Answer with --yes where nobody can be asked.")
        click.confirm(question, abort=True, err=True)

    @contextmanager
    def progress(self, label: str, total: int) -> Iterator[Progress]:
        """A bar on stderr while long work runs, when somebody is looking at a terminal."""
        if not sys.stderr.isatty():
            yield SilentProgress()
            return
        from rich.console import Console as RichConsole
        from rich.progress import Progress as RichProgress
        from rich.progress import ProgressColumn, Task

        class Pace(ProgressColumn):
            def render(self, task: Task) -> str:
                if task.total is None:
                    pace = f", {task.speed:,.0f} a second" if task.speed else ""
                    return f"{task.completed:,.0f} rows{pace}"
                return f"{task.speed:,.0f} a second" if task.speed and (task.total or 0) >= COUNTED else ""

        columns = [*RichProgress.get_default_columns(), Pace()]
        with RichProgress(*columns, console=RichConsole(stderr=True), transient=True) as bar:
            task = bar.add_task(label, total=total)
            yield _RichBar(bar, task, {})


@dataclass(frozen=True)
class _RichBar:
    bar: Any
    task: Any
    counting: dict[str, Any]  # a line for each thing that is done to rows

    def advance(self, steps: int = 1) -> None:
        self.bar.advance(self.task, steps)

    def rows(self, done: str, count: int) -> None:
        if done not in self.counting:
            self.counting[done] = self.bar.add_task(f"  {done}", total=None)
        self.bar.update(self.counting[done], completed=count)


json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout.")
yes_option = click.option("--yes", is_flag=True, help="Do not ask; needed where nobody can be asked.")
dry_run_option = click.option("--dry-run", is_flag=True, help="Show what would be done and change nothing.")
