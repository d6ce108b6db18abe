"""Reads one channel's table of the settings, and refuses what it does not know."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from channels.channel import InvalidSettings


class ChannelSettings:
    """One channel's table: every value is asked for by name and type, and `done` refuses the others.

    Secrets are never in the table; it names the environment variable that holds them (`token_env`).
    """

    def __init__(self, channel: str, table: Mapping[str, Any], environment: Mapping[str, str]) -> None:
        self.channel = channel
        self._table = table
        self._environment = environment
        self._known: set[str] = set()

    def invalid(self, key: str, why: str) -> InvalidSettings:
        return InvalidSettings(self.channel, key=key, why=why)

    def optional(self, key: str) -> str | None:
        """A text, or None when it is not there."""
        self._known.add(key)
        value = self._table.get(key)
        if value is not None and (not isinstance(value, str) or not value.strip()):
            raise self.invalid(key, "must be a text that is not empty")
        return value

    def text(self, key: str, default: str | None = None) -> str:
        """A text; it must be there when there is no default."""
        value = self.optional(key) or default
        if value is None:
            raise self.invalid(key, "is missing")
        return value

    def choice(self, key: str, among: Collection[str], *, default: str) -> str:
        value = self.text(key, default)
        if value not in among:
            raise self.invalid(key, f"must be one of {', '.join(sorted(among))}")
        return value

    def count(self, key: str, default: int, *, at_least: int = 0) -> int:
        self._known.add(key)
        value = self._table.get(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or value < at_least:
            raise self.invalid(key, f"must be a whole number, {at_least} or more")
        return value

    def seconds(self, key: str, default: float) -> float:
        """A span of time above zero: a time-out of zero would mean none at all."""
        self._known.add(key)
        value = self._table.get(key, default)
        if not isinstance(value, int | float) or isinstance(value, bool) or value <= 0:
            raise self.invalid(key, "must be a number of seconds above 0")
        return float(value)

    def secret(self, key: str) -> str:
        """What the environment variable named by `key` holds."""
        found = self.optional_secret(key)
        if found is None:
            raise self.invalid(key, "is missing; it names the environment variable that holds the secret")
        return found

    def optional_secret(self, key: str) -> str | None:
        variable = self.optional(key)
        if variable is None:
            return None
        if not self._environment.get(variable):
            raise self.invalid(key, f"the environment variable {variable} is not set")
        return self._environment[variable]

    def address_of_api(self, key: str, default: str) -> str:
        """A base address without its last slash: https, or http on this machine only."""
        url = self.text(key, default).rstrip("/")
        parts = urlsplit(url)
        if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname)):
            raise self.invalid(key, "must begin with https:// (http:// only on 127.0.0.1)")
        return url

    def done(self) -> None:
        """Raises for the first key nothing asked for: an option that would be ignored is a mistake."""
        for key in sorted(self._table.keys() - self._known):
            raise self.invalid(key, "is not a setting of this channel")


def is_loopback(host: str | None) -> bool:
    """Whether a host is this machine itself."""
    if host == "localhost":
        return True
    try:
        return ip_address(host or "").is_loopback
    except ValueError:
        return False
