"""Accepting a pack: somebody has read its files, and `owed.toml` names them by their digest from now on."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import Engine

from data import audit
from data.digests import folder_sha256
from data.errors import BadSettings
from data.files import write_text
from data.keys import KeyUse
from data.store.engine import writing
from data.workspace import SETTINGS_FILE, PackSource, Workspace
from eligibility.check import Remark, check
from eligibility.pack import Packs, load_packs
from eligibility.stories import Story, stories_of, tell

_BLOCK = re.compile(r"^\[\[pack\]\]\n(?:(?!\[).*\n?)*", re.M)
_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class Candidate:
    """A pack that may be accepted: its digest now, what a check says of it, and stories that do not hold."""

    source: PackSource
    packs: Packs
    remarks: Sequence[Remark]
    failing: Sequence[Story]
    stories: int

    def as_document(self) -> dict[str, object]:
        """What taking it into use says as JSON."""
        return {"pack": self.source.name, "sha256": self.source.sha256, "programmes": self.programmes}

    @property
    def programmes(self) -> list[str]:
        return [programme.id for pack, programme in self.packs if pack.name == self.source.name]


def look_at(workspace: Workspace, given: Sequence[str], built_in: Path, *, today: date) -> list[Candidate]:
    """Load packs beside those in use, which runs their code, and check them.

    Each is a folder, or the name of a pack that Owed brings. Several that changed are looked at together:
    one alone would not load beside another that is not the one in use. Raises BadSettings when one does
    not load.
    """
    sources = {source.name: source for source in (_source(one, built_in) for one in given)}
    settings = workspace.settings()
    others = tuple(one for one in settings.packs if one.name not in sources)
    packs = load_packs(replace(settings, packs=(*others, *sources.values())), built_in)
    return [_candidate(packs, source, today) for source in sources.values()]


def _candidate(packs: Packs, source: PackSource, today: date) -> Candidate:
    (pack,) = (one for one in packs.packs if one.name == source.name)
    told = tell(packs, stories_of(pack))
    own = {pack.name, *pack.programmes}
    return Candidate(
        source=source,
        packs=packs,
        remarks=[remark for remark in check(packs, today) if remark.programme in own],
        failing=[story for story, differences in told.items() if differences],
        stories=len(told),
    )


def accept(workspace: Workspace, engine: Engine, source: PackSource, *, actor: str, now: datetime) -> None:
    """Name the pack's digest in `owed.toml`, where nothing else changes, and in the audit record.

    Raises BadSettings when the file is written in a way in which the place cannot be found.
    """
    path = workspace.root / SETTINGS_FILE
    text = _with_pack(path.read_text("utf-8"), source, workspace.root.resolve())
    named = {one["name"]: one["sha256"] for one in tomllib.loads(text)["pack"]}
    if named.get(source.name) != source.sha256:
        raise BadSettings(
            f"The place of the pack {source.name} was not found.",
            where=str(path),
            mend=f'write sha256 = "{source.sha256}" into its [[pack]] by hand',
        )
    detail = {"sha256": source.sha256}
    with writing(engine) as connection:
        key = workspace.key(KeyUse.AUDIT)
        audit.append(
            connection, key, actor=actor, action="pack_accepted", ref=source.name, now=now, detail=detail
        )
    write_text(path, text)


def _source(given: str, built_in: Path) -> PackSource:
    folder = Path(given)
    if not folder.is_dir() and (built_in / given).is_dir():
        return PackSource(given, None, folder_sha256(built_in / given))
    name = folder.resolve().name
    if not folder.is_dir() or not _NAME.fullmatch(name):
        raise BadSettings(
            f"{given} is no folder of a pack, and no pack that Owed brings.",
            where=str(folder),
            mend="a pack's folder has the pack's name: small letters, digits and _",
        )
    return PackSource(name, folder.resolve(), folder_sha256(folder))


def _with_pack(text: str, source: PackSource, root: Path) -> str:
    digest = f'sha256 = "{source.sha256}"'
    blocks = list(_BLOCK.finditer(text))
    for block in blocks:
        if re.search(rf'^name = "{source.name}"', block[0], re.M):
            mended = re.sub(r'^sha256 = "[^"]*"', digest, block[0], flags=re.M)
            return text[: block.start()] + mended + text[block.end() :]
    lines = ["[[pack]]", f"name = {json.dumps(source.name)}"]
    if source.folder is not None:
        lines.append(f"folder = {json.dumps(_seen_from(source.folder, root))}")
    at = blocks[-1].end() if blocks else len(text)
    before = text[:at].rstrip("\n")
    return f"{before}\n\n" + "\n".join([*lines, digest]) + "\n\n" + text[at:].lstrip("\n")


def _seen_from(folder: Path, root: Path) -> str:
    return str(folder.relative_to(root)) if folder.is_relative_to(root) else str(folder)
