"""The addresses that messages carry: where a link leads, and where an email's stop leads."""

from __future__ import annotations

LINK_PATH = "/r/"
STOP_PATH = "/stop/"


def link_address(portal_url: str, link_id: str) -> str:
    """A person's own page; `portal_url` has no slash at its end."""
    return f"{portal_url}{LINK_PATH}{link_id}"


def stop_address(portal_url: str, token: str) -> str:
    """Where one click ends outreach (`outreach.stopping.stop_token`); opening it changes nothing."""
    return f"{portal_url}{STOP_PATH}{token}"
