"""A diff tells what is new, changed, ended, unseen, and never takes silence for an end."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import delete

from data.errors import Refused
from data.store.engine import writing
from data.store.tables import batch
from eligibility import history
from eligibility.missed import NAME
from eligibility.verdicts import Verdict
from tests.eligibility.city import FEES, PAID, PEOPLE, City

FIRST = "0000000000000001"


def paid(amount: int) -> dict[str, str]:
    """The payments, with another amount for P1."""
    return PAID | {"1": f"P1,{FIRST},{amount},2026-01-10"}


def test_the_first_diff_finds_all_entitled_new(delivered: City) -> None:
    assert ({"new": 2}, [(1, "open", 5000), (1, "open", 6170)]) == (
        delivered.diff(),
        delivered.entitlements(),
    )


def test_a_second_diff_of_the_same_scan_changes_nothing(delivered: City) -> None:
    delivered.diff()
    assert {"unchanged": 2} == delivered.diff()


def test_a_fact_that_changes_makes_a_new_revision(delivered: City) -> None:
    delivered.diff()
    delivered.deliver("paid", paid(12_400))
    assert ({"changed": 1, "unchanged": 1}, (2, "open", 6200)) == (
        delivered.diff(),
        delivered.entitlements()[1],
    )


def test_going_back_to_the_old_facts_is_a_change_again(delivered: City) -> None:
    delivered.diff()
    for amount in (12_400, 12_340):
        delivered.deliver("paid", paid(amount) | {"9": "P3,F3,1,2026-01-11"})
        delivered.diff()
    assert (3, "open", 6170) == delivered.entitlements()[1]


def test_one_who_no_longer_fulfils_a_criterion_has_ended(delivered: City) -> None:
    delivered.diff()
    delivered.deliver("paid", paid(1))
    assert ({"ended": 1, "unchanged": 1}, (1, "ended", 6170)) == (
        delivered.diff(),
        delivered.entitlements()[1],
    )


def test_one_who_is_entitled_again_gets_a_new_revision(delivered: City) -> None:
    delivered.diff()
    delivered.deliver("paid", paid(1))
    delivered.diff()
    delivered.deliver("paid", PAID | {"9": "P3,F3,1,2026-01-11"})
    assert ({"changed": 1, "unchanged": 1}, (2, "open", 6170)) == (
        delivered.diff(),
        delivered.entitlements()[1],
    )


def test_a_register_that_went_missing_ends_nobody(delivered: City) -> None:
    delivered.diff()
    with writing(delivered.engine) as connection:
        connection.execute(delete(batch).where(batch.c.register == "paid"))
    assert ({"unseen": 2}, [(1, "unseen", 5000), (1, "unseen", 6170)]) == (
        delivered.diff(),
        delivered.entitlements(),
    )


def test_a_fact_that_became_unknown_ends_nobody(delivered: City) -> None:
    delivered.diff()
    delivered.deliver("people", PEOPLE | {"P1": "H1,"})
    assert ({"unseen": 1, "unchanged": 1}, (1, "unseen", 6170)) == (
        delivered.diff(),
        delivered.entitlements()[1],
    )


def test_what_is_seen_again_unchanged_is_open_in_the_same_revision(delivered: City) -> None:
    delivered.diff()
    delivered.deliver("people", PEOPLE | {"P1": "H1,"})
    delivered.diff()
    delivered.deliver("people", PEOPLE | {"P9": "H9,1999-09-09"})
    assert ({"unchanged": 2}, (1, "open", 6170)) == (delivered.diff(), delivered.entitlements()[1])


def test_a_unit_that_is_gone_from_a_whole_register_has_ended(delivered: City) -> None:
    delivered.diff()
    delivered.deliver("fees", {key: row for key, row in FEES.items() if key != FIRST})
    assert {"ended": 1, "unchanged": 1} == delivered.diff()


def test_two_units_of_one_person_asset_and_period_are_two_entitlements(delivered: City) -> None:
    delivered.deliver("fees", FEES | {"F7": "P2,A-2,2026,yearly,0,2026-06-30"})
    assert ({"new": 3}, [1000, 5000, 6170]) == (
        delivered.diff(),
        [row[2] for row in delivered.entitlements()],
    )


def test_a_row_in_quarantine_ends_nobody(delivered: City) -> None:
    delivered.diff()
    fees = {key: row for key, row in FEES.items() if key != FIRST}
    delivered.deliver("fees", fees | {"F7": "P1,A-1,x,yearly,12340,2026-07-01"})
    assert ({"unseen": 1, "unchanged": 1}, (1, "unseen", 6170)) == (
        delivered.diff(),
        delivered.entitlements()[1],
    )


def test_a_row_that_was_waived_still_ends_nobody(delivered: City) -> None:
    delivered.diff()
    delivered.deliver("fees", {fee: rest for fee, rest in FEES.items() if fee != "F2"} | {"합계": ",,,,,"})
    unseen = delivered.diff()
    delivered.waive("fees", 7)
    assert ({"unseen": 1, "unchanged": 1}, {"unseen": 1, "unchanged": 1}) == (unseen, delivered.diff())


def without_the_first(**more: str) -> dict[str, str]:
    """The fees, P1's gone."""
    return {fee: rest for fee, rest in FEES.items() if fee != FIRST} | more


