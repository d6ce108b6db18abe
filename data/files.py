"""Writes a file whole or not at all."""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SYSTEM_ERROR = re.compile(r"\(os error (\d+)\)")


@contextmanager
def atomic_path(target: Path, *, mode: int = 0o600, keep_first: bool = False) -> Iterator[Path]:
    """A temporary path beside `target`; it takes the target's place, durably, when the block ends well.

    With `keep_first` a target that is there by then stays: of two that write the same, one file is left.
    Raises OSError when the disk is full, whatever the library that wrote calls it; then nothing is left.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.{os.getpid()}.{secrets.token_hex(4)}.part")
    try:
        with system_errors(target):
            yield partial
        partial.chmod(mode)
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        if keep_first:
            _take_free_place(partial, target)
        else:
            partial.replace(target)
        _sync(target.parent)
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def system_errors(target: Path) -> Iterator[None]:
    """Raises OSError, naming `target`, where a library says in words of its own that the system refused."""
    try:
        yield
    except Exception as error:
        code = _SYSTEM_ERROR.search(str(error))
        if isinstance(error, OSError) or code is None:
            raise
        raise OSError(int(code[1]), os.strerror(int(code[1])), str(target)) from None


def replace_durably(there: Path, target: Path) -> None:
    """Put a finished file in the place of another of the same folder."""
    there.replace(target)
    _sync(target.parent)


def _take_free_place(partial: Path, target: Path) -> None:
    try:
        os.link(partial, target)
    except FileExistsError:
        return
    except OSError:  # a file system without links: who comes last wins, which is as whole
        partial.replace(target)


def _sync(folder: Path) -> None:
    directory = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def link_or_copy(there: Path, target: Path) -> None:
    """Give a finished file, which nobody writes to any more, a second name; a copy where none can be had.

    A target that is there already stays.
    """
    try:
        os.link(there, target)
    except FileExistsError:
        return
    except OSError:
        with atomic_path(target, keep_first=True) as partial:
            shutil.copyfile(there, partial)


def write_text(target: Path, text: str, *, mode: int = 0o600) -> None:
    """Write a whole text file atomically, in UTF-8."""
    with atomic_path(target, mode=mode) as partial:
        partial.write_text(text, "utf-8")
