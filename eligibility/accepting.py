"""Accepting a pack: somebody has read its files, and `owed.toml` names them by their digest from now on."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import Engine

from data import audit
from data.digests import folder_sha256
from data.errors import BadSettings, Refused
from data.files import write_text
from data.keys import KeyUse
from data.store.engine import writing
from data.workspace import SETTINGS_FILE, PackSource, Workspace
from eligibility.amending import FOLDER as AMENDS
from eligibility.check import Remark, check
from eligibility.dialect import foreign_code
from eligibility.pack import Packs, load_packs
from eligibility.stories import Story, stories_of, tell

_BLOCK = re.compile(r"^\[\[pack\]\]\n(?:(?!\[).*\n?)*", re.M)
_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class Candidate:
    """A pack that may be accepted: its digest now, what a check says of it, and the stories that do not hold,
    each with what the rules give instead."""

    source: PackSource
    packs: Packs
    remarks: Sequence[Remark]
    failing: Mapping[Story, Sequence[str]]
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
    not load, and Refused, without running it, when one is not written in the language of rules.
    """
    packs, sources = load_beside(workspace, given, built_in)
    return [_candidate(packs, source, today) for source in sources]


def load_beside(
    workspace: Workspace, given: Sequence[str], built_in: Path
) -> tuple[Packs, Sequence[PackSource]]:
    """Packs that need not be in use, as their files are now, beside the others that are; and which they are.

    Raises as `look_at` does.
    """
    named = dict.fromkeys(_source(one, built_in) for one in given)
    sources = {source.name: source for source in named}
    if len(sources) < len(named):
        raise BadSettings("Two of the packs have one name.", where=", ".join(given), mend="name one of them")
    for source in sources.values():
        _refuse_foreign(source.name, source.resolve(built_in))
    settings = workspace.settings()
    others = tuple(one for one in settings.packs if one.name not in sources)
    packs = load_packs(replace(settings, packs=(*others, *sources.values())), built_in)
    return packs, list(sources.values())


def _refuse_foreign(name: str, folder: Path) -> None:
    found = [f"{folder}/{what}" for what in foreign_code(folder)]
    if found:
        raise Refused(
            f"The pack {name} holds code that is no rule; it was not run.",
            where="\n         ".join(found),
            mend="write it as docs/how-to/add-a-programme.md shows, with the helpers of eligibility.logic",
        )


def _candidate(packs: Packs, source: PackSource, today: date) -> Candidate:
    (pack,) = (one for one in packs.packs if one.name == source.name)
    if not (pack.units or pack.programmes or pack.contracts or any(pack.folder.glob(f"{AMENDS}/*/*.toml"))):
        raise BadSettings(
            f"The folder of {pack.name} holds no pack: no facts, no programme, no contract and no amendment.",
            where=str(pack.folder),
            mend="name the folder in which the pack's facts.py lies",
        )
    told = tell(packs, stories_of(pack))
    about = [
        s
        for other in packs.packs
        if other is not pack
        for s in stories_of(other)
        if s.programme in pack.programmes
    ]
    of_others = tell(packs, about)
    return Candidate(
        source=source,
        packs=packs,
        remarks=[
            one for one in check(packs, today) if one.pack == pack.name or one.programme in pack.programmes
        ],
        failing={story: lines for story, lines in (told | of_others).items() if lines},
        stories=len(told),
    )


def accept(
    workspace: Workspace, engine: Engine, source: PackSource, *, actor: str, now: datetime
) -> str | None:
    """Name the pack's folder and digest in `owed.toml`, where nothing else changes, and in the audit record.

    Returns where the pack lay before, when that was elsewhere. Raises BadSettings when the file is written
    in a way in which the place cannot be found.
    """
    path = workspace.root / SETTINGS_FILE
    before = {one.name: one for one in workspace.settings().packs}.get(source.name)
    text = _with_pack(path.read_text("utf-8"), source, workspace.root.resolve())
    _check_written(path, text, source)
    detail = {"sha256": source.sha256, "folder": _place(source)}
    with writing(engine) as connection:
        key = workspace.key(KeyUse.AUDIT)
        audit.append(
            connection, key, actor=actor, action="pack_accepted", ref=source.name, now=now, detail=detail
        )
    write_text(path, text)
    return None if before is None or before.folder == source.folder else _place(before)


def _place(source: PackSource) -> str:
    return "Owed's own" if source.folder is None else str(source.folder)


def _check_written(path: Path, text: str, source: PackSource) -> None:
    """Raises BadSettings unless the new text names the pack once, as it is, and all else as before."""
    old, new = (tomllib.loads(one) for one in (path.read_text("utf-8"), text))
    tables = [one for one in new.pop("pack") if one["name"] == source.name]
    folders = [(path.parent / one["folder"]).resolve() if "folder" in one else None for one in tables]
    old.pop("pack", None)
    if [source.sha256] != [one["sha256"] for one in tables] or [source.folder] != folders or old != new:
        folder = "" if source.folder is None else f" and folder = {_quoted(str(source.folder))}"
        raise BadSettings(
            f"The place of the pack {source.name} was not found.",
            where=str(path),
            mend=f'write sha256 = "{source.sha256}"{folder} into its [[pack]] by hand',
        )


def _source(given: str, built_in: Path) -> PackSource:
    """A bare name that Owed brings is Owed's, whatever lies in the directory one happens to be in."""
    if _NAME.fullmatch(given) and (built_in / given).is_dir():
        return PackSource(given, None, folder_sha256(built_in / given))
    folder = Path(given)
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
    place = [] if source.folder is None else [f"folder = {_quoted(_seen_from(source.folder, root))}"]
    blocks = list(_BLOCK.finditer(text))
    for block in blocks:
        if re.search(rf'^name = "{source.name}"', block[0], re.M):
            lines = [line for line in block[0].split("\n") if not line.startswith("folder = ")]
            at = next((at for at, line in enumerate(lines) if line.startswith("sha256 = ")), len(lines))
            mended = "\n".join([*lines[:at], *place, digest, *lines[at + 1 :]])
            return text[: block.start()] + mended + text[block.end() :]
    lines = ["[[pack]]", f"name = {_quoted(source.name)}", *place, digest]
    at = blocks[-1].end() if blocks else len(text)
    return text[:at].rstrip("\n") + "\n\n" + "\n".join(lines) + "\n\n" + text[at:].lstrip("\n")


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _seen_from(folder: Path, root: Path) -> str:
    return str(folder.relative_to(root)) if folder.is_relative_to(root) else str(folder)
