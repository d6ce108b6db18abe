from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine
from starlette.types import Message, Scope

from data.store import engine as store
from data.store.engine import writing
from portal import guards
from portal.guards import BODY_LIMIT, HEADERS, Allowance
from tests.outreach.invited import invite
from tests.portal.visitor import TOKEN, MovingClock, Visitor, new_app

EVERYWHERE = [
    "/",
    "/r/{link}",
    "/r/unknown",
    "/verify-message",
    "/case",
    "/status",
    "/stop/unknown",
    "/static/owed.css",
    "/static/nothing",
    "/nothing",
    "/logout",
]


def our_log(caplog: pytest.LogCaptureFixture) -> str:
    """Everything logged but by the client that stands for the browser."""
    return "\n".join(one.getMessage() for one in caplog.records if one.name != "httpx2")


@pytest.mark.parametrize("path", EVERYWHERE)
def test_every_response_carries_the_guards_headers(visitor: Visitor, path: str) -> None:
    given = visitor.get(path.format(link=visitor.invited.link_id)).headers
    lasting = {name: value for name, value in HEADERS.items() if name != "cache-control"}
    assert {name: given[name] for name in lasting} == lasting


@pytest.mark.parametrize("path", [path for path in EVERYWHERE if path != "/static/owed.css"])
def test_no_page_is_kept_by_a_cache(visitor: Visitor, path: str) -> None:
    assert visitor.get(path.format(link=visitor.invited.link_id)).headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://elsewhere.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:8081"},
        {"origin": "http://["},
        {"origin": "https://[", "host": "["},
    ],
)
def test_a_post_from_elsewhere_is_refused(visitor: Visitor, headers: dict[str, str]) -> None:
    token = TOKEN.search(visitor.get(visitor.link).text)
    assert token
    fields = {"csrf": token[1], "birth_date": "1990-03-07"}
    assert visitor.client.post(visitor.link, data=fields, headers=headers).status_code == 403


def test_a_body_over_the_limit_is_refused(visitor: Visitor) -> None:
    assert visitor.client.post(visitor.link, content=b"x" * (BODY_LIMIT + 1)).status_code == 413


def test_a_body_that_never_ends_is_not_waited_for(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guards, "BODY_SECONDS", 0.05)
    answers: list[Message] = []

    async def drip() -> Message:
        await asyncio.sleep(0.02)
        return {"type": "http.request", "body": b"x", "more_body": True}

    async def keep(message: Message) -> None:
        answers.append(message)

    scope = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": []}

    async def post() -> None:
        await visitor.app(scope, drip, keep)

    asyncio.run(post())
    assert answers[0]["status"] == 408


