"""The data room's commands: taking registers in, what was quarantined, what is there, who did what."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from data.commandline import CommandContext, Console, account, json_option, yes_option
from data.contract_commands import draft_contract, explain_rows, show_contract
from data.errors import Failed
from data.quarantine_commands import quarantine
from data.synth.command import synth

if TYPE_CHECKING:
    from data.arrivals import AskedDatabase, Source
    from data.batch import Batch
    from data.contract import Contract
    from data.deliveries import Chain

GATES = ("columns", "stale", "jump", "size", "quarantine")  # data.gates.Gate, not loaded for --help

__all__ = ["audit", "intake", "quarantine", "registers", "synth"]


@click.command()
@click.argument("contract", required=False)
@click.argument("file", type=click.Path(path_type=Path, exists=True), required=False)
@click.option(
    "--extracted-on", type=click.DateTime(["%Y-%m-%d"]), help="The day the file was drawn; today by default."
)
@click.option(
    "--database",
    metavar="NAME",
    help="Instead of a FILE: ask the contract's query of this database of owed.toml.",
)
@click.option("--part", default="", metavar="NAME", help="Which part of the register the file is.")
@click.option(
    "--snapshot",
    metavar="ID",
    help="Of a table's folder: the version (Delta) or snapshot-id (Iceberg) to read; the latest by default.",
)
@click.option(
    "--accept",
    type=click.Choice(GATES),
    multiple=True,
    help="Take the file in although this gate would stop it; may repeat. Needs --reason.",
)
@click.option("--reason", default="", help="Why; it is kept with your account, and every scan names it.")
@click.option("--explain", is_flag=True, help="Only say what CONTRACT would do to the first rows.")
@click.option("--rows", type=click.IntRange(1, 1000), default=3, help="How many rows --explain looks at.")
@click.option(
    "--show", is_flag=True, help="Let --explain show cells as they are; that you looked is recorded."
)
@click.option(
    "--draft",
    type=click.Path(path_type=Path, exists=True),
    metavar="FILE",
    help="Only propose a contract for FILE, which a person finishes.",
)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Where --draft is written to.")
@json_option
@click.pass_obj
def intake(
    ctx: CommandContext,
    contract: str | None,
    file: Path | None,
    *,
    extracted_on: datetime | None,
    database: str | None,
    part: str,
    snapshot: str | None,
    accept: tuple[str, ...],
    reason: str,
    explain: bool,
    rows: int,
    show: bool,
    draft: Path | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Take in FILE, a register's export or a table's folder, under CONTRACT, such as kr/residents.

    Every row is accepted, quarantined with its reasons, or an exact duplicate. The same file again changes
    nothing; as a newer extract it says that the register is as fresh as that day. A file is the whole
    register, or the whole of its part: what is not in it is gone.
    """
    from data.gates import Gate
    from data.intake import STEPS, take_in
    from data.store.schema import open_store

    console = Console(as_json=as_json)
    if draft is not None:
        return draft_contract(ctx, console, draft, out)
    if contract is None or (file is None) == (database is None):
        raise click.UsageError("Give CONTRACT and FILE, or --database; --draft FILE proposes a contract.")
    if snapshot is not None and (explain or database):
        raise click.UsageError("--snapshot is for taking in the folder of a table.")
    workspace = ctx.workspace()
    found = ctx.contract(contract)
    if explain:
        return explain_rows(ctx, console, found, file or _asked(ctx, found, database), rows=rows, show=show)
    day = extracted_on.date() if extracted_on else ctx.today(workspace.settings().time_zone)
    began = ctx.clock()
    with console.progress(f"intake {contract}", STEPS) as progress:
        batch = take_in(
            workspace,
            open_store(workspace),
            found,
            _source(ctx, found, file, database=database, snapshot=snapshot),
            extracted_on=day,
            now=began,
            progress=progress,
            actor=account(),
            part=part,
            accept=[Gate(one) for one in accept],
            reason=reason,
        )
    _tell(console, batch, (ctx.clock() - began).total_seconds())


def _source(
    ctx: CommandContext, contract: Contract, file: Path | None, *, database: str | None, snapshot: str | None
) -> Source:
    from data.arrivals import DeliveredFile

    if file is None:
        return _asked(ctx, contract, database)
    return DeliveredFile(ctx.workspace(), contract, file, snapshot)


def _asked(ctx: CommandContext, contract: Contract, database: str | None) -> AskedDatabase:
    from data.arrivals import AskedDatabase

    return AskedDatabase(ctx.workspace(), contract, database or "", ctx.environment)


def _tell(console: Console, batch: Batch, seconds: float) -> None:
    from data.intake_words import lines_of

    for line in lines_of(batch, seconds):
        console.say(line)
    console.document(_document(batch, seconds))
    stands = "owed registers list" if batch.in_force else "owed scan"
    console.next(f"owed quarantine show {batch.batch_id}" if batch.quarantined else stands)


def _document(batch: Batch, seconds: float) -> dict[str, object]:
    document = asdict(batch)
    document["batch"] = document.pop("batch_id")
    document |= document.pop("reading")
    return {**document, "new_reasons": batch.new_reasons, "seconds": round(seconds, 3)}


@click.group()
def registers() -> None:
    """What has been taken in."""


registers.add_command(show_contract)


