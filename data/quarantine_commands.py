"""The commands about rows in quarantine: which they are and why, mending them, and going on without them."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

import click

from data.commandline import CommandContext, Console, account, dry_run_option, json_option, yes_option

if TYPE_CHECKING:
    import polars as pl

    from data.deliveries import Chain
    from data.errors import Failed
    from data.quarantine_retry import Retry
    from data.workspace import Workspace


@click.group()
def quarantine() -> None:
    """Rows that were not accepted, and why."""


@quarantine.command("list")
@click.option("--all", "every", is_flag=True, help="Also deliveries whose place another one has taken.")
@json_option
@click.pass_obj
def list_quarantine(ctx: CommandContext, *, every: bool, as_json: bool) -> None:
    """Deliveries with rows in quarantine; `refused-` ones went over their limit as a whole."""
    from data.quarantine import refused_deliveries, refused_rows
    from data.registers import current, deliveries
    from data.store.schema import open_store

    console = Console(as_json=as_json)
    workspace = ctx.workspace()
    engine = open_store(workspace)
    in_force = {chain.batch_id for one in current(workspace, engine).values() for chain in one.chains}
    document: list[dict[str, object]] = []
    for chain in (one.chains[0] for one in deliveries(workspace, engine)):
        if chain.quarantined and (every or chain.batch_id in in_force):
            console.say(f"{chain.batch_id}  {chain.contract}  {_counts(chain)}")
            document.append({"name": chain.batch_id, "contract": chain.contract, **_document(chain)})
    for name in refused_deliveries(workspace):
        rows = refused_rows(workspace, name)
        console.say(f"{name}  {_rows(rows)} kept; nothing of it was accepted")
        document.append({"name": name, "contract": None, "rows": rows, "open": None})
    if not document:
        console.say("No row is in quarantine.")
    console.document(document)
    console.next("owed quarantine show NAME" if document else "owed registers list")


def _counts(chain: Chain) -> str:
    mended = chain.quarantined - chain.open - chain.waived
    parts = [f"{chain.open:,} open"]
    parts += [f"{mended:,} mended"] if mended else []
    parts += [f"{chain.waived:,} waived"] if chain.waived else []
    return f"{_rows(chain.quarantined)}: {', '.join(parts)}"


def _document(chain: Chain) -> dict[str, int]:
    mended = chain.quarantined - chain.open - chain.waived
    return {"rows": chain.quarantined, "open": chain.open, "mended": mended, "waived": chain.waived}


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
@json_option
@click.pass_obj
def show_quarantine(ctx: CommandContext, name: str, *, lang: str, limit: int, as_json: bool) -> None:
    """The lines in quarantine, what became of them, and every reason. What stands in a row is never shown."""
    from data.quarantine import OPEN

    console = Console(as_json=as_json)
    rows = _rows_of(ctx, ctx.workspace(), name).select("line", "state", "reasons")
    listed = rows.head(limit).to_dicts()
    for row in listed:
        mark = "" if row["state"] == OPEN else f" ({row['state']})"
        console.say(f"line {row['line']}{mark}: {'; '.join(reason[lang] for reason in row['reasons'])}")
    if rows.height > limit:
        console.say(f"… and {rows.height - limit:,} more; --limit shows them.")
    console.document(listed)
    console.next(f"owed quarantine export {name} FILE")


def _rows_of(ctx: CommandContext, workspace: Workspace, name: str) -> pl.DataFrame:
    """The quarantine of a delivery as it stands, or of one of which nothing was accepted."""
    import polars as pl

    from data.quarantine import OPEN, REFUSED, quarantine_of, read_quarantine
    from data.store.schema import open_store
    from data.waiver import find_chain

    if name.startswith(REFUSED):
        return read_quarantine(workspace, name).with_columns(state=pl.lit(OPEN))
    return quarantine_of(workspace, find_chain(open_store(workspace), name))


@quarantine.command("export")
@click.argument("name")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--waived", is_flag=True, help="The rows that were waived, to be mended after all.")
@yes_option
@json_option
@click.pass_obj
def export_quarantine(
    ctx: CommandContext, name: str, file: Path, *, waived: bool, yes: bool, as_json: bool
) -> None:
    """Write the open rows of the delivery NAME to FILE, a CSV that a clerk can mend in a spreadsheet.

    It holds personal data: only you can read it, and the audit log says that you wrote it. Mend the cells
    under the register's own headers, leave batch and line as they are, and give the file to `owed
    quarantine retry`.
    """
    import polars as pl

    from data.audit import append
    from data.deliveries import Settled
    from data.keys import KeyUse
    from data.quarantine import OPEN, REFUSED
    from data.quarantine_sheet import write_sheet_of
    from data.store.engine import writing
    from data.store.schema import open_store

    console = Console(as_json=as_json)
    workspace = ctx.workspace()
    every, state = _rows_of(ctx, workspace, name), Settled.WAIVED.value if waived else OPEN
    rows = every.filter(pl.col("state") == state)
    if rows.is_empty():
        raise _none_to_export(name, state, others=not waived and Settled.WAIVED.value in every["state"])
    console.confirm(f"Write {_rows(rows.height)} of personal data to {file}, readable by you alone?", yes=yes)
    with writing(open_store(workspace)) as connection:
        append(
            connection,
            workspace.key(KeyUse.AUDIT),
            actor=account(),
            action="quarantine_export",
            ref=name,
            now=ctx.clock(),
            detail={"rows": rows.height} | ({"state": state} if waived else {}),
        )
    write_sheet_of(file, name, rows)
    console.say(f"Wrote {_rows(rows.height)} to {file}. Remove the file when the rows are mended.")
    console.document({"batch": name, "rows": rows.height, "file": str(file)})
    again = "have the export mended, then owed intake CONTRACT FILE"  # there is no delivery to join
    retry = f"mend the rows, then owed quarantine retry {name} {quote(str(file))}"
    console.next(again if name.startswith(REFUSED) else retry)


def _none_to_export(name: str, state: str, *, others: bool) -> Failed:
    from data.errors import Failed

    see = "see `owed quarantine show`"
    mend = f"{see}; --waived writes those that were waived" if others else see
    return Failed(f"No row of this delivery is {state}.", where=name, mend=mend)


@quarantine.command("retry")
@click.argument("batch")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@json_option
@click.pass_obj
def retry_quarantine(ctx: CommandContext, batch: str, file: Path, *, as_json: bool) -> None:
    """Take back FILE, mended rows of BATCH as a spreadsheet saved them (CSV, text or XLSX).

    Rows are known by their line. What fulfils the contract now joins the delivery; what is still wrong stays
    in quarantine with its reasons, and so does what the file leaves out.
    """
    from data.quarantine_retry import STEPS, retry
    from data.store.schema import open_store
    from data.waiver import find_chain

    console = Console(as_json=as_json)
    workspace = ctx.workspace()
    engine = open_store(workspace)
    contract = ctx.contract(find_chain(engine, batch).contract)
    with console.progress(f"retry {batch}", STEPS) as progress:
        done = retry(
            workspace,
            engine,
            contract,
            batch,
            file,
            now=ctx.clock(),
            progress=progress,
            actor=account(),
        )
    _tell(console, done)


def _tell(console: Console, done: Retry) -> None:
    from dataclasses import asdict

    if done.batch_id is None:
        console.say(f"{'This file was taken before. ' if done.already else ''}Nothing was changed.")
    if not done.already or done.quarantined:
        console.say(
            f"Of {_rows(done.rows_in)} {done.accepted:,} were accepted into {done.register},"
            f" {done.quarantined:,} are still wrong."
        )
        if done.duplicates:
            console.say(f"  {done.duplicates:,} say what another row says, and were left out")
        if done.mended_before:
            console.say(f"  {done.mended_before:,} had been mended before; nothing was changed in them")
        if done.respelled:
            console.say(
                f"  {done.respelled:,} cells were only written in another way, and taken as they were"
            )
    for reason, count in done.reasons.items():
        console.say(f"    {reason}: {count:,}")
    console.say(f"Open in {done.mends}: {_rows(done.left)}.")
    document = asdict(done)
    document["batch"] = document.pop("batch_id")
    console.document(document)
    console.next(f"owed quarantine show {done.mends}" if done.left else "owed scan")


@quarantine.command("remove")
@click.argument("names", nargs=-1, metavar="NAME...")
@click.option("--all", "every", is_flag=True, help="Every delivery that was refused as a whole.")
@dry_run_option
@yes_option
@json_option
@click.pass_obj
def remove_quarantine(
    ctx: CommandContext, names: tuple[str, ...], *, every: bool, dry_run: bool, yes: bool, as_json: bool
) -> None:
    """Remove what was kept of deliveries that were refused as a whole, the `refused-` ones of the list.

    Their file is mended where it came from; here it stands for nothing. It cannot be undone.
    """
    from data.quarantine import refused_deliveries, refused_rows
    from data.quarantine_removal import remove_refused
    from data.store.schema import open_store

    if bool(names) == every:
        raise click.UsageError("Name the refused deliveries, or give --all.")
    console = Console(as_json=as_json)
    workspace = ctx.workspace()
    chosen = list(dict.fromkeys(names)) or refused_deliveries(workspace)
    counts = {name: refused_rows(workspace, name) for name in chosen}
    if counts and not dry_run:
        console.confirm(f"Remove {_rows(sum(counts.values()))} kept of {', '.join(counts)}?", yes=yes)
        remove_refused(workspace, open_store(workspace), chosen, operator=account(), now=ctx.clock())
    for name, rows in counts.items():
        console.say(f"{name}: {_rows(rows)} {'would be removed' if dry_run else 'removed'}")
    if not counts:
        console.say("No refused delivery is kept.")
    console.document({"removed": not dry_run, "deliveries": counts})
    console.next("owed quarantine list")


@quarantine.command("waive")
@click.argument("batch")
@click.option(
    "--row",
    "rows",
    type=click.IntRange(1),
    multiple=True,
    metavar="N",
    help="The line, as `owed quarantine show` names it; may repeat.",
)
@click.option("--all", "every", is_flag=True, help="Every row that is still open.")
@click.option("--reason", required=True, help="Why; it is kept with your account. Name nobody.")
@yes_option
@json_option
@click.pass_obj
def waive_quarantine(
    ctx: CommandContext,
    batch: str,
    *,
    rows: tuple[int, ...],
    every: bool,
    reason: str,
    yes: bool,
    as_json: bool,
) -> None:
    """Go on without rows of BATCH that cannot be mended, such as a line of totals.

    A scan no longer waits for them: what it finds of whomever they are about, it finds without them. They
    count as unseen, so nobody's entitlement ends because of it. They stay in quarantine and can be mended:
    `owed quarantine export --waived`.
    """
    from data.store.schema import open_store
    from data.waiver import prepare, waive

    console = Console(as_json=as_json)
    workspace = ctx.workspace()
    engine = open_store(workspace)
    seen = prepare(workspace, engine, batch, lines=rows, every=every, reason=reason)
    named = f" An id can be read in {seen.naming:,} of them: somebody may be missed." if seen.naming else ""
    console.confirm(f"Go on without {_rows(len(seen.lines))} of {seen.chain.register}?{named}", yes=yes)
    made = waive(
        workspace,
        engine,
        batch,
        lines=rows,
        every=every,
        reason=reason,
        operator=account(),
        now=ctx.clock(),
    )
    console.say(f"Waived {_rows(len(made.lines))} of {made.chain.batch_id}; {made.left:,} open.")
    console.document(
        {
            "batch": made.chain.batch_id,
            "register": made.chain.register,
            "rows": made.lines,
            "reason": made.reason,
            "naming": made.naming,
            "waived": made.chain.waived + len(made.lines),
            "left": made.left,
        }
    )
    console.next("owed scan")


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"
