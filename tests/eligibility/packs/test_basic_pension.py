"""The basic pension against the worked cases and against a second reading of the law."""

from __future__ import annotations

import random
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest

from tests.eligibility.packs.judge_basic_pension import (
    YEARS,
    Household,
    Pensioner,
    amounts,
    first_day_to_apply,
    is_entitled,
    paid,
)
from tests.eligibility.packs.published_cases import published_cases
from tests.eligibility.packs.verdicts import Verdict, built_in, verdicts

PROGRAMME = "kr/basic_pension"
AS_OF = date(2026, 9, 14)
OLD, YOUNG = date(1958, 3, 4), date(1966, 3, 4)

SINGLE: dict[str, Any] = {
    "birth_date": date(1960, 1, 5), "couple": False, "recognised_income": 1_000_000, "national_pension": 0,
    "special_pension": False, "spouse_birth_date": None, "spouse_receives": False,
    "has_basic_pension": False, "has_living_or_medical": False, "has_housing_or_education": False,
}  # fmt: skip
COUPLE = SINGLE | {"couple": True, "spouse_birth_date": OLD, "spouse_receives": True}


def verdict(as_of: date = AS_OF, **changes: Any) -> Verdict:
    """What the programme says when something about the single pensioner is different."""
    (one,) = verdicts(PROGRAMME, [SINGLE | changes], as_of)
    return one


def of_couple(**changes: Any) -> Verdict:
    (one,) = verdicts(PROGRAMME, [COUPLE | changes], AS_OF)
    return one


