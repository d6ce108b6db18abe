"""Every story of every pack holds, on every engine: plain Python, and Polars over a sheet of one row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from typing import Any

import polars as pl
import pytest

from eligibility.compiler import Compiled
from eligibility.judging import CRITERION, PART, judge, judge_open
from eligibility.pack import Packs
from eligibility.plain import Answer, judge_unit
from eligibility.stories import Story, stories_of, tell
from tests.eligibility.packs.verdicts import PACKS as FOLDER
from tests.eligibility.packs.verdicts import built_in

PACKS = Packs(tuple(built_in(folder.name) for folder in sorted(FOLDER.iterdir()) if any(folder.glob("*.py"))))
STORIES = [story for pack in PACKS.packs for story in stories_of(pack)]
every_story = pytest.mark.parametrize("story", STORIES, ids=lambda story: f"{story.programme}: {story.name}")


@cache
def compiled(programme: str, as_of: date) -> Compiled:
    pack, found = PACKS.find(programme)
    return pack.compile(found, as_of)


def on_polars(
    one: Compiled, facts: Mapping[str, Any], way: Callable[..., pl.LazyFrame] = judge
) -> list[Answer]:
    """The answer for a sheet of one row; none where the way leaves out who is not entitled."""
    sheet = pl.DataFrame([facts], schema={fact.name: fact.type.dtype for fact in one.unit.facts})
    judged = way(one, sheet.lazy()).collect()
    return [_answer(one, row) for row in judged.iter_rows(named=True)]


def _answer(one: Compiled, row: Mapping[str, Any]) -> Answer:
    same = ("status", "amount", "at_least", "offset", "accrues_from", "claim_from", "claim_by")
    return Answer(
        criteria={name: row[CRITERION + name] for name in one.conditions},
        parts={name: row[PART + name] for name in one.parts},
        **{name: row[name] for name in same},
    )


@every_story
def test_the_story_holds(story: Story) -> None:
    assert [] == tell(PACKS, [story])[story]


@every_story
def test_every_engine_tells_the_story_alike(story: Story) -> None:
    one = compiled(story.programme, story.as_of)
    facts = {fact.name: story.facts.get(fact.name) for fact in one.unit.facts}
    plain = judge_unit(one, facts)
    found = [] if plain.status == "not_entitled" else [plain]
    assert ([plain], found) == (on_polars(one, facts), on_polars(one, facts, judge_open))


def test_every_programme_has_stories() -> None:
    assert {programme.id for _, programme in PACKS} == {story.programme for story in STORIES}
