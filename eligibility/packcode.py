"""Runs the code of a pack: the modules at the top of its folder, and nothing else, from their source."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from traceback import walk_tb
from types import ModuleType
from typing import Any

from data.errors import BadSettings

DIGEST_LENGTH = 16
ROOT = "owed_pack_"


def load_modules(name: str, folder: Path, digest: str) -> list[ModuleType]:
    """Run every module at the top of the folder, once per digest, as a package of its own."""
    root = f"{ROOT}{name}_{digest[:DIGEST_LENGTH]}"
    names = [path.stem for path in sorted(folder.glob("*.py")) if path.stem != "__init__"]
    with _importing(root, folder):
        try:
            return [importlib.import_module(f"{root}.{stem}") for stem in names]
        except Exception as error:  # whatever an author's mistake raises, an operator reads one sentence
            raise BadSettings(
                f"The pack {name} does not load: {type(error).__name__}: {error}.",
                where=str(folder / (line_in_pack(error) or "")),
                mend="mend the pack's Python files",
            ) from error


def text_of(source: bytes) -> str:
    """The source as it is checked and run: UTF-8, whatever coding a line of it names.

    Raises UnicodeDecodeError for what is not UTF-8.
    """
    return source.decode("utf-8-sig")


def line_in_pack(error: BaseException) -> str | None:
    """The file and line of a pack in which it went wrong, as far as a pack's code had a part in it.

    The file's name alone: code that is the same is loaded once, wherever it lies.
    """
    frames = [(one, line) for one, line in walk_tb(error.__traceback__) if _is_pack(one.f_globals)]
    return None if not frames else f"{Path(frames[-1][0].f_code.co_filename).name} line {frames[-1][1]}"


def written_at(function: object) -> str | None:
    """The file and line in which a function is written."""
    code = getattr(function, "__code__", None)
    return None if code is None else f"{Path(code.co_filename).name} line {code.co_firstlineno}"


def _is_pack(names: Mapping[str, Any]) -> bool:
    return str(names.get("__name__", "")).startswith(ROOT)


@contextmanager
def _importing(root: str, folder: Path) -> Iterator[None]:
    finder = _PackFinder(root, folder)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


@dataclass(frozen=True)
class _PackFinder(MetaPathFinder):
    """Finds the modules of one pack in its folder, and nothing else."""

    root: str
    folder: Path

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        del path, target
        if fullname == self.root:
            return ModuleSpec(fullname, None, is_package=True)
        if not fullname.startswith(self.root + "."):
            return None
        file = self.folder / f"{fullname.removeprefix(self.root + '.')}.py"
        if not file.is_file():
            return None
        return spec_from_file_location(fullname, file, loader=_SourceOnly(fullname, str(file)))


class _SourceOnly(SourceFileLoader):
    """Runs the source whose digest was checked: cached byte code, which no digest covers, is not read, and no
    coding that a line of it names makes other code of it than was checked."""

    def source_to_code(  # type: ignore[override]  # the loader calls it as a method
        self, data: Any, path: Any, *, _optimize: int = -1
    ) -> Any:
        return super().source_to_code(text_of(data), path)

    def path_stats(self, path: Any) -> Any:
        raise OSError(f"no cached byte code for {path}")
