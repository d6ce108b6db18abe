"""The commands of history: diff, and findings history."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from data.commandline import CommandContext, Console, json_option
from eligibility.looking_up import id_options, look_up
from eligibility.programme_commands import packs_of

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from eligibility.history import Diff
    from eligibility.programmes import Programme
    from eligibility.recorded import Recorded
    from eligibility.words import Speaker

_DAY = click.DateTime(["%Y-%m-%d"])
Paid = tuple[str, str]  # in which currency, and per what


@click.command()
@click.argument("run", required=False)
@click.option("--anyway", is_flag=True, help="Even when its day lies ahead, or what is known is newer.")
@click.option("--law", type=_DAY, metavar="DATE", help="Only say what the law of this day does …")
@click.option("--against", type=_DAY, metavar="DATE", help="… against that of this one; nothing is written.")
@click.option("--programme", "programmes", multiple=True, metavar="ID", help="With --law: only this one.")
@click.option("--exact", is_flag=True, help="With --law: counts below 5 too, which may point at somebody.")
@json_option
@click.pass_obj
def diff(
    ctx: CommandContext,
    run: str | None,
    *,
    anyway: bool,
    law: datetime | None,
    against: datetime | None,
    programmes: tuple[str, ...],
    exact: bool,
    as_json: bool,
) -> None:
    """Compare RUN (the newest scan) with what is known, and bring the store up to it.

    Refuses a RUN that is older than what is known, by its day or by when it ended, unless told --anyway.
    What a missing or partial register, or one with rows in quarantine, no longer shows is unseen, never
    ended. With --law and --against, judge the registers as they are under the rates of two days instead.
    """
    console = Console(as_json=as_json)
    if law is None and against is None and not programmes and not exact:
        _bring_up(ctx, console, run, anyway=anyway)
    elif law is None or against is None or run is not None or anyway:
        raise click.UsageError("--law and --against go together, without RUN and --anyway.")
    else:
        _say_effect(ctx, console, law.date(), against.date(), programmes=programmes, exact=exact)


def _bring_up(ctx: CommandContext, console: Console, run: str | None, *, anyway: bool) -> None:
    from data.store.schema import open_store
    from eligibility import history
    from eligibility.runs import Run

    workspace = ctx.workspace()
    engine = open_store(workspace)
    chosen = Run.open(workspace, run, engine=engine) if run else Run.newest(workspace, engine)
    changes = history.diff(workspace, engine, chosen, now=ctx.clock(), anyway=anyway)
    paid = {name: (str(entry["currency"]), str(entry["per"])) for name, entry in chosen.programmes.items()}
    bounds = {name: bounds_said(entry) for name, entry in chosen.programmes.items()}
    for line in _lines(changes, paid, bounds):
        console.say(line)
    console.document(changes.as_document())
    console.next("owed campaign new NAME --programme ID")


def _lines(changes: Diff, paid: Mapping[str, Paid], bounds: Mapping[str, str]) -> Iterator[str]:
    from eligibility.verdicts import COUNTED
    from eligibility.words import Speaker

    counts = ", ".join(f"{changes.count(verdict):,} {verdict.value}" for verdict in COUNTED)
    yield f"Scan {changes.run}: {counts}"
    speaker = Speaker("en", {})
    for name, sums in changes.programmes.items():
        its = paid.get(name)  # none: the programme did not run, and nothing of it changed
        said = [
            f"{sums[verdict]['count']:,} {verdict.value}{sums_said(sums[verdict], its, speaker)}"
            for verdict in COUNTED
            if sums[verdict]["count"]
        ]
        yield f"  {name}: {', '.join(said) or 'nothing'}{bounds.get(name, '')}"
    for name, count in changes.nameless.items():
        rows = "1 row" if count == 1 else f"{count:,} rows"
        yield (
            f"  {name}: {rows} in quarantine, waived or not, may be about anybody: nothing that reads it ends"
            " until they are mended (`owed quarantine list`, then `export` and `retry`)"
        )


def bounds_said(entry: Mapping[str, Any]) -> str:
    """What the sums of a programme are if not exact: the diff adds up amounts as they are known."""
    lower, ceilings = entry.get("at_least", 0), entry.get("at_most", False)
    how_many = "some" if lower is None else f"{lower:,}"
    if ceilings:
        return "; the amounts are ceilings" + ("" if lower == 0 else f", {how_many} of them not known")
    if lower == 0:
        return ""
    return f"; {how_many} amount{' is a lower bound' if lower == 1 else 's are lower bounds'}"


def sums_said(sums: Mapping[str, int], paid: Paid | None, speaker: Speaker) -> str:
    if paid is None:
        return ""
    before, after = speaker.money_per(sums["before"], *paid), speaker.money_per(sums["after"], *paid)
    if not sums["before"] or before == after:
        return f" ({after})"
    return f" ({before} before)" if not sums["after"] else f" ({before} → {after})"


def _say_effect(
    ctx: CommandContext,
    console: Console,
    law: date,
    against: date,
    *,
    programmes: tuple[str, ...],
    exact: bool,
) -> None:
    from data.store.schema import open_store
    from eligibility.law_effect import law_effect
    from eligibility.scan_commands import why_not
    from eligibility.words import Speaker

    workspace, packs = ctx.workspace(), packs_of(ctx)
    effect = law_effect(
        workspace,
        open_store(workspace),
        packs,
        law=law,
        against=against,
        as_of=ctx.today(workspace.settings().time_zone),
        programmes=programmes,
        showing=console.progress,
    )
    shown = effect if exact else effect.without_small_counts()
    speaker = Speaker("en", {})
    console.say(f"The law of {law} against that of {against}, on the registers as they are:")
    for name, sums in shown.programmes.items():
        programme = packs.find(name)[1]
        paid = programme.currency, programme.per
        said = [
            f"{kind.value} {_few(one['count'])}{_change(one, paid, speaker)}"
            for kind, one in sums.items()
            if one["count"] != 0
        ]
        bounds = {"at_least": _lower_bounds(sums.values()), "at_most": programme.at_most}
        console.say(f"  {name}: {', '.join(said) or 'nobody'}{bounds_said(bounds)}")
    for name in shown.not_run:
        console.say(f"  {name}: not run, {why_not(shown.lacking.get(name))}")
    console.document(shown.as_document())
    console.next("owed programmes show ID")


def _lower_bounds(sums: Iterable[Mapping[str, int | None]]) -> int | None:
    """How many amounts are lower bounds; None where some are, and how many is withheld."""
    counts = [one["at_least"] for one in sums if one["before"] is not None]
    return None if None in counts else sum(count or 0 for count in counts)


def _few(count: int | None) -> str:
    return "(withheld)" if count is None else f"{count:,}"


def _change(sums: Mapping[str, int | None], paid: Paid, speaker: Speaker) -> str:
    before, after = sums["before"], sums["after"]
    if before is None or after is None or not (before or after):
        return ""
    return f" ({speaker.money_per(before, *paid)} → {speaker.money_per(after, *paid)})"


@click.command()
@click.argument("programme")
@click.argument("subject", required=False)
@id_options
@click.option("--as-known-on", type=_DAY, metavar="DATE", help="Only what was known at the end of that day.")
@json_option
@click.pass_obj
def history(
    ctx: CommandContext,
    programme: str,
    subject: str | None,
    id_file: Path | None,
    ask_id: bool,
    as_known_on: datetime | None,
    as_json: bool,
) -> None:
    """Say what was ever known of what SUBJECT can get from PROGRAMME, and since when.

    SUBJECT is a subject id, an entitlement id or the office's own record id. A national id is never taken on
    the command line. The look-up is written to the audit log.
    """
    from zoneinfo import ZoneInfo

    from data.store.engine import reading
    from data.store.schema import open_store
    from eligibility.recorded import as_known, history_of

    console = Console(as_json=as_json)
    workspace = ctx.workspace()
    packs = packs_of(ctx)
    given = look_up(
        ctx, packs, programme, subject, id_file=id_file, ask_id=ask_id, action="history looked up"
    )
    zone = ZoneInfo(workspace.settings().time_zone)
    with reading(open_store(workspace)) as connection:
        found = history_of(connection, programme, given)
    if as_known_on is not None:
        found = as_known(found, _end_of(as_known_on.date(), zone))
    for one in found:
        console.say(_told(one, packs.find(programme)[1], zone))
    if not found:
        console.say("Nothing was known of them.")
    console.document([one.as_document() for one in found])
    console.next(f"owed explain {programme} SUBJECT")


def _end_of(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), zone) - timedelta(microseconds=1)


def _told(one: Recorded, programme: Programme, zone: ZoneInfo) -> str:
    from eligibility.words import Speaker

    since = one.recorded_at.astimezone(zone)
    paid, claim_rule = (programme.currency, programme.per), programme.claim_rule
    amount = "an unknown amount" if one.amount is None else Speaker("en", {}).money_per(one.amount, *paid)
    bound = "at least " if one.at_least else "at most " if programme.at_most else ""
    until = "without losing a month until" if claim_rule and claim_rule.months_lost else "until"
    days = [f"from {one.claim_from}"] if one.claim_from else []
    days += [f"{until} {one.claim_by}"] if one.claim_by else []
    claim = f", to be claimed {' '.join(days)}" if days else ""
    claim += f", or else {' or '.join(one.instead_of)}" if one.instead_of else ""
    claim += f", after {' and '.join(one.after)}" if one.after else ""
    return (
        f"{since:%Y-%m-%d %H:%M}  {one.entitlement_id}  {one.period or '-'}  revision {one.revision}"
        f"  {one.state}  {bound}{amount}{claim}  (scan {one.run_id})"
    )
