"""What an operator reads of changes and of the past, on the toy city."""

from __future__ import annotations

import pytest

from eligibility.commands import diff, findings, scan
from eligibility.diff_commands import bounds_said, sums_said
from eligibility.words import Speaker
from tests.eligibility.city import PAID, PEOPLE, REFUND, City
from tests.eligibility.test_commands import audited, document, run

LAWS = ("--law", "2026-07-01", "--against", "2026-06-30")


@pytest.fixture
def known(delivered: City) -> City:
    """A city that was scanned and compared once."""
    run(delivered, scan, "--as-of", "2026-09-01")
    run(delivered, diff)
    return delivered


def test_a_diff_says_by_programme_what_changed_and_by_how_much(known: City) -> None:
    known.deliver("paid", PAID | {"1": "P1,0000000000000001,12400,2026-01-10"})
    run(known, scan, "--as-of", "2026-09-01")
    said = run(known, diff).stdout.splitlines()[1]
    assert f"  {REFUND}: 1 changed (KRW 6,170 → KRW 6,200), 1 unchanged (KRW 5,000)" == said


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (5, 5, " (KRW 5 a month)"),
        (5, 7, " (KRW 5 a month → KRW 7 a month)"),
        (5, 0, " (KRW 5 a month before)"),
    ],
)
def test_sums_of_what_is_paid_a_month_say_so(before: int, after: int, said: str) -> None:
    assert said == sums_said({"before": before, "after": after}, ("KRW", "month"), Speaker("en", {}))


@pytest.mark.parametrize(
    ("at_least", "at_most", "said"),
    [
        (0, False, ""),
        (1, False, "; 1 amount is a lower bound"),
        (1200, False, "; 1,200 amounts are lower bounds"),
        (0, True, "; the amounts are ceilings"),
        (7, True, "; the amounts are ceilings, 7 of them not known"),
        (None, False, "; some amounts are lower bounds"),
        (None, True, "; the amounts are ceilings, some of them not known"),
    ],
)
def test_sums_that_are_not_exact_say_so(at_least: int | None, at_most: bool, said: str) -> None:
    assert said == bounds_said({"at_least": at_least, "at_most": at_most})


def test_a_diff_as_json_has_counts_and_sums_by_programme(known: City) -> None:
    told = document(known, diff)
    assert {"count": 2, "before": 11170, "after": 11170} == told["programmes"][REFUND]["unchanged"]
    assert (0, 2) == (told["new"], told["unchanged"])


def test_a_law_is_told_from_another_by_numbers(known: City) -> None:
    said = run(known, diff, *LAWS, "--exact").stdout
    assert f"{REFUND}: more 2 (KRW 9,930 → KRW 12,170), unclear 1" in said


def test_small_numbers_are_withheld_unless_asked_for(known: City) -> None:
    told = document(known, diff, *LAWS, "--programme", REFUND)["programmes"][REFUND]["more"]
    assert {"count": None, "before": None, "after": None, "at_least": None} == told


@pytest.mark.parametrize("arguments", [LAWS[:2], LAWS[2:], (*LAWS, "--anyway"), (*LAWS, "RUN"), ("--exact",)])
def test_two_laws_need_two_days_and_no_run(known: City, arguments: tuple[str, ...]) -> None:
    run(known, diff, *arguments, code=2)


def test_the_history_of_a_record_says_what_was_known_since_when(known: City) -> None:
    known.deliver("people", PEOPLE | {"P2": "H1,1999-05-05"})
    run(known, scan, "--as-of", "2026-09-01")
    run(known, diff)
    told = document(known, findings, "history", REFUND, "F2")
    assert [(1, 5000), (2, 4000)] == [(one["revision"], one["amount"]) for one in told]
    assert told[0]["superseded_at"] == told[1]["recorded_at"]


def test_the_history_can_be_asked_as_it_was_known_on_a_day(known: City) -> None:
    before = f"{known.now:%Y-%m-%d}"
    known.deliver("people", PEOPLE | {"P2": "H1,1999-05-05"})
    run(known, scan, "--as-of", "2026-09-01")
    run(known, diff)
    told = document(known, findings, "history", REFUND, "F2", "--as-known-on", before)
    assert [5000] == [one["amount"] for one in told]


def test_the_history_says_so_when_nothing_was_known(known: City) -> None:
    assert "Nothing was known of them." in run(known, findings, "history", REFUND, "F5").stdout


def test_looking_into_the_history_is_audited(known: City) -> None:
    run(known, findings, "history", REFUND, "F2")
    assert ("history looked up", REFUND) == audited(known)[-1]
