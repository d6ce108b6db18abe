"""The command line: settings, the lazy table of commands, exit codes."""

from __future__ import annotations

import importlib
import logging
import os
import sys
from pathlib import Path

import click

from data.clock import system_clock
from data.commandline import CommandContext
from data.errors import Failed, OperatorError, unforeseen

# name: (module, one line of help). The command is the attribute of that name; its module is imported only
# when it runs.
COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("portal.commands", "The whole chain on made-up residents, in about a minute."),
    "init": ("outreach.commands.setup", "Make a workspace."),
    "keys": ("outreach.commands.setup", "Operators' signing keys and the workspace's own keys."),
    "synth": ("data.commands", "Make registers of residents who do not exist."),
    "intake": ("data.commands", "Take in a register's file under its contract."),
    "quarantine": ("data.commands", "Rows that were not accepted, and why."),
    "registers": ("data.commands", "What has been taken in."),
    "scan": ("eligibility.commands", "Find who is entitled to what in the registers."),
    "findings": ("eligibility.commands", "Hand the findings to the authority."),
    "explain": ("eligibility.commands", "Say why, or why not, for one person."),
    "diff": ("eligibility.commands", "Compare a scan with the last one and keep the store current."),
    "programmes": ("eligibility.commands", "The programmes, their rates and their stories."),
    "campaign": ("outreach.commands.campaign", "Plan, show and approve what is sent."),
    "work": ("outreach.commands.campaign", "Send what is due."),
    "outbox": ("outreach.commands.campaign", "Messages and the states they are in."),
    "applications": ("outreach.commands.office", "What citizens confirmed, for the office."),
    "decisions": ("outreach.commands.office", "What the office decided, for the citizens."),
    "cases": ("outreach.commands.office", "What a person at the office must do."),
    "report": ("outreach.commands.office", "What came of a campaign, on one page."),
    "serve": ("portal.commands", "Serve the citizens' pages."),
    "audit": ("data.commands", "Who did what, and whether the record is whole."),
}


class LazyCommands(click.Group):
    """Knows every command's name and one line, and imports a room only when one of its commands runs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module, _ = COMMANDS[cmd_name]
        command = getattr(importlib.import_module(module), cmd_name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=LazyCommands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="owed")
@click.option(
    "-w",
    "--workspace",
    envvar="OWED_WORKSPACE",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="The workspace's directory; OWED_WORKSPACE, or the current one.",
)
@click.pass_context
def owed(ctx: click.Context, workspace: Path) -> None:
    """Find what people are owed, tell them before they ask, take their application in one click.

    Start with `owed demo`. Exit codes: 0 done, 1 failed, 2 usage or settings, 3 partly done, 4 refused
    by policy, 10 quarantine over its limit, 11 contract broken, 12 register too old, 13 locked by another
    run, 14 rows jumped, 130 interrupted and resumable.
    """
    ctx.obj = CommandContext(
        workspace_path=workspace,
        environment=dict(os.environ),
        clock=system_clock,
        built_in_packs=Path(__file__).resolve().parent / "eligibility" / "packs",
    )


def main(arguments: list[str] | None = None) -> None:
    """The console script: runs one command and leaves with its exit code."""
    logging.basicConfig(
        stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s"
    )
    try:
        owed.main(args=arguments, prog_name="owed", standalone_mode=False)
    except OperatorError as error:
        click.echo(f"owed: {error}", err=True)
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("owed: interrupted; run the same command again to go on.", err=True)
        sys.exit(130)
    except Exception as error:
        click.echo(f"owed: {unforeseen(error)}", err=True)
        sys.exit(Failed.exit_code)


if __name__ == "__main__":
    main()
