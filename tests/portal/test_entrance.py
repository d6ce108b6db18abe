from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Engine, func, insert, select

from data.store.engine import reading, writing
from data.store.tables import link, message, person_state, session
from outreach.links import find_link, new_link
from portal.forms import page_token
from tests.outreach.invited import CHECK_NUMBER, KEY, NOW, invite, sealed
from tests.portal.visitor import TOKEN, MovingClock, Visitor, new_app


def test_the_landing_page_shows_the_check_number(visitor: Visitor) -> None:
    assert "473 921" in visitor.get(visitor.link).text


@pytest.mark.parametrize("secret", ["김가온", "자동차세", "250,130", "Vehicle", "1990", "1234"])
def test_the_landing_page_names_no_person_programme_or_amount(visitor: Visitor, secret: str) -> None:
    assert secret not in visitor.get(visitor.link).text


def test_the_right_birth_date_leads_to_the_case(visitor: Visitor) -> None:
    response = visitor.enter()
    assert (response.status_code, response.headers["location"]) == (303, "/case")


@pytest.mark.parametrize(
    "spelling", ["19900307", "900307", "1990년 3월 7일", "１９９０．３．７", "7 March 1990"]
)
def test_a_birth_date_is_taken_in_the_persons_own_spelling(visitor: Visitor, spelling: str) -> None:
    assert visitor.enter(spelling).status_code == 303


def test_a_wrong_birth_date_says_how_many_tries_are_left(visitor: Visitor) -> None:
    assert "4" in visitor.enter("1990-03-08").text


def test_what_is_no_date_uses_up_no_try(visitor: Visitor, engine: Engine) -> None:
    visitor.enter("no date")
    assert _tries(engine) == 0


def test_the_fifth_wrong_date_locks_the_link(visitor: Visitor) -> None:
    answers = [visitor.enter("1990-03-08").status_code for _ in range(5)]
    assert answers == [422, 422, 422, 422, 429]


def test_the_right_date_does_not_open_a_locked_link(visitor: Visitor) -> None:
    token = TOKEN.search(visitor.get(visitor.link).text)
    assert token
    for day in ("01", "02", "03", "04", "05"):
        visitor.enter(f"1990-04-{day}")
    fields = {"csrf": token[1], "birth_date": "1990-03-07"}
    assert visitor.client.post(visitor.link, data=fields).status_code == 429


def test_a_locked_page_says_for_how_much_longer(visitor: Visitor, clock: MovingClock) -> None:
    for _ in range(5):
        visitor.enter("1990-03-08")
    clock.move(minutes=9)
    assert "6분" in visitor.get(visitor.link).text


@pytest.mark.parametrize(("language", "words"), [("ko", "24시간 뒤"), ("en", "in 24 hours")])
def test_a_long_lock_is_told_in_hours(
    visitor: Visitor, clock: MovingClock, language: str, words: str
) -> None:
    for lock in (timedelta(minutes=15), timedelta(hours=1), timedelta()):
        for _ in range(5):
            visitor.enter("1990-03-08")
        clock.at += lock
    assert words in visitor.client.get(visitor.link, headers={"accept-language": language}).text


def test_a_lock_ends_after_fifteen_minutes(visitor: Visitor, clock: MovingClock) -> None:
    for _ in range(5):
        visitor.enter("1990-03-08")
    clock.move(minutes=15)
    assert visitor.enter().status_code == 303


def test_of_sixty_guesses_at_once_at_most_five_are_compared(visitor: Visitor, engine: Engine) -> None:
    token = TOKEN.search(visitor.get(visitor.link).text)
    assert token
    days = [f"19{70 + n // 28:02}-02-{n % 28 + 1:02}" for n in range(60)]

    def guess(day: str) -> int:
        return visitor.client.post(visitor.link, data={"csrf": token[1], "birth_date": day}).status_code

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(guess, days))
    assert (_tries(engine), answers.count(422), answers.count(429)) == (5, 4, 56)


@pytest.mark.parametrize("state", ["deceased", "protected"])
def test_the_link_of_someone_only_a_caseworker_may_serve_opens_nothing(
    visitor: Visitor, engine: Engine, state: str
) -> None:
    set_apart(engine, visitor, state)
    page = visitor.get(visitor.link)
    assert (page.status_code, "473 921" in page.text) == (404, False)


@pytest.mark.parametrize("state", ["deceased", "protected"])
def test_a_session_ends_once_only_a_caseworker_may_serve_the_person(
    inside: Visitor, engine: Engine, state: str
) -> None:
    set_apart(engine, inside, state)
    assert inside.get("/case").status_code == 403


def test_an_unknown_link_gets_a_page_of_its_own(visitor: Visitor) -> None:
    response = visitor.get("/r/" + "x" * 20)
    assert (response.status_code, "/r/" in response.text) == (404, False)


def test_an_expired_link_opens_nothing(visitor: Visitor, clock: MovingClock) -> None:
    clock.move(days=30)
    assert visitor.enter().status_code == 410


def test_an_expired_link_offers_a_new_one_to_the_contact_on_record(
    visitor: Visitor, engine: Engine, clock: MovingClock
) -> None:
    clock.move(days=30)
    visitor.post(visitor.link + "/renew", page=visitor.link)
    assert _renewals(engine) == 1


