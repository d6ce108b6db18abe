"""What is delivered, opened once: a regular file or a folder, whose bytes stay what they were when read."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from data.errors import ContractBroken

CHANGED = "changed while it was read"


@dataclass(frozen=True)
class OpenDelivery:
    """An open file or folder, and how it stood when it was opened."""

    source: int
    where: str
    before: os.stat_result

    @property
    def is_folder(self) -> bool:
        return stat.S_ISDIR(self.before.st_mode)

    def sha256(self) -> str:
        """Of the bytes that lie there now. Raises ContractBroken if the file changed since it was opened.

        A name may lead to another file by now, and bytes may change without a trace in the file's times: what
        is hashed after reading, from what was read, is what was read.
        """
        with os.fdopen(os.dup(self.source), "rb") as file:
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        now = os.fstat(self.source)
        if (now.st_size, now.st_mtime_ns) != (self.before.st_size, self.before.st_mtime_ns):
            raise changed(self.where)
        return digest


@contextmanager
def open_delivery(path: Path) -> Iterator[OpenDelivery]:
    """Open a delivery for reading. Raises ContractBroken, at once, for what is neither file nor folder.

    A pipe or a device has no end, and opening a pipe alone would wait for whoever writes to it.
    """
    try:
        source = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise ContractBroken(f"The file cannot be opened: {error.strerror}.", where=str(path)) from error
    try:
        found = os.fstat(source)
        if not (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)):
            raise ContractBroken(
                "This is no file: a pipe, a device or a socket has no end to read to.",
                where=str(path),
                mend="write what comes from it into a file, and deliver that",
            )
        yield OpenDelivery(source, str(path), found)
    finally:
        os.close(source)


def changed(where: str, what: str = "file") -> ContractBroken:
    return ContractBroken(
        f"The {what} {CHANGED}.",
        where=where,
        mend="take it in again when nobody writes to it: have the export written under another name and"
        " renamed when it is whole",
    )
