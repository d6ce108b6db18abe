"""Two senders over a provider with faults, killed again and again: nothing is sent twice, nothing is lost."""

from __future__ import annotations

import multiprocessing
import random
import time
from collections import Counter
from collections.abc import Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
from sqlalchemy import select

from data.store.engine import reading
from data.store.tables import message
from outreach.message import MessageState
from tests.channels.provider import FakeTwilio, Fault
from tests.outreach import killed
from tests.outreach.post import Office

# Processes of their own that have nothing of this one, each forked from a server that has the imports done.
FRESH = multiprocessing.get_context("forkserver")
FRESH.set_forkserver_preload(["tests.outreach.killed"])
MESSAGES = 120
KILLS = 4
FAULTS = [
    Fault.ACCEPT_AND_SAY_NOTHING,
    Fault.ACCEPT_AND_DROP,
    Fault.ACCEPT_AND_SAY_500,
    Fault.DROP,
    Fault.twilio(429, 20429),
    Fault.twilio(400, 21211),
]


def start(office: Office, folder: Path, provider: FakeTwilio) -> BaseProcess:
    sender = FRESH.Process(
        target=killed.main,
        args=(folder, office.clock(), provider.settings(timeout=0.5), provider.environment),
    )
    sender.start()
    return sender


def kill_after(senders: Sequence[BaseProcess], provider: FakeTwilio, calls: int) -> None:
    """SIGKILL both once the provider has had so many more calls, whatever they are doing then."""
    enough = len(provider.calls) + calls
    while len(provider.calls) < enough and any(one.is_alive() for one in senders):
        time.sleep(0.002)
    for one in senders:
        one.kill()
        one.join()


def states(office: Office) -> dict[str, MessageState]:
    with reading(office.engine) as connection:
        rows = connection.execute(select(message.c.message_id, message.c.state)).all()
    return {row.message_id: MessageState(row.state) for row in rows}


@pytest.mark.parametrize("seed", [1])
def test_two_senders_killed_at_any_moment_send_nothing_twice_and_lose_nothing(
    tmp_path: Path, seed: int
) -> None:
    chance, office = random.Random(seed), Office.open(tmp_path)
    posted = {office.post(channel="twilio").message_id for _ in range(MESSAGES)}
    with FakeTwilio() as provider:
        provider.faults.extend(chance.choice([*FAULTS, *[None] * 34]) for _ in range(10 * MESSAGES))
        for _ in range(KILLS):
            pair = [start(office, tmp_path, provider) for _ in range(2)]
            kill_after(pair, provider, chance.randint(1, MESSAGES // KILLS))
            office.clock.forward(minutes=6)
        provider.faults.clear()
        for _ in range(3):  # leases end, waits end, and what is in doubt stays there
            pair = [start(office, tmp_path, provider) for _ in range(2)]
            for one in pair:
                one.join()
            assert [0, 0] == [one.exitcode for one in pair]
            office.clock.forward(minutes=20)
        taken, ended = Counter(one.reference for one in provider.accepted), states(office)
    doubt = {MessageState.UNCERTAIN, MessageState.NEEDS_DECISION}
    known = {one for one, state in ended.items() if state is MessageState.ACCEPTED}
    assert posted == ended.keys()
    assert {1} == set(taken.values())
    assert set() == known - taken.keys()
    assert set() == {one for one in taken if one not in known and ended[one] not in doubt}
    assert set() == set(ended.values()) - doubt - {MessageState.ACCEPTED, MessageState.FAILED}
