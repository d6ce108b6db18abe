"""Commands of a campaign: `owed campaign new|plan|show|approve|pause`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from data.commandline import CommandContext, Console, account, dry_run_option, json_option, yes_option
from outreach.commands.record import record
from outreach.commands.sending import outbox as outbox
from outreach.commands.sending import work as work
from outreach.commands.setup import read_passphrase

if TYPE_CHECKING:
    from outreach.operators import Signer
    from outreach.planning import Made
    from outreach.plans import Plan

plan_option = click.option(
    "--plan", "number", type=click.IntRange(1), help="Which plan. [default: the newest]"
)


@click.group()
def campaign() -> None:
    """Plan, show and approve what is sent."""


@campaign.command("new")
@click.argument("name")
@click.option("--programme", "programmes", multiple=True, required=True, help="What people are told about.")
@json_option
@click.pass_obj
def new_campaign(ctx: CommandContext, name: str, programmes: tuple[str, ...], as_json: bool) -> None:
    """Write campaigns/NAME.toml, commented and with safe defaults. Fill in its legal basis."""
    from eligibility.pack import load_packs
    from outreach.campaigns import check_name, write_new

    console = Console(as_json=as_json)
    check_name(name)
    workspace = ctx.workspace()
    settings = workspace.settings()
    packs = load_packs(settings, ctx.built_in_packs)
    for programme in programmes:
        packs.find(programme)
    path = write_new(
        workspace,
        name,
        programmes=tuple(dict.fromkeys(programmes)),
        channels=tuple(settings.table("channel")) or ("file",),
        today=ctx.today(settings.time_zone),
    )
    console.say(f"Wrote {path}. Read it, and fill in its legal basis.")
    console.document({"campaign": name, "file": str(path)})
    console.next(f"owed campaign plan {name} --as NAME")


@campaign.command("plan")
@click.argument("name")
@click.option("--as", "author", required=True, help="The operator who makes the plan.")
@dry_run_option
@json_option
@click.pass_obj
def make(ctx: CommandContext, name: str, author: str, dry_run: bool, as_json: bool) -> None:
    """Freeze who is told what, how and when, into a plan that another person approves."""
    from data.store.engine import reading, writing
    from data.store.schema import open_store
    from outreach.campaigns import read_campaign
    from outreach.groundwork import planner_of
    from outreach.operators import current_operator
    from outreach.planning import make_plan

    console = Console(as_json=as_json)
    workspace = ctx.workspace()
    wanted, engine = read_campaign(workspace, name), open_store(workspace)
    with reading(engine) as connection:
        current_operator(connection, author)
    with (
        workspace.lock("campaign"),
        planner_of(
            workspace,
            engine,
            wanted,
            author=author,
            account=account(),
            built_in=ctx.built_in_packs,
            environment=ctx.environment,
            clock=ctx.clock,
            showing=console.progress,
        ) as planner,
        console.progress("Planning", planner.found() * 2) as progress,
    ):
        made = make_plan(planner, dry_run=dry_run, progress=progress)
        if made.folder is not None:
            detail = {"plan": made.document["number"], "sha256": made.sha256}
            with writing(engine) as connection:
                record(
                    ctx, workspace, connection, "plan made", made.document["plan_id"], detail, actor=author
                )
    _tell(console, name, made)


def _tell(console: Console, name: str, made: Made) -> None:
    document = made.document
    if made.folder is None:
        console.say("Nothing was written. A plan would now be this:")
    else:
        console.say(f"Plan {document['number']} of {name}, sha256 {made.sha256}")
    _say_numbers(console, document)
    for rate, findings in sorted(made.open_rates.items()):
        console.say(f"{findings:>10,}  findings rest on {rate}, which nobody has confirmed or accepted")
    if made.open_rates:
        file = f"campaigns/{name}.toml"
        console.say(
            f"Who accepts that names each of these under accept_unconfirmed in {file}, and plans again."
        )
    told = {"sha256": made.sha256 or None, "folder": _text(made.folder), "open_rates": dict(made.open_rates)}
    console.document(_numbers(document) | told)
    if made.folder is None:
        console.next(f"owed campaign plan {name} --as NAME")
    else:
        console.say(f"Read {made.folder / 'plan.html'}, and hand it to whoever approves.")
        console.next(f"owed campaign approve {name} --plan {document['number']} --as NAME --key FILE")


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)


def _say_numbers(console: Console, document: dict[str, Any] | Any) -> None:
    from outreach.plans import lines_of
    from templates.figures import sums

    for line, one in lines_of(document):
        amounts = ", ".join(sums(one["amount"], "en"))
        console.say(f"{one['people']:>10,}  {line.replace('_', ' '):<20} {amounts}".rstrip())
        for day, people in sorted(one["opens"].items()):
            console.say(f"{people:>10,}    the claim opens on {day}")
    for one in document["channels"]:
        console.say(
            f"{one['messages']:>10,}  messages through {one['name']}, {one['parts']:,} parts,"
            f" {one['cost']:,} {one['currency']}"
        )


def _numbers(document: dict[str, Any] | Any) -> dict[str, Any]:
    from outreach.plans import lines_of

    return {
        "campaign": document["campaign"],
        "plan": document["number"] or None,
        "lines": dict(lines_of(document)),
        "channels": [
            {key: one[key] for key in ("name", "messages", "parts", "cost", "currency")}
            for one in document["channels"]
        ],
        "programmes": [
            {
                key: one[key]
                for key in ("id", "people", "findings", "amount", "currency", "per", "particulars")
            }
            for one in document["programmes"]
        ],
    }


@campaign.command("show")
@click.argument("name")
@plan_option
@json_option
@click.pass_obj
def show(ctx: CommandContext, name: str, number: int | None, as_json: bool) -> None:
    """A plan's state and numbers, where its messages are, and where its page lies."""
    from data.store.engine import reading
    from data.store.schema import open_store
    from outreach import outbox as messages
    from outreach.campaigns import check_name, plan_folder
    from outreach.plans import find_plan

    console = Console(as_json=as_json)
    workspace = ctx.workspace()
    check_name(name)
    with reading(open_store(workspace)) as connection:
        plan = find_plan(connection, name, number)
        counts = messages.counts(connection, plan_id=plan.plan_id)
    page = plan_folder(workspace, name, plan.number) / "plan.html"
    console.say(f"Plan {plan.number} of {name} is {plan.state.value}; sha256 {plan.sha256}")
    console.say(_approval(plan))
    _say_numbers(console, plan.document)
    for (kind, state), count in sorted(counts.items()):
        console.say(f"{count:>10,}  {kind.replace('_', ' ')}: {state.replace('_', ' ')}")
    console.say(f"Its page: {page}")
    console.document(
        _numbers(plan.document)
        | {
            "state": plan.state.value,
            "sha256": plan.sha256,
            "author": plan.author,
            "approver": plan.approver,
            "proven": plan.proven,
            "page": str(page),
            "messages": [
                {"kind": kind, "state": state, "count": count} for (kind, state), count in counts.items()
            ],
        }
    )
    if plan.state.may_send:
        console.next("owed work --once")
    else:
        console.next(_next(plan))


