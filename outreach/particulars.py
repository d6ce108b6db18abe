"""What an approver has to know of a programme's findings beside their number and sum."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from outreach.found import FoundFinding
from outreach.listing import Line
from outreach.sealing import ProgrammeWords

Titles = Mapping[str, Mapping[str, str]]


def particulars(name: str, words: ProgrammeWords, lines: Sequence[Line], titles: Titles) -> dict[str, Any]:
    """How many findings that are told rest on a lower bound, are set off against arrears, can only be had
    instead of another, or can be claimed until when; and how many found hang on another's grant.

    JSON values only. `titles` are those of every programme there is.
    """
    told = [one for line in lines for one in line.tell if one.programme == name]
    days = sorted(one.claim_by for one in told if one.claim_by is not None)
    return {
        "at_most": words.at_most,
        "months_lost": words.months_lost,
        "at_least": sum(one.at_least for one in told),
        "set_off": {
            "findings": sum(bool(one.offset) for one in told),
            "amount": sum(one.offset or 0 for one in told),
            "unknown": sum(one.offset is None for one in told),
        },
        "instead_of": _instead_of(told, titles),
        "after": _after(name, lines, titles),
        "claim_by": {"findings": len(days), "first": days[0].isoformat() if days else None},
    }


def _instead_of(told: Iterable[FoundFinding], titles: Titles) -> list[dict[str, Any]]:
    counts = Counter(other for one in told for other in one.instead_of)
    return [
        {"programme": other, "title": _title(titles, other), "findings": count}
        for other, count in sorted(counts.items())
    ]


def _after(name: str, lines: Iterable[Line], titles: Titles) -> list[dict[str, Any]]:
    found: Counter[str] = Counter()
    told: Counter[str] = Counter()
    for line in lines:
        found.update(other for one in line.found.findings if one.programme == name for other in one.after)
        told.update(other for one in line.tell if one.programme == name for other in one.after)
    return [
        {"programme": other, "title": _title(titles, other), "findings": count, "told": told[other]}
        for other, count in sorted(found.items())
    ]


def _title(titles: Titles, programme: str) -> dict[str, str]:
    return dict(titles.get(programme, {"ko": programme, "en": programme}))
