"""The portal on a real socket, for a real browser."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import uvicorn
from sqlalchemy import Engine

from portal.app import create_app
from tests.outreach.invited import KEY
from tests.portal.visitor import RENDERER, SETTINGS, MovingClock


@contextmanager
def served(engine: Engine, clock: MovingClock) -> Iterator[str]:
    """The portal's address while the block lasts."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    app = create_app(
        engine=engine,
        renderer=RENDERER,
        invitation_key=KEY,
        clock=clock,
        settings=replace(SETTINGS, portal_url=address),
    )
    server = uvicorn.Server(uvicorn.Config(app, access_log=False, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    try:
        yield address
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listener.close()