def _next(plan: Plan) -> str:
    """What a plan that may not send waits for: a signature, or a plan that takes its place."""
    from outreach.plans import PlanState

    if plan.state in {PlanState.WAITING, PlanState.PAUSED}:
        return f"owed campaign approve {plan.campaign} --plan {plan.number} --as NAME --key FILE"
    return f"owed campaign plan {plan.campaign} --as NAME"


def _approval(plan: Plan) -> str:
    if plan.approver is None:
        return f"Made by {plan.author}; nobody has approved it."
    proof = "two accounts" if plan.proven else "UNPROVEN: one account could have made both keys"
    return f"Made by {plan.author}, approved by {plan.approver} ({proof})."


@campaign.command("approve")
@click.argument("name")
@click.option("--plan", "number", type=click.IntRange(1), required=True, help="The plan you have read.")
@click.option("--as", "approver", required=True, help="The operator who approves; not its author.")
@click.option(
    "--key",
    "key_file",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="The approver's key file.",
)
@click.option(
    "--passphrase-file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Read the passphrase from a file instead of asking.",
)
@yes_option
@json_option
@click.pass_obj
def approve_plan(
    ctx: CommandContext,
    name: str,
    number: int,
    approver: str,
    key_file: Path,
    passphrase_file: Path | None,
    yes: bool,
    as_json: bool,
) -> None:
    """Sign exactly this plan, and with it its receipts, renewed links and notices."""
    from data.store.engine import reading
    from data.store.schema import open_store
    from outreach import approval
    from outreach.campaigns import check_name
    from outreach.operators import load_signer
    from outreach.plans import find_plan

    console = Console(as_json=as_json)
    workspace = ctx.workspace()
    check_name(name)
    with reading(open_store(workspace)) as connection:
        plan = find_plan(connection, name, number)
        approval.refuse_early(connection, plan, approver=approver)
    people = plan.document["lines"]["to_tell"]["people"]
    console.say(f"{plan.label}: {people:,} people are told. sha256 {plan.sha256}")
    console.confirm("Sign it, so that it may be sent?", yes=yes)
    signer = load_signer(key_file, read_passphrase(passphrase_file))
    proven = _sign(ctx, plan, approver, signer)
    if not proven:
        console.say(
            "UNPROVEN: one account could have made both keys. Only channels of this machine are open."
        )
    console.document({"campaign": name, "plan": number, "sha256": plan.sha256, "proven": proven})
    console.next("owed work --once")


