"""The portal on a real socket, for a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from sqlalchemy import Engine

from portal.app import create_app
from portal.server import listen, serving
from tests.outreach.invited import KEY
from tests.portal.visitor import RENDERER, SETTINGS, MovingClock


@contextmanager
def served(engine: Engine, clock: MovingClock) -> Iterator[str]:
    """The portal's address while the block lasts."""
    listener = listen("127.0.0.1", 0)
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    app = create_app(
        engine=engine,
        renderer=RENDERER,
        invitation_key=KEY,
        clock=clock,
        settings=replace(SETTINGS, portal_url=address),
    )
    with listener, serving(app, listener=listener):
        yield address
