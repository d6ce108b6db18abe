"""Commands that make a workspace ready: `owed init` and `owed keys`."""

from __future__ import annotations

from pathlib import Path

import click

from data.commandline import CommandContext, Console, account, json_option, yes_option
from data.errors import BadSettings
from outreach.commands.record import record
from outreach.commands.rotating import rotate_key


@click.command()
@click.option("--authority-ko", default="가온시", show_default=True, help="The authority's name in Korean.")
@click.option(
    "--authority-en", default="Gaon City", show_default=True, help="The authority's name in English."
)
@click.option("--phone", default="02-0000-0120", show_default=True, help="Where people may call.")
@click.option("--portal-url", default="http://127.0.0.1:8080", show_default=True, help="The pages' address.")
@click.option(
    "--pack", "packs", multiple=True, default=("kr", "us"), show_default=True, help="A pack to use."
)
@click.option(
    "--buckets",
    type=click.IntRange(1, 4096),
    help="Parts of a scan. [default: by the size of the registers]",
)
@json_option
@click.pass_obj
def init(
    ctx: CommandContext,
    authority_ko: str,
    authority_en: str,
    phone: str,
    portal_url: str,
    packs: tuple[str, ...],
    buckets: int | None,
    as_json: bool,
) -> None:
    """Make a workspace in the directory that -w names.

    Run in a workspace that is there already it changes no setting and no key, and brings the store up to
    the tables of this version.
    """
    from data.setup import Authority, make_workspace

    console = Console(as_json=as_json)
    existed = (ctx.workspace_path / "owed.toml").exists()
    workspace = make_workspace(
        ctx.workspace_path,
        Authority(name_ko=authority_ko, name_en=authority_en, phone=phone, portal_url=portal_url),
        packs=packs,
        built_in_packs=ctx.built_in_packs,
        buckets=buckets,
    )
    console.say(
        f"The workspace {workspace.root} was there; its settings and keys stay as they are."
        if existed
        else f"Made a workspace in {workspace.root}. Read owed.toml: it is short."
    )
    console.say(f"Its keys are in {workspace.keys().directory}. Back them up apart from the rest.")
    console.document({"workspace": str(workspace.root), "existed": existed})
    console.next("owed keys new NAME   (one for the author of plans, one for whoever approves them)")


@click.group()
def keys() -> None:
    """The workspace's keys, and the signing keys of its operators."""


keys.add_command(rotate_key)


@keys.command("list")
@json_option
@click.pass_obj
def list_keys(ctx: CommandContext, as_json: bool) -> None:
    """Which keys there are, by their ids; never a key itself."""
    from data.keys import KeyUse, key_id
    from data.store.engine import reading
    from data.store.schema import open_store
    from outreach.operators import list_operators

    console = Console(as_json=as_json)
    workspace = ctx.workspace()
    uses = {use.value: key_id(workspace.key(use)) for use in KeyUse}
    with reading(open_store(workspace)) as connection:
        operators = list_operators(connection)
    rotating = [use.value for use in workspace.keys().rotating()]
    for use, name in uses.items():
        begun = f"  its rotation has not ended: `owed keys rotate {use}`" if use in rotating else ""
        console.say(f"{use:<12} {name}{begun}")
    for operator in operators:
        state = "revoked" if operator.revoked else "signs"
        console.say(
            f"{operator.name:<12} {operator.fingerprint}  {state}, made by account {operator.account}"
        )
    console.document(
        {
            "keys": uses,
            "rotating": rotating,
            "operators": [
                {
                    "name": one.name,
                    "fingerprint": one.fingerprint,
                    "account": one.account,
                    "revoked": one.revoked,
                }
                for one in operators
            ],
        }
    )
    console.next("owed keys new NAME" if not operators else "owed campaign new NAME")


@keys.command("new")
@click.argument("name")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where the key file goes. [default: NAME.pem]",
)
@click.option(
    "--passphrase-file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Read the passphrase from a file instead of asking.",
)
@json_option
@click.pass_obj
def new_key(
    ctx: CommandContext, name: str, out: Path | None, passphrase_file: Path | None, as_json: bool
) -> None:
    """Make an operator's signing key. Each operator runs this under an account of their own."""
    from data import audit
    from data.keys import KeyUse
    from data.store.engine import writing
    from data.store.schema import open_store
    from outreach.operators import create_operator

    console = Console(as_json=as_json)
    workspace = ctx.workspace()
    passphrase = read_passphrase(passphrase_file, confirm=True)
    key_file = out or Path(f"{name}.pem")
    now = ctx.clock()
    with writing(open_store(workspace)) as connection:
        operator = create_operator(
            connection,
            name=name,
            passphrase=passphrase,
            key_file=key_file,
            account=account(),
            now=now,
        )
        audit.append(
            connection,
            workspace.key(KeyUse.AUDIT),
            actor=name,
            action="operator key made",
            ref=operator.fingerprint,
            now=now,
        )
    console.say(
        f"{name} signs with {key_file}. Keep it and its passphrase where no other operator can read it."
    )
    console.document({"name": name, "key_file": str(key_file), "fingerprint": operator.fingerprint})
    console.next("owed campaign new NAME")


@keys.command("revoke")
@click.argument("name")
@yes_option
@json_option
@click.pass_obj
def revoke_key(ctx: CommandContext, name: str, yes: bool, as_json: bool) -> None:
    """Revoke an operator's key for good: it signs nothing more, and no plan it approved sends any further."""
    from data.store.engine import writing
    from data.store.schema import open_store
    from outreach.operators import revoke_operator

    console = Console(as_json=as_json)
    workspace = ctx.workspace()
    engine = open_store(workspace)
    console.confirm(f"Revoke the key of {name}? That cannot be undone.", yes=yes)
    with writing(engine) as connection:
        operator = revoke_operator(connection, name, now=ctx.clock())
        record(ctx, workspace, connection, "operator key revoked", operator.fingerprint)
    console.say(f"The key of {name} is revoked. What it had approved waits for a new plan.")
    console.document({"name": name, "fingerprint": operator.fingerprint, "revoked": True})
    console.next("owed keys new NAME")


def read_passphrase(file: Path | None, *, confirm: bool = False) -> str:
    """From the file's first line, else asked for at a hidden prompt. Raises BadSettings for an empty one."""
    if file is None:
        text = click.prompt("Passphrase", hide_input=True, confirmation_prompt=confirm, err=True)
    else:
        text = file.read_text("utf-8").split("\n", 1)[0].rstrip("\r")
    if not text:
        raise BadSettings("The passphrase is empty.", mend="choose one of several words")
    return str(text)
