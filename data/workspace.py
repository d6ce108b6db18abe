"""A workspace: the directory that holds one authority's settings, keys, registers, findings and store."""

from __future__ import annotations

import fcntl
import os
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from data.errors import BadSettings, Locked
from data.keys import Keys, KeyUse

SETTINGS_FILE = "owed.toml"


@dataclass(frozen=True)
class PackSource:
    """A pack that `owed.toml` names, with the sha256 of its files; no folder means one that Owed brings."""

    name: str
    folder: Path | None
    sha256: str

    def resolve(self, built_in: Path) -> Path:
        """Where the pack lies, given the folder of the packs that Owed brings."""
        return self.folder or built_in / self.name


@dataclass(frozen=True)
class Settings:
    """`owed.toml`, read once. `tables` keeps the tables that other rooms read for themselves."""

    authority: dict[str, str]
    phone: str
    time_zone: str
    languages: tuple[str, ...]
    buckets: int | None  # None: chosen by the size of the registers
    portal_url: str
    packs: tuple[PackSource, ...]
    tables: dict[str, Any] = field(default_factory=dict)

    def table(self, name: str) -> dict[str, Any]:
        """A table of `owed.toml` such as `channel.smtp`; empty when it is not there."""
        found: Any = self.tables
        for part in name.split("."):
            found = found.get(part, {}) if isinstance(found, dict) else {}
        return found if isinstance(found, dict) else {}


@dataclass(frozen=True)
class Workspace:
    """Where everything of one authority lies. `Workspace.open` refuses a directory that is not one."""

    root: Path

    @classmethod
    def open(cls, root: Path) -> Workspace:
        if not (root / SETTINGS_FILE).is_file():
            raise BadSettings(
                "This directory is not an Owed workspace.",
                where=str(root / SETTINGS_FILE),
                mend="name one with -w or OWED_WORKSPACE, or make one with `owed init`",
            )
        return cls(root)

    @property
    def settings_file(self) -> Path:
        return self.root / SETTINGS_FILE

    @property
    def registers(self) -> Path:
        return self.root / "registers"

    @property
    def quarantine(self) -> Path:
        return self.root / "quarantine"

    @property
    def findings(self) -> Path:
        return self.root / "findings"

    @property
    def campaigns(self) -> Path:
        return self.root / "campaigns"

    @property
    def outbox(self) -> Path:
        return self.root / "outbox"

    @property
    def vault(self) -> Path:
        return self.root / "vault"

    @property
    def store_file(self) -> Path:
        return self.root / "owed.sqlite"

    @property
    def store_url(self) -> str:
        return f"sqlite:///{self.store_file}"

    def settings(self) -> Settings:
        return read_settings(self.settings_file)

    def keys(self) -> Keys:
        folder = self.settings().tables.get("keys", {}).get("folder")
        return Keys(self.root / folder if folder else self.root / "keys")

    def key(self, use: KeyUse) -> bytes:
        return self.keys().load(use)

    def opening_keys(self, use: KeyUse) -> tuple[bytes, ...]:
        """Every key that may have sealed what there is of a use: the one in force, and while it is rotated
        the next one."""
        keys = self.keys()
        following = keys.load_next(use)  # first: when it takes over in between, it is the one in force
        in_force = keys.load(use)
        if following is None or following == in_force:
            return (in_force,)
        return (in_force, following)

    @contextmanager
    def lock(self, name: str, *, while_rotating: bool = False) -> Iterator[None]:
        """Hold the workspace for one kind of work; `Locked` when another process does. A crash frees it.

        While the rotation of a key is not finished only what asks for it goes on: what is written then
        would be under a key that is on its way out.
        """
        with self._held(name):
            rotating = [] if while_rotating else self.keys().rotating()
            if rotating:
                raise Locked(
                    f"The rotation of the {rotating[0].value} key was begun and has not ended.",
                    where=str(self.keys().next_path(rotating[0])),
                    mend=f"run `owed keys rotate {rotating[0].value}`: it finishes what was begun",
                )
            yield

    @contextmanager
    def _held(self, name: str) -> Iterator[None]:
        path = self.root / f".{name}.lock"
        with open(path, "w", opener=_owner_only) as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise Locked(
                    f"Another run of {name} holds this workspace.",
                    where=str(path),
                    mend="wait until it ends, then run the command again",
                ) from error
            yield


def _owner_only(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def read_settings(path: Path) -> Settings:
    """Parse `owed.toml`. Raises BadSettings with the key that is missing or of the wrong kind."""
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise BadSettings(f"The settings cannot be read: {error.strerror}.", where=str(path)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSettings(
            f"The settings are not valid TOML: {error}.", where=str(path), mend="mend the line that is named"
        ) from error
    try:
        return _settings(tables, path.parent)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise BadSettings(
            f"A setting is missing or of the wrong kind: {error}.",
            where=str(path),
            mend="compare with docs/reference/settings.md",
        ) from error


def _settings(tables: dict[str, Any], root: Path) -> Settings:
    authority = tables["authority"]
    return Settings(
        authority={str(lang): str(name) for lang, name in authority["name"].items()},
        phone=str(authority["phone"]),
        time_zone=str(authority["time_zone"]),
        languages=tuple(str(lang) for lang in authority["languages"]),
        buckets=_buckets(tables["scan"].get("buckets", "auto")),
        portal_url=str(tables["portal"]["url"]).rstrip("/"),
        packs=tuple(
            PackSource(
                name=str(one["name"]),
                folder=(root / str(one["folder"])).resolve() if "folder" in one else None,
                sha256=str(one["sha256"]),
            )
            for one in tables.get("pack", [])
        ),
        tables=tables,
    )


def _buckets(given: Any) -> int | None:
    if given == "auto":
        return None
    if not isinstance(given, int) or given < 1:
        raise ValueError('scan.buckets is "auto" or a number from 1 on')
    return given
