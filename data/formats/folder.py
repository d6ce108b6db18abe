"""A table that is a folder: its files are opened below it and nowhere else, whatever its own pages say."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator
from io import BufferedReader

from data.formats.broken import Unreadable
from data.formats.shape import Format, Shape

DELTA_LOG, ICEBERG_METADATA = "_delta_log/", "metadata/"
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:/")
_WHOLE = "deliver the folder whole, as the table's own software keeps it"


class Folder:
    """The regular files below an open folder, by their path from it.

    Raises Unreadable when there is anything else in it: a link may lead out of it, a pipe has no end.
    """

    def __init__(self, place: int) -> None:
        self._place = place
        _check_is_table(place)
        self.sizes = dict(_files(place))

    def enter(self) -> None:
        """Make the folder where this process works, for a package that takes nothing but a path."""
        os.fchdir(self._place)

    def inside(self, path: str) -> str:
        """A path as a page of the table has it. Raises Unreadable where it is no file of the folder."""
        if path.startswith("/") or _ADDRESS.match(path) or ".." in path.split("/"):
            raise leads_out()
        if path not in self.sizes:
            raise Unreadable("The table names a file that is not in its folder.", mend=_WHOLE)
        return path

    def open(self, path: str, *, size: int | None = None) -> BufferedReader:
        """A file of the folder, of the `size` that the table says. Raises Unreadable."""
        if size is not None and self.sizes[self.inside(path)] != size:
            raise Unreadable("A file of the table has another size than the table says.", mend=_WHOLE)
        return os.fdopen(os.open(self.inside(path), os.O_RDONLY | os.O_NOFOLLOW, dir_fd=self._place), "rb")

    def sha256(self, path: str) -> str:
        with self.open(path) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def form(self, shape: Shape) -> Format:
        """Which kind of table it is. Raises Unreadable for none, both, or another than the contract's."""
        marks = {Format.DELTA: DELTA_LOG, Format.ICEBERG: ICEBERG_METADATA}
        found = [form for form, mark in marks.items() if any(one.startswith(mark) for one in self.sizes)]
        if shape.format is not None and shape.format not in found:
            raise Unreadable(
                f"The folder is no table of the kind that the contract reads, {shape.format.value}.",
                mend="let file.format in the contract follow what is delivered, or leave it out",
            )
        if shape.format is None and len(found) != 1:
            raise Unreadable(
                "The folder is both a Delta and an Iceberg table." if found else "The folder is no table.",
                mend="say which of the two in the contract (file.format)"
                if found
                else "give the folder in which _delta_log or metadata lies, or a file",
            )
        return shape.format or found[0]


def leads_out() -> Unreadable:
    """A refusal that names no path: there may be a cell in it."""
    return Unreadable(
        "The table refers to a file outside its folder.",
        mend="have it copied as a table of its own (a deep clone, or a new table), into a folder of its own",
    )


def _check_is_table(place: int) -> None:
    """Before everything below it is looked through: it may be a whole disk."""
    if {DELTA_LOG.rstrip("/"), ICEBERG_METADATA.rstrip("/")}.isdisjoint(os.listdir(place)):
        raise Unreadable(
            "The folder is no table.", mend="give the folder in which _delta_log or metadata lies, or a file"
        )


def _files(place: int) -> Iterator[tuple[str, int]]:
    for above, folders, names, opened in os.fwalk(".", dir_fd=place, onerror=_raise):
        for name in [*folders, *names]:
            found = os.stat(name, dir_fd=opened, follow_symlinks=False)
            if stat.S_ISREG(found.st_mode):
                yield os.path.join(above, name)[2:], found.st_size
            elif not stat.S_ISDIR(found.st_mode):
                raise Unreadable(
                    "The folder holds a link, or something that is no file.",
                    mend="copy it with what links lead to",
                )


def _raise(error: OSError) -> None:
    raise error
