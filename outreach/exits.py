"""Opens the channels that the settings name, with the command's environment and clock."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from channels.channel import Channel, InvalidSettings
from channels.registry import open_channel
from data.clock import Clock
from data.errors import BadSettings
from data.workspace import Settings, Workspace

CALLS_BACK = ("twilio",)
"""Channels that are told with each message where to report on it; others are told at the provider."""


def open_exit(workspace: Workspace, name: str, *, environment: Mapping[str, str], clock: Clock) -> Channel:
    """A channel that owed.toml switches on. Raises BadSettings when it does not, or cannot be used so."""
    enabled = workspace.settings().table("channel")
    if name not in enabled:
        raise BadSettings(
            f"The channel {name} is not switched on.",
            where=str(workspace.settings_file),
            mend=f"add [channel.{name}], or name one of: {', '.join(sorted(enabled)) or 'none is on'}",
        )
    try:
        return open_channel(
            name,
            _table(workspace.settings(), name),
            environment,
            outbox=workspace.outbox,
            now=lambda: clock().timestamp(),
        )
    except InvalidSettings as error:
        raise BadSettings(str(error), where=str(workspace.settings_file), mend="mend the setting") from error


def _table(settings: Settings, name: str) -> dict[str, Any]:
    """The channel's settings; where the provider reports to is our own page unless they say otherwise."""
    table = settings.table(f"channel.{name}")
    if name in CALLS_BACK:
        return {"callback_url": f"{settings.portal_url}/hooks/{name}", **table}
    return table
