"""A diff compares each finding with what is known, writes only what changed, and forgets nothing."""

from __future__ import annotations

import resource
import secrets
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError

from data.errors import Failed
from data.store.engine import reading, writing
from data.store.schema import open_store
from data.store.tables import comparison, entitlement, entitlement_revision, suppression
from eligibility import history, revisions
from eligibility.recorded import Recorded, as_known, history_of
from tests.eligibility.made_runs import NOTHING, OTHER, PROGRAMME, Desk, digest, finding, make_desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = make_desk(tmp_path)
    yield made
    made.engine.dispose()


def past(desk: Desk, unit: str = "a") -> list[Recorded]:
    with reading(desk.engine) as connection:
        return history_of(connection, PROGRAMME, digest(unit))


def entries(found: list[Recorded]) -> list[tuple[int, str, int | None]]:
    return [(one.revision, one.state, one.amount) for one in found]


def test_each_programme_says_what_its_amounts_were_and_are(desk: Desk) -> None:
    desk.diff(finding("a", 1000), finding("b", 500), finding("c", 70), finding("d", 3, programme=OTHER))
    run = desk.run(finding("a", 1001), finding("c", 70), finding("e", 20), finding("d", 3, programme=OTHER))
    told = history.diff(desk.workspace, desk.engine, run, now=desk.now)
    assert {
        "new": {"count": 1, "before": 0, "after": 20},
        "changed": {"count": 1, "before": 1000, "after": 1001},
        "ended": {"count": 1, "before": 500, "after": 0},
        "unchanged": {"count": 1, "before": 70, "after": 70},
        "unseen": NOTHING,
    } == told.programmes[PROGRAMME]
    assert {"count": 1, "before": 3, "after": 3} == told.programmes[OTHER]["unchanged"]


def test_every_change_there_and_back_is_a_revision(desk: Desk) -> None:
    counted = [desk.diff(finding("a", amount)) for amount in (1000, 1001, 1000)]
    assert [{"new": 1}, {"changed": 1}, {"changed": 1}] == counted
    assert [(1, "open", 1000), (2, "open", 1001), (3, "open", 1000)] == entries(past(desk))


def test_a_rerun_adds_nothing_to_the_history(desk: Desk) -> None:
    run = desk.run(finding("a"))
    assert [{"new": 1}, {"unchanged": 1}] == [desk.compare(run), desk.compare(run)]
    assert [(1, "open", 1000)] == entries(past(desk))


def test_the_history_keeps_what_was_known_and_when(desk: Desk) -> None:
    desk.diff(finding("a", 1000))
    desk.diff()
    desk.diff(finding("a", 1000))
    found = past(desk)
    assert [(1, "open", 1000), (1, "ended", 1000), (2, "open", 1000)] == entries(found)
    assert [one.recorded_at for one in found[1:]] == [one.superseded_at for one in found[:-1]]
    assert ["run-1", "run-2", "run-3"] == [one.run_id for one in found]


def test_what_was_known_on_a_past_day_can_be_asked(desk: Desk) -> None:
    first = desk.now + timedelta(days=1)
    desk.diff(finding("a", 1000))
    desk.diff(finding("a", 1001))
    found = past(desk)
    asked = [first - timedelta(seconds=1), first, first + timedelta(hours=23), first + timedelta(days=1)]
    assert [[], [1000], [1000], [1001]] == [[one.amount for one in as_known(found, day)] for day in asked]


@pytest.mark.parametrize("table", [entitlement_revision, comparison])
@pytest.mark.parametrize("act", ["DELETE FROM {}", "UPDATE {} SET {} = {}"])
def test_nothing_in_the_history_is_changed_or_removed(desk: Desk, table: Any, act: str) -> None:
    desk.diff(finding("a"))
    column = list(table.c)[-1].name
    with pytest.raises(IntegrityError, match="only added to"), writing(desk.engine) as connection:
        connection.execute(text(act.format(table.name, column, column)))


def test_only_what_changed_is_written(desk: Desk) -> None:
    desk.diff(*(finding(str(unit)) for unit in range(20)))
    desk.diff(*(finding(str(unit), 1000 if unit else 7) for unit in range(19)))
    with reading(desk.engine) as connection:
        written = connection.execute(
            select(entitlement_revision.c.state).where(entitlement_revision.c.comparison == 2)
        ).scalars()
        assert ["ended", "open"] == sorted(written)