def _sign(ctx: CommandContext, plan: Plan, approver: str, signer: Signer) -> bool:
    """Sign the plan as the store has it now; one that changed meanwhile is void from here on."""
    from data.store.engine import writing
    from data.store.schema import open_store
    from outreach import approval
    from outreach.plans import find_plan

    workspace = ctx.workspace()
    engine = open_store(workspace)
    try:
        with workspace.lock("campaign"), writing(engine) as connection:
            proven = approval.approve(
                connection,
                workspace,
                find_plan(connection, plan.campaign, plan.number),
                approver=approver,
                signer=signer,
                account=account(),
                built_in=ctx.built_in_packs,
                now=ctx.clock(),
            )
            detail = {"sha256": plan.sha256, "proven": proven}
            record(ctx, workspace, connection, "plan approved", plan.plan_id, detail, actor=approver)
            return proven
    except approval.Void:
        with writing(engine) as connection:
            approval.void(connection, plan)
            record(ctx, workspace, connection, "plan void", plan.plan_id, actor=approver)
        raise


@campaign.command("pause")
@click.argument("name")
@plan_option
@click.option("--as", "operator", required=True, help="The operator who stops it.")
@json_option
@click.pass_obj
def pause_plan(ctx: CommandContext, name: str, number: int | None, operator: str, as_json: bool) -> None:
    """Stop everything under a plan at once. Approving it again lets it go on."""
    from data.errors import Refused
    from data.store.engine import writing
    from data.store.schema import open_store
    from outreach import plans
    from outreach.campaigns import check_name
    from outreach.operators import current_operator

    console = Console(as_json=as_json)
    workspace = ctx.workspace()
    check_name(name)
    with writing(open_store(workspace)) as connection:
        current_operator(connection, operator)
        plan = plans.find_plan(connection, name, number)
        if not plans.pause(connection, plan.plan_id):
            raise Refused(f"{plan.label} is {plan.state.value}: there is nothing to pause.")
        record(ctx, workspace, connection, "plan paused", plan.plan_id, actor=operator)
    console.say(f"{plan.label} is paused. A message whose hand-over had begun may still arrive.")
    console.document({"campaign": name, "plan": plan.number, "state": "paused"})
    console.next(f"owed campaign approve {name} --plan {plan.number} --as NAME --key FILE")
