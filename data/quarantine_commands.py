"""The commands about rows in quarantine: which they are, why, and which of them are about nobody."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from data.commandline import CommandContext, Console, account, json_option, yes_option

if TYPE_CHECKING:
    from data.quarantine import QuarantinedRow
    from data.workspace import Workspace


@click.group()
def quarantine() -> None:
    """Rows that were not accepted, and why."""


@quarantine.command("list")
@json_option
@click.pass_obj
def list_quarantine(ctx: CommandContext, as_json: bool) -> None:
    """Deliveries with rows in quarantine; `refused-` ones went over their limit as a whole."""
    from data.dismissal import count_left
    from data.quarantine import refused_deliveries
    from data.registers import deliveries
    from data.store.schema import open_store

    console = Console(as_json=as_json)
    workspace = ctx.workspace()
    document: list[dict[str, object]] = []
    for one in deliveries(workspace, open_store(workspace)):
        if one.quarantined:
            dismissed = one.quarantined - count_left(workspace, one)
            also = f", {dismissed:,} of them dismissed" if dismissed else ""
            console.say(f"{one.batch_id}  {one.contract}  {one.quarantined:,} rows{also}")
            counts = {"rows": one.quarantined, "dismissed": dismissed}
            document.append({"name": one.batch_id, "contract": one.contract, **counts})
    for name in refused_deliveries(workspace):
        console.say(f"{name}  nothing of it was accepted")
        document.append({"name": name, "contract": None, "rows": None, "dismissed": None})
    if not document:
        console.say("No row is in quarantine.")
    console.document(document)
    console.next("owed quarantine show NAME" if document else "owed registers list")


@quarantine.command("show")
@click.argument("name")
@click.option(
    "--lang",
    type=click.Choice(["en", "ko"]),
    default="en",
    show_default=True,
    help="The language of the reasons.",
)
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="Rows to list at most.")
@click.option(
    "--export",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the raw rows, header first, to this file, readable by you alone; the audit log says so.",
)
@json_option
@click.pass_obj
def show_quarantine(
    ctx: CommandContext, name: str, *, lang: str, limit: int, export: Path | None, as_json: bool
) -> None:
    """The lines in quarantine and their reasons. What stands in a row is written to a file only."""
    from data.dismissal import dismissed_lines
    from data.quarantine import read_quarantine
    from data.store.schema import open_store

    console = Console(as_json=as_json)
    workspace = ctx.workspace()
    rows = list(read_quarantine(workspace, name))
    if export is not None:
        _export(ctx, workspace, name, rows, export)
    dismissed = dismissed_lines(workspace, open_store(workspace), name)
    listed = rows[1 : limit + 1]
    for row in listed:
        mark = " (dismissed)" if row.line in dismissed else ""
        console.say(f"line {row.line}{mark}: {'; '.join(reason[lang] for reason in row.reasons)}")
    if len(rows) - 1 > limit:
        console.say(f"… and {len(rows) - 1 - limit:,} more; --limit shows them.")
    if dismissed:
        console.say(f"{len(dismissed):,} dismissed as about nobody, {len(rows) - 1 - len(dismissed):,} left.")
    console.document(
        [
            {
                "line": row.line,
                "dismissed": row.line in dismissed,
                "reasons": [dict(one) for one in row.reasons],
            }
            for row in listed
        ]
    )
    console.next("have the rows mended where the register is kept, then owed intake CONTRACT FILE")


def _export(
    ctx: CommandContext, workspace: Workspace, name: str, rows: Iterable[QuarantinedRow], target: Path
) -> None:
    """Write raw rows for whoever mends them; the audit entry is durable before the file is there."""
    from data.audit import append
    from data.files import write_text
    from data.keys import KeyUse
    from data.store.engine import writing
    from data.store.schema import open_store

    with writing(open_store(workspace)) as connection:
        append(
            connection,
            workspace.key(KeyUse.AUDIT),
            actor=account(),
            action="quarantine_export",
            ref=name,
            now=ctx.clock(),
        )
    write_text(target, "".join(f"{row.raw}\n" for row in rows))


@quarantine.command("dismiss")
@click.argument("batch")
@click.option(
    "--row",
    "rows",
    type=click.IntRange(2),
    multiple=True,
    required=True,
    metavar="N",
    help="The line, as `owed quarantine show` names it; may repeat.",
)
@click.option("--reason", required=True, help="Why it is about nobody; the audit log keeps it. Name nobody.")
@yes_option
@json_option
@click.pass_obj
def dismiss_quarantine(
    ctx: CommandContext, batch: str, *, rows: tuple[int, ...], reason: str, yes: bool, as_json: bool
) -> None:
    """Say that rows of BATCH which you have looked at are about nobody, such as a line of totals.

    They stay in quarantine, but a scan no longer takes them for what it misses. A row that may be about
    somebody is to be mended: once it is dismissed, "unknown" becomes "no" for whomever it was about.
    """
    from data.dismissal import dismiss, prepare
    from data.store.schema import open_store

    console = Console(as_json=as_json)
    workspace = ctx.workspace()
    engine = open_store(workspace)
    seen = prepare(workspace, engine, batch, rows, reason)
    named = f" An id can be read in {seen.naming:,} of them." if seen.naming else ""
    console.confirm(
        f"Dismiss {_rows(len(seen.rows))} of {seen.delivery.register} as about nobody?{named}", yes=yes
    )
    made = dismiss(workspace, engine, batch, rows, reason=reason, actor=account(), now=ctx.clock())
    console.say(f"Dismissed {_rows(len(made.rows))} of {batch}; {_rows(made.left.height)} left.")
    console.document(
        {
            "batch": batch,
            "register": made.delivery.register,
            "rows": made.rows,
            "reason": made.reason,
            "naming": made.naming,
            "dismissed": made.delivery.quarantined - made.left.height,
            "left": made.left.height,
        }
    )
    console.next("owed scan")


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"
