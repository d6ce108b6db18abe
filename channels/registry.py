"""The channels Owed knows, each opened by its name in the settings."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from channels.channel import Channel, InvalidSettings
from channels.settings import ChannelSettings

_NAMES = ("file", "sendgrid", "smtp", "twilio")


def known_channels() -> tuple[str, ...]:
    """Every name a `[channel.…]` table may have."""
    return _NAMES


def open_channel(
    name: str,
    settings: Mapping[str, Any],
    environment: Mapping[str, str],
    *,
    outbox: Path,
    now: Callable[[], float] = time.time,
) -> Channel:
    """The channel of one `[channel.<name>]` table; nothing is connected yet.

    `environment` holds the secrets the table names, `outbox` is the file channel's folder, `now` is seconds
    since 1970. Raises InvalidSettings for a name, a key or a value that cannot be used.
    A provider's package takes a second to load, so only the one that is asked for is.
    """
    table = ChannelSettings(name, settings, environment)
    if name == "file":
        from channels.file import open_file

        return open_file(table, outbox)
    if name == "smtp":
        from channels.smtp import open_smtp

        return open_smtp(table, now)
    if name == "twilio":
        from channels.twilio import open_twilio

        return open_twilio(table, now)
    if name == "sendgrid":
        from channels.sendgrid import open_sendgrid

        return open_sendgrid(table, now)
    raise InvalidSettings(name, key="", why=f"there is no such channel; there are {', '.join(_NAMES)}")
