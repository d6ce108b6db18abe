"""Looking somebody up: whom an operator means, and the audit entry that says they asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from data.commandline import CommandContext, account

if TYPE_CHECKING:
    from data.workspace import Workspace
    from eligibility.pack import Packs

Command = TypeVar("Command", bound=Callable[..., Any])


def id_options(command: Command) -> Command:
    """The ways to name a person by a national id, neither of which leaves it on the command line."""
    asked = click.option("--ask-id", is_flag=True, help="Ask for a national id at a hidden prompt.")
    in_file = click.option(
        "--id-file",
        type=click.Path(path_type=Path, exists=True, dir_okay=False),
        help="A file with a national id.",
    )
    return in_file(asked(command))


def look_up(
    ctx: CommandContext,
    packs: Packs,
    programme: str,
    subject: str | None,
    *,
    id_file: Path | None,
    ask_id: bool,
    action: str,
) -> str:
    """The id of whom the operator means, once the audit log has it that they asked, in vain or not.

    Raises UsageError unless exactly one way is used, BadSettings when the registers know nobody of that id.
    """
    from data.errors import BadSettings

    if sum((subject is not None, id_file is not None, ask_id)) != 1:
        raise click.UsageError("Give one of SUBJECT, --id-file and --ask-id.")
    workspace = ctx.workspace()
    given = click.prompt("National id", hide_input=True, err=True) if ask_id else subject
    text = (_only_text(id_file) if id_file else str(given)).strip()
    try:
        found = _subject(workspace, packs, programme, text, secret=subject is None)
    except BadSettings:
        audit_entry(ctx, workspace, "looked up in vain", programme, {})
        raise
    audit_entry(ctx, workspace, action, programme, {"subject": found})
    return found


def _subject(workspace: Workspace, packs: Packs, programme: str, text: str, *, secret: bool) -> str:
    from data.registers import current
    from data.store.schema import open_store
    from data.vault import Vault
    from eligibility.identify import means_of, subject_of, subject_of_national_id

    pack, chosen = packs.find(programme)
    unit = pack.unit_of(chosen)
    delivery = current(workspace, open_store(workspace)).get(unit.register)
    means = means_of(chosen, unit, packs.contracts, delivery=delivery)
    with Vault.open(workspace) as vault:
        return subject_of_national_id(means, text, vault) if secret else subject_of(means, text, vault)


def _only_text(path: Path) -> str:
    from data.errors import BadSettings

    try:
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        problem = BadSettings("The file with the national id cannot be read as UTF-8.", where=str(path))
    raise problem  # outside, so that no byte of the file hangs on it


def audit_entry(
    ctx: CommandContext, workspace: Workspace, action: str, ref: str, detail: Mapping[str, Any]
) -> None:
    """Committed before what it records is done, so that no look-up goes unrecorded."""
    from data import audit
    from data.keys import KeyUse
    from data.store.engine import writing
    from data.store.schema import open_store

    key = workspace.key(KeyUse.AUDIT)
    with writing(open_store(workspace)) as connection:
        audit.append(
            connection,
            key,
            actor=account(),
            action=action,
            ref=ref,
            detail=detail,
            now=ctx.clock(),
        )
