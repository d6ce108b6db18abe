"""The sender: releases what is approved and hands over what is due, one batch after another.

It opens the store, the packs and the invitations key: never a register, a findings file or the vault.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Engine

from channels.channel import Channel, Envelope, Outcome, OutcomeKind, UnsupportedOption
from data.clock import Clock
from data.commandline import Progress
from data.errors import Refused
from data.store.engine import reading, writing
from data.workspace import Workspace
from outreach import approval
from outreach.campaigns import plan_folder
from outreach.filling import fill_outbox
from outreach.gather import envelope, gather, render
from outreach.handover import GUARD, Claim, Mark, Marked, claim, mark_sending, recover
from outreach.message import MessageState
from outreach.outcomes import settle
from outreach.plans import Plan, PlanState, plans_in
from outreach.terms import Terms, read_terms
from templates.render import Renderer

OpenChannel = Callable[[str], Channel]


@dataclass(frozen=True)
class Desk:
    """What the sender works with. `key` is the invitations key; `clock` is asked at every decision."""

    engine: Engine
    workspace: Workspace
    key: bytes
    built_in: Path
    clock: Clock
    open_channel: OpenChannel


@dataclass(frozen=True)
class Lane:
    """One approved plan, verified when this run began, with the templates it froze."""

    plan: Plan
    terms: Terms
    renderer: Renderer


@dataclass
class Tally:
    """What a run did: messages by the state and reason they ended the run in, and what stood in the way."""

    released: int = 0
    states: Counter[tuple[str, str]] = field(default_factory=Counter)
    in_doubt: int = 0
    refused: list[str] = field(default_factory=list)
    paused: set[str] = field(default_factory=set)

    def count(self, state: MessageState) -> int:
        return sum(number for (name, _), number in self.states.items() if name == state.value)


async def work_once(desk: Desk, progress: Progress) -> Tally:
    """Send until nothing is due now. Interrupted at any point, the next run goes on where it is safe."""
    tally = Tally()
    with writing(desk.engine) as connection:
        found = recover(connection, now=desk.clock())
    tally.in_doubt = found.in_doubt
    if found.expired:
        tally.states[MessageState.EXPIRED.value, "send_before_passed"] += found.expired
    channels: dict[str, Channel] = {}
    try:
        for lane in open_lanes(desk, tally):
            if lane.plan.state is PlanState.APPROVED:
                tally.released += fill_outbox(desk.engine, lane.plan, lane.terms, clock=desk.clock)
            for name in lane.terms.channels:
                await _empty(desk, lane, _opened(desk, channels, name), tally, progress)
    finally:
        for channel in channels.values():
            await channel.close()
    return tally


def open_lanes(desk: Desk, tally: Tally) -> list[Lane]:
    """The plans under which something may leave; what forbids the others is kept in the tally."""
    lanes = []
    with reading(desk.engine) as connection:
        for plan in plans_in(connection, [PlanState.APPROVED, PlanState.RELEASED]):
            try:
                approval.verify(connection, desk.workspace, plan, built_in=desk.built_in)
            except Refused as error:
                tally.refused.append(error.what)
                continue
            folder = plan_folder(desk.workspace, plan.campaign, plan.number) / "templates"
            terms = read_terms(plan.document)
            terms.schedule.is_open(desk.clock())  # loads the holidays now, and not under the store's lock
            lanes.append(Lane(plan, terms, Renderer.frozen(folder)))
    return lanes


def _opened(desk: Desk, channels: dict[str, Channel], name: str) -> Channel:
    if name not in channels:
        channels[name] = desk.open_channel(name)
    return channels[name]


async def _empty(desk: Desk, lane: Lane, channel: Channel, tally: Tally, progress: Progress) -> None:
    """Hand over one plan's due messages through one channel, until there are none."""
    settings = desk.workspace.settings()
    can = channel.capabilities
    if not approval.may_use(lane.plan, settings, local_only=can.local_only):
        tally.refused.append(
            f"{lane.plan.label} is unproven (one account holds both keys): nothing leaves through {can.name}."
        )
        return
    await send_through(desk, lane, channel, tally, progress)


