"""A workspace's citizens' pages on a real server: for good, or for as long as a block of code lasts."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import uvicorn

from data.commandline import CommandContext
from data.errors import Failed
from data.keys import KeyUse
from data.store.schema import open_store
from outreach.exits import open_exit
from portal.app import create_app
from templates.render import Renderer

if TYPE_CHECKING:
    from starlette.types import ASGIApp

START_SECONDS = 30.0


def workspace_app(ctx: CommandContext) -> ASGIApp:
    """The portal of a workspace, on the command's clock."""
    workspace = ctx.workspace()
    settings = workspace.settings()
    words = {one.name: one.resolve(ctx.built_in_packs) / "messages" for one in settings.packs}
    channels = {
        name: open_exit(workspace, name, environment=ctx.environment, clock=ctx.clock)
        for name in settings.table("channel")
    }
    return create_app(
        engine=open_store(workspace),
        renderer=Renderer(search=[workspace.root / "templates"], packs=words),
        invitation_key=workspace.key(KeyUse.INVITATIONS),
        clock=ctx.clock,
        settings=settings,
        channels=channels,
    )


def serve_forever(app: ASGIApp, *, host: str, port: int) -> None:
    """Serve until interrupted. The access log stays off: it prints addresses, and one may hold a link."""
    uvicorn.run(app, host=host, port=port, access_log=False, server_header=False, log_level="warning")


@contextmanager
def serving(app: ASGIApp, *, listener: socket.socket) -> Iterator[None]:
    """Serve on a socket that is bound already, in a thread of its own, until the block ends."""
    config = uvicorn.Config(app, access_log=False, server_header=False, log_level="warning")
    server = _Announced(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    if not server.up.wait(START_SECONDS):
        raise Failed("The citizens' pages did not start.", mend="look for another program on the same port")
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()


def listen(host: str, port: int) -> socket.socket:
    """A socket bound to the address; port 0 takes a free one. Raises Failed when it is taken."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise Failed(
            f"The port {port} cannot be had: {error.strerror}.", mend="name another with --port"
        ) from error
    return listener


class _Announced(uvicorn.Server):
    """A server that says when it answers."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self.up.set()
