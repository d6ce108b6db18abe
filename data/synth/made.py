"""What `owed synth` wrote into a folder, so that it never writes over anything else."""

from __future__ import annotations

import json
from pathlib import Path

from data.digests import canonical_json, file_sha256
from data.errors import Refused
from data.files import write_text

PAGE = ".owed-synth.json"


def refuse_others(folder: Path) -> None:
    """Raises Refused where a folder has anything but what `owed synth` wrote, as it wrote it."""
    if not folder.is_dir():
        return
    there = {path.name: path for path in folder.iterdir() if path.name != PAGE}
    try:
        made: dict[str, str] = json.loads((folder / PAGE).read_text("utf-8"))
    except (OSError, ValueError):
        made = {}
    others = sorted(
        name for name, path in there.items() if not path.is_file() or file_sha256(path) != made.get(name)
    )
    if others:
        some = ", ".join(others[:5]) + (", …" if len(others) > 5 else "")
        raise Refused(
            f"The folder has files that are not as `owed synth` wrote them: {some}.",
            where=str(folder),
            mend="name an empty folder; --force writes over the files of the same names",
        )


def remember(folder: Path, names: list[str]) -> None:
    """Keep what was written, so that the next city may take its place."""
    sums = {name: file_sha256(folder / name) for name in sorted(names)}
    write_text(folder / PAGE, canonical_json(sums) + "\n")
