"""Command that removes the files of old scans: `owed findings prune`."""

from __future__ import annotations

import click

from data.commandline import CommandContext, Console, account, dry_run_option, json_option, yes_option

KEEP = 10  # a scan looks so many runs back for what nothing changed since


@click.command()
@click.option(
    "--keep",
    type=click.IntRange(KEEP),
    default=KEEP,
    show_default=True,
    metavar="N",
    help="So many of the newest scans stay whole in any case.",
)
@dry_run_option
@yes_option
@json_option
@click.pass_obj
def prune(ctx: CommandContext, keep: int, *, dry_run: bool, yes: bool, as_json: bool) -> None:
    """Remove the findings of old scans that nothing needs; their manifests stay.

    What stays: the newest, the one last compared, those since that wait to be compared, those that a plan in
    force or an application rests on, and a scan without an end that may go on. It cannot be undone.
    """
    from data.store.schema import open_store
    from eligibility import pruning

    console = Console(as_json=as_json)
    workspace, now = ctx.workspace(), ctx.clock()
    store = open_store(workspace)
    found = pruning.look(workspace, store, keep=keep, now=now)
    if found.old and not dry_run:
        question = f"Remove the {found.files:,} files of {_scans(len(found.old))} from {workspace.findings}?"
        console.confirm(question, yes=yes)
        found = pruning.prune(workspace, store, keep=keep, actor=account(), now=now)
    for one in found.old:
        console.say(f"{one.run_id}: {len(one.files):,} files {'would be removed' if dry_run else 'removed'}")
    for run_id, why in found.kept.items():
        console.say(f"{run_id}: kept, {why}")
    freed = "would come free" if dry_run else "came free"
    console.say(f"{_scans(len(found.old))}, {found.files:,} files, {found.room / 1e6:,.1f} MB {freed}.")
    console.document(
        {
            "removed": not dry_run,
            "runs": {one.run_id: len(one.files) for one in found.old},
            "kept": dict(found.kept),
            "bytes": found.room,
        }
    )
    console.next("owed scan")


def _scans(count: int) -> str:
    return "1 scan" if count == 1 else f"{count:,} scans"
