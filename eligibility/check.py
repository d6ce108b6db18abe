"""Checks packs before anybody relies on them: what is unconfirmed, missing, untold, or about to end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise

from eligibility.amending import given_way
from eligibility.boundaries import lacking
from eligibility.dialect import foreign_code
from eligibility.nothing_due import entitled_to_nothing
from eligibility.pack import Pack, Packs
from eligibility.programmes import Programme
from eligibility.rates import Rate
from eligibility.stories import Story, stories_of, tell
from eligibility.wiring import unwired

ENDS_SOON = timedelta(days=180)


@dataclass(frozen=True)
class Remark:
    """One thing a check found, and in which pack it is mended: an amendment's in the one that amends.

    A problem fails the check, the rest is for the operator to weigh.
    """

    programme: str
    what: str
    problem: bool
    pack: str


def check(packs: Packs, today: date) -> list[Remark]:
    """Every remark on every programme, by programme, as it is judged: with the amendments of its rates."""
    stories = [story for pack in packs.packs for story in stories_of(pack)]
    remarks = [
        remark
        for pack, one in packs
        for remark in (_own(pack, one, stories, today) + _of_amendment(packs, pack, one, stories, today))
    ]
    remarks += [
        Remark(one.id, loose.what, True, loose.pack)
        for pack, one in packs
        for loose in unwired(packs, pack, one, today)
    ]
    for pack in packs.packs:
        remarks += [Remark(pack.name, what, True, pack.name) for what in foreign_code(pack.folder)]
    return remarks


def _own(pack: Pack, programme: Programme, stories: Sequence[Story], today: date) -> list[Remark]:
    """What is to be said of the pack by itself, but for notes that an amendment settles."""
    theirs = [one for one in stories if one.path.is_relative_to(pack.folder)]
    found = list(_remarks(pack.unamended or pack, programme, theirs, today))
    if programme.id not in pack.amended_by:
        return found
    amended = set(_remarks(pack, programme, stories, today))
    return [one for one in found if one.problem or one in amended]


def _of_amendment(
    packs: Packs, pack: Pack, programme: Programme, stories: Sequence[Story], today: date
) -> list[Remark]:
    """What only holds with the amendment, and in which of the pack's stories it gives something else."""
    by = pack.amended_by.get(programme.id)
    if by is None:
        return []
    theirs = [
        one for one in stories if one.programme == programme.id and one.path.is_relative_to(pack.folder)
    ]
    own = set(_remarks(pack.unamended or pack, programme, theirs, today))
    found = [one for one in _remarks(pack, programme, stories, today) if one not in own]
    told = tell(packs, theirs, amended=True)
    lines = _given_way(pack, programme, today)
    lines += [f'amended, "{one.name}": {line}' for one, differences in told.items() for line in differences]
    return [replace(one, pack=by) for one in found] + [
        Remark(programme.id, line, False, by) for line in lines
    ]


def _given_way(pack: Pack, programme: Programme, today: date) -> list[str]:
    own = (pack.unamended or pack).books[programme.id]
    rates = {rate.name: rate for rate, _ in pack.compile(programme, today).rates}
    return [line for rate in rates.values() for line in given_way(own[rate.name], rate, of=pack.name)]


def _remarks(pack: Pack, programme: Programme, stories: Sequence[Story], today: date) -> Iterator[Remark]:
    def remark(what: str, *, problem: bool) -> Remark:
        return Remark(programme.id, what, problem, pack.name)

    for name, law in _laws(programme):
        if not law.strip():
            yield remark(f"{name} names no article of law", problem=True)
    for rate, _ in pack.compile(programme, today).rates:
        yield from (remark(what, problem=False) for what in _on_rate(rate, today))
    yield from (remark(what, problem=True) for what in lacking(pack, programme, stories))
    yield from (remark(what, problem=True) for what in entitled_to_nothing(pack, programme, stories))


def _laws(programme: Programme) -> list[tuple[str, str]]:
    claim, accrual, offset = programme.claim_rule, programme.accrual_rule, programme.offset_rule
    return [
        (programme.id, programme.law),
        *((one.name, one.law) for one in programme.criteria),
        *((one.name, one.law) for one in programme.parts),
        *([("the claim", claim.law)] if claim else []),
        *([("the accrual", accrual.law)] if accrual else []),
        *([("the offset", offset.law)] if offset else []),
    ]


def _on_rate(rate: Rate, today: date) -> Iterator[str]:
    for dated in rate.values:
        if dated.confirmed_by is None:
            yield f"rate {rate.name} since {dated.since}: nobody has confirmed it"
        elif dated.is_presumed(today):
            yield (
                f"rate {rate.name} since {dated.since}: only its table is confirmed, by"
                f' "{dated.confirmed_by}"; let the value say who confirmed it'
            )
    for earlier, later in pairwise(rate.values):
        gone = sorted(set(earlier.keyed or {}) - set(later.keyed or {}))
        if gone:
            yield f"rate {rate.name}: from {later.since} there is none for {', '.join(gone)}"
    until = rate.values[-1].until
    if until is not None and until - today < ENDS_SOON:
        yield f"rate {rate.name} {'ended' if until < today else 'ends'} on {until}"
