from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, select

from data.store.engine import reading, writing
from data.store.tables import link
from outreach.links import (
    ALPHABET,
    LINK_LENGTH,
    LOCKS,
    Access,
    find_link,
    link_hash,
    new_link,
    try_birth_date,
)
from tests.outreach.invited import BIRTH_DATE, NOW, Invited, invite, new_store

RIGHT = frozenset({BIRTH_DATE})
WRONG = frozenset({date(1990, 3, 8)})


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return new_store(tmp_path)


@pytest.fixture
def invited(engine: Engine) -> Invited:
    return invite(engine)


def attempt(connection: Connection, invited: Invited, given: frozenset[date], minutes: float = 0) -> Access:
    now = NOW + timedelta(minutes=minutes)
    found = find_link(connection, invited.link_id, now)
    assert found
    return try_birth_date(connection, found, given=given, sealed=BIRTH_DATE, now=now)


def guess_until_locked(connection: Connection, invited: Invited, locks: int) -> float:
    """Five wrong dates, as many times as the link is to be locked; gives the minute of the last."""
    minutes = 0.0
    for number in range(locks):
        if number:
            minutes += LOCKS[min(number, len(LOCKS)) - 1].total_seconds() / 60
        for _ in range(5):
            attempt(connection, invited, WRONG, minutes)
    return minutes


def test_a_link_is_at_least_112_bits_of_letters_nobody_confuses(invited: Invited) -> None:
    assert (len(ALPHABET) ** LINK_LENGTH >= 2**112, set(invited.link_id) <= set(ALPHABET)) == (True, True)


def test_only_the_hash_of_a_link_is_kept(engine: Engine, invited: Invited) -> None:
    with reading(engine) as connection:
        assert connection.scalars(select(link.c.link_hash)).all() == [link_hash(invited.link_id)]


def test_a_new_link_of_a_message_revokes_the_earlier_one(engine: Engine, invited: Invited) -> None:
    with writing(engine) as connection:
        second = new_link(
            connection,
            invitation_id=invited.invitation_id,
            message_id=invited.message_id,
            now=NOW,
            expires_at=NOW + timedelta(days=1),
        )
        found = [find_link(connection, one, NOW) is not None for one in (invited.link_id, second)]
    assert found == [False, True]


def test_a_link_expires_at_its_moment(engine: Engine, invited: Invited) -> None:
    end = NOW + timedelta(days=30)
    with reading(engine) as connection:
        found = [find_link(connection, invited.link_id, end - timedelta(seconds=1))]
        found.append(find_link(connection, invited.link_id, end))
    assert [one and one.expired for one in found] == [False, True]


def test_the_sixth_try_is_not_compared(engine: Engine, invited: Invited) -> None:
    with writing(engine) as connection:
        answers = [attempt(connection, invited, WRONG) for _ in range(5)]
        answers.append(attempt(connection, invited, RIGHT))
    assert answers == [Access.WRONG] * 5 + [Access.LOCKED]


def test_a_lock_ends_fifteen_minutes_after_the_last_try(engine: Engine, invited: Invited) -> None:
    with writing(engine) as connection:
        for minute in range(5):
            attempt(connection, invited, WRONG, minute)
        answers = [attempt(connection, invited, RIGHT, minutes) for minutes in (18.9, 19)]
    assert answers == [Access.LOCKED, Access.PASSED]


@pytest.mark.parametrize(("locks", "minutes"), [(1, 15), (2, 60), (3, 1440), (4, 1440)])
def test_every_five_wrong_dates_lock_a_link_for_longer(
    engine: Engine, invited: Invited, locks: int, minutes: float
) -> None:
    with writing(engine) as connection:
        last = guess_until_locked(connection, invited, locks)
        answers = [attempt(connection, invited, RIGHT, last + after) for after in (minutes - 0.1, minutes)]
    assert answers == [Access.LOCKED, Access.PASSED]


def test_who_has_a_link_can_try_few_dates_before_it_expires(engine: Engine, invited: Invited) -> None:
    with writing(engine) as connection:
        every_minute = [attempt(connection, invited, WRONG, minutes) for minutes in range(0, 43_200, 5)]
    assert every_minute.count(Access.WRONG) < 200


def test_a_locked_link_is_found_locked_as_long_as_no_try_counts(engine: Engine, invited: Invited) -> None:
    with writing(engine) as connection:
        last = guess_until_locked(connection, invited, 2)
        ends = NOW + timedelta(minutes=last + 60)
        found = [find_link(connection, invited.link_id, ends - timedelta(seconds=1))]
        found.append(find_link(connection, invited.link_id, ends))
    assert [one and one.locked_until for one in found] == [ends, None]


def test_a_lapsed_lock_does_not_forget_what_was_tried(engine: Engine, invited: Invited) -> None:
    with writing(engine) as connection:
        for _ in range(3):
            attempt(connection, invited, WRONG)
        found = find_link(connection, invited.link_id, NOW + timedelta(days=1))
    assert found and found.tries_left == 2


def test_passing_gives_back_every_try(engine: Engine, invited: Invited) -> None:
    with writing(engine) as connection:
        for _ in range(4):
            attempt(connection, invited, WRONG)
        attempt(connection, invited, RIGHT)
        found = find_link(connection, invited.link_id, NOW)
    assert found and found.tries_left == 5


def test_the_first_time_a_link_was_passed_is_remembered(engine: Engine, invited: Invited) -> None:
    with writing(engine) as connection:
        attempt(connection, invited, RIGHT)
        attempt(connection, invited, RIGHT, 5)
        first = connection.execute(select(link.c.first_passed_at)).scalar_one()
    assert first == NOW.timestamp() * 1_000_000


def test_a_link_that_expired_since_it_was_looked_up_is_gone(engine: Engine, invited: Invited) -> None:
    with writing(engine) as connection:
        found = find_link(connection, invited.link_id, NOW)
        assert found
        late = NOW + timedelta(days=31)
        answer = try_birth_date(connection, found, given=RIGHT, sealed=BIRTH_DATE, now=late)
    assert answer is Access.GONE


def test_sixty_guesses_at_once_share_five_tries(engine: Engine, invited: Invited) -> None:
    def guess(_: int) -> Access:
        with writing(engine) as connection:
            return attempt(connection, invited, WRONG)

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(guess, range(60)))
    assert (answers.count(Access.WRONG), answers.count(Access.LOCKED)) == (5, 55)
