"""The commands of this room: scan, diff, explain, findings export, programmes."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from data.commandline import CommandContext, Console, json_option
from eligibility.diff_commands import diff, history
from eligibility.looking_up import audit_entry, id_options, look_up
from eligibility.programme_commands import packs_of, programmes
from eligibility.prune_command import prune
from eligibility.scan_commands import AS_OF, accept, day_of, scan

__all__ = ["diff", "explain", "findings", "programmes", "scan"]


@click.command()
@click.argument("programme")
@click.argument("subject", required=False)
@id_options
@click.option("--lang", type=click.Choice(["ko", "en"]), default="en", help="The language of the words.")
@AS_OF
@json_option
@click.pass_obj
def explain(
    ctx: CommandContext,
    programme: str,
    subject: str | None,
    id_file: Path | None,
    ask_id: bool,
    lang: str,
    as_of: datetime | None,
    as_json: bool,
) -> None:
    """Say why SUBJECT is entitled to PROGRAMME, or why not, or what is not known.

    SUBJECT is a subject id or the office's own record id (a bill number, a plate). A national id is never
    taken on the command line. The look-up is written to the audit log, one that finds nobody too.
    """
    from data.store.schema import open_store
    from eligibility.explain import explain as explain_subject
    from eligibility.words import Speaker

    console = Console(as_json=as_json)
    workspace = ctx.workspace()
    packs = packs_of(ctx)
    pack, chosen = packs.find(programme)
    subject_id = look_up(ctx, packs, programme, subject, id_file=id_file, ask_id=ask_id, action="explained")
    found = explain_subject(
        workspace,
        open_store(workspace),
        packs,
        programme=programme,
        subject=subject_id,
        as_of=day_of(ctx, workspace, as_of),
        showing=console.progress,
    )
    registers = {one.register: one.title for one in packs.contracts.values()}
    speaker = Speaker(lang, registers, {one.id: one.title for _, one in packs})
    for one in found:
        console.say("\n".join(speaker.lines(one)) + "\n")
    if not found:
        console.say(f"The register {pack.unit_of(chosen).register} has nothing of this kind for them.")
    console.document([one.as_document() for one in found])
    console.next(f"owed findings export {programme} FILE")


@click.group()
def findings() -> None:
    """Hand the findings to the authority, and say what was known when."""


findings.add_command(history)


findings.add_command(accept)


findings.add_command(prune)


@findings.command()
@click.argument("programme")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--run", "run_id", help="The scan; the newest by default.")
@json_option
@click.pass_obj
def export(ctx: CommandContext, programme: str, file: Path, run_id: str | None, as_json: bool) -> None:
    """Write the findings of PROGRAMME to FILE, a CSV under the authority's own record ids.

    A person, whom no record id but the national one names, is there under our own id, which `owed explain`
    takes. The export is written to the audit log.
    """
    from data.spreadsheets import write_spreadsheet
    from data.store.schema import open_store
    from data.vault import Vault
    from eligibility.export import export_table
    from eligibility.runs import Run

    console = Console(as_json=as_json)
    workspace = ctx.workspace()
    packs = packs_of(ctx)
    store = open_store(workspace)
    run = Run.open(workspace, run_id, engine=store) if run_id else Run.newest(workspace, store)
    with Vault.open(workspace) as vault:
        table = export_table(packs, run, programme, vault)
    audit_entry(ctx, workspace, "findings exported", programme, {"run": run.run_id, "rows": table.height})
    write_spreadsheet(file, table)
    console.say(f"{table.height:,} findings of {programme} are in {file}, for its owner's eyes alone.")
    console.document({"file": str(file), "run": run.run_id, "rows": table.height})
    console.next(f"owed campaign new NAME --programme {programme}")
