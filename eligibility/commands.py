"""The commands of this room: scan, diff, explain, findings export, programmes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from data.commandline import CommandContext, Console, account, json_option
from eligibility.programme_commands import packs_of, programmes

if TYPE_CHECKING:
    from data.workspace import Workspace
    from eligibility.pack import Packs
    from eligibility.runs import Run

__all__ = ["diff", "explain", "findings", "programmes", "scan"]

_DAY = click.DateTime(["%Y-%m-%d"])
_AS_OF = click.option("--as-of", type=_DAY, metavar="DATE", help="Up to which day facts are known; today.")


def _day(ctx: CommandContext, workspace: Workspace, as_of: datetime | None) -> date:
    return as_of.date() if as_of else ctx.today(workspace.settings().time_zone)


@click.command()
@_AS_OF
@click.option("--programme", "programmes", multiple=True, metavar="ID", help="Only this one; may repeat.")
@json_option
@click.pass_obj
def scan(ctx: CommandContext, as_of: datetime | None, programmes: tuple[str, ...], as_json: bool) -> None:
    """Find who is entitled to what in the registers that have been taken in.

    Writes findings, encrypted, and a manifest of all that decided them. The same registers, rules and day
    give the same run; a scan that was interrupted goes on where it stopped.
    """
    from data.store.schema import open_store
    from eligibility import scan as scanning

    console = Console(as_json=as_json)
    workspace = ctx.workspace()
    packs = packs_of(ctx)
    run = scanning.scan(
        workspace,
        open_store(workspace),
        packs,
        as_of=_day(ctx, workspace, as_of),
        now=ctx.clock(),
        showing=console.progress,
        programmes=programmes,
    )
    console.say(f"Scan {run.run_id}, as of {run.as_of}")
    for programme_id, entry in run.programmes.items():
        counts = f"{entry['entitled']:,} entitled to {_money(entry)}, {entry['unknown']:,} unknown"
        console.say(f"  {programme_id}: {counts}")
    for programme_id in run.manifest["not_run"]:
        console.say(f"  {programme_id}: not run, its register has not been taken in")
    for doubt in _doubts(run.manifest):
        console.say(f"  {doubt}")
    console.document(_document(run))
    console.next("owed diff")


def _document(run: Run) -> dict[str, Any]:
    """What `owed scan --json` says of a run."""
    from eligibility.runs import MANIFEST

    registers = run.manifest["registers"]
    return {
        "run": run.run_id,
        "as_of": run.as_of,
        "manifest": str(run.folder / MANIFEST),
        "programmes": {
            name: {key: entry[key] for key in ("entitled", "unknown", "amount", "currency")}
            for name, entry in run.programmes.items()
        },
        "not_run": run.manifest["not_run"],
        "doubts": run.manifest["doubts"],
        "dismissed": {name: one["dismissed"] for name, one in registers.items() if one["dismissed"]},
    }


def _doubts(manifest: Mapping[str, Any]) -> Iterator[str]:
    """What a scan could not see in each register, and what follows from it."""
    for name, seen in manifest["doubts"].items():
        yield f"{name}: {_rows(seen['rows'])} in quarantine (`owed quarantine list`); {_doubted(seen)}"
        if seen["nameless"]:
            yield (
                f"{name}: in {_rows(seen['nameless'])} of these nobody's id can be read, which casts doubt "
                "on every unit until it is mended and the file taken in again, or, where it is about nobody, "
                "dismissed (`owed quarantine dismiss`)"
            )
    for name, seen in manifest["registers"].items():
        if seen["dismissed"]:
            yield f"{name}: {_rows(seen['dismissed'])} in quarantine dismissed as about nobody"
        if seen["ungrouped"]:
            yield f"{name}: {_rows(seen['ungrouped'])} belong to no household; no finding rests on them"


def _doubted(seen: Mapping[str, Any]) -> str:
    """What the rows of one register that are in quarantine mean for the findings."""
    said = []
    if seen["makes_units"]:
        said.append("nothing is found for what they stand for")
    if seen["units"]:
        said.append(
            f"they may be about {seen['doubted']:,} of {seen['units']:,} units, of which what such a row "
            "could change is unknown, not no"
        )
    return "; ".join(said) or "no programme of this scan reads them"


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"


def _money(entry: dict[str, Any]) -> str:
    from eligibility.words import Speaker

    return Speaker("en", {}).money(entry["amount"], entry["currency"])


@click.command()
@click.argument("run", required=False)
@click.option("--anyway", is_flag=True, help="Even when its day lies ahead or before that of the last diff.")
@json_option
@click.pass_obj
def diff(ctx: CommandContext, run: str | None, *, anyway: bool, as_json: bool) -> None:
    """Compare RUN (the newest scan) with what is known, and bring the store up to it.

    What a missing or partial register, or one with rows in quarantine, no longer shows is unseen, never
    ended.
    """
    from data.store.schema import open_store
    from eligibility import history
    from eligibility.runs import Run

    console = Console(as_json=as_json)
    workspace = ctx.workspace()
    engine = open_store(workspace)
    chosen = Run.open(workspace, run) if run else Run.newest(workspace, engine)
    changes = history.diff(engine, chosen, now=ctx.clock(), anyway=anyway)
    console.say(
        f"Scan {changes.run}: {changes.new:,} new, {changes.changed:,} changed, {changes.ended:,} ended, "
        f"{changes.unchanged:,} unchanged, {changes.unseen:,} unseen"
    )
    if changes.shared:
        console.say(f"  {changes.shared:,} findings share person, period and asset with another; not counted")
    console.document(changes.as_document())
    console.next("owed campaign new NAME --programme ID")


@click.command()
@click.argument("programme")
@click.argument("subject", required=False)
@click.option(
    "--id-file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A file with a national id.",
)
@click.option("--ask-id", is_flag=True, help="Ask for a national id at a hidden prompt.")
@click.option("--lang", type=click.Choice(["ko", "en"]), default="en", help="The language of the words.")
@_AS_OF
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
    from data.errors import BadSettings
    from data.store.schema import open_store
    from eligibility.explain import explain as explain_subject
    from eligibility.words import Speaker

    if sum((subject is not None, id_file is not None, ask_id)) != 1:
        raise click.UsageError("Give one of SUBJECT, --id-file and --ask-id.")
    console = Console(as_json=as_json)
    workspace = ctx.workspace()
    packs = packs_of(ctx)
    given = click.prompt("National id", hide_input=True, err=True) if ask_id else subject
    pack, chosen = packs.find(programme)
    try:
        subject_id = _subject(workspace, packs, programme, given, id_file, secret=subject is None)
    except BadSettings:
        _audit(ctx, workspace, "looked up in vain", chosen.id, {})
        raise
    _audit(ctx, workspace, "explained", chosen.id, {"subject": subject_id})
    found = explain_subject(
        workspace,
        open_store(workspace),
        packs,
        programme=programme,
        subject=subject_id,
        as_of=_day(ctx, workspace, as_of),
        showing=console.progress,
    )
    speaker = Speaker(lang, {one.register: one.title for one in packs.contracts.values()})
    for one in found:
        console.say("\n".join(speaker.lines(one)) + "\n")
    if not found:
        console.say(f"The register {pack.unit_of(chosen).register} has nothing of this kind for them.")
    console.document([one.as_document() for one in found])
    console.next(f"owed findings export {programme} FILE")


def _subject(
    workspace: Workspace,
    packs: Packs,
    programme: str,
    given: str | None,
    id_file: Path | None,
    *,
    secret: bool,
) -> str:
    from data.vault import Vault
    from eligibility.identify import means_of, subject_of, subject_of_national_id

    pack, chosen = packs.find(programme)
    means = means_of(chosen, pack.unit_of(chosen), packs.contracts)
    text = (_only_text(id_file) if id_file else str(given)).strip()
    with Vault.open(workspace) as vault:
        return subject_of_national_id(means, text, vault) if secret else subject_of(means, text, vault)


def _only_text(path: Path) -> str:
    from data.errors import BadSettings

    try:
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        problem = BadSettings("The file with the national id cannot be read as UTF-8.", where=str(path))
    raise problem  # outside, so that no byte of the file hangs on it


def _audit(ctx: CommandContext, workspace: Workspace, action: str, ref: str, detail: dict[str, Any]) -> None:
    """Committed before what it records is done, so that no look-up goes unrecorded."""
    from data import audit
    from data.keys import KeyUse
    from data.store.engine import writing
    from data.store.schema import open_store

    key = workspace.key(KeyUse.AUDIT)
    with writing(open_store(workspace)) as connection:
        audit.append(
            connection,
            key,
            actor=account(),
            action=action,
            ref=ref,
            detail=detail,
            now=ctx.clock(),
        )


@click.group()
def findings() -> None:
    """Hand the findings to the authority."""


@findings.command()
@click.argument("programme")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--run", "run_id", help="The scan; the newest by default.")
@json_option
@click.pass_obj
def export(ctx: CommandContext, programme: str, file: Path, run_id: str | None, as_json: bool) -> None:
    """Write the findings of PROGRAMME to FILE, a CSV under the authority's own record ids."""
    from data.spreadsheets import write_spreadsheet
    from data.store.schema import open_store
    from data.vault import Vault
    from eligibility.export import export_table
    from eligibility.runs import Run

    console = Console(as_json=as_json)
    workspace = ctx.workspace()
    packs = packs_of(ctx)
    run = Run.open(workspace, run_id) if run_id else Run.newest(workspace, open_store(workspace))
    with Vault.open(workspace) as vault:
        table = export_table(packs, run, programme, vault)
    _audit(ctx, workspace, "findings exported", programme, {"run": run.run_id, "rows": table.height})
    write_spreadsheet(file, table)
    console.say(f"{table.height:,} findings of {programme} are in {file}, for its owner's eyes alone.")
    console.document({"file": str(file), "run": run.run_id, "rows": table.height})
    console.next(f"owed campaign new NAME --programme {programme}")