def test_a_move_to_another_household_ends_nothing(desk: Desk) -> None:
    desk.diff(finding("a"))
    elsewhere = [finding("a", household_id=f"{number:08x}" + "0" * 24) for number in range(2)]
    assert [{"unchanged": 1}, {"unchanged": 1}] == [desk.diff(one) for one in elsewhere]


def homes(desk: Desk) -> list[str]:
    """The household of each entitlement, as the store has it, by amount."""
    query = select(entitlement.c.household_id).order_by(entitlement.c.amount)
    with reading(desk.engine) as connection:
        return list(connection.execute(query).scalars())


@pytest.mark.parametrize("status", ["entitled", "unknown"])
@pytest.mark.parametrize("without_a_file", [False, True])
def test_who_moved_is_known_in_the_new_household(desk: Desk, status: str, without_a_file: bool) -> None:
    desk.diff(finding("a", 1000), finding("b", 5))
    if without_a_file:
        for path in (desk.workspace.root / "history").glob("*.parquet"):
            path.unlink()
    desk.diff(finding("a", 1000, status=status, household_id=digest("new home")), finding("b", 5))
    assert [digest("household"), digest("new home")] == homes(desk)


def test_a_move_there_and_back_adds_nothing_to_the_history(desk: Desk) -> None:
    for home in ("household", "new home", "household"):
        desk.diff(finding("a", household_id=digest(home)))
    assert ([(1, "open", 1000)], [digest("household")]) == (entries(past(desk)), homes(desk))


def test_who_moved_and_has_another_alternative_gets_both(desk: Desk) -> None:
    desk.diff(finding("a"))
    desk.diff(finding("a", household_id=digest("new home"), instead_of=[OTHER]))
    assert ((1, OTHER), [digest("new home")]) == (stored(desk), homes(desk))


def test_who_was_not_found_keeps_the_household_they_were_last_seen_in(desk: Desk) -> None:
    desk.diff(finding("a"))
    desk.diff()
    assert [digest("household")] == homes(desk)


def test_two_units_of_one_person_and_period_are_two_entitlements(desk: Desk) -> None:
    assert {"new": 2} == desk.diff(finding("a", 1000), finding("b", 500))
    assert [(1, "open", 500), (1, "open", 1000)] == desk.known()


@pytest.mark.parametrize("known_before", [False, True])
@pytest.mark.parametrize("other", [1000, 2000])
def test_a_unit_found_twice_is_refused_and_nothing_is_written(
    desk: Desk, known_before: bool, other: int
) -> None:
    if known_before:
        desk.diff(finding("a", 1000))
    before = desk.known()
    with pytest.raises(Failed, match="twice"):
        desk.diff(finding("a", 1000), finding("a", other))
    assert before == desk.known()


DOUBTS = {
    "partial": {"complete": False},
    "rows in quarantine": {"quarantined": 1},
    "rows of nobody": {"ungrouped": 1},
    "missing": None,
}


@pytest.mark.parametrize("doubt", DOUBTS.values(), ids=DOUBTS)
def test_a_register_that_is_not_whole_ends_nobody(desk: Desk, doubt: dict[str, Any] | None) -> None:
    desk.diff(finding("a"), finding("b", 5))
    desk.registers = {} if doubt is None else {"cars": desk.registers["cars"] | doubt}
    assert {"unseen": 1, "unchanged": 1} == desk.diff(finding("b", 5))
    assert [(1, "open", 5), (1, "unseen", 1000)] == desk.known()


def test_what_is_seen_again_is_no_news(desk: Desk) -> None:
    desk.diff(finding("a"))
    desk.diff(finding("a", None, status="unknown"))
    assert {"unchanged": 1} == desk.diff(finding("a"))
    assert [(1, "open", 1000), (1, "unseen", 1000), (1, "open", 1000)] == entries(past(desk))


def test_what_comes_back_with_other_facts_is_changed(desk: Desk) -> None:
    desk.diff(finding("a"))
    desk.diff(finding("a", None, status="unknown"))
    assert {"changed": 1} == desk.diff(finding("a", 900))


def test_a_programme_that_did_not_run_keeps_its_state(desk: Desk) -> None:
    desk.diff(finding("a"), finding("d", 5, programme=OTHER))
    assert {"unchanged": 1, "unseen": 1} == desk.diff(finding("a"), programmes=[PROGRAMME])
    assert [(1, "open", 5), (1, "open", 1000)] == desk.known()


def test_what_ended_long_ago_is_not_counted_again(desk: Desk) -> None:
    desk.diff(finding("a"))
    desk.diff()
    assert {} == desk.diff()


