"""What a plan froze, compared with what is there now: any difference means that nothing may leave."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from data.digests import document_sha256, file_sha256, folder_sha256
from data.workspace import Settings, Workspace
from outreach.campaigns import campaign_file, plan_folder
from outreach.plans import Plan, list_digest


def account_sha256(settings: Settings, channel: str) -> str:
    """A digest of a channel's settings: sender, account, address. Secrets are not in the settings."""
    return document_sha256(settings.table(f"channel.{channel}"))


def pack_digests(settings: Settings, built_in: Path) -> dict[str, str]:
    """The sha256 of every pack the settings name, as its files are now."""
    return {one.name: folder_sha256(one.resolve(built_in)) for one in settings.packs}


def folder_digests(folder: Path) -> dict[str, str]:
    """The sha256 of every file below a folder, by its relative name."""
    return {
        path.relative_to(folder).as_posix(): file_sha256(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def changes(
    connection: Connection, workspace: Workspace, plan: Plan, *, built_in: Path, before_approval: bool
) -> list[str]:
    """What differs from the plan, in words an operator understands; empty when nothing does.

    The campaign's own file is compared until the plan is approved: afterwards the author may prepare the
    next plan in it.
    """
    return list(_changes(connection, workspace, plan, built_in, before_approval))


def _changes(
    connection: Connection, workspace: Workspace, plan: Plan, built_in: Path, before_approval: bool
) -> Iterator[str]:
    document, settings = plan.document, workspace.settings()
    folder = plan_folder(workspace, plan.campaign, plan.number)
    if document_sha256(document) != plan.sha256 or document["plan_id"] != plan.plan_id:
        yield "the plan in the store"
    if _read_json(folder / "plan.json") != document:
        yield "plan.json"
    if folder_digests(folder / "templates") != document["templates"]:
        yield "the plan's templates"
    if pack_digests(settings, built_in) != document["packs"]:
        yield "a pack"
    if list_digest(connection, plan.plan_id) != document["list"]["sha256"]:
        yield "the list of people or a sealed invitation"
    yield from _settings_changes(document, settings)
    if before_approval:
        path = campaign_file(workspace, plan.campaign)
        if not path.is_file() or file_sha256(path) != document["campaign_sha256"]:
            yield "the campaign's file"


def _settings_changes(document: Mapping[str, Any], settings: Settings) -> Iterator[str]:
    for channel in document["channels"]:
        if account_sha256(settings, channel["name"]) != channel["account_sha256"]:
            yield f"the settings of the channel {channel['name']}"
    frozen = (document["portal_url"], document["agency"], document["phone"], document["time_zone"])
    if frozen != (settings.portal_url, settings.authority, settings.phone, settings.time_zone):
        yield "the portal's address or the authority's name, phone or time zone"


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
