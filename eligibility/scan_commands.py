"""The commands that scan, and that stand by a scan which is held."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import click

from data.commandline import CommandContext, Console, account, json_option
from eligibility.programme_commands import packs_of

if TYPE_CHECKING:
    from data.workspace import Workspace
    from eligibility.holds import Jump
    from eligibility.runs import Run
    from eligibility.workers import Runner

_DAY = click.DateTime(["%Y-%m-%d"])
AS_OF = click.option("--as-of", type=_DAY, metavar="DATE", help="Up to which day facts are known; today.")


def day_of(ctx: CommandContext, workspace: Workspace, as_of: datetime | None) -> date:
    return as_of.date() if as_of else ctx.today(workspace.settings().time_zone)


@click.command()
@AS_OF
@click.option("--programme", "programmes", multiple=True, metavar="ID", help="Only this one; may repeat.")
@click.option(
    "--workers", type=click.IntRange(1, 256), default=1, show_default=True, help="Processes side by side."
)
@click.option(
    "--engine",
    type=click.Choice(["local", "spark"]),
    default="local",
    show_default=True,
    help="Who runs the buckets.",
)
@json_option
@click.pass_obj
def scan(
    ctx: CommandContext,
    as_of: datetime | None,
    programmes: tuple[str, ...],
    *,
    workers: int,
    engine: str,
    as_json: bool,
) -> None:
    """Find who is entitled to what in the registers that have been taken in.

    Writes findings, encrypted, and a manifest of all that decided them. The same registers, rules and day
    give the same run, whoever runs it; a scan that was interrupted goes on where it stopped, and what
    nothing changed since an earlier scan is taken from it. Code 4: the scan is whole, but held, because it
    finds much more or much less than the last one that was compared.
    """
    from data.store.engine import reading
    from data.store.schema import open_store
    from eligibility import scan as scanning
    from eligibility.holds import held, refuse_held

    console = Console(as_json=as_json)
    workspace = ctx.workspace()
    store, begun = open_store(workspace), ctx.clock()
    run = scanning.scan(
        workspace,
        store,
        packs_of(ctx),
        as_of=day_of(ctx, workspace, as_of),
        now=begun,
        showing=console.progress,
        programmes=programmes,
        runner=_runner(ctx, workspace, workers, engine),
    )
    with reading(store) as connection:
        waiting = held(workspace, connection, run)
        _tell(console, run, (ctx.clock() - begun).total_seconds())
        console.document(_document(run, waiting))
        refuse_held(workspace, connection, run)
    ahead = run.as_of > ctx.today(workspace.settings().time_zone)
    console.next("owed findings export PROGRAMME FILE" if ahead else "owed diff")


def _runner(ctx: CommandContext, workspace: Workspace, workers: int, engine: str) -> Runner:
    from eligibility.workers import Processes

    if engine == "local":
        return Processes(workers)
    from eligibility.spark import OnSpark

    return OnSpark(workers, ctx.environment, workspace.settings().table("spark"))


def _tell(console: Console, run: Run, seconds: float) -> None:
    from eligibility.totals import to_how_much

    console.say(f"Scan {run.run_id}, as of {run.as_of}")
    if run.done is not None:
        console.say(f"  {_pace(run.done.rows, seconds)}; {_kept(run.done.skipped, run.manifest['buckets'])}")
    for programme_id, entry in run.programmes.items():
        counts = f"{entry['entitled']:,} entitled {to_how_much(entry)}, {entry['unknown']:,} unknown"
        console.say(f"  {programme_id}: {counts}")
    for programme_id in run.manifest["not_run"]:
        console.say(f"  {programme_id}: not run, {why_not(run.manifest['lacking'].get(programme_id))}")
    for name, contract in run.manifest["left_out"].items():
        console.say(f"  {name}: left out, for {contract} is in no pack here, or names no group")
    for doubt in _doubts(run.manifest):
        console.say(f"  {doubt}")


def why_not(lacking: Mapping[str, Sequence[str]] | None) -> str:
    """Why a programme did not run; `lacking` as the manifest has it, by register."""
    if not lacking:
        return "its register has not been taken in"
    told = (f"{register} was taken in without {', '.join(names)}" for register, names in lacking.items())
    return "; ".join(told) + ", and a blank there has a meaning"


def _pace(rows: int, seconds: float) -> str:
    pace = f" in {seconds:.1f} s, {rows / seconds:,.0f} a second" if seconds > 0 else ""
    return f"{_rows(rows)} looked at{pace}"


def _kept(skipped: int, buckets: int) -> str:
    return f"{skipped:,} of {buckets:,} buckets were done before"


def _document(run: Run, waiting: Sequence[Jump]) -> dict[str, Any]:
    """What `owed scan --json` says of a run."""
    from eligibility.runs import MANIFEST
    from eligibility.totals import COUNTED

    registers = run.manifest["registers"]
    return {
        "run": run.run_id,
        "as_of": run.as_of,
        "manifest": str(run.folder / MANIFEST),
        "programmes": {name: {key: entry[key] for key in COUNTED} for name, entry in run.programmes.items()},
        "not_run": run.manifest["not_run"],
        "lacking": run.manifest["lacking"],
        "left_out": run.manifest["left_out"],
        "doubts": run.manifest["doubts"],
        "waived": {name: one["waived"] for name, one in registers.items() if one["waived"]},
        "buckets": {"all": run.manifest["buckets"], "skipped": run.done.skipped if run.done else None},
        "held": [asdict(one) for one in waiting],
    }


def _doubts(manifest: Mapping[str, Any]) -> Iterator[str]:
    """What a scan could not see in each register, and what follows from it."""
    for name, seen in manifest["doubts"].items():
        if seen["rows"]:
            yield f"{name}: {_rows(seen['rows'])} in quarantine (`owed quarantine list`); {_doubted(seen)}"
        if seen["astray"]:
            yield (
                f"{name}: {_rows(seen['astray'])} about people of whom it is not known with whom they live, "
                f"since the rows that say so are in quarantine or waived; {_doubted(seen)}"
            )
        if seen["nameless"]:
            yield (
                f"{name}: in {_rows(seen['nameless'])} of these the id or the household number that says "
                "whom they are about cannot be read, which casts doubt on every unit until it is mended, or "
                "waived by somebody who answers for it "
                "(`owed quarantine waive`)"
            )
    for name, seen in manifest["registers"].items():
        for one in seen["accepted_exceptions"]:
            yield f"{name}: passed the gate {one['gate']} on the word of {one['operator']}: {one['reason']}"
        if seen["waived"]:
            yield f"{name}: {_rows(seen['waived'])} in quarantine waived; whom they were about stays unseen"
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


@click.command()
@click.argument("run")
@click.option("--programme", required=True, metavar="ID", help="The programme whose findings moved.")
@click.option("--as", "operator", required=True, metavar="NAME", help="The operator who stands by it.")
@click.option("--reason", required=True, help="Why it is right; plan and report show it. Name nobody.")
@json_option
@click.pass_obj
def accept(
    ctx: CommandContext, run: str, *, programme: str, operator: str, reason: str, as_json: bool
) -> None:
    """Stand by the scan RUN, which finds much more or much less of a programme than the last one compared.

    Until somebody does, `owed diff` and `owed campaign plan` refuse it. The name and the reason stay in the
    record and are shown to whoever approves a plan.
    """
    from data.store.engine import writing
    from data.store.schema import open_store
    from eligibility import holds
    from eligibility.runs import Run

    console = Console(as_json=as_json)
    workspace = ctx.workspace()
    store = open_store(workspace)
    chosen = Run.open(workspace, run, engine=store)
    with writing(store) as connection:
        jump = holds.accept(
            workspace,
            connection,
            chosen,
            programme=programme,
            operator=operator,
            account=account(),
            reason=reason,
            now=ctx.clock(),
        )
        left = holds.held(workspace, connection, chosen)
    console.say(f"{operator} stands by it: {holds.told(chosen, jump)}.")
    for one in left:
        console.say(f"  still held: {holds.told(chosen, one)}")
    console.document({**asdict(jump), "run": run, "accepted_by": operator, "still_held": len(left)})
    console.next(f"owed diff {run}")
