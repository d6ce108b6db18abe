"""Commands of the office: applications out, decisions in, cases, the report."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import Any

import click

from data.commandline import CommandContext, Console, json_option, yes_option
from outreach.commands.decisions import decisions as decisions
from outreach.commands.record import record

# --- applications ---------------------------------------------------------------------------------


@click.group()
def applications() -> None:
    """What citizens confirmed, for the office."""


@applications.command("export")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@yes_option
@json_option
@click.pass_obj
def export_applications(ctx: CommandContext, file: Path, yes: bool, as_json: bool) -> None:
    """Write what is still to be decided to FILE (CSV), under the office's own record ids.

    Of a finding about a person that is the national id: the command asks first, and the audit record has how
    many. Fill in outcome, amount, decided_on, decided_by and reason, and hand the same file back with
    `owed decisions import`.
    """
    from data.keys import KeyUse
    from data.store.engine import reading, writing
    from data.store.schema import open_store
    from outreach.application_files import undecided, write_rows

    console = Console(as_json=as_json)
    workspace = ctx.workspace()
    engine, key = open_store(workspace), workspace.key(KeyUse.INVITATIONS)
    with reading(engine) as connection:  # long work on many applications: citizens go on applying meanwhile
        found = list(undecided(connection, key, time_zone=workspace.settings().time_zone))
    counts = {"rows": len(found), "national_ids": sum(one.national_id for one in found)}
    if counts["national_ids"]:
        console.confirm(f"Write a file with {counts['national_ids']:,} national ids in it?", yes=yes)
    with writing(engine) as connection:
        record(ctx, workspace, connection, "applications exported", file.name, counts)
    write_rows(file, [one.row for one in found])
    said = (
        f"{counts['national_ids']:,} of them with a national id"
        if counts["national_ids"]
        else "no national id"
    )
    console.say(f"{len(found):,} applied-for findings are in {file}, {said}, for its owner's eyes alone.")
    console.document({"file": str(file), **counts})
    console.next(f"owed decisions import {quote(str(file))} --as NAME   (once the office has filled it in)")


# --- cases ------------------------------------------------------------------------------------------


@click.group()
def cases() -> None:
    """What a person at the office must do."""


@cases.command("list")
@click.option("--all", "closed_too", is_flag=True, help="The closed ones too.")
@json_option
@click.pass_obj
def list_cases_(ctx: CommandContext, closed_too: bool, as_json: bool) -> None:
    """The open cases, the oldest first; what people wrote is shown by `owed cases show`."""
    from data.store.engine import reading
    from data.store.schema import open_store
    from outreach.cases import list_cases

    console = Console(as_json=as_json)
    with reading(open_store(ctx.workspace())) as connection:
        found = list_cases(connection, closed_too=closed_too)
    for one in found:
        state = "closed" if one.closed_at else "open"
        console.say(f"{one.case_id}  {one.kind.value:<15} {one.opened_at:%Y-%m-%d %H:%M}  {state}")
    console.say(f"{len(found):,} cases.")
    console.document([_case(one) for one in found])
    console.next("owed cases show CASE" if found else "owed applications export FILE")


@cases.command("show")
@click.argument("case")
@json_option
@click.pass_obj
def show_case(ctx: CommandContext, case: str, as_json: bool) -> None:
    """One case with what the person wrote. Who looks is written down first."""
    from data.keys import KeyUse
    from data.store.engine import writing
    from data.store.schema import open_store
    from outreach.cases import read_case

    console = Console(as_json=as_json)
    workspace = ctx.workspace()
    with writing(open_store(workspace)) as connection:
        found, text = read_case(connection, workspace.key(KeyUse.INVITATIONS), case)
        record(ctx, workspace, connection, "case shown", case, {"kind": found.kind.value})
    console.say(f"{found.case_id}  {found.kind.value}, opened {found.opened_at:%Y-%m-%d %H:%M} UTC")
    if found.reference:
        console.say(f"application {found.reference}")
    console.say(text or "The person wrote nothing.")
    console.document(_case(found) | {"text": text})
    console.next(f"owed cases close {case}")


@cases.command("close")
@click.argument("case")
@json_option
@click.pass_obj
def close_case_(ctx: CommandContext, case: str, as_json: bool) -> None:
    """Close a case that is done."""
    from data.store.engine import writing
    from data.store.schema import open_store
    from outreach.cases import close_case

    console = Console(as_json=as_json)
    workspace = ctx.workspace()
    with writing(open_store(workspace)) as connection:
        close_case(connection, case, now=ctx.clock())
        record(ctx, workspace, connection, "case closed", case)
    console.say(f"Case {case} is closed.")
    console.document({"case": case, "closed": True})
    console.next("owed cases list")


def _case(one: Any) -> dict[str, Any]:
    return {
        "case": one.case_id,
        "kind": one.kind.value,
        "reference": one.reference,
        "message": one.message_id,
        "has_text": one.has_text,
        "opened_at": one.opened_at.isoformat(),
        "closed_at": one.closed_at.isoformat() if one.closed_at else None,
    }


# --- the report -------------------------------------------------------------------------------------


@click.command()
@click.argument("name", metavar="CAMPAIGN")
@click.option(
    "--plan", "number", type=click.IntRange(1), help="Which plan of the campaign; the newest by default."
)
@click.option("--lang", help="The page's language; the authority's first by default.")
@json_option
@click.pass_obj
def report(ctx: CommandContext, name: str, number: int | None, lang: str | None, as_json: bool) -> None:
    """Write one page that says what came of a campaign: everybody found, in exactly one line each."""
    from data.files import write_text
    from data.store.engine import reading
    from data.store.schema import open_store
    from outreach.campaigns import plan_folder
    from outreach.plans import find_plan
    from outreach.report import report_view
    from templates.render import Renderer

    console = Console(as_json=as_json)
    workspace = ctx.workspace()
    lang = lang or workspace.settings().languages[0]
    with reading(open_store(workspace)) as connection:
        plan = find_plan(connection, name, number)
        view = report_view(connection, plan, lang=lang, now=ctx.clock())
    page = plan_folder(workspace, name, plan.number) / f"report.{lang}.html"
    write_text(page, Renderer(search=[workspace.root / "templates"]).page("report", view, lang))
    for step in view.steps:
        console.say(f"{step.people:>8,}  {step.name}")
    console.say(f"Of {view.found:,} found. The page: {page}")
    console.document(
        {
            "page": str(page),
            "found": view.found,
            "lines": {one.name: one.people for one in view.lines},
            "steps": {one.name: {"people": one.people, "amount": one.amount} for one in view.steps},
        }
    )
    console.next("owed cases list")
