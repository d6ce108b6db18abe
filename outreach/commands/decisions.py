"""Commands that take the office's decisions in, show them and release them."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from data.commandline import CommandContext, Console, dry_run_option, json_option, yes_option
from outreach.commands.record import record
from outreach.commands.setup import read_passphrase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from data.workspace import Workspace
    from outreach.decisions import Judged


@click.group()
def decisions() -> None:
    """What the office decided, for the citizens."""


@decisions.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--as", "operator", required=True, help="Who takes the file in.")
@dry_run_option
@json_option
@click.pass_obj
def import_decisions(ctx: CommandContext, file: Path, operator: str, dry_run: bool, as_json: bool) -> None:
    """Take in the office's FILE of decisions. Nobody is told before another person releases them.

    Columns: reference, record_id, programme, outcome (granted or refused), amount, decided_on, decided_by,
    reason; period or entitlement_id where one record has several findings. A refusal names a person and
    gives a reason. A file that was taken in before changes nothing.
    """
    from data.store.engine import reading, writing
    from data.store.schema import open_store
    from outreach.decisions import find_batch

    console = Console(as_json=as_json)
    workspace = ctx.workspace()
    raw = file.read_bytes()
    sha256 = hashlib.sha256(raw).hexdigest()
    engine = open_store(workspace)
    batch_id = None
    with reading(engine) as connection:  # long work on a long file: citizens go on applying meanwhile
        known = find_batch(connection, sha256)
        judged = [] if known else _judge(ctx, workspace, connection, raw, file)
    if known is None and not dry_run:
        with writing(engine) as connection:
            known = find_batch(connection, sha256)
            if known is None:
                batch_id = _take_in(ctx, workspace, connection, judged, sha256, operator)
    if known is not None:
        _say_known(console, known)
        return
    _say_judged(console, judged, batch_id)
    _refuse_if_partial(judged, file, dry_run=dry_run)


def _judge(
    ctx: CommandContext, workspace: Workspace, connection: Connection, raw: bytes, file: Path
) -> list[Judged]:
    from data.keys import KeyUse
    from outreach.decision_files import read_rows
    from outreach.decisions import judge_rows

    rows = read_rows(raw, where=str(file))
    today = ctx.today(workspace.settings().time_zone)
    return judge_rows(connection, workspace.key(KeyUse.INVITATIONS), rows, today=today)


def _take_in(
    ctx: CommandContext,
    workspace: Workspace,
    connection: Connection,
    judged: Sequence[Judged],
    sha256: str,
    operator: str,
) -> str:
    from data.keys import KeyUse
    from outreach.decision_files import count
    from outreach.decisions import take_in

    key = workspace.key(KeyUse.INVITATIONS)
    batch_id = take_in(connection, key, judged, sha256=sha256, operator=operator, now=ctx.clock())
    counts = {one.value: number for one, number in count([row.verdict for row in judged]).items()}
    record(ctx, workspace, connection, "decisions taken in", batch_id, counts, actor=operator)
    return batch_id


def _say_known(console: Console, known: Any) -> None:
    state = f"released by {known.released_by}" if known.released_at else "not released yet"
    console.say(f"This file was taken in before, as batch {known.decision_batch_id} ({state}).")
    console.document({"batch": known.decision_batch_id, "already_taken_in": True, "rows_in": known.rows_in})
    console.next(f"owed decisions show {known.decision_batch_id}")


def _say_judged(console: Console, judged: Sequence[Judged], batch_id: str | None) -> None:
    from outreach.decision_files import count

    counts = count([one.verdict for one in judged])
    console.say(
        f"{len(judged):,} rows: " + ", ".join(f"{n:,} {one.value}" for one, n in counts.items()) + "."
    )
    problems = [one for one in judged if one.verdict.is_problem]
    for one in problems:
        console.say(f"  line {one.row.line}: {one.verdict.words}")
    console.document(
        {
            "batch": batch_id,
            "already_taken_in": False,
            "rows_in": len(judged),
            "counts": {one.value: number for one, number in counts.items()},
            "problems": [
                {"line": one.row.line, "why": one.verdict.value, "words": one.verdict.words}
                for one in problems
            ],
        }
    )
    if batch_id is None:
        console.say("Nothing was taken in: this was a dry run.")
    else:
        console.say(f"Taken in as batch {batch_id}. Nobody has been told.")
        console.next(f"owed decisions release {batch_id} --as ANOTHER --key FILE")


def _refuse_if_partial(judged: Sequence[Judged], file: Path, *, dry_run: bool) -> None:
    from data.errors import PartlyDone

    problems = sum(one.verdict.is_problem for one in judged)
    if problems and not dry_run:
        raise PartlyDone(
            f"{problems:,} of {len(judged):,} rows were not taken in; the others were.",
            where=str(file),
            mend="mend the lines that are named and import the file again: what was released stays",
        )


@decisions.command("show")
@click.argument("batch", required=False)
@json_option
@click.pass_obj
def show_decisions(ctx: CommandContext, batch: str | None, as_json: bool) -> None:
    """The batches that were taken in, or the decisions of one; reasons stay sealed."""
    from data.store.engine import reading
    from data.store.schema import open_store
    from outreach.decisions import decisions_of, list_batches, read_batch

    console = Console(as_json=as_json)
    with reading(open_store(ctx.workspace())) as connection:
        batches = list_batches(connection) if batch is None else [read_batch(connection, batch)]
        rows = [] if batch is None else decisions_of(connection, batch)
    for one in batches:
        state = f"released by {one.released_by}" if one.released_at else "not released"
        console.say(
            f"{one.decision_batch_id}  {one.rows_in:>6,} rows, taken in by {one.imported_by}, {state}"
        )
    for row in rows:
        amount = "" if row.amount is None else f"{row.amount:,}"
        console.say(f"  {row.reference}  {row.outcome:<8} {amount:>12}  {row.decided_on}  {row.decided_by}")
    console.document(
        {"batches": [_batch(one) for one in batches], "decisions": [_decision(row) for row in rows]}
    )
    if any(one.released_at is None for one in batches):
        console.next("owed decisions release BATCH --as NAME --key FILE")


@decisions.command("release")
@click.argument("batch")
@click.option("--as", "operator", required=True, help="Who releases it: not who took it in.")
@click.option(
    "--key",
    "key_file",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="That person's signing key.",
)
@click.option(
    "--passphrase-file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Read the passphrase from a file instead of asking.",
)
@yes_option
@dry_run_option
@json_option
@click.pass_obj
def release_decisions(
    ctx: CommandContext,
    batch: str,
    operator: str,
    key_file: Path,
    passphrase_file: Path | None,
    yes: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Sign a BATCH as its second person, and tell the citizens that there is a decision."""
    from data.store.engine import reading, writing
    from data.store.schema import open_store
    from outreach.decision_releases import release
    from outreach.decisions import decisions_of, read_batch
    from outreach.operators import load_signer

    console = Console(as_json=as_json)
    workspace = ctx.workspace()
    engine = open_store(workspace)
    with reading(engine) as connection:
        read_batch(connection, batch)
        found = len(decisions_of(connection, batch))
    if dry_run:
        console.say(f"{found:,} decisions would be released. Nothing was done: this was a dry run.")
        console.document({"batch": batch, "decisions": found, "released": False})
        return
    signer = load_signer(key_file, read_passphrase(passphrase_file))
    console.confirm(f"Tell the citizens of {found:,} decisions?", yes=yes)
    with writing(engine) as connection:
        done = release(connection, batch_id=batch, name=operator, signer=signer, now=ctx.clock())
        counts = {"decisions": found, "notices": done.notices, "letters": done.letters}
        record(ctx, workspace, connection, "decisions released", batch, counts, actor=operator)
    console.say(f"{found:,} decisions are released; {done.notices:,} notices wait in the outbox.")
    if done.letters:
        console.say(f"{done.letters:,} people stopped the channel: each has a case for a letter.")
    console.document({"batch": batch, "released": True, **counts})
    console.next("owed work --once")


def _batch(row: Any) -> dict[str, Any]:
    return {
        "batch": row.decision_batch_id,
        "rows_in": row.rows_in,
        "taken_in_by": row.imported_by,
        "released_by": row.released_by,
    }


def _decision(row: Any) -> dict[str, Any]:
    return {
        "reference": row.reference,
        "entitlement": row.entitlement_id,
        "outcome": row.outcome,
        "amount": row.amount,
        "decided_on": row.decided_on.isoformat(),
        "decided_by": row.decided_by,
    }
