"""Command that puts a new key in the place of one of the workspace's own: `owed keys rotate`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from data.commandline import CommandContext, Console, account, dry_run_option, json_option, yes_option
from data.keys import KeyUse

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from data.rotation import Holding, Rotated
    from data.workspace import Workspace


@click.command("rotate")
@click.argument("use", type=click.Choice([one.value for one in KeyUse]))
@dry_run_option
@yes_option
@json_option
@click.pass_obj
def rotate_key(ctx: CommandContext, use: str, dry_run: bool, yes: bool, as_json: bool) -> None:
    """Make a new key for USE, such as registers, seal everything again under it, and remove the old one.

    No id changes, so the next scan tells nobody. Cut short at any moment, everything stays readable, and the
    same command finishes it. The keys of audit and invitations are not rotated; it says why.
    """
    from data.rotation import Rotation, refuse_unrotatable
    from data.store.schema import open_store

    console = Console(as_json=as_json)
    workspace, chosen = ctx.workspace(), KeyUse(use)
    refuse_unrotatable(chosen)
    engine = open_store(workspace)
    rotation = Rotation(workspace, engine, chosen, _holding(ctx, workspace, engine, chosen))
    found = rotation.look()
    _tell_before(console, found)
    if dry_run:
        console.document(_document(found, done=False))
        console.next(f"owed keys rotate {use}")
        return
    console.confirm(f"Rotate the {use} key? The old one is removed.", yes=yes)
    done = rotation.run(actor=account(), now=ctx.clock(), showing=console.progress)
    console.say(f"The {use} key is {done.new_id} now; {_files(done)} sealed under it.")
    console.say("Back it up apart from the rest. A backup made before today needs the old key's backup.")
    console.document(_document(done, done=True))
    console.next("owed scan" if chosen in (KeyUse.REGISTERS, KeyUse.FINDINGS) else "owed keys list")


def _holding(ctx: CommandContext, workspace: Workspace, engine: Engine, use: KeyUse) -> Holding:
    from data.holdings import holding_of
    from eligibility.resealing import SealedFindings

    if use is KeyUse.FINDINGS:
        return SealedFindings(workspace, engine, account(), ctx.clock())
    return holding_of(workspace, use)


def _tell_before(console: Console, found: Rotated) -> None:
    size = f"{_files(found)}, {found.survey.bytes / 1e6:,.1f} MB"
    if found.goes_on:
        console.say(f"A rotation of the {found.use} key was begun: it goes on ({size} in all).")
    else:
        console.say(f"The {found.use} key {found.old_id} holds {size}.")


def _files(one: Rotated) -> str:
    return "1 file" if one.survey.files == 1 else f"{one.survey.files:,} files"


def _document(one: Rotated, *, done: bool) -> dict[str, Any]:
    return {
        "use": one.use.value,
        "from": one.old_id,
        "to": one.new_id,
        "files": one.survey.files,
        "bytes": one.survey.bytes,
        "goes_on": one.goes_on,
        "done": done,
    }
