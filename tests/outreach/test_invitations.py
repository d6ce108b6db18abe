from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from data.errors import Failed
from data.keys import unseal
from data.store.engine import reading, writing
from data.store.tables import invitation, invitation_finding, message
from outreach.checks import is_genuine, new_check_number
from outreach.invitations import Sealed, invitation_key, open_invitation
from tests.outreach.invited import CHECK_NUMBER, KEY, finding, invite, new_store, sealed


def test_what_was_sealed_comes_back_as_it_was(tmp_path: Path) -> None:
    engine, content = new_store(tmp_path), sealed("en")
    invited = invite(engine, content=content)
    with reading(engine) as connection:
        assert open_invitation(connection, KEY, invited.invitation_id) == content


def test_the_same_invitation_is_the_same_bytes() -> None:
    content = sealed()
    assert Sealed.from_json(content.as_json()).as_json() == content.as_json()


def test_the_store_holds_no_readable_word_of_an_invitation(tmp_path: Path) -> None:
    engine = new_store(tmp_path)
    invite(engine)
    engine.dispose()
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    words = ("김가온", "+821000001234", "1990-03-07", "250130", "BILL-", CHECK_NUMBER)
    assert [word for word in words if word.encode() in kept] == []


def test_another_key_opens_nothing(tmp_path: Path) -> None:
    engine = new_store(tmp_path)
    invited = invite(engine)
    with reading(engine) as connection, pytest.raises(Failed):
        open_invitation(connection, b"\1" * 32, invited.invitation_id)


def test_a_key_moved_to_another_invitation_opens_nothing(tmp_path: Path) -> None:
    engine = new_store(tmp_path)
    first, second = invite(engine), invite(engine)
    with writing(engine) as connection:
        wrapped = connection.execute(
            select(invitation.c.wrapped_key).where(invitation.c.invitation_id == first.invitation_id)
        ).scalar_one()
        connection.execute(
            invitation.update()
            .where(invitation.c.invitation_id == second.invitation_id)
            .values(wrapped_key=wrapped)
        )
    with reading(engine) as connection, pytest.raises(Failed):
        open_invitation(connection, KEY, second.invitation_id)


def test_every_invitation_has_a_key_of_its_own(tmp_path: Path) -> None:
    engine = new_store(tmp_path)
    invited = [invite(engine) for _ in range(3)]
    with reading(engine) as connection:
        assert len({invitation_key(connection, KEY, one.invitation_id) for one in invited}) == 3


def test_the_invitations_own_key_opens_what_is_sealed(tmp_path: Path) -> None:
    engine = new_store(tmp_path)
    invited = invite(engine)
    with reading(engine) as connection:
        own_key = invitation_key(connection, KEY, invited.invitation_id)
        raw = connection.execute(select(invitation.c.sealed)).scalar_one()
    opened = unseal(own_key, raw, context=f"invitation.sealed|{invited.invitation_id}")
    assert opened == invited.sealed.as_json()


def test_an_invitation_remembers_the_revision_it_tells(tmp_path: Path) -> None:
    engine = new_store(tmp_path)
    invite(engine, content=sealed(findings=(finding("1" * 32), finding("2" * 32))))
    with reading(engine) as connection:
        rows = connection.execute(
            select(invitation_finding.c.entitlement_id, invitation_finding.c.revision).order_by(
                invitation_finding.c.entitlement_id
            )
        ).all()
    assert [tuple(row) for row in rows] == [("1" * 32, 1), ("2" * 32, 1)]


def test_an_unknown_invitation_is_said_to_be_unknown(tmp_path: Path) -> None:
    engine = new_store(tmp_path)
    with reading(engine) as connection, pytest.raises(Failed, match="no such invitation"):
        open_invitation(connection, KEY, "0" * 32)


# --- check numbers ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "address", "genuine"),
    [
        (CHECK_NUMBER, "1234", True),
        ("473 921", "１２３４", True),
        (CHECK_NUMBER, "010-0000-1234", True),
        (CHECK_NUMBER, "1235", False),
        ("473922", "1234", False),
        (CHECK_NUMBER, "", False),
    ],
)
def test_a_check_number_counts_with_the_phone_it_went_to(
    tmp_path: Path, number: str, address: str, genuine: bool
) -> None:
    engine = new_store(tmp_path)
    invite(engine)
    with reading(engine) as connection:
        assert is_genuine(connection, KEY, check_number=number, received_at=address) is genuine


def test_a_check_number_of_an_email_counts_with_the_whole_address(tmp_path: Path) -> None:
    engine = new_store(tmp_path)
    invite(engine, content=sealed(address="Gaon@example.invalid", phone_last4=""))
    with reading(engine) as connection:
        assert is_genuine(connection, KEY, check_number=CHECK_NUMBER, received_at=" gaon@EXAMPLE.invalid ")


def test_a_check_number_of_a_message_that_never_left_is_not_genuine(tmp_path: Path) -> None:
    engine = new_store(tmp_path)
    invite(engine)
    with writing(engine) as connection:
        connection.execute(message.update().values(attempts=0))
    with reading(engine) as connection:
        assert not is_genuine(connection, KEY, check_number=CHECK_NUMBER, received_at="1234")


def test_a_check_number_has_six_digits() -> None:
    assert {len(new_check_number()) for _ in range(200)} == {6}
