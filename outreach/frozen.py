"""What a plan froze, compared with what is there now: any difference means that nothing may leave."""

from __future__ import annotations

import hashlib
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
    """The sha256 of every file below a folder, by its relative name; a link is named, never followed."""
    return {
        path.relative_to(folder).as_posix(): "a link" if path.is_symlink() else file_sha256(path)
        for path in sorted(folder.rglob("*"))
        if path.is_symlink() or path.is_file()
    }


def page_sha256(page: str, plan_sha256: str) -> str:
    """A digest of the page an approver reads, without the plan's own sha256, which is reckoned after it."""
    return hashlib.sha256(page.replace(plan_sha256, "").encode()).hexdigest()


def allows_unproven(settings: Settings) -> bool:
    """Whether `owed.toml` lets plans that one account could have signed alone leave this machine."""
    return settings.table("approval").get("allow_unproven") is True


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
    if document_sha256(document) != plan.sha256 or _heading(document) != _columns(plan):
        yield "the plan in the store"
    if _read_json(folder / "plan.json") != document:
        yield "plan.json"
    if page_sha256(_read_text(folder / "plan.html"), plan.sha256) != document.get("page_sha256"):
        yield "plan.html"
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
    if document["allow_unproven"] != allows_unproven(settings):
        yield "the setting approval.allow_unproven"


def _heading(document: Mapping[str, Any]) -> list[Any]:
    """What the document says of itself, as the plan's row has it in columns."""
    names = ("plan_id", "campaign", "number", "author", "author_account")
    return [document.get(name) for name in names]


def _columns(plan: Plan) -> list[Any]:
    return [plan.plan_id, plan.campaign, plan.number, plan.author, plan.author_account]


def _read_text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, ValueError):
        return ""


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