def test_a_waived_row_keeps_nobody_of_another_household_from_ending(delivered: City) -> None:
    delivered.diff()
    delivered.deliver("fees", without_the_first(F3="P3,A-3,x,yearly,10000,"))
    delivered.waive("fees", 3)
    assert {"ended": 1, "unchanged": 1} == delivered.diff()


def test_a_row_in_quarantine_keeps_nobody_of_another_household_from_ending(delivered: City) -> None:
    delivered.diff()
    delivered.deliver("fees", without_the_first(F3="P3,A-3,x,yearly,10000,"))
    assert {"ended": 1, "unchanged": 1} == delivered.diff()


def test_a_waived_row_keeps_its_own_household_from_ending(delivered: City) -> None:
    delivered.diff()
    delivered.deliver("fees", without_the_first(F2="P2,A-2,x,yearly,10000,2026-06-30"))
    delivered.waive("fees", 2)
    assert {"unseen": 2} == delivered.diff()


def test_a_waived_row_of_another_register_keeps_whom_it_names_from_ending(delivered: City) -> None:
    delivered.diff()
    delivered.deliver(
        "paid", {key: row for key, row in PAID.items() if key != "1"} | {"1": "P1,,1,2026-01-10"}
    )
    delivered.waive("paid", 6)
    assert {"unseen": 1, "unchanged": 1} == delivered.diff()


def test_a_row_that_names_nobody_keeps_all_from_ending_and_the_diff_says_so(delivered: City) -> None:
    delivered.diff()
    delivered.deliver("fees", {fee: rest for fee, rest in FEES.items() if fee != "F2"} | {"합계": ",,,,,"})
    delivered.waive("fees", 7)
    changes = history.diff(delivered.workspace, delivered.engine, delivered.scan(), now=delivered.now)
    assert ({"fees": 1}, 1) == (changes.nameless, changes.count(Verdict.UNSEEN))


def test_a_household_alone_does_not_say_whom_a_row_is_about_that_units_look_up_by_id(
    delivered: City,
) -> None:
    delivered.diff()
    delivered.deliver("people", {key: row for key, row in PEOPLE.items() if key != "P1"} | {"": "H9,"})
    changes = history.diff(delivered.workspace, delivered.engine, delivered.scan(), now=delivered.now)
    assert {"people": 1} == changes.nameless


def test_where_it_is_lost_whom_rows_are_about_nothing_ends(delivered: City) -> None:
    delivered.diff()
    delivered.deliver("fees", without_the_first(F3="P3,A-3,x,yearly,10000,"))
    run = delivered.scan()
    (run.folder / NAME).unlink()
    changes = history.diff(delivered.workspace, delivered.engine, run, now=delivered.now)
    assert (0, 1) == (changes.count(Verdict.ENDED), changes.count(Verdict.UNSEEN))


def test_who_is_no_longer_found_because_of_doubt_is_unseen_and_the_rest_stays(delivered: City) -> None:
    delivered.diff()
    delivered.deliver("paid", PAID | {"1": f"P1,{FIRST},ten,2026-01-10"})
    assert ({"unseen": 1, "unchanged": 1}, (1, "unseen", 6170)) == (
        delivered.diff(),
        delivered.entitlements()[1],
    )


@pytest.mark.parametrize("as_of", [date(2026, 1, 31), date(2026, 9, 30)])
def test_a_scan_of_an_earlier_day_or_one_ahead_ends_nobody(delivered: City, as_of: date) -> None:
    delivered.diff()
    before = delivered.entitlements()
    with pytest.raises(Refused, match=f"as of {as_of}"):
        history.diff(delivered.workspace, delivered.engine, delivered.scan(as_of), now=delivered.now)
    assert before == delivered.entitlements()


def test_a_scan_of_an_earlier_day_is_compared_when_that_is_meant(delivered: City) -> None:
    delivered.diff()
    told = history.diff(
        delivered.workspace,
        delivered.engine,
        delivered.scan(date(2026, 1, 31)),
        now=delivered.now,
        anyway=True,
    )
    assert 2 == told.count(Verdict.ENDED)