def test_one_who_may_be_entitled_is_not_known_yet(desk: Desk) -> None:
    assert {} == desk.diff(finding("a", None, status="unknown"))
    assert {"new": 1} == desk.diff(finding("a"))


def test_a_lost_snapshot_is_made_anew_from_the_store(desk: Desk) -> None:
    desk.diff(finding("a"), finding("b", 5))
    desk.diff(finding("b", 5))
    for path in (desk.workspace.root / "history").iterdir():
        path.unlink()
    assert {"changed": 1, "unchanged": 1} == desk.diff(finding("a"), finding("b", 5))


def test_another_findings_key_makes_no_news(desk: Desk) -> None:
    desk.diff(finding("a"))
    (desk.workspace.root / "keys" / "findings.key").write_text(secrets.token_hex(32))
    assert {"unchanged": 1} == desk.diff(finding("a"))


def test_a_snapshot_that_the_store_does_not_name_is_not_believed(desk: Desk) -> None:
    desk.diff(finding("a"))
    run = desk.run(finding("a", 2000))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(revisions, "begin", _fails)
        with pytest.raises(OSError, match="disk"):
            desk.compare(run)
    assert {"changed": 1} == desk.compare(run)
    assert 1 == len(list((desk.workspace.root / "history").iterdir()))


@pytest.mark.parametrize("known_before", [False, True])
def test_a_full_disk_is_said_and_leaves_no_snapshot_of_its_own(desk: Desk, known_before: bool) -> None:
    if known_before:
        desk.diff(finding("a"))
    before = sorted((desk.workspace.root / "history").glob("*"))
    run = desk.run(finding("a", 2000))
    largest = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, largest[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            desk.compare(run)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, largest)
    assert before == sorted((desk.workspace.root / "history").iterdir())
    assert {"changed" if known_before else "new": 1} == desk.compare(run)


def test_what_a_diff_that_was_killed_had_begun_to_write_goes(desk: Desk) -> None:
    desk.diff(finding("a"))
    left = [
        desk.workspace.root / "history" / name for name in ("ab-1.0.parquet", ".ab-1.1.parquet.7.ef.part")
    ]
    for path in left:
        path.touch()
    desk.diff(finding("a"))
    assert [False, False] == [path.exists() for path in left]


def _fails(*_: object, **__: object) -> None:
    raise OSError("the disk is full")


def test_the_indexes_of_the_store_survive_a_first_diff(desk: Desk) -> None:
    desk.diff(finding("a"))
    with reading(desk.engine) as connection:
        names = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'index'")).scalars()
        assert {str(one.name) for one in entitlement.indexes} <= set(names)


# --- one or the other -------------------------------------------------------------------------------


def of_b(state: str = "entitled", **changes: Any) -> dict[str, Any]:
    return finding("b", 70, programme=OTHER, status=state, **changes)


def stored(desk: Desk, unit: str = "a") -> tuple[int, str]:
    """The revision that is known of a unit now, and what it can be had instead of."""
    query = select(entitlement.c.revision, entitlement.c.instead_of)
    with reading(desk.engine) as connection:
        row = connection.execute(query.where(entitlement.c.unit_id == digest(unit))).one()
    return row.revision, row.instead_of


def test_what_has_ended_is_no_alternative_any_more(desk: Desk) -> None:
    desk.diff(finding("a", instead_of=[OTHER]), of_b())
    counted = desk.diff(finding("a"))
    assert ({"ended": 1, "unchanged": 1}, (1, "")) == (counted, stored(desk))


def test_what_appears_is_an_alternative_from_then_on(desk: Desk) -> None:
    desk.diff(finding("a"))
    counted = desk.diff(finding("a", instead_of=[OTHER]), of_b())
    assert ({"new": 1, "unchanged": 1}, (1, OTHER)) == (counted, stored(desk))


def test_what_must_be_granted_first_is_brought_up_to_date(desk: Desk) -> None:
    for after in ([OTHER], []):
        desk.diff(finding("a", after=after))
    assert [(OTHER,), ()] == [one.after for one in past(desk)]


def test_an_alternative_that_ends_leaves_the_revision_that_was_told(desk: Desk) -> None:
    for beside in ([OTHER], [], []):
        desk.diff(finding("a", instead_of=beside))
    assert [(1, (OTHER,)), (1, ())] == [(one.revision, one.instead_of) for one in past(desk)]


def test_the_history_says_what_was_an_alternative_when(desk: Desk) -> None:
    desk.diff(finding("a", instead_of=[OTHER]))
    first = desk.now
    desk.diff(finding("a"))
    assert [(OTHER,)] == [one.instead_of for one in as_known(past(desk), first)]


