from __future__ import annotations

import hashlib

from sqlalchemy import Engine, select

from data.store.engine import reading, writing
from data.store.tables import metadata, session
from outreach.stopping import stop_token
from tests.outreach.decided import decide
from tests.outreach.invited import KEY
from tests.portal.visitor import MovingClock, Visitor

PAGES = [
    "/",
    "/r/{link}",
    "/r/{link}?lang=en",
    "/r/{link}/renew",
    "/r/unknown",
    "/verify-message",
    "/case",
    "/case?lang=en",
    "/submitted",
    "/status",
    "/question",
    "/stop",
    "/stop/{token}",
    "/logout",
    "/hooks/twilio",
    "/static/owed.css",
    "/robots.txt",
    "/nothing",
]


def store_digest(engine: Engine) -> str:
    """Over every row of every table, but for when a session was last seen."""
    digest = hashlib.sha256()
    with reading(engine) as connection:
        for table in metadata.sorted_tables:
            columns = [one for one in table.columns if one is not session.c.last_seen_at]
            rows = connection.execute(select(*columns).order_by(*table.primary_key.columns)).all()
            digest.update(repr((table.name, rows)).encode())
    return digest.hexdigest()


def look_everywhere(visitor: Visitor) -> None:
    token = stop_token(KEY, visitor.invited.invitation_id)
    for path in PAGES:
        address = path.format(link=visitor.invited.link_id, token=token)
        for method in ("GET", "HEAD", "GET"):
            visitor.client.request(method, address)


def test_looking_before_the_access_check_changes_nothing(visitor: Visitor, engine: Engine) -> None:
    before = store_digest(engine)
    look_everywhere(visitor)
    assert store_digest(engine) == before


def test_looking_after_the_access_check_changes_nothing_but_last_seen(
    inside: Visitor, engine: Engine, clock: MovingClock
) -> None:
    before = store_digest(engine)
    clock.move(minutes=1)
    look_everywhere(inside)
    assert store_digest(engine) == before


def test_looking_after_a_decision_changes_nothing(inside: Visitor, engine: Engine) -> None:
    inside.post("/case")
    decide(engine, outcome="granted", amount=250130)
    before = store_digest(engine)
    look_everywhere(inside)
    assert store_digest(engine) == before


def test_looking_at_an_expired_or_locked_link_changes_nothing(
    visitor: Visitor, engine: Engine, clock: MovingClock
) -> None:
    for _ in range(5):
        visitor.enter("1990-03-08")
    before = store_digest(engine)
    look_everywhere(visitor)
    clock.move(days=40)
    look_everywhere(visitor)
    assert store_digest(engine) == before


def test_a_digest_sees_a_change(visitor: Visitor, engine: Engine) -> None:
    before = store_digest(engine)
    visitor.enter("1990-03-08")
    assert store_digest(engine) != before


def test_looking_does_not_wait_for_somebody_who_writes(inside: Visitor, engine: Engine) -> None:
    with writing(engine):
        assert inside.get("/case").status_code == 200