def made_up(count: int) -> list[tuple[Household, dict[str, Any]]]:
    """Households of every kind in a year, and the first spouse's facts, the same ones in every run."""
    draw = random.Random(59)
    made = []
    for _ in range(count):
        year, couple = draw.choice((2023, 2024, 2025, 2026)), draw.random() < 0.6
        both = couple and draw.random() < 0.6
        limit, base = YEARS[year][0] * (160 if couple else 100) // 100, YEARS[year][1]
        near = draw.choice((0, base // 20, base // 2, base, 2 * base, limit))
        income = max(limit - draw.randrange(near + 1), 0)
        first, second = pensioner(draw, base), pensioner(draw, base)
        made.append(
            (
                Household(year, couple, income, first, second if both else None),
                SINGLE
                | {
                    "couple": couple,
                    "recognised_income": income,
                    "national_pension": first.national_pension,
                    "has_living_or_medical": first.basic_living,
                    "spouse_birth_date": (OLD if both else YOUNG) if couple else None,
                    "spouse_receives": both and draw.random() < 0.7,
                    "birth_date": date(1955, 6, 1),
                },
            )
        )
    return made


def pensioner(draw: random.Random, base: int) -> Pensioner:
    """Often without a pension, or with one just at a limit of §6."""
    limits = [0, 0, base * 3 // 2, base * 3 // 2 + 1, base * 2, base * 2 + 1, draw.randrange(3 * base)]
    pension = draw.choice(limits)
    return Pensioner(pension, draw.randrange(pension + 1), draw.random() < 0.05)


def found_for(
    made: list[tuple[Household, dict[str, Any]]],
) -> list[tuple[Household, dict[str, Any], Verdict]]:
    """Each household with the verdict of a day in its year."""
    found = []
    for year in sorted({household.year for household, _ in made}):
        of_year = [(household, facts) for household, facts in made if household.year == year]
        judged = verdicts(PROGRAMME, [facts for _, facts in of_year], date(year, 7, 1))
        found += [(household, facts, one) for (household, facts), one in zip(of_year, judged, strict=True)]
    return found


@pytest.mark.parametrize("case", published_cases("kr_basic_pension"), ids=lambda case: case["id"])
def test_a_worked_case_comes_out_to_the_won(case: dict[str, Any]) -> None:
    inputs = case["inputs"]
    both, couple = inputs["both_recipients"], inputs["couple"]
    facts = SINGLE | {
        "birth_date": date(inputs["year"] - inputs["age"], 1, 5),
        "couple": couple,
        "recognised_income": inputs["recognised_income"],
        "national_pension": inputs["national_pension"],
        "spouse_birth_date": (OLD if both else YOUNG) if couple else None,
        "spouse_receives": both,
    }

    (found,) = verdicts(PROGRAMME, [facts], date(inputs["year"], 7, 1))

    persons = 2 if both else 1
    each = paid(Fraction(case["expected"]["household_amount"]) / persons)
    assert (found.status, found.amount) == ("entitled", each)


@pytest.mark.parametrize("case", published_cases("kr_basic_pension"), ids=lambda case: case["id"])
def test_the_judge_gives_the_worked_case(case: dict[str, Any]) -> None:
    inputs = case["inputs"]
    one = Pensioner(inputs["national_pension"])
    household = Household(
        inputs["year"],
        inputs["couple"],
        inputs["recognised_income"],
        one,
        one if inputs["both_recipients"] else None,
    )

    expected = case["expected"]
    assert (is_entitled(household), float(sum(amounts(household)))) == (
        expected["eligible"],
        expected["household_amount"],
    )


def test_two_thousand_households_get_what_the_judge_reckons_or_a_bound_below_it() -> None:
    wrong = []
    for household, facts, one in found_for(made_up(2000)):
        due = paid(amounts(household)[0])
        is_right = (one.amount or 0) <= due if one.at_least else one.amount == due
        if not is_right or (one.status == "entitled") != is_entitled(household):
            wrong.append((household, facts, one.amount, due))

    assert wrong == []


def test_the_bound_is_reached_by_the_worst_that_no_record_shows() -> None:
    found = [
        (amounts(household)[0], one.amount)
        for household, _, one in found_for(made_up(2000))
        if one.at_least
        and household.second is None
        and household.first.redistributed * 4 > YEARS[2026][1] * 9
    ]

    assert {paid(due) - (amount or 0) for due, amount in found} == {0}


def test_most_amounts_are_known_to_the_won() -> None:
    known = [not one.at_least for household, _, one in found_for(made_up(400)) if not household.couple]

    assert sum(known) > len(known) / 2


def test_taking_any_fact_away_never_turns_a_finding_into_a_no_or_makes_it_more() -> None:
    units = [(facts, facts | {gone: None}) for _, facts in made_up(60) for gone in SINGLE]

    before = verdicts(PROGRAMME, [whole for whole, _ in units], AS_OF)
    after = verdicts(PROGRAMME, [less for _, less in units], AS_OF)

    lost = [
        less
        for (_, less), had, has in zip(units, before, after, strict=True)
        if (had.status != "not_entitled" and has.status == "not_entitled")
        or (has.status == "entitled" and (has.amount or 0) > (had.amount or 0))
        or (has.status == "entitled" and (has.amount or 0) < (had.amount or 0) and not has.at_least)
    ]
    assert lost == []


@pytest.mark.parametrize("fact", ["recognised_income", "national_pension"])
def test_more_income_and_more_national_pension_never_give_more(fact: str) -> None:
    units = [facts for _, facts in made_up(300)]
    more = [facts | {fact: facts[fact] + 7_300} for facts in units]

    before, after = verdicts(PROGRAMME, units, AS_OF), verdicts(PROGRAMME, more, AS_OF)

    risen = [
        facts
        for facts, had, has in zip(units, before, after, strict=True)
        if has.status == "entitled" and (had.status != "entitled" or (has.amount or 0) > (had.amount or 0))
    ]
    assert risen == []


def test_it_opens_with_the_month_before_the_one_of_the_birthday() -> None:
    draw = random.Random(65)
    births = [date(1950, 1, 1) + timedelta(days=draw.randrange(7000)) for _ in range(300)]
    births += [date(1960, 2, 29), date(1961, 1, 31), date(1961, 12, 1)]

    found = verdicts(PROGRAMME, [SINGLE | {"birth_date": birth} for birth in births], AS_OF)

    assert [first_day_to_apply(birth) for birth in births] == [one.claim_from for one in found]


def test_nobody_can_apply_the_day_before() -> None:
    young = {"birth_date": date(1961, 10, 31)}

    assert [verdict(day, **young).status for day in (date(2026, 8, 31), date(2026, 9, 1))] == [
        "not_entitled",
        "entitled",
    ]


def test_a_scan_of_a_coming_day_finds_who_will_be_entitled_and_from_when() -> None:
    coming = verdict(date(2026, 12, 31), birth_date=date(1961, 12, 31))

    assert (coming.status, coming.claim_from, coming.claim_by) == ("entitled", date(2026, 11, 1), None)


def test_who_turns_65_next_year_is_judged_by_the_amounts_of_that_year() -> None:
    assert verdict(date(2026, 12, 1), birth_date=date(1962, 1, 20)).status == "unknown"


def test_a_spouse_who_may_ask_for_it_too_makes_the_amount_a_lower_bound() -> None:
    found = of_couple(spouse_receives=False)

    assert (found.amount, found.at_least) == (279_760, True)


def test_a_spouse_who_is_too_young_takes_nothing_off() -> None:
    found = of_couple(spouse_receives=False, spouse_birth_date=YOUNG)

    assert (found.amount, found.at_least) == (349_700, False)


def test_a_large_national_pension_leaves_half_of_the_base_amount_at_least() -> None:
    found = verdict(national_pension=1_200_000)

    assert (found.amount, found.at_least, found.parts["by_contributions"]) == (174_850, True, None)


def test_who_lives_on_livelihood_benefit_gets_all_of_it_whatever_the_national_pension() -> None:
    found = verdict(national_pension=1_200_000, has_living_or_medical=True)

    assert (found.amount, found.at_least) == (349_700, False)


def test_a_special_pension_bars_it() -> None:
    assert verdict(special_pension=True).criteria["no_special_pension"] is False


def test_who_receives_it_is_not_told_of_it_again() -> None:
    assert verdict(has_basic_pension=True).criteria["not_received_yet"] is False


def test_one_won_above_the_selection_amount_is_too_much() -> None:
    assert [verdict(recognised_income=income).status for income in (2_470_000, 2_470_001)] == [
        "entitled",
        "not_entitled",
    ]


def test_without_a_means_test_it_is_unknown() -> None:
    unknown: dict[str, Any] = dict.fromkeys(("couple", "recognised_income", "special_pension"))

    assert verdict(**unknown).status == "unknown"


def test_what_nobody_read_in_the_notices_is_marked_unconfirmed() -> None:
    book = built_in("kr").books[PROGRAMME]

    unconfirmed = {name for name, rate in book.items() if not rate.values[-1].confirmed_by}

    assert unconfirmed == {"selection_amount", "base_amount", "months_before"}
