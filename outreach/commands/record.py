"""Writes what a command did into the audit chain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from data.commandline import CommandContext, account

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from data.workspace import Workspace


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
