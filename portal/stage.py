"""The stage of a demo: a folder, a clock that starts on a fixed morning, and the real commands."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from data.clock import Clock
from data.commandline import CommandContext
from data.commands import intake, synth
from data.errors import BadSettings
from data.files import write_text
from eligibility.commands import diff, explain, findings, scan
from outreach.commands.campaign import campaign, work
from outreach.commands.office import applications, decisions, report
from outreach.commands.setup import init, keys

MARK = ".owed-demo"
# Tuesday, 10 November 2026, 09:30 in Korea: a working day, outside quiet hours and holidays.
MORNING = datetime(2026, 11, 10, 0, 30, tzinfo=UTC)
AS_OF = "2026-11-10"
_COMMANDS: Mapping[str, click.Command] = {
    "init": init,
    "keys": keys,
    "synth": synth,
    "intake": intake,
    "scan": scan,
    "diff": diff,
    "explain": explain,
    "findings": findings,
    "campaign": campaign,
    "work": work,
    "applications": applications,
    "decisions": decisions,
    "report": report,
}


class DemoClock:
    """Starts on a fixed morning and goes on at the real pace, so that a demo reads the same on any day."""

    def __init__(self, start: datetime = MORNING) -> None:
        self._start = start
        self._begun = time.monotonic()

    def __call__(self) -> datetime:
        return self._start + timedelta(seconds=time.monotonic() - self._begun)


@dataclass
class Demo:
    """Everything below `root`: the workspace, the incoming files, and what operators and office hold."""

    root: Path
    built_in_packs: Path
    residents: int
    listener: socket.socket
    say: Callable[[str], None]
    clock: Clock = field(default_factory=DemoClock)

    @property
    def workspace(self) -> Path:
        return self.root / "workspace"

    @property
    def context(self) -> CommandContext:
        return CommandContext(
            workspace_path=self.workspace,
            environment={},
            clock=self.clock,
            built_in_packs=self.built_in_packs,
        )

    @property
    def url(self) -> str:
        host, port = self.listener.getsockname()[:2]
        return f"http://{host}:{port}"

    def run(self, *words: object) -> Any:
        """Run one command as an operator would, show it, and return its JSON document."""
        arguments = [str(word) for word in words]
        self.say(f"$ owed {' '.join(self._shown(arguments))}")
        out = io.StringIO()
        with contextlib.redirect_stdout(out), _quiet_unless_terminal():
            name, *rest = arguments
            _COMMANDS[name].main(
                [*rest, "--json"], prog_name=f"owed {name}", obj=self.context, standalone_mode=False
            )
        return json.loads(out.getvalue())

    def _shown(self, arguments: Sequence[str]) -> list[str]:
        return [one.replace(f"{self.root}{os.sep}", "") for one in arguments]


@contextlib.contextmanager
def _quiet_unless_terminal() -> Iterator[None]:
    """A command's sentences stand on stderr beside its document; only a terminal's progress is kept."""
    if sys.stderr.isatty():
        with contextlib.redirect_stderr(_OnlyProgress(sys.stderr)):
            yield
    else:
        with contextlib.redirect_stderr(io.StringIO()):
            yield


class _OnlyProgress(io.StringIO):
    """Hands on what moves a terminal's cursor, which is progress, and drops plain sentences."""

    def __init__(self, terminal: Any) -> None:
        super().__init__()
        self._terminal = terminal

    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        return int(self._terminal.fileno())

    def write(self, text: str) -> int:
        if "\x1b[" in text:
            self._terminal.write(text)
        return len(text)

    def flush(self) -> None:
        self._terminal.flush()


def prepare(root: Path) -> None:
    """An empty folder for the demo. Raises BadSettings for one that holds anything but an earlier demo."""
    if root.exists() and any(root.iterdir()):
        if not (root / MARK).exists():
            raise BadSettings(
                "The demo does not write into a folder that holds other things.",
                where=str(root),
                mend="name an empty or a new one: owed -w FOLDER demo",
            )
        shutil.rmtree(root)
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_text(root / MARK, "Made by `owed demo`, which may remove it again.\n")
