"""Looks for a right to nothing: whether somebody is found entitled whose whole amount is 0."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from eligibility.compiler import ENTITLED
from eligibility.facts import FactType
from eligibility.pack import Pack
from eligibility.plain import judge_unit
from eligibility.programmes import Programme
from eligibility.stories import Story


def entitled_to_nothing(pack: Pack, programme: Programme, stories: Iterable[Story]) -> Iterator[str]:
    """The facts of money that, when they are 0, leave the unit of some story entitled to nothing at all."""
    unit = pack.unit_of(programme)
    unknown = dict.fromkeys(fact.name for fact in unit.facts)
    found = set[str]()
    for story in (one for one in stories if one.programme == programme.id):
        compiled = pack.compile(programme, story.as_of)
        money = [one.name for one in unit.facts if one.type is FactType.MONEY and one.name in compiled.facts]
        for name in (one for one in money if one in story.facts):
            answer = judge_unit(compiled, {**unknown, **story.facts, name: 0})
            if answer.status == ENTITLED and answer.amount == 0 and not answer.at_least:
                found.add(name)
    for name in sorted(found):
        yield f"entitled to nothing where {name} is 0: let a criterion say when something is due"
