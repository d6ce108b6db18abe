"""Commands that serve the citizens' pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from data.commandline import CommandContext, Console, json_option

if TYPE_CHECKING:
    from starlette.types import ASGIApp


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8080, show_default=True, type=click.IntRange(0, 65535), help="Its port.")
@json_option
@click.pass_obj
def serve(ctx: CommandContext, host: str, port: int, as_json: bool) -> None:
    """Serve the citizens' pages, until interrupted.

    Opens the store, the templates and the invitations key, and nothing else of the workspace. Put a server
    that speaks https in front of it wherever a citizen may reach it.
    """
    import uvicorn

    console = Console(as_json=as_json)
    app = workspace_app(ctx)
    console.say(f"The citizens' pages are at http://{host}:{port}/ (end with Ctrl-C).")
    console.document({"host": host, "port": port})
    # The access log prints addresses, and an address may hold a link: it stays off.
    uvicorn.run(app, host=host, port=port, access_log=False, server_header=False, log_level="warning")
    console.next("owed cases list")


def workspace_app(ctx: CommandContext) -> ASGIApp:
    """The portal of a workspace, on the command's clock."""
    from channels.channel import InvalidSettings
    from channels.registry import open_channel
    from data.errors import BadSettings
    from data.keys import KeyUse
    from data.store.schema import open_store
    from portal.app import create_app
    from templates.render import Renderer

    workspace = ctx.workspace()
    settings = workspace.settings()
    words = {one.name: one.resolve(ctx.built_in_packs) / "messages" for one in settings.packs}
    try:
        channels = {
            name: open_channel(name, table, ctx.environment, outbox=workspace.outbox)
            for name, table in settings.table("channel").items()
        }
    except InvalidSettings as error:
        raise BadSettings(str(error), where=str(workspace.settings_file)) from error
    return create_app(
        engine=open_store(workspace),
        renderer=Renderer(search=[workspace.root / "templates"], packs=words),
        invitation_key=workspace.key(KeyUse.INVITATIONS),
        clock=ctx.clock,
        settings=settings,
        channels=channels,
    )
