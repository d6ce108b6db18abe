"""What a pack sets in place of another's rates is checked as it is used; nothing amends itself."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from data.errors import BadSettings
from eligibility.check import Remark, check
from eligibility.pack import Pack, Packs, load_pack, with_amendments
from tests.eligibility.test_boundaries import WHOLE, story
from tests.eligibility.toypack import RATES, write_toy_pack

TODAY = date(2026, 9, 1)
UNCONFIRMED = "confirmed = false"
BY_THE_COUNCIL = 'confirmed_by = "the council"'


def city(folder: Path, *, rate: str, value: str, said: str, stories: str = "") -> list[Pack]:
    """The toy pack with all its stories, and a pack of a city that sets one value of its rates."""
    toy = load_pack("toy", write_toy_pack(folder / "toy", stories=WHOLE))
    return [
        toy,
        amending(folder, "city", f'[{rate}]\nlaw = "City law §9"\n{said}\nvalues = [{value}]', stories),
    ]


def amending(folder: Path, name: str, text: str, stories: str = "") -> Pack:
    file = folder / name / "amends" / "toy" / "space.toml"
    file.parent.mkdir(parents=True)
    file.write_text(text, "utf-8")
    (folder / name / "own.stories.toml").write_text(stories, "utf-8")
    return load_pack(name, folder / name)


def remarks(packs: list[Pack]) -> list[Remark]:
    return check(Packs(with_amendments(packs)), TODAY)


def of_city(packs: list[Pack]) -> list[tuple[str, bool]]:
    return [(one.what, one.problem) for one in remarks(packs) if one.pack == "city"]


def test_an_amended_value_that_ends_soon_is_named(tmp_path: Path) -> None:
    value = "{ since = 2020-01-01, value = 1000, until = 2026-12-31 }"
    found = of_city(city(tmp_path, rate="bonus", value=value, said=UNCONFIRMED))
    assert ("rate bonus ends on 2026-12-31", False) in found


def test_a_day_on_which_an_amended_value_begins_needs_its_stories(tmp_path: Path) -> None:
    value = "{ since = 2026-08-15, value = 60 }"
    expected = [
        ("rate share_back since 2026-08-15: nobody has confirmed it", False),
        ("rate share_back: no story of the day before 2026-08-15", True),
        ("rate share_back: no story of 2026-08-15", True),
    ]
    assert expected == of_city(city(tmp_path, rate="share_back", value=value, said=UNCONFIRMED))


def test_the_stories_of_the_pack_that_amends_stand_around_its_days(tmp_path: Path) -> None:
    stories = story("before", "2026-09-01", "2026-08-14") + story("from then on", "2026-09-01", "2026-08-15")
    packs = city(
        tmp_path,
        rate="share_back",
        value="{ since = 2026-08-15, value = 60 }",
        said=BY_THE_COUNCIL,
        stories=stories,
    )
    assert [] == of_city(packs)


def test_an_amendment_that_somebody_confirmed_is_no_more_called_unconfirmed(tmp_path: Path) -> None:
    packs = city(tmp_path, rate="bonus", value="{ since = 2020-01-01, value = 1000 }", said=BY_THE_COUNCIL)
    assert [] == [one.what for one in remarks(packs) if "confirmed" in one.what]


def test_what_an_amendment_changes_in_the_stories_of_the_pack_is_shown_and_no_problem(tmp_path: Path) -> None:
    value = "{ since = 2026-07-01, value = 60 }"
    found = of_city(city(tmp_path, rate="share_back", value=value, said=BY_THE_COUNCIL))
    name = "Paid 12,340 won, given up in July by a grown-up"
    assert (f'amended, "{name}": amount: the story says 6170, the rules give 7400', False) in found


def test_it_is_said_when_the_value_of_the_pack_holds_again(tmp_path: Path) -> None:
    value = "{ since = 2020-01-01, value = 90 }"
    found = of_city(city(tmp_path, rate="share_back", value=value, said=BY_THE_COUNCIL))
    assert ("rate share_back: from 2026-07-01 the value of toy holds again", False) in found


@pytest.mark.parametrize(("until", "said"), [("", True), (", until = 2027-12-31", False)])
def test_it_is_said_when_a_last_day_of_the_pack_is_gone(tmp_path: Path, until: str, said: bool) -> None:
    rates = RATES.replace("value = 1000 }", "value = 1000, until = 2026-12-31 }")
    toy = load_pack("toy", write_toy_pack(tmp_path / "toy", rates=rates))
    value = f"{{ since = 2020-01-01, value = 2000{until} }}"
    law = f'[bonus]\nlaw = "City law §9"\n{BY_THE_COUNCIL}\nvalues = [{value}]'
    found = of_city([toy, amending(tmp_path, "city", law)])
    what = "rate bonus: the value of toy since 2020-01-01 ends on 2026-12-31, yours goes on"
    assert said is ((what, False) in found)


@pytest.mark.parametrize(
    ("by", "later", "said"),
    [
        ("the council", "2026-12-01", True),
        ("the council", "2026-08-20", False),
        ("the council, 2026-03-02", "2026-08-20", True),
        ("the council, 2026-08-20", "2026-08-20", False),
        ("the council, 2026-03-02", '2026-08-20, confirmed_by = "the mayor"', False),
    ],
)
def test_a_later_value_that_only_its_table_confirms_is_named(
    tmp_path: Path, by: str, later: str, said: bool
) -> None:
    value = f"{{ since = 2026-08-15, value = 60 }}, {{ since = {later}, value = 30 }}"
    found = of_city(city(tmp_path, rate="share_back", value=value, said=f'confirmed_by = "{by}"'))
    what = f'rate share_back since {later[:10]}: only its table is confirmed, by "{by}"'
    assert said is any(line.startswith(what) for line, _ in found)


def test_a_later_value_of_an_amendment_may_be_unconfirmed(tmp_path: Path) -> None:
    value = "{ since = 2026-08-15, value = 60 }, { since = 2026-12-01, value = 30, confirmed = false }"
    found = of_city(city(tmp_path, rate="share_back", value=value, said=BY_THE_COUNCIL))
    assert ("rate share_back since 2026-12-01: nobody has confirmed it", False) in found


def test_a_pack_does_not_amend_itself(tmp_path: Path) -> None:
    (toy, _) = city(tmp_path, rate="bonus", value="{ since = 2020-01-01, value = 9 }", said=BY_THE_COUNCIL)
    own = toy.folder / "amends" / "toy" / "space.toml"
    own.parent.mkdir(parents=True)
    own.write_text("", "utf-8")
    with pytest.raises(BadSettings, match="The pack toy amends itself"):
        with_amendments([toy])
