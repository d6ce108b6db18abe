"""What may lie in a pack's folder: nothing that decides may come from where its digest does not reach."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from data.errors import BadSettings
from eligibility.programmes import Programme


def check_within(name: str, folder: Path) -> None:
    """Raises BadSettings for what the digest does not cover: it lies elsewhere, or in a cache."""
    inside = folder.resolve()
    for path in folder.rglob("*"):
        leads_out = path.is_symlink() and (path.is_dir() or not path.resolve().is_relative_to(inside))
        cached = (
            "__pycache__" in path.relative_to(folder).parts and path.is_file() and ".pyc" not in path.name
        )
        if leads_out or cached:
            what = "leads out of the folder" if leads_out else "lies in a cache"
            raise BadSettings(
                f"A file of the pack {name} {what}, where no digest covers it.",
                where=str(path),
                mend="put the file itself into the pack's folder",
            )


def check_rates(name: str, folder: Path, programmes: Iterable[Programme]) -> None:
    """Raises BadSettings for rates that are no file at the top of the pack's folder."""
    for one in programmes:
        if one.rates and Path(one.rates).name != one.rates:
            raise BadSettings(
                f"The rates of {one.id} are no file at the top of the pack's folder: {one.rates}.",
                where=f"pack {name}, {folder}",
                mend="put the rates beside the pack's facts.py and give their name alone",
            )
