"""What is not known leaves a finding as it is, makes it unknown, or lowers it to a stated lower bound."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, reject, settings
from hypothesis import strategies as st

from eligibility.compiler import ENTITLED, NOT_ENTITLED, UNKNOWN, Compiled
from eligibility.pack import Pack, Packs
from eligibility.plain import Answer, judge_unit
from eligibility.programmes import Programme
from tests.eligibility.near_stories import Case, cases, stories_about, two_values
from tests.eligibility.packs.verdicts import PACKS as FOLDER
from tests.eligibility.packs.verdicts import built_in

PACKS = Packs(tuple(built_in(folder.name) for folder in sorted(FOLDER.iterdir()) if any(folder.glob("*.py"))))
TOLD = [(pack, programme) for pack, programme in PACKS if stories_about(pack, programme)]
every_programme = pytest.mark.parametrize(("pack", "programme"), TOLD, ids=[one.id for _, one in TOLD])
bounded = settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])


@every_programme
@bounded
@given(data=st.data())
def test_a_fact_that_is_not_known_never_turns_into_no(
    pack: Pack, programme: Programme, data: st.DataObject
) -> None:
    case = data.draw(cases(pack, programme))
    known = [name for name, value in case.facts.items() if value is not None]
    hidden = data.draw(st.sets(st.sampled_from(known)) if known else st.just(set()))
    whole = judge_unit(case.compiled, case.facts)
    part = judge_unit(case.compiled, case.facts | dict.fromkeys(hidden))
    assert [] == losses(whole, part)


def losses(whole: Answer, part: Answer) -> list[str]:
    """Where an answer from fewer facts says something that the answer from more does not bear out."""
    pairs = {
        **{f"criterion {name}": (value, part.criteria[name]) for name, value in whole.criteria.items()},
        **{f"part {name}": (value, part.parts[name]) for name, value in whole.parts.items()},
        **{
            name: (getattr(whole, name), getattr(part, name))
            for name in ("accrues_from", "claim_from", "claim_by")
        },
    }
    lost = [name for name, (more, fewer) in pairs.items() if fewer not in (more, None)]
    if part.status not in (whole.status, UNKNOWN):
        lost.append("status")
    if whole.at_least and not part.at_least:
        lost.append("at_least")
    return lost if _is_bound(whole, part) else [*lost, "amount"]


def _is_bound(whole: Answer, part: Answer) -> bool:
    """The amount from fewer facts is none, the same, or a stated lower bound of the other."""
    if part.amount is None or part.amount == whole.amount:
        return True
    return part.at_least and whole.amount is not None and part.amount <= whole.amount


@every_programme
@bounded
@given(data=st.data())
def test_no_amount_is_negative_whatever_a_register_may_hold(
    pack: Pack, programme: Programme, data: st.DataObject
) -> None:
    case = data.draw(cases(pack, programme))
    answer = judge_unit(case.compiled, case.facts)
    if answer.status != NOT_ENTITLED:
        may_add = [answer.parts[part.name] for part in programme.parts if part.may_add]
        assert [] == [one for one in (answer.amount, answer.offset, *may_add) if one is not None and one < 0]


UP, DOWN = 1, -1
MONOTONE = [
    ("kr/basic_pension", "recognised_income", DOWN),
    ("kr/basic_pension", "national_pension", DOWN),
    ("kr/child_allowance", "birth_date", UP),
    ("kr/employment_retention", "days_used", DOWN),
    ("kr/employment_retention", "fewest_days", UP),
    ("kr/energy_voucher", "members", UP),
    ("kr/medical_cap_refund", "covered_paid", UP),
    ("kr/medical_cap_refund", "decile", DOWN),
    ("kr/medical_cap_refund", "refunded", DOWN),
    ("kr/vehicle_tax_refund", "ended_on", DOWN),
    ("us/eitc", "adjusted_gross_income", DOWN),
    ("us/eitc", "qualifying_children", UP),
    ("us/livestock_forage", "beef_cow", UP),
    ("us/livestock_forage", "grazing_acres", UP),
    ("us/livestock_forage", "d2_weeks_in_a_row", UP),
]
"""With more of this (or a later day), the law never gives less (UP) or never gives more (DOWN)."""


@pytest.mark.parametrize(("programme_id", "fact", "direction"), MONOTONE)
@settings(bounded, max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(data=st.data())
def test_more_of_a_fact_never_moves_the_amount_against_the_law(
    programme_id: str, fact: str, direction: int, data: st.DataObject
) -> None:
    pack, programme = PACKS.find(programme_id)
    case = data.draw(cases(pack, programme, told=lambda story: story.finding["status"] == ENTITLED))
    values = data.draw(two_values(pack, programme, fact))
    assume(all(_is_possible(fact, value, case) for value in values))
    low, high = (_amount(case.compiled, case.facts | {fact: value}) for value in values)
    if low is None or high is None or low == high == 0:
        reject()  # it would prove nothing
    assert (low <= high) if direction == UP else (low >= high)


def _is_possible(fact: str, value: Any, case: Case) -> bool:
    """Whether the law says so of the value: of a birth, that it was; of an end, that of what was held, in its
    year and not yet barred."""
    if fact == "birth_date":
        return bool(value <= case.compiled.as_of)
    if fact != "ended_on":
        return True
    held_from, year = case.facts["acquired_on"], case.facts["tax_year"]
    is_held = held_from is not None and held_from <= value
    return is_held and value.year == year and case.compiled.as_of.year - value.year < 5


def _amount(compiled: Compiled, facts: dict[str, Any]) -> int | None:
    """The amount that is surely due, nothing where one is surely not entitled; None where that is open."""
    answer = judge_unit(compiled, facts)
    if answer.status == NOT_ENTITLED:
        return 0
    return answer.amount if answer.status == ENTITLED and not answer.at_least else None
