"""Writes a file whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def atomic_path(target: Path, *, mode: int = 0o600) -> Iterator[Path]:
    """A temporary path beside `target`; it takes the target's place, durably, when the block ends well."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        yield partial
        partial.chmod(mode)
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        partial.replace(target)
        directory = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
    finally:
        partial.unlink(missing_ok=True)


def write_text(target: Path, text: str, *, mode: int = 0o600) -> None:
    """Write a whole text file atomically, in UTF-8."""
    with atomic_path(target, mode=mode) as partial:
        partial.write_text(text, "utf-8")
