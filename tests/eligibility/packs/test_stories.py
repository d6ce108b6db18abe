"""Every story of the built-in packs holds."""

from __future__ import annotations

import pytest

from eligibility.pack import Packs
from eligibility.stories import Story, stories_of, tell
from tests.eligibility.packs.verdicts import built_in

PACKS = Packs((built_in("kr"), built_in("us")))
STORIES = [story for pack in PACKS.packs for story in stories_of(pack)]


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_the_story_holds(story: Story) -> None:
    assert tell(PACKS, [story])[story] == []


def test_every_programme_has_stories() -> None:
    assert {story.programme for story in STORIES} == {programme.id for _, programme in PACKS}
