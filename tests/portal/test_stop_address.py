from __future__ import annotations

import pytest
from sqlalchemy import Engine, select

from data.store.engine import reading
from data.store.tables import suppression
from outreach.stopping import read_stop_token, stop_token
from tests.outreach.invited import KEY
from tests.portal.visitor import Visitor


def stopped(engine: Engine) -> list[str | None]:
    with reading(engine) as connection:
        return list(connection.scalars(select(suppression.c.subject_id)))


def address(visitor: Visitor) -> str:
    return f"/stop/{stop_token(KEY, visitor.invited.invitation_id)}"


def test_a_one_click_post_of_an_email_provider_stops(visitor: Visitor, engine: Engine) -> None:
    response = visitor.client.post(address(visitor), data={"List-Unsubscribe": "One-Click"})
    assert (response.status_code, stopped(engine)) == (200, [visitor.invited.subject_id])


def test_a_one_click_post_may_come_in_parts(visitor: Visitor, engine: Engine) -> None:
    files = {"List-Unsubscribe": (None, "One-Click")}
    visitor.client.post(address(visitor), files=files)
    assert stopped(engine) == [visitor.invited.subject_id]


def test_the_button_on_the_page_stops(visitor: Visitor, engine: Engine) -> None:
    visitor.post(address(visitor))
    assert stopped(engine) == [visitor.invited.subject_id]


def test_opening_the_address_stops_nothing_and_names_nobody(visitor: Visitor, engine: Engine) -> None:
    page = visitor.get(address(visitor)).text
    assert (stopped(engine), "김가온" in page) == ([], False)


def test_the_answer_says_how_long_a_message_may_still_arrive(visitor: Visitor) -> None:
    assert "5분" in visitor.post(address(visitor)).text


@pytest.mark.parametrize("token", ["x", "0" * 64, "가" * 64])
def test_a_guessed_address_stops_nobody(visitor: Visitor, engine: Engine, token: str) -> None:
    response = visitor.client.post(f"/stop/{token}", data={"List-Unsubscribe": "One-Click"})
    assert (response.status_code, stopped(engine)) == (404, [])


def test_a_token_of_another_key_is_none_of_ours() -> None:
    assert read_stop_token(KEY, stop_token(b"\1" * 32, "a" * 32)) is None


def test_a_post_that_is_neither_one_click_nor_our_button_stops_nothing(
    visitor: Visitor, engine: Engine
) -> None:
    response = visitor.client.post(address(visitor), data={"hello": "there"})
    assert (response.status_code, stopped(engine)) == (403, [])
