"""Amendments: values of another pack's rates that an authority sets by law of its own, such as an ordinance.

A pack holds them in `amends/<pack>/<file of rates>.toml`:

    [private_tax_per_cc]
    law = "가온시 시세 조례 §7"
    confirmed_by = "세정과, 2026-01-02"
    values = [{ since = 2026-01-01, brackets = [{ up_to = 1000, value = 88 }, { value = 220 }] }]

The amended pack itself is not touched; a programme that reads the rate has a rule version of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from data.errors import BadSettings

FOLDER = "amends"


def amendments(packs: Mapping[str, Path]) -> list[tuple[str, Path]]:
    """The amendments in the folders of packs: the pack that each is of, and its file.

    Raises BadSettings for an amendment of a pack that is not there, and for one that two packs make.
    """
    makers: dict[tuple[str, str], Path] = {}
    for folder in packs.values():
        for path in sorted((folder / FOLDER).rglob("*.toml")):
            of = path.parent.name, path.name
            if of in makers:
                raise amendment_refused(f"Two packs amend {'/'.join(of)}.", makers[of], path)
            if of[0] not in packs:
                raise amendment_refused(f"No pack {of[0]} is named in owed.toml.", path)
            makers[of] = path
    return [(name, path) for (name, _), path in makers.items()]


def amendment_refused(what: str, *places: Path) -> BadSettings:
    """The error about an amendment that cannot be."""
    where = " and ".join(map(str, places))
    return BadSettings(what, where=where, mend="mend or remove the amendment; eligibility/amending.py shows")