async def send_through(desk: Desk, lane: Lane, channel: Channel, tally: Tally, progress: Progress) -> None:
    """Hand over batch after batch until nothing is due under the plan, or it stands still."""
    can = channel.capabilities
    while True:
        with writing(desk.engine) as connection:
            held = claim(
                connection,
                plan_id=lane.plan.plan_id,
                channel=can.name,
                limit=can.max_batch,
                now=desk.clock(),
            )
        if not held.messages or not await hand_over(desk, lane, channel, held, tally):
            return
        progress.advance(len(held.messages))


async def hand_over(desk: Desk, lane: Lane, channel: Channel, held: Claim, tally: Tally) -> bool:
    """One claimed batch from the look at everything to its outcomes; False when the plan stands still."""
    mark = _mark(desk, lane, channel, held)
    for (state, reason), number in mark.verdicts.items():
        if state is not MessageState.SENDING:
            tally.states[state.value, reason or ""] += number
    prepared = _prepare(desk, lane, channel, mark.leaving)
    outcomes = [*prepared.outcomes, *await _send(desk, channel, prepared.envelopes, mark.leaving)]
    paused = _settle(desk, lane, channel, held, prepared.envelopes, outcomes, tally)
    return not (paused or mark.plan_trouble)


def _mark(desk: Desk, lane: Lane, channel: Channel, held: Claim) -> Mark:
    with writing(desk.engine) as connection:
        return mark_sending(
            connection,
            held,
            plan_id=lane.plan.plan_id,
            sha256=lane.plan.sha256,
            terms=lane.terms,
            channel=channel.capabilities,
            now=desk.clock(),
        )


class Prepared(NamedTuple):
    """A batch rendered. What could not be rendered certainly did not leave: its outcome pauses the plan."""

    envelopes: list[Envelope]
    outcomes: list[Outcome]


def _prepare(desk: Desk, lane: Lane, channel: Channel, leaving: Sequence[Marked]) -> Prepared:
    can = channel.capabilities
    prepared = Prepared([], [])
    with reading(desk.engine) as connection:
        for one in leaving:
            try:
                said = gather(connection, desk.key, one, terms=lane.terms, address=can.address.value)
                rendered = render(lane.renderer, said, address=can.address.value)
                prepared.envelopes.append(envelope(one, said, rendered, can))
            except Exception as error:  # a template or a sealed invitation that nobody foresaw
                prepared.outcomes.append(_mistake(one.message_id, one.attempt, error))
    return prepared


def _mistake(reference: str, attempt: int, error: Exception) -> Outcome:
    """A mistake of ours, by its class alone: the words of an error may hold something of a person."""
    return Outcome(reference, attempt, OutcomeKind.ACCOUNT, code=f"mistake {type(error).__name__}")


async def _send(
    desk: Desk, channel: Channel, envelopes: Sequence[Envelope], leaving: Sequence[Marked]
) -> list[Outcome]:
    if not envelopes:
        return []
    lease_until = min(one.lease_until for one in leaving)
    try:
        return await channel.send(envelopes, lambda _: desk.clock() + GUARD <= lease_until)
    except UnsupportedOption as error:  # raised before a byte of the batch has left
        return [_mistake(one.reference, one.attempt, error) for one in envelopes]


def _settle(
    desk: Desk,
    lane: Lane,
    channel: Channel,
    held: Claim,
    envelopes: Sequence[Envelope],
    outcomes: Sequence[Outcome],
    tally: Tally,
) -> bool:
    if not outcomes:
        return False
    with writing(desk.engine) as connection:
        settled = settle(
            connection,
            held.token,
            outcomes,
            rendered={one.reference: _sha256(one) for one in envelopes},
            channel=channel.capabilities,
            now=desk.clock(),
        )
    for state, number in settled.states.items():
        tally.states[state.value, ""] += number
    if settled.paused:
        tally.paused.add(lane.plan.label)
    return settled.paused


def _sha256(one: Envelope) -> str:
    return hashlib.sha256(one.text.encode()).hexdigest()
