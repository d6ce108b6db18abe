"""Where law or a claim changes there is a story on both sides; packs hold rules and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from data.errors import BadSettings
from eligibility.check import check
from eligibility.pack import Pack, Packs, load_pack, with_amendments
from eligibility.stories import stories_of, tell
from tests.eligibility.toypack import RATES, RULES, STORIES, write_toy_pack

TODAY = date(2026, 9, 1)


def story(name: str, as_of: str, given_up_on: str) -> str:
    facts = (
        f"year = {given_up_on[:4]}, fee = 12340, paid = 12340, is_given_up = true, birth_date = 1990-01-01"
    )
    return (
        f'\n[[story]]\nname = "{name}"\nprogramme = "toy/space_refund"\nas_of = {as_of}\nsource = "made up"\n'
        f"facts = {{ {facts}, given_up_on = {given_up_on} }}\nfinding = {{ claim_from = {given_up_on} }}\n"
    )


WHOLE = STORIES + "".join(
    story(f"{given_up_on} seen on {as_of}", as_of, given_up_on)
    for as_of, given_up_on in (
        ("2019-12-31", "2019-12-31"),  # the day before the first rates of the rate day and of the scan
        ("2020-01-01", "2020-01-01"),
        ("2026-07-31", "2026-06-30"),  # before the share of July, and before the interest of August
        ("2026-08-01", "2026-07-01"),
        ("2031-07-01", "2026-07-01"),  # the last day to claim
        ("2031-07-02", "2026-07-01"),
    )
)


def problems(folder: Path, **texts: str) -> list[str]:
    packs = Packs((load_pack("toy", write_toy_pack(folder / "toy", **texts)),))
    return [remark.what for remark in check(packs, TODAY) if remark.problem]


def test_with_a_story_on_both_sides_of_every_boundary_nothing_lacks(tmp_path: Path) -> None:
    assert [] == problems(tmp_path, stories=WHOLE)


@pytest.mark.parametrize(
    ("gone", "what"),
    [
        ("2026-06-30 seen on 2026-07-31", "rate share_back: no story of the day before 2026-07-01"),
        ("2026-07-01 seen on 2026-08-01", "rate interest: no story of 2026-08-01"),
        ("2026-07-01 seen on 2031-07-01", "no story of the last day to claim"),
        ("2026-07-01 seen on 2031-07-02", "no story of the day after the last day to claim"),
    ],
)
def test_a_boundary_without_its_story_is_named(tmp_path: Path, gone: str, what: str) -> None:
    stories = "\n[[story]]".join(
        part for part in WHOLE.split("\n[[story]]") if f'name = "{gone}"' not in part
    )
    assert what in problems(tmp_path, stories=stories)


# From a day that is reckoned, or from that of an event which does not pick the rates.
THIRD_DAY = RULES.replace("return f.given_up_on, years", "return days_after(f.given_up_on, 3), years")
BIRTH = RULES.replace("return f.given_up_on, years", "return f.birth_date, years")
SEEN = {
    day: story(f"seen on {day}", day, "2026-07-01").replace("claim_from = 2026-07-01", "status = 'entitled'")
    for day in ("2026-07-03", "2026-07-04")
}
BEFORE, FIRST = "no story of the day before one can claim", "no story of the first day on which one can claim"


@pytest.mark.parametrize(
    ("rules", "seen", "lacking"),
    [
        (THIRD_DAY, [], [FIRST, BEFORE]),
        (THIRD_DAY, ["2026-07-03"], [FIRST]),
        (THIRD_DAY, ["2026-07-04"], [BEFORE]),
        (THIRD_DAY, ["2026-07-03", "2026-07-04"], []),
        (BIRTH, [], [FIRST]),
        (RULES, [], []),
    ],
)
def test_the_first_day_to_claim_has_its_stories(
    tmp_path: Path, rules: str, seen: list[str], lacking: list[str]
) -> None:
    found = problems(tmp_path, rules=rules, stories=WHOLE + "".join(SEEN[day] for day in seen))
    assert lacking == [one for one in found if one in (BEFORE, FIRST)]


def test_the_story_of_the_day_before_one_can_claim_is_of_the_same_facts(tmp_path: Path) -> None:
    other = SEEN["2026-07-03"].replace("given_up_on = 2026-07-01", "given_up_on = 2026-06-15")
    assert BEFORE in problems(tmp_path, rules=THIRD_DAY, stories=WHOLE + SEEN["2026-07-04"] + other)


def test_a_rate_that_begins_on_a_day_no_story_reaches_is_named(tmp_path: Path) -> None:
    rates = RATES.replace("{ since = 2026-07-01, value = 50 }", "{ since = 2026-07-02, value = 50 }")
    assert "rate share_back: no story of 2026-07-02" in problems(tmp_path, stories=WHOLE, rates=rates)


def test_an_amended_value_takes_the_place_of_the_one_of_its_day(tmp_path: Path) -> None:
    packs = Packs(with_amendments(two_packs(tmp_path, amendment(value=60))))
    pack, programme = packs.find("toy/space_refund")
    share = pack.books[programme.id]["share_back"]
    assert [(40, "Ordinance §3"), (60, "City law §9")] == [(one.value, one.law) for one in share.values]


def test_an_amendment_makes_another_rule_version_and_leaves_the_pack_s_own_stories_true(
    tmp_path: Path,
) -> None:
    toy, city = two_packs(tmp_path, amendment(value=60))
    packs = Packs(with_amendments([toy, city]))
    told = tell(packs, stories_of(toy))
    assert [] == [line for lines in told.values() for line in lines]
    assert toy.versions != packs.packs[0].versions


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (
            '[nothing]\nlaw = "§9"\nconfirmed = false\nvalues = [{ since = 2026-07-01, value = 1 }]',
            "no such rate",
        ),
        ('[share_back]\nlaw = "§9"\nconfirmed = false\nlabel = { ko = "가" }', "nothing else"),
        ("[share_back]\nconfirmed = false\nvalues = [{ since = 2026-07-01, value = 1 }]", "by what does"),
        (
            '[share_back]\nlaw = "§9"\nconfirmed = false\nvalues = [{ since = 2026-07-01, value = 1.5 }]',
            "whole",
        ),
        ('[share_back]\nlaw = "§9"\nconfirmed = false\nvalues = [{ since = "2026", value = 1 }]', "is a day"),
        (
            '[share_back]\nlaw = "§9"\nconfirmed = false\n'
            "values = [{ since = 2026-07-01T00:00:00, value = 1 }]",
            "`since` is a day",
        ),
        ('[share_back]\nlaw = "§9"\nconfirmed = false\nvalues = [{ since = [1], value = 1 }]', "is a day"),
        (
            '[share_back]\nlaw = "§9"\nconfirmed = false\n'
            "values = [{ since = 2026-07-01, value = 1 }, { since = 2026-07-01, value = 2 }]",
            "Two values since 2026-07-01",
        ),
        ('[share_back]\nlaw = "§9"\nvalues = [{ since = 2027-07-01, value = 1 }]', None),
    ],
)
def test_an_amendment_that_cannot_be_right_is_refused_with_its_place(
    tmp_path: Path, text: str, what: str | None
) -> None:
    packs = two_packs(tmp_path, text)
    if what is None:  # nobody confirmed it, and it says so by being shown
        amended = with_amendments(packs)[0].books["toy/space_refund"]["share_back"]
        assert amended.values[-1].confirmed_by is None
        return
    with pytest.raises(BadSettings, match=what) as error:
        with_amendments(packs)
    assert "city" in str(error.value.where)


def test_two_packs_may_not_amend_the_same_rates(tmp_path: Path) -> None:
    toy, city = two_packs(tmp_path, amendment(value=60))
    with pytest.raises(BadSettings, match=r"Two packs amend toy/space\.toml"):
        with_amendments([toy, city, replace(city, name="town")])


def amendment(value: int) -> str:
    return (
        '[share_back]\nlaw = "City law §9"\nconfirmed_by = "the council"\n'
        f"values = [{{ since = 2026-07-01, value = {value} }}]"
    )


def two_packs(folder: Path, text: str) -> list[Pack]:
    """The toy pack, and a pack of a city that amends its rates."""
    file = folder / "city" / "amends" / "toy" / "space.toml"
    file.parent.mkdir(parents=True)
    file.write_text(text, "utf-8")
    return [load_pack("toy", write_toy_pack(folder / "toy", rules=RULES)), load_pack("city", folder / "city")]


def test_a_kind_that_a_later_value_leaves_out_is_named(tmp_path: Path) -> None:
    """Whoever is of that kind is unknown from that day on, and nobody would see why."""
    names = '{ young = { ko = "청년", en = "young" }, old = { ko = "노인", en = "old" } }'
    both, one = "keyed = { young = 1, old = 2 }", "keyed = { young = 1 }"
    values = f"[{{ since = 2020-01-01, {both} }}, {{ since = 2026-07-01, {one} }}]"
    rates = RATES.replace(
        "values = [{ since = 2020-01-01, value = 1000 }]", f"names = {names}\nvalues = {values}"
    )
    rules = RULES.replace("r.bonus", 'r.keyed.bonus("young")')
    packs = Packs((load_pack("toy", write_toy_pack(tmp_path / "toy", rates=rates, rules=rules)),))
    notes = [one.what for one in check(packs, TODAY) if not one.problem]
    assert "rate bonus: from 2026-07-01 there is none for old" in notes
