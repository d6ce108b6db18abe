from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from data.errors import BadSettings, Refused
from data.store.engine import reading, writing
from data.store.tables import case_
from outreach.cases import CaseKind, close_case, list_cases, open_case, read_case
from tests.outreach.invited import KEY, NOW, Invited, invite, new_store


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return new_store(tmp_path)


@pytest.fixture
def invited(engine: Engine) -> Invited:
    return invite(engine)


def ask(engine: Engine, invited: Invited, text: str = "왜 이만큼인가요?") -> bool:
    with writing(engine) as connection:
        return open_case(
            connection,
            kind=CaseKind.QUESTION,
            dedupe_key="q",
            invitation_id=invited.invitation_id,
            text=text,
            key=KEY,
            now=NOW,
        )


def only_case(engine: Engine) -> str:
    with reading(engine) as connection:
        return list_cases(connection, closed_too=True)[0].case_id


def test_a_case_gives_back_what_the_person_wrote(engine: Engine, invited: Invited) -> None:
    ask(engine, invited)
    with reading(engine) as connection:
        assert read_case(connection, KEY, only_case(engine))[1] == "왜 이만큼인가요?"


def test_what_the_person_wrote_lies_sealed(engine: Engine, invited: Invited) -> None:
    ask(engine, invited)
    with reading(engine) as connection:
        kept = connection.execute(select(case_.c.sealed_text)).scalar_one()
    assert "왜".encode() not in kept


def test_the_same_case_is_opened_once(engine: Engine, invited: Invited) -> None:
    assert [ask(engine, invited), ask(engine, invited)] == [True, False]


def test_a_case_about_a_message_needs_no_text(engine: Engine, invited: Invited) -> None:
    with writing(engine) as connection:
        open_case(
            connection,
            kind=CaseKind.NEEDS_DECISION,
            dedupe_key="m",
            message_id=invited.message_id,
            now=NOW,
        )
        found = list_cases(connection)[0]
    assert (found.kind, found.message_id, found.has_text) == (
        CaseKind.NEEDS_DECISION,
        invited.message_id,
        False,
    )


def test_a_closed_case_leaves_the_list(engine: Engine, invited: Invited) -> None:
    ask(engine, invited)
    with writing(engine) as connection:
        close_case(connection, only_case(engine), now=NOW)
        assert (list_cases(connection), len(list_cases(connection, closed_too=True))) == ([], 1)


def test_a_case_is_closed_once(engine: Engine, invited: Invited) -> None:
    ask(engine, invited)
    case_id = only_case(engine)
    with writing(engine) as connection, pytest.raises(Refused):
        close_case(connection, case_id, now=NOW)
        close_case(connection, case_id, now=NOW)


@pytest.mark.parametrize("act", ["show", "close"])
def test_an_unknown_case_is_said_to_be_unknown(engine: Engine, act: str) -> None:
    with writing(engine) as connection, pytest.raises(BadSettings, match="no such case"):
        if act == "show":
            read_case(connection, KEY, "0")
        else:
            close_case(connection, "0", now=NOW)
