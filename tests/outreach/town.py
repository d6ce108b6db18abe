"""A made-up town, from registers to a compared scan, run through the real commands on a fixed morning."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cli import owed
from data.commandline import CommandContext
from data.store.engine import open_engine
from data.workspace import Workspace
from tests.outreach.post import PACKS, Clock

MORNING = datetime(2026, 9, 8, 0, 30, tzinfo=UTC)  # Tuesday 09:30 in Seoul
REFUND = "kr/vehicle_tax_refund"
OPEN_RATES = [f"{REFUND}:{name}" for name in ("refund_basis", "days_of_the_event_day", "smallest_refund")]
REGISTERS = ("residents", "households", "vehicles", "bills", "payments", "passed_prepayments", "contacts")


@dataclass
class Town:
    """A workspace below `root`, and its operators' keys beside it."""

    root: Path
    clock: Clock = field(default_factory=lambda: Clock(MORNING))
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def workspace(self) -> Workspace:
        return Workspace(self.root / "workspace")

    @property
    def campaign_file(self) -> Path:
        return self.workspace.campaigns / "car-tax.toml"

    @property
    def plan_folder(self) -> Path:
        return self.workspace.campaigns / "car-tax.plans" / "1"

    def run(self, *words: object) -> Any:
        """Run one command and return its JSON document. Raises what the command raises."""
        out = io.StringIO()
        context = CommandContext(self.workspace.root, self.environment, self.clock, PACKS)
        name, *rest = [str(word) for word in words]
        command = owed.commands.get(name) or owed.get_command(_context(), name)
        assert command is not None
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
            command.main([*rest, "--json"], prog_name=name, obj=context, standalone_mode=False)
        return json.loads(out.getvalue())

    def make(self, residents: int) -> None:
        """From nothing to a scan that was compared, and a campaign that is filled in."""
        self.begin(residents)
        self.compare(REGISTERS)
        self.run("campaign", "new", "car-tax", "--programme", REFUND)
        self.fill_in(legal_basis="지방세기본법 제60조", accept_unconfirmed=OPEN_RATES)

    def begin(self, residents: int) -> None:
        """A workspace with two operators, and beside it the files of a made-up city."""
        self.run("init")
        for name in ("author", "approver"):
            (self.root / f"{name}.passphrase").write_text(f"the passphrase of {name}\n", "utf-8")
            self.run(
                *("keys", "new", name, "--out", self.root / f"{name}.pem"),
                *("--passphrase-file", self.root / f"{name}.passphrase"),
            )
        self.run("synth", self.incoming, "--residents", residents, "--as-of", "2026-09-08")

    @property
    def incoming(self) -> Path:
        return self.root / "incoming"

    def compare(self, registers: Iterable[str]) -> Any:
        """Deliver the files of these registers as they are on this day, scan, and compare."""
        day = self.clock().date()
        for name in registers:
            self.run("intake", f"kr/{name}", self.incoming / f"{name}.csv", "--extracted-on", day)
        self.run("scan", "--as-of", day)
        return self.run("diff")

    def fill_in(self, **settings: Any) -> None:
        """Change settings at the top of the campaign's file, as its author would in an editor."""
        lines = self.campaign_file.read_text("utf-8").splitlines()
        for key, value in settings.items():
            lines = [
                f"{key} = {json.dumps(value, ensure_ascii=False)}" if line.startswith(f"{key} =") else line
                for line in lines
            ]
        self.campaign_file.write_text("\n".join(lines) + "\n", "utf-8")

    def plan(self) -> Any:
        return self.run("campaign", "plan", "car-tax", "--as", "author")

    def approve(self, *, approver: str = "approver", number: int = 1) -> Any:
        return self.run(
            *("campaign", "approve", "car-tax", "--plan", number, "--as", approver, "--yes"),
            *("--key", self.root / f"{approver}.pem"),
            *("--passphrase-file", self.root / f"{approver}.passphrase"),
        )

    def work(self) -> Any:
        return self.run("work", "--once")

    def show(self) -> Any:
        return self.run("campaign", "show", "car-tax")

    def execute(self, statement: str, *values: object) -> None:
        """Change the store behind Owed's back, as an intruder or a mistake would."""
        engine = open_engine(self.workspace.store_url)
        with engine.begin() as connection:
            connection.exec_driver_sql(statement, values)
        engine.dispose()


def _context() -> Any:
    import click

    return click.Context(owed)