def test_what_fails_in_the_guard_itself_gets_a_page_and_all_headers(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(scope: Scope) -> str:
        raise LookupError("a secret")

    monkeypatch.setattr(guards, "client_network", fail)
    response = visitor.get(visitor.link)
    assert (response.status_code, HEADERS.keys() - response.headers.keys(), "secret" in our_log(caplog)) == (
        500,
        set(),
        False,
    )


@pytest.mark.parametrize("body", [b"\xff\xfe", b"birth_date=%FF", b"a=%00", b"&".join([b"a=1"] * 300)])
def test_a_body_that_is_no_form_is_answered_with_a_page(visitor: Visitor, body: bytes) -> None:
    response = visitor.client.post(visitor.link, content=body)
    assert (response.status_code, "<h1>" in response.text) == (422, True)


@pytest.mark.parametrize(("path", "code"), [("/nothing", 404), ("/logout", 405), ("/case/", 404)])
def test_a_wrong_address_gets_a_friendly_page(visitor: Visitor, path: str, code: int) -> None:
    response = visitor.get(path)
    assert (response.status_code, "02-0000-0120" in response.text) == (code, True)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_a_method_no_page_has_is_refused(visitor: Visitor, method: str) -> None:
    assert visitor.client.request(method, "/").status_code == 405


def test_a_mistake_of_ours_shows_a_page_and_logs_no_words(
    visitor: Visitor, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    with writing(engine) as connection:
        connection.exec_driver_sql("UPDATE invitation SET sealed = x'00'")
    with caplog.at_level(logging.DEBUG):
        response = visitor.get(visitor.link)
    said = our_log(caplog)
    assert (response.status_code, "Traceback" in response.text + said, visitor.invited.link_id in said) == (
        500,
        False,
        False,
    )


def test_a_store_that_is_held_gets_a_page_that_says_so(
    visitor: Visitor, engine: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    token = TOKEN.search(visitor.get(visitor.link).text)
    assert token
    monkeypatch.setattr(store, "BUSY_SECONDS", 0.05)
    impatient = store.open_engine(f"sqlite:///{tmp_path / 'owed.sqlite'}")
    with Visitor(new_app(impatient, MovingClock()), visitor.invited) as hurried, writing(engine):
        fields = {"csrf": token[1], "birth_date": "1990-03-07"}
        assert hurried.client.post(visitor.link, data=fields).status_code == 503
    impatient.dispose()


def test_a_page_is_shown_while_the_store_takes_no_writing(
    inside: Visitor, engine: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(store, "BUSY_SECONDS", 0.05)
    impatient = store.open_engine(f"sqlite:///{tmp_path / 'owed.sqlite'}")
    late = MovingClock()
    late.move(minutes=5)
    with Visitor(new_app(impatient, late), inside.invited) as hurried, writing(engine):
        hurried.client.cookies.update(inside.client.cookies)
        assert hurried.get("/case").status_code == 200
    impatient.dispose()


@pytest.mark.parametrize("host", ["[", "elsewhere.example/x?", "elsewhere.example"])
def test_what_a_caller_gives_as_host_leads_nowhere(visitor: Visitor, host: str) -> None:
    page = visitor.client.get(visitor.link, headers={"host": host}).text
    assert (f'"{visitor.link}?lang=en"' in page, "elsewhere" in page) == (True, False)


def test_no_log_holds_a_link_or_what_was_typed(visitor: Visitor, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        visitor.enter("1990-03-08")
        visitor.enter()
        visitor.post("/case", {"note": "비밀스러운 말"})
    said = our_log(caplog)
    assert [word for word in (visitor.invited.link_id, "비밀", "김가온", "1990") if word in said] == []


def test_one_address_may_not_flood_the_pages(engine: Engine, clock: MovingClock) -> None:
    narrow = Allowance(size=3, refill_per_second=0)
    with Visitor(new_app(engine, clock, allowance=narrow), invite(engine)) as visitor:
        assert [visitor.get("/").status_code for _ in range(4)] == [200, 200, 200, 429]


def test_an_allowance_refills_with_time() -> None:
    at = [0.0]
    bucket = Allowance(size=2, refill_per_second=1, now=lambda: at[0])
    taken = [bucket.take("a"), bucket.take("a"), bucket.take("a")]
    at[0] = 1.0
    assert [*taken, bucket.take("a"), bucket.take("b")] == [True, True, False, True, True]


def test_a_flood_does_not_eat_what_its_neighbours_behind_one_address_get() -> None:
    at = [0.0]
    bucket = Allowance(size=1, refill_per_second=1, now=lambda: at[0])
    taken = 0
    for step in range(101):
        at[0] = step / 10
        taken += bucket.take("a")
    assert taken in {10, 11}


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("socket", "socket"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
    ],
)
def test_an_ipv6_household_is_one_address(host: str, network: str) -> None:
    assert guards.client_network({"type": "http", "client": (host, 1)}) == network


def test_pages_need_no_script(inside: Visitor) -> None:
    pages = [inside.get(path).text for path in ("/", "/case", "/question", "/stop", "/verify-message")]
    assert [
        page for page in pages if "<script" in page or "javascript:" in page or " on" + "click" in page
    ] == []


def test_the_redirect_after_a_post_names_no_host(visitor: Visitor) -> None:
    assert visitor.enter().headers["location"] == "/case"


def test_many_visitors_at_once_each_get_their_own_page(engine: Engine, clock: MovingClock) -> None:
    app = new_app(engine, clock)
    people = [invite(engine, campaign=f"c{number}") for number in range(8)]

    def look(number: int) -> int:
        with Visitor(app, people[number]) as one:
            one.enter()
            return one.get("/case").status_code

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(look, range(8))) == [200] * 8
