"""Makes a workspace: its directory, settings, keys and store."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from data.digests import folder_sha256
from data.errors import BadSettings
from data.files import write_text
from data.keys import KeyUse
from data.store.schema import create_store
from data.workspace import SETTINGS_FILE, Workspace

SETTINGS = """\
# The settings of one authority. Secrets do not belong here: name the environment variable that holds one.

[authority]
name = {{ ko = {name_ko}, en = {name_en} }}    # as it stands at the start of every message
phone = {phone}                                # for everybody who would rather call
time_zone = "Asia/Seoul"
languages = ["ko", "en"]

[scan]
buckets = {buckets}    # units of memory and of resuming; "auto" goes by the size of the registers
max_jump = 0.25     # a scan in which a programme's findings or their sum move by more waits for a person

[portal]
url = {portal_url}    # what stands in front of every link; https wherever a citizen may reach it

# A pack is trusted code: it runs only while its files are those that were looked at when this was written.
{packs}
# Channels are switched on by being here. The file channel writes each message into outbox/ and sends nothing.
[channel.file]

# [channel.smtp]
# host = "mail.example.org"
# port = 587
# tls = "starttls"
# sender = "owed@example.org"
# username = "owed"
# password_env = "OWED_SMTP_PASSWORD"

# [channel.twilio]
# account_sid = "AC…"
# token_env = "OWED_TWILIO_TOKEN"
# messaging_service_sid = "MG…"

# [channel.sendgrid]
# key_env = "OWED_SENDGRID_KEY"
# sender = "owed@example.org"
"""

PACK = """\
[[pack]]
name = {name}
sha256 = "{sha256}"

"""


@dataclass(frozen=True)
class Authority:
    """Who the workspace belongs to, as its messages and pages name it."""

    name_ko: str
    name_en: str
    phone: str
    portal_url: str


def make_workspace(
    root: Path,
    authority: Authority,
    *,
    packs: Sequence[str],
    built_in_packs: Path,
    buckets: int | None = None,
) -> Workspace:
    """Make a workspace in `root`, or bring an existing one's store up to date and keep all it has.

    Raises BadSettings for a directory that holds other things, and for a workspace that has lost a key:
    a new one could not open what the lost one sealed.
    """
    if not (root / SETTINGS_FILE).exists():
        _refuse_other_things(root)
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_text(root / SETTINGS_FILE, _settings_text(authority, packs, built_in_packs, buckets))
    workspace = Workspace.open(root)
    workspace.settings()
    _make_keys(workspace)
    for folder in (workspace.registers, workspace.quarantine, workspace.findings, workspace.campaigns):
        folder.mkdir(mode=0o700, exist_ok=True)
    workspace.outbox.mkdir(mode=0o700, exist_ok=True)
    create_store(workspace)
    return workspace


def _refuse_other_things(root: Path) -> None:
    if root.exists() and any(root.iterdir()):
        raise BadSettings(
            "This directory is not empty and is not a workspace.",
            where=str(root),
            mend="name an empty or a new directory with -w",
        )


def _make_keys(workspace: Workspace) -> None:
    keys = workspace.keys()
    missing = [use for use in KeyUse if not keys.path(use).exists()]
    if missing and workspace.store_file.exists():
        raise BadSettings(
            f"Keys are missing from a workspace in use: {', '.join(missing)}.",
            where=str(keys.directory),
            mend="restore them from their backup; a new key cannot open what the lost one sealed",
        )
    keys.create_missing()


def _settings_text(
    authority: Authority, packs: Sequence[str], built_in_packs: Path, buckets: int | None
) -> str:
    unknown = [name for name in packs if not (built_in_packs / name).is_dir()]
    if unknown:
        raise BadSettings(
            f"Owed brings no pack of that name: {', '.join(unknown)}.",
            mend="choose from "
            + ", ".join(sorted(each.name for each in built_in_packs.iterdir() if each.is_dir())),
        )
    blocks = [
        PACK.format(name=json.dumps(name), sha256=folder_sha256(built_in_packs / name)) for name in packs
    ]
    return SETTINGS.format(
        name_ko=_toml(authority.name_ko),
        name_en=_toml(authority.name_en),
        phone=_toml(authority.phone),
        portal_url=_toml(authority.portal_url),
        buckets='"auto"' if buckets is None else buckets,
        packs="".join(blocks),
    )


def _toml(text: str) -> str:
    """A TOML basic string; JSON's escapes are a subset of TOML's."""
    return json.dumps(text, ensure_ascii=False)
