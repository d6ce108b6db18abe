"""One run of the sender as a process of its own, to be killed at any moment; its clock stands still."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Any

from channels.registry import open_channel
from data.commandline import SilentProgress
from data.store.engine import open_engine, writing
from outreach.handover import recover
from outreach.sender import Tally, send_through
from tests.outreach.post import Clock, Office


def main(folder: Path, now: datetime, settings: dict[str, Any], environment: dict[str, str]) -> None:
    """Recover, then send until nothing is due, as `owed work --once` does under a verified plan."""
    office = Office(open_engine(f"sqlite:///{folder / 'owed.sqlite'}"))
    office.clock = Clock(now)
    channel = open_channel("twilio", settings, environment, outbox=folder)

    async def run() -> None:
        with writing(office.engine) as connection:
            recover(connection, now=office.clock())
        desk = office.desk(folder, lambda _: channel)
        await send_through(desk, office.lane(), channel, Tally(), SilentProgress())
        await channel.close()

    asyncio.run(run())
