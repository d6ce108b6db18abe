"""Writes what a command did into the audit chain."""

from __future__ import annotations

import os
import pwd
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from data.commandline import CommandContext
    from data.workspace import Workspace


def account() -> str:
    """The operating-system account this runs under, asked of the system: a variable could name another."""
    user = os.getuid()
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)


def record(
    ctx: CommandContext,
    workspace: Workspace,
    connection: Connection,
    action: str,
    ref: str,
    detail: dict[str, Any] | None = None,
    *,
    actor: str | None = None,
) -> None:
    """Written in the transaction of what it records; the actor is the operator, else the account.

    An operator's name can be typed by anybody, so the account it was typed under stands beside it.
    """
    from data import audit
    from data.keys import KeyUse

    audit.append(
        connection,
        workspace.key(KeyUse.AUDIT),
        actor=actor or account(),
        action=action,
        ref=ref,
        detail=(detail or {}) | ({"account": account()} if actor else {}),
        now=ctx.clock(),
    )