def test_asking_twice_within_the_hour_sends_one_new_link(
    visitor: Visitor, engine: Engine, clock: MovingClock
) -> None:
    clock.move(days=30)
    first = visitor.post(visitor.link + "/renew", page=visitor.link)
    clock.move(minutes=59)
    second = visitor.post(visitor.link + "/renew", page=visitor.link)
    assert (_renewals(engine), first.text) == (1, second.text)


def test_a_link_that_works_is_not_renewed(visitor: Visitor, engine: Engine) -> None:
    token = visitor.get(visitor.link)
    assert token.status_code == 200
    assert (visitor.post(visitor.link + "/renew", page=visitor.link).status_code, _renewals(engine)) == (
        403,
        0,
    )


def test_even_the_right_form_renews_no_link_that_works(visitor: Visitor, engine: Engine) -> None:
    path = visitor.link + "/renew"
    answer = visitor.client.post(path, data={"csrf": page_token(KEY, path)})
    assert (answer.status_code, answer.headers["location"], _renewals(engine)) == (303, visitor.link, 0)


def test_only_the_hash_of_link_and_session_is_kept(visitor: Visitor, engine: Engine) -> None:
    visitor.enter()
    session_id = visitor.client.cookies["__Host-owed"]
    with reading(engine) as connection:
        kept = repr(connection.execute(select(link)).all()) + repr(connection.execute(select(session)).all())
    assert (visitor.invited.link_id in kept, session_id in kept) == (False, False)


def test_the_session_cookie_is_kept_from_scripts_and_other_sites(visitor: Visitor) -> None:
    cookie = visitor.enter().headers["set-cookie"]
    parts = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert (cookie.startswith("__Host-owed="), parts) == (
        True,
        {"httponly", "path=/", "samesite=lax", "secure"},
    )


def test_a_session_opens_its_own_link_without_asking_again(inside: Visitor) -> None:
    assert inside.get(inside.link).headers["location"] == "/case"


def test_the_next_person_at_the_same_browser_ends_the_session_before(inside: Visitor, engine: Engine) -> None:
    earlier = inside.client.cookies["__Host-owed"]
    inside.invited = invite(engine, campaign="another")
    inside.enter()
    inside.client.cookies.clear()
    assert inside.client.get("/case", headers={"cookie": f"__Host-owed={earlier}"}).status_code == 403


def test_a_check_number_is_genuine_with_the_phone_that_got_it(visitor: Visitor) -> None:
    fields = {"check_number": CHECK_NUMBER, "phone_last4": "1234"}
    genuine = visitor.post("/verify-message", fields).text
    stranger = visitor.post("/verify-message", fields | {"phone_last4": "9999"}).text
    assert genuine != stranger


@pytest.mark.parametrize("asked", [("473921", "{:04}"), ("{:06}", "1234")])
def test_nobody_finds_out_by_trying_who_got_a_message(visitor: Visitor, asked: tuple[str, str]) -> None:
    number, phone = asked
    token = TOKEN.search(visitor.get("/verify-message").text)
    assert token
    answers = [
        visitor.client.post(
            "/verify-message",
            data={"csrf": token[1], "check_number": number.format(n), "phone_last4": phone.format(n)},
        ).status_code
        for n in range(12)
    ]
    assert answers == [200] * 10 + [429] * 2


def test_a_check_number_without_a_phone_is_asked_for_it(visitor: Visitor) -> None:
    assert visitor.post("/verify-message", {"check_number": CHECK_NUMBER}).status_code == 422


def test_the_first_page_speaks_the_browsers_language(visitor: Visitor) -> None:
    english = visitor.client.get(visitor.link, headers={"accept-language": "en-GB,en;q=0.9,ko;q=0.5"})
    assert 'lang="en"' in english.text


def test_after_the_check_pages_speak_the_invitations_language(engine: Engine, clock: MovingClock) -> None:
    with Visitor(new_app(engine, clock), invite(engine, content=sealed("en"))) as visitor:
        visitor.enter()
        assert '<html lang="en">' in visitor.get("/case").text


def test_a_chosen_language_stays_chosen(inside: Visitor) -> None:
    inside.get("/case?lang=en")
    assert '<html lang="en">' in inside.get("/question").text


def test_a_revoked_link_is_not_found(visitor: Visitor, engine: Engine) -> None:
    with writing(engine) as connection:
        new_link(
            connection,
            invitation_id=visitor.invited.invitation_id,
            message_id=visitor.invited.message_id,
            now=NOW,
            expires_at=NOW.replace(month=8),
        )
        assert find_link(connection, visitor.invited.link_id, NOW) is None


def set_apart(engine: Engine, visitor: Visitor, state: str) -> None:
    flags = {"deceased": False, "protected": False, state: True}
    row = {"subject_id": visitor.invited.subject_id, "batch_id": "b", **flags}
    with writing(engine) as connection:
        connection.execute(insert(person_state), row)


def _tries(engine: Engine) -> int:
    with reading(engine) as connection:
        return int(connection.execute(select(link.c.tries)).scalar_one())


def _renewals(engine: Engine) -> int:
    with reading(engine) as connection:
        query = select(func.count()).where(message.c.kind == "renewed_link")
        return connection.execute(query).scalar_one()