@pytest.mark.parametrize("without_a_file", [False, True])
def test_an_alternative_is_known_with_and_without_its_file(desk: Desk, without_a_file: bool) -> None:
    desk.diff(finding("a", instead_of=[OTHER]))
    if without_a_file:
        for path in (desk.workspace.root / "history").glob("*.parquet"):
            path.unlink()
    desk.diff(finding("a", instead_of=[OTHER]))
    assert [(1, "open", 1000)] == entries(past(desk))


def test_an_alternative_whose_programme_did_not_run_stays(desk: Desk) -> None:
    desk.diff(finding("a", instead_of=[OTHER]), of_b())
    desk.diff(finding("a"), programmes=[PROGRAMME])
    assert (1, OTHER) == stored(desk)


def test_an_alternative_whose_register_is_not_whole_stays(desk: Desk) -> None:
    desk.diff(finding("a", instead_of=[OTHER]), of_b())
    desk.registers["cars"]["quarantined"] = 1
    desk.diff(finding("a"))
    assert (1, OTHER) == stored(desk)


@pytest.mark.parametrize("amount", [1000, 900])
def test_an_alternative_that_became_unknown_for_the_person_stays(desk: Desk, amount: int) -> None:
    desk.diff(finding("a", instead_of=[OTHER]), of_b())
    desk.diff(finding("a", amount), of_b("unknown"))
    assert OTHER == stored(desk)[1]


def test_an_alternative_that_was_unknown_for_a_while_goes_when_it_ends(desk: Desk) -> None:
    desk.diff(finding("a", instead_of=[OTHER]), of_b())
    desk.diff(finding("a"), of_b("unknown"))
    desk.diff(finding("a"))
    assert [(1, (OTHER,)), (1, ())] == [(one.revision, one.instead_of) for one in past(desk)]


def test_what_is_unknown_for_another_person_is_no_alternative(desk: Desk) -> None:
    desk.diff(finding("a", instead_of=[OTHER]), of_b())
    desk.diff(finding("a"), of_b("unknown", subject_id=digest("somebody else")))
    assert (1, "") == stored(desk)


def test_what_is_unknown_and_never_was_an_alternative_is_none(desk: Desk) -> None:
    desk.diff(finding("a"))
    desk.diff(finding("a"), of_b("unknown"))
    assert (1, "") == stored(desk)


def test_what_appears_stands_beside_an_alternative_that_stays(desk: Desk) -> None:
    desk.diff(finding("a", instead_of=[OTHER]), of_b())
    desk.diff(finding("a", instead_of=["kr/third"], after=["kr/fourth"]), of_b("unknown"))
    assert [((OTHER,), ()), ((OTHER, "kr/third"), ("kr/fourth",))] == [
        (one.instead_of, one.after) for one in past(desk)
    ]


def test_an_alternative_that_stays_is_known_by_the_next_diff(desk: Desk) -> None:
    desk.diff(finding("a", instead_of=[OTHER]), of_b())
    for _ in range(2):
        desk.diff(finding("a"), of_b("unknown"))
    assert ([(1, "open", 1000)], (1, OTHER)) == (entries(past(desk)), stored(desk))


def test_what_need_not_be_granted_first_any_more_is_not_waited_for(desk: Desk) -> None:
    desk.diff(finding("a", after=[OTHER]), of_b())
    desk.diff(finding("a"), of_b("unknown"))
    assert [(OTHER,), ()] == [one.after for one in past(desk)]


def test_one_that_is_seen_again_is_open_with_its_new_alternative(desk: Desk) -> None:
    desk.diff(finding("a"))
    desk.diff(finding("a", status="unknown"))
    desk.diff(finding("a", instead_of=[OTHER]))
    assert [("open", ()), ("unseen", ()), ("open", (OTHER,))] == [
        (one.state, one.instead_of) for one in past(desk)
    ]


def test_a_stop_is_taken_while_a_diff_reads_and_joins(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    compared = history._compared

    def stopped_meanwhile(*given: Any) -> Any:
        stop = {"suppression_id": "1", "subject_id": digest("subject"), "channel": "*"}
        with writing(open_store(desk.workspace)) as connection:
            connection.execute(insert(suppression), {**stop, "reason": "stop", "source": "page", "since": 0})
        return compared(*given)

    monkeypatch.setattr(history, "_compared", stopped_meanwhile)
    desk.diff(finding("a", 1000))
    with reading(desk.engine) as connection:
        assert 1 == len(connection.execute(select(suppression)).all())
    assert [(1, "open", 1000)] == desk.known()
