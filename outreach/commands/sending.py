"""Commands of the outbox: `owed work` and `owed outbox list|show|settle`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from data.commandline import CommandContext, Console, dry_run_option, json_option, yes_option
from outreach.commands.record import record

if TYPE_CHECKING:
    from datetime import datetime

    from outreach.due import Due, Waiting
    from outreach.sender import Desk, Tally


@click.command()
@click.option("--once", is_flag=True, required=True, help="Send what is due now, then end.")
@dry_run_option
@json_option
@click.pass_obj
def work(ctx: CommandContext, once: bool, dry_run: bool, as_json: bool) -> None:
    """Send what is due under approved plans, and end when nothing is due any more.

    Interrupted or killed, run it again: what was not handed over goes on, and what may have left is
    marked uncertain and never sent twice by itself.
    """
    import asyncio

    from outreach.due import due_messages, waiting_messages
    from outreach.sender import Tally, work_once

    del once
    console = Console(as_json=as_json)
    desk = _desk(ctx)
    due = due_messages(desk, Tally())
    zone = desk.workspace.settings().time_zone
    if dry_run:
        _tell_due(console, due, waiting_messages(desk.engine, now=ctx.clock()), zone=zone)
        return
    total = sum(one.messages for one in due if one.first <= ctx.clock())
    with console.progress("Sending", total) as progress:
        tally = asyncio.run(work_once(desk, progress))
    _tell_tally(console, tally, waiting_messages(desk.engine, now=ctx.clock()), zone=zone)
    _refuse(tally)


def _desk(ctx: CommandContext) -> Desk:
    from data.keys import KeyUse
    from data.store.schema import open_store
    from outreach.exits import open_exit
    from outreach.sender import Desk

    workspace = ctx.workspace()
    return Desk(
        engine=open_store(workspace),
        workspace=workspace,
        key=workspace.key(KeyUse.INVITATIONS),
        built_in=ctx.built_in_packs,
        clock=ctx.clock,
        open_channel=lambda name: open_exit(workspace, name, environment=ctx.environment, clock=ctx.clock),
    )


def _tell_due(console: Console, due: list[Due], waiting: Waiting | None, *, zone: str) -> None:
    for one in due:
        kind = one.kind.replace("_", " ")
        console.say(
            f"{one.messages:>10,}  {kind} through {one.channel}, {one.plan}, from {_hour(one.first, zone)}"
        )
    _say_waiting(console, waiting, zone)
    console.say("Nothing was sent." if due else "Nothing is due now.")
    console.document({"due": [one._asdict() for one in due], "waiting": _waiting(waiting)})
    console.next("owed work --once")


def _tell_tally(console: Console, tally: Tally, waiting: Waiting | None, *, zone: str) -> None:
    for (state, reason), count in sorted(tally.states.items()):
        why = f": {reason.replace('_', ' ')}" if reason else ""
        console.say(f"{count:>10,}  {state.replace('_', ' ')}{why}")
    if not tally.states:
        console.say("Nothing was due.")
    _say_waiting(console, waiting, zone)
    if tally.in_doubt:
        console.say(f"{tally.in_doubt:>10,}  in doubt since an earlier run that did not end")
    states: dict[str, int] = {}
    for (state, _), count in sorted(tally.states.items()):
        states[state] = states.get(state, 0) + count
    console.document(
        {
            "released": tally.released,
            "states": states,
            "reasons": [
                {"state": state, "reason": reason, "count": count}
                for (state, reason), count in sorted(tally.states.items())
                if reason
            ],
            "in_doubt": tally.in_doubt,
            "refused": tally.refused,
            "paused": sorted(tally.paused),
            "waiting": _waiting(waiting),
        }
    )
    if tally.in_doubt or states.get("uncertain"):
        console.next("owed outbox list --state uncertain")
    elif waiting:
        console.next("owed work --once   (then)")
    else:
        console.next("owed report CAMPAIGN")


def _say_waiting(console: Console, waiting: Waiting | None, zone: str) -> None:
    if waiting:
        console.say(f"{waiting.messages:>10,}  wait; the first may leave on {_hour(waiting.first, zone)}")


def _waiting(waiting: Waiting | None) -> dict[str, Any] | None:
    return {"messages": waiting.messages, "first": waiting.first.isoformat()} if waiting else None


def _hour(moment: datetime, zone: str) -> str:
    from zoneinfo import ZoneInfo

    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d at %H:%M} ({zone})"


def _refuse(tally: Tally) -> None:
    """What forbade a plan ends the command with 4; a plan that stopped on its way with 3."""
    from data.errors import PartlyDone, Refused

    if tally.refused:
        raise Refused(
            "Nothing was sent under some plans: " + " ".join(tally.refused),
            mend="`owed campaign show NAME` says more; a plan that changed must be planned and approved anew",
        )
    if tally.paused:
        raise PartlyDone(
            f"Sending stopped and is paused: {', '.join(sorted(tally.paused))}.",
            where="the provider refused the account or sender, or a message could not be made",
            mend="`owed outbox list --state planned` shows the code; then approve the plan again",
        )


# --- outbox -----------------------------------------------------------------------------------------


@click.group()
def outbox() -> None:
    """Messages and the states they are in."""


@outbox.command("list")
@click.option("--state", help="Only messages in this state, such as uncertain.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1), help="At most so many.")
@json_option
@click.pass_obj
def list_messages(ctx: CommandContext, state: str | None, limit: int, as_json: bool) -> None:
    """How many messages are in which state, and with --state which."""
    from data.errors import BadSettings
    from data.store.engine import reading
    from data.store.schema import open_store
    from outreach import outbox as messages
    from outreach.message import MessageState

    console = Console(as_json=as_json)
    if state is not None and state not in list(MessageState):
        raise BadSettings(f"There is no state {state}.", mend=f"choose from {', '.join(MessageState)}")
    with reading(open_store(ctx.workspace())) as connection:
        counts = messages.counts(connection)
        rows = [] if state is None else messages.in_state(connection, MessageState(state), limit=limit)
    for (kind, each), count in sorted(counts.items()):
        console.say(f"{count:>10,}  {kind.replace('_', ' ')}: {each.replace('_', ' ')}")
    for row in rows:
        console.say(
            f"{row.message_id}  {row.kind}  {row.channel}  {row.reason or ''} {row.provider_code or ''}"
        )
    console.document(
        {
            "counts": [
                {"kind": kind, "state": each, "count": n} for (kind, each), n in sorted(counts.items())
            ],
            "messages": [_message(row) for row in rows],
        }
    )
    console.next("owed outbox show MESSAGE" if rows else "owed outbox list --state STATE")


def _message(row: Any) -> dict[str, Any]:
    """A message without anything about its person: references, states, codes."""
    names = ("message_id", "kind", "channel", "state", "reason", "provider_id", "provider_code", "attempts")
    return {name: row._mapping[name] for name in names}


@outbox.command("show")
@click.argument("message_id", metavar="MESSAGE")
@json_option
@click.pass_obj
def show_message(ctx: CommandContext, message_id: str, as_json: bool) -> None:
    """One message: each try, and what the provider said of it."""
    from data.clock import moment
    from data.store.engine import reading
    from data.store.schema import open_store
    from outreach import outbox as messages

    console = Console(as_json=as_json)
    with reading(open_store(ctx.workspace())) as connection:
        row = messages.find(connection, message_id)
        tries = messages.attempts_of(connection, message_id)
        receipts = messages.receipts_of(connection, message_id)
    console.say(f"{row.kind} through {row.channel}: {row.state} {row.reason or ''}".rstrip())
    for one in tries:
        said = f"{one.outcome or 'no outcome known'} {one.provider_code or ''}".rstrip()
        console.say(f"  try {one.number} at {moment(one.started_at):%Y-%m-%d %H:%M:%S} UTC: {said}")
    for one in receipts:
        console.say(
            f"  {moment(one.received_at):%Y-%m-%d %H:%M:%S} UTC: {one.kind} {one.provider_code or ''}"
        )
    console.document(
        _message(row)
        | {
            "tries": [
                {
                    "number": one.number,
                    "started_at": moment(one.started_at).isoformat(),
                    "outcome": one.outcome,
                    "code": one.provider_code,
                }
                for one in tries
            ],
            "receipts": [
                {"kind": one.kind, "code": one.provider_code, "at": moment(one.received_at).isoformat()}
                for one in receipts
            ],
        }
    )
    console.next(
        "owed outbox settle MESSAGE --sent|--not-sent" if row.state == "uncertain" else "owed report CAMPAIGN"
    )


@outbox.command("settle")
@click.argument("message_id", metavar="MESSAGE")
@click.option("--sent/--not-sent", "sent", required=True, default=None, help="What you found out about it.")
@click.option("--as", "operator", required=True, help="The operator who found out.")
@yes_option
@json_option
@click.pass_obj
def settle_message(
    ctx: CommandContext, message_id: str, sent: bool, operator: str, yes: bool, as_json: bool
) -> None:
    """Say what became of a message in doubt. With --not-sent it is sent again: be sure."""
    from data.store.engine import writing
    from data.store.schema import open_store
    from outreach import outbox as messages
    from outreach.operators import current_operator

    console = Console(as_json=as_json)
    if not sent:
        console.confirm("If it did arrive after all, the person gets it twice. Send it again?", yes=yes)
    workspace = ctx.workspace()
    with writing(open_store(workspace)) as connection:
        current_operator(connection, operator)
        state = messages.settle_by_hand(connection, message_id, sent=sent, now=ctx.clock())
        record(ctx, workspace, connection, "message settled", message_id, {"sent": sent}, actor=operator)
    console.say(f"The message is {state.value}.")
    console.document({"message_id": message_id, "state": state.value})
    console.next("owed work --once" if not sent else "owed outbox list --state uncertain")
