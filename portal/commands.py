"""Commands that serve the citizens' pages, and the demo that goes through the whole chain."""

from __future__ import annotations

from pathlib import Path

import click

from data.commandline import CommandContext, Console, json_option


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
    from portal.server import serve_forever, workspace_app

    console = Console(as_json=as_json)
    app = workspace_app(ctx)
    console.say(f"The citizens' pages are at http://{host}:{port}/ (end with Ctrl-C).")
    console.document({"host": host, "port": port})
    serve_forever(app, host=host, port=port)
    console.next("owed cases list")


@click.command()
@click.option(
    "--residents", default=20_000, show_default=True, type=click.IntRange(200, 1_000_000), help="How many."
)
@click.option("--serve", "stay", is_flag=True, help="Stay up with a link and a birth date to click by hand.")
@click.option(
    "--port", default=0, type=click.IntRange(0, 65535), help="The pages' port. [default: a free one]"
)
@click.pass_obj
def demo(ctx: CommandContext, residents: int, stay: bool, port: int) -> None:
    """Go through the whole chain on made-up residents, in about a minute; needs no server and no key.

    Works in the folder that -w names, else in owed-demo. It shows each command as an authority would give it
    and where to look afterwards. Nothing leaves this machine.
    """
    from portal.demo import play, stay_up
    from portal.server import listen
    from portal.stage import Demo, prepare

    named = ctx.workspace_path != Path()
    root = (ctx.workspace_path if named else Path("owed-demo")).resolve()
    prepare(root)
    with listen("127.0.0.1", port) as listener:
        show = Demo(
            root=root,
            built_in_packs=ctx.built_in_packs,
            residents=residents,
            listener=listener,
            say=Console().say,
        )
        play(show)
        if stay:
            stay_up(show)
