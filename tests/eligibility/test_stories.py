"""Stories hold or say what differs; one that cannot be understood names itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.errors import BadSettings
from eligibility.pack import Pack, Packs, load_pack
from eligibility.stories import read_stories, stories_of, tell
from tests.eligibility.toypack import write_toy_pack

STORY = """
[[story]]
name = "A story"
programme = "toy/space_refund"
as_of = 2026-09-01
facts = { year = 2026, fee = 100, paid = 100 }
finding = { status = "unknown" }
source = "made up"
"""


def told(pack: Pack, file: Path, text: str) -> list[list[str]]:
    file.write_text(text, "utf-8")
    return list(tell(Packs((pack,)), read_stories(file)).values())


def test_the_stories_of_a_pack_are_found_and_hold(toy_pack: Pack) -> None:
    assert [[], []] == list(tell(Packs((toy_pack,)), stories_of(toy_pack)).values())


def test_the_stories_of_a_pack_below_a_folder_called_contracts_are_found(tmp_path: Path) -> None:
    pack = load_pack("toy", write_toy_pack(tmp_path / "contracts" / "toy"))
    assert 2 == len(stories_of(pack))


@pytest.mark.parametrize(
    ("finding", "line"),
    [
        ('status = "entitled"', "status: the story says entitled, the rules give unknown"),
        ("amount = 7", "amount: the story says 7, the rules give None"),
        (
            "parts = { fee_part = 7 }",
            "parts: the story says {'fee_part': 7}, the rules give {'fee_part': None}",
        ),
        ("unknown = []", "unknown: the story says [], the rules give ['given_up_in_the_year']"),
    ],
)
def test_a_story_that_does_not_hold_says_what_differs(
    toy_pack: Pack, tmp_path: Path, finding: str, line: str
) -> None:
    text = STORY.replace('status = "unknown"', finding)
    assert [[line]] == told(toy_pack, tmp_path / "s.toml", text)


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("fee = 100", "fees = 100", "names a fact that unit space does not have: fees"),
        ("fee = 100", 'fee = "100"', "fee is a money"),
        ('source = "made up"', "", "missing or unknown key: source"),
        ("as_of = 2026-09-01", 'as_of = "today"', "`as_of` of a story is a date"),
        ('status = "unknown"', "state = 1", "A finding has no state"),
        ('status = "unknown"', 'unmet = ["nothing"]', "no criterion nothing"),
        ("toy/space_refund", "toy/other", "No programme is called toy/other"),
        ('status = "unknown"', "unmet = 5", "`finding` says unmet = 5; it is a list of criteria"),
        ('status = "unknown"', "unmet = [5]", "it is a list of criteria"),
        ('status = "unknown"', "parts = 5", "it is a table of amounts"),
        ('status = "unknown"', 'parts = { fee_part = "5" }', "it is a table of amounts"),
        ('status = "unknown"', 'status = "yes"', "it is entitled, not_entitled or unknown"),
        ('{ status = "unknown" }', '["x"]', "`finding` of a story is a table of what"),
        ("{ year = 2026, fee = 100, paid = 100 }", "[1]", "`facts` of a story is a table of facts"),
        ('"toy/space_refund"', "5", "`programme` of a story is a programme's id in quotes"),
        ('{ status = "unknown" }', "{}", "expects nothing and would always hold"),
        ('status = "unknown"', "parts = {}", "expects nothing and would always hold"),
        ("[[story]]", "[story]", "A story begins with"),
        (STORY, "story = [1]", "A story is a table, not 1"),
        (STORY, "story = 5", "A story begins with"),
        ("[[story]]", "[[story", "not valid TOML"),
    ],
)
def test_a_story_that_cannot_be_understood_is_refused(
    toy_pack: Pack, tmp_path: Path, old: str, new: str, what: str
) -> None:
    with pytest.raises(BadSettings, match=what):
        told(toy_pack, tmp_path / "s.toml", STORY.replace(old, new))
