"""Amendments: values of another pack's rates that an authority sets by law of its own, such as an ordinance.

A pack holds them in `amends/<pack>/<file of rates>.toml`:

    [private_tax_per_cc]
    law = "가온시 시세 조례 §7"
    confirmed_by = "세정과, 2026-01-02"
    values = [{ since = 2026-01-01, brackets = [{ up_to = 1000, value = 88 }, { value = 220 }] }]

The amended pack itself is not touched; a programme that reads the rate has a rule version of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from data.errors import BadSettings
from eligibility.rates import Rate

FOLDER = "amends"


@dataclass(frozen=True)
class Amendment:
    """A file of values that the pack `by` has for the rates of the pack `of`."""

    by: str
    of: str
    path: Path


def amendments(packs: Mapping[str, Path]) -> list[Amendment]:
    """The amendments in the folders of packs.

    Raises BadSettings for an amendment of a pack that is not there, for one that two packs make, and for
    one of the pack's own rates: its stories would go on telling the values that are no longer used.
    """
    makers: dict[tuple[str, str], Amendment] = {}
    for name, folder in packs.items():
        for path in sorted((folder / FOLDER).rglob("*.toml")):
            of = path.parent.name, path.name
            if of in makers:
                raise amendment_refused(f"Two packs amend {'/'.join(of)}.", makers[of].path, path)
            if of[0] == name:
                raise amendment_refused(f"The pack {name} amends itself; its values stand in {of[1]}.", path)
            if of[0] not in packs:
                raise amendment_refused(f"No pack {of[0]} is named in owed.toml.", path)
            makers[of] = Amendment(name, of[0], path)
    return list(makers.values())


def given_way(own: Rate, amended: Rate, *, of: str) -> Iterator[str]:
    """In words, where an amended value ends or goes on and its author need not have meant it: a later value
    of the pack `of` takes its place again, or the last day of the value it replaced is gone.
    """
    for before, after in pairwise(amended.values):
        if before not in own.values and after in own.values:
            yield f"rate {own.name}: from {after.since} the value of {of} holds again"
    last = amended.values[-1]
    until = next((one.until for one in own.values if one.since == last.since), None)
    if until is not None and last.until is None:
        yield f"rate {own.name}: the value of {of} since {last.since} ends on {until}, yours goes on"


def amendment_refused(what: str, *places: Path) -> BadSettings:
    """The error about an amendment that cannot be."""
    where = " and ".join(map(str, places))
    return BadSettings(what, where=where, mend="mend or remove the amendment; eligibility/amending.py shows")