@registers.command("list")
@json_option
@click.pass_obj
def list_registers(ctx: CommandContext, as_json: bool) -> None:
    """Every delivery, newest first; those in force are marked, and how often an extract was corrected."""
    from data.registers import current, deliveries
    from data.store.schema import open_store

    console = Console(as_json=as_json)
    workspace = ctx.workspace()
    engine = open_store(workspace)
    in_force = current(workspace, engine)
    chosen = {chain.batch_id for one in in_force.values() for chain in one.chains}
    every = [one.chains[0] for one in deliveries(workspace, engine)]
    revisions = revisions_of(every)
    document = []
    for chain in every:
        mark, revision = "*" if chain.batch_id in chosen else " ", revisions[chain.batch_id]
        console.say(f"{mark} {_line(chain, revision)}")
        document.append(_delivery_document(chain, revision, in_force=chain.batch_id in chosen))
    for one in in_force.values():
        if one.missing_parts:
            console.say(f"{one.register} lacks {', '.join(one.missing_parts)}: absence means nothing in it")
    if not document:
        console.say("Nothing has been taken in.")
    console.document(document)
    console.next("owed scan" if document else "owed intake CONTRACT FILE")


def revisions_of(chains: Sequence[Chain]) -> dict[str, int]:
    """By batch, the how manieth file it is of its register, part and extract date; `chains` newest first."""
    seen: dict[tuple[object, ...], int] = {}
    revisions = {}
    for chain in reversed(chains):
        key = (chain.register, chain.part, chain.pieces[0].extracted_on)
        seen[key] = revisions[chain.batch_id] = seen.get(key, 0) + 1
    return revisions


def _line(chain: Chain, revision: int) -> str:
    name = f"{chain.register}/{chain.part}" if chain.part else chain.register
    whole = f"{chain.open + chain.waived:,} quarantined" if chain.open + chain.waived else "whole"
    kind = whole if chain.complete else "part"
    revised = f"  revision {revision}" if revision > 1 else ""
    passed = (
        f"  accepted: {', '.join(sorted({one.gate for one in chain.exceptions}))}" if chain.exceptions else ""
    )
    day = chain.extracted_on
    return f"{name:<22} {day}  {chain.rows:>10,} rows  {kind}  {chain.batch_id}{revised}{passed}"


def _delivery_document(chain: Chain, revision: int, *, in_force: bool) -> dict[str, object]:
    return {
        "batch": chain.batch_id,
        "register": chain.register,
        "part": chain.part,
        "contract": chain.contract,
        "extracted_on": chain.extracted_on,
        "revision": revision,
        "complete": chain.complete,
        "rows": chain.rows,
        "quarantined": chain.open + chain.waived,
        "waived": chain.waived,
        "reading": json.loads(chain.pieces[0].reading),
        "accepted_exceptions": [asdict(one) for one in chain.exceptions],
        "in_force": in_force,
    }


@registers.command("accept")
@click.argument("batches", nargs=-1, required=True, metavar="BATCH...")
@click.option("--gate", type=click.Choice(["stale"]), required=True, help="What stops the scan.")
@click.option("--reason", required=True, help="Why; it is kept with your account, and every scan names it.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="The last day it holds; 30 days by default.")
@yes_option
@json_option
@click.pass_obj
def accept_register(
    ctx: CommandContext,
    batches: tuple[str, ...],
    *,
    gate: str,
    reason: str,
    until: datetime | None,
    yes: bool,
    as_json: bool,
) -> None:
    """Let each BATCH, too old since it was taken in, be scanned all the same, under your name."""
    from data.gates import Gate
    from data.passing import accept_delivery
    from data.store.schema import open_store

    console = Console(as_json=as_json)
    workspace = ctx.workspace()
    console.confirm(f"Let {', '.join(batches)} be scanned although {gate}?", yes=yes)
    made = accept_delivery(
        workspace,
        open_store(workspace),
        batches,
        ctx.contract,
        gate=Gate(gate),
        reason=reason,
        until=until.date() if until else None,
        today=ctx.today(workspace.settings().time_zone),
        operator=account(),
        now=ctx.clock(),
    )
    for batch in batches:
        console.say(f"{batch} passes the gate {gate} until {made.until}, on your word.")
    console.document({"batches": list(batches), **asdict(made)})
    console.next("owed scan")


@click.group()
def audit() -> None:
    """Who did what, and whether the record is whole."""


@audit.command("verify")
@click.option("--head", help="The chain's head as it was kept elsewhere; notices entries cut off at the end.")
@json_option
@click.pass_obj
def verify_audit(ctx: CommandContext, *, head: str | None, as_json: bool) -> None:
    """Walk the audit chain from its start; exit code 1 names the first entry that does not hold."""
    from data.audit import verify
    from data.keys import KeyUse
    from data.store.engine import reading
    from data.store.schema import open_store

    console = Console(as_json=as_json)
    workspace = ctx.workspace()
    with reading(open_store(workspace)) as connection:
        verdict = verify(connection, workspace.key(KeyUse.AUDIT), head=head)
    console.document({"whole": verdict.whole, "entries": verdict.entries, "head": verdict.head})
    if not verdict.whole:
        raise Failed(
            f"The audit chain breaks at entry {verdict.first_broken}; {verdict.entries} before it hold.",
            where=str(workspace.store_file),
            mend="compare the store with its last backup and find out who changed it",
        )
    console.say(f"The audit chain is whole: {verdict.entries} entries, head {verdict.head}.")
    console.next("keep the head where nobody can change it, and give it with --head next time")
