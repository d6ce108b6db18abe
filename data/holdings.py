"""What the keys of registers, quarantine, vault and index sealed, file by file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path

from data.buckets import refuse_open_layouts, remove_layouts
from data.commandline import Progress
from data.errors import Failed
from data.keys import KeyUse
from data.quarantine import sealed_quarantine
from data.rotation import Holding, Survey
from data.rowfiles import sealed_rows
from data.sealed_files import SealedFile
from data.vault import indexed_anew, sealed_in_vault
from data.workspace import Workspace


def holding_of(workspace: Workspace, use: KeyUse) -> Holding:
    """All that a key of this room sealed. The findings' key is eligibility's."""
    vault, quarantine = workspace.vault, workspace.quarantine
    match use:
        case KeyUse.REGISTERS:
            return _Registers(workspace)
        case KeyUse.QUARANTINE:
            return _Files(quarantine, lambda: map(sealed_quarantine, quarantine.glob("*.parquet")))
        case KeyUse.VAULT:
            return _Files(vault, lambda: (sealed_in_vault(vault, one) for one in vault.rglob("*.parquet")))
        case KeyUse.INDEX:
            return _Index(workspace)
    raise AssertionError(f"no files of this room are under the {use.value} key")


def does_not_open(path: Path) -> Failed:
    """A file that a rotation cannot take along."""
    return Failed(
        "A sealed file does not open: another key sealed it, or it was changed or moved. No key was removed.",
        where=str(path),
        mend="put the file back from the backup, then run the same command again",
    )


class _Files:
    """Encrypted Parquet files below one folder."""

    def __init__(self, folder: Path, files: Callable[[], Iterable[SealedFile]]) -> None:
        self._folder, self._files = folder, files

    def survey(self, keys: Sequence[bytes]) -> Survey:
        files = list(self._files())
        for one in files:
            if one.key_of(keys) is None:
                raise does_not_open(one.path)
        return survey_of(one.path for one in files)

    def seal_again(self, old: bytes, new: bytes, progress: Progress) -> None:
        clear_parts(self._folder)
        for one in self._files():
            if one.key_of([new]) is None:
                one.seal_again(old, new)
            progress.advance()


class _Registers(_Files):
    """The accepted rows and doubts. Their layouts in buckets are removed: they can be made again."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        super().__init__(
            workspace.registers, lambda: map(sealed_rows, workspace.registers.glob("*/*.parquet"))
        )

    def survey(self, keys: Sequence[bytes]) -> Survey:
        refuse_open_layouts(self._workspace)
        return super().survey(keys)

    def seal_again(self, old: bytes, new: bytes, progress: Progress) -> None:
        remove_layouts(self._workspace)
        super().seal_again(old, new, progress)


class _Index:
    """The identities: the vault's key keeps sealing them, each natural value is hashed again."""

    def __init__(self, workspace: Workspace) -> None:
        self._vault = workspace.vault
        self._folder = workspace.vault / "identities"
        self._vault_key = workspace.key(KeyUse.VAULT)

    def _files(self) -> list[SealedFile]:
        return [sealed_in_vault(self._vault, one) for one in sorted(self._folder.glob("*/*.parquet"))]

    def survey(self, keys: Sequence[bytes]) -> Survey:
        files = self._files()
        for one in files:
            if one.key_of([self._vault_key]) is None or not self._is_under(one, keys):
                raise does_not_open(one.path)
        return survey_of(one.path for one in files)

    def seal_again(self, old: bytes, new: bytes, progress: Progress) -> None:
        del old
        clear_parts(self._folder)
        for one in self._files():
            if not self._is_under(one, [new]):
                one.seal_again(
                    self._vault_key, self._vault_key, change=partial(indexed_anew, new, _kind(one))
                )
            progress.advance()

    def _is_under(self, file: SealedFile, keys: Sequence[bytes]) -> bool:
        """A file is replaced whole, so that its first identity speaks for all."""
        first = file.scan([self._vault_key]).head(1).collect()
        return any(first.equals(indexed_anew(key, _kind(file), first)) for key in keys)


def _kind(file: SealedFile) -> str:
    return file.path.parent.name


def survey_of(paths: Iterable[Path]) -> Survey:
    """How many files there are, and how large they are together."""
    sizes = [path.stat().st_size for path in paths]
    return Survey(len(sizes), sum(sizes))


def clear_parts(folder: Path) -> None:
    """Remove what a process that was killed had begun to write."""
    for stale in folder.rglob(".*.part"):
        stale.unlink()
