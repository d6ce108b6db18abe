"""The data room's commands: taking registers in, what was quarantined, what is there, who did what."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from data.commandline import CommandContext, Console, account, json_option
from data.errors import BadSettings, Failed
from data.quarantine_commands import quarantine
from data.synth.command import synth

if TYPE_CHECKING:
    from data.contract import Contract
    from data.intake import Batch
    from data.workspace import Workspace

__all__ = ["audit", "intake", "quarantine", "registers", "synth"]


@click.command()
@click.argument("contract")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--extracted-on", type=click.DateTime(["%Y-%m-%d"]), help="The day the file was drawn; today by default."
)
@click.option("--shrunk", is_flag=True, help="Take it in although more than half of the register is gone.")
@json_option
@click.pass_obj
def intake(
    ctx: CommandContext,
    contract: str,
    file: Path,
    *,
    extracted_on: datetime | None,
    shrunk: bool,
    as_json: bool,
) -> None:
    """Take in FILE, a register's export, under CONTRACT, such as kr/residents.

    Every row is accepted, quarantined with its reasons, or an exact duplicate. The same file again changes
    nothing. A file is the whole register: what is not in it is gone.
    """
    from data.intake import STEPS, take_in
    from data.store.schema import open_store

    console = Console(as_json=as_json)
    workspace = ctx.workspace()
    found = _contract(ctx, workspace, contract)
    day = extracted_on.date() if extracted_on else ctx.today(workspace.settings().time_zone)
    with console.progress(f"intake {contract}", STEPS) as progress:
        batch = take_in(
            workspace,
            open_store(workspace),
            found,
            file,
            extracted_on=day,
            now=ctx.clock(),
            progress=progress,
            actor=account(),
            shrunk=shrunk,
        )
    _tell(console, batch)


def _contract(ctx: CommandContext, workspace: Workspace, name: str) -> Contract:
    from data.contracts import load_contracts

    packs = workspace.settings().packs
    contracts = load_contracts(pack.resolve(ctx.built_in_packs) / "contracts" for pack in packs)
    if name not in contracts:
        known = ", ".join(sorted(contracts)) or "none: owed.toml names no pack with contracts"
        raise BadSettings(
            f"There is no contract {name}.", where="owed.toml", mend=f"the contracts are: {known}"
        )
    return contracts[name]


def _tell(console: Console, batch: Batch) -> None:
    if batch.already:
        console.say(
            f"This file was taken in before, as {batch.batch_id} with the extract of {batch.extracted_on}."
            " Nothing was changed."
        )
    else:
        console.say(f"Took in {batch.file_name} as {batch.batch_id}: {batch.rows_in:,} rows.")
    console.say(f"  accepted    {batch.accepted:>10,}")
    console.say(f"  quarantined {batch.quarantined:>10,}")
    console.say(f"  duplicates  {batch.duplicates:>10,}")
    for reason, count in batch.reasons.items():
        console.say(f"    {reason}: {count:,}")
    document = asdict(batch)
    document["batch"] = document.pop("batch_id")
    console.document(document)
    console.next(f"owed quarantine show {batch.batch_id}" if batch.quarantined else "owed scan")


@click.group()
def registers() -> None:
    """What has been taken in."""


@registers.command("list")
@json_option
@click.pass_obj
def list_registers(ctx: CommandContext, as_json: bool) -> None:
    """Every delivery, newest first; the ones in force are marked."""
    from data.registers import current, deliveries
    from data.store.schema import open_store

    console = Console(as_json=as_json)
    workspace = ctx.workspace()
    engine = open_store(workspace)
    in_force = {one.batch_id for one in current(workspace, engine).values()}
    document = []
    for one in deliveries(workspace, engine):
        mark = "*" if one.batch_id in in_force else " "
        whole = f"{one.quarantined:,} quarantined" if one.quarantined else "whole" if one.complete else "part"
        console.say(
            f"{mark} {one.register:<22} {one.extracted_on}  {one.rows:>10,} rows  {whole}  {one.batch_id}"
        )
        document.append(
            {
                "batch": one.batch_id,
                "register": one.register,
                "contract": one.contract,
                "extracted_on": one.extracted_on,
                "complete": one.complete,
                "rows": one.rows,
                "quarantined": one.quarantined,
                "in_force": one.batch_id in in_force,
            }
        )
    if not document:
        console.say("Nothing has been taken in.")
    console.document(document)
    console.next("owed scan" if document else "owed intake CONTRACT FILE")


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
