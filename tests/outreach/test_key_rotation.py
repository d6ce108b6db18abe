"""Keys rotate under a town with a plan: nobody is told anew, and what was planned is sent."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select

from data.keys import KeyUse
from data.store.engine import reading
from data.store.schema import open_store
from data.store.tables import invitation
from outreach.invitations import Sealed, open_invitation
from tests.outreach.town import Town

ROTATED = ("index", "registers", "findings", "quarantine", "vault")


def rotate_all(town: Town) -> None:
    for use in ROTATED:
        assert town.run("keys", "rotate", use, "--yes")["done"]


def invitations(town: Town) -> Mapping[str, Sealed]:
    key = town.workspace.key(KeyUse.INVITATIONS)
    with reading(open_store(town.workspace)) as connection:
        ids = connection.execute(select(invitation.c.invitation_id)).scalars().all()
        return {one: open_invitation(connection, key, one) for one in ids}


def told(town: Town) -> tuple[int, int, int, int]:
    done = town.run("diff")
    return done["new"], done["changed"], done["ended"], done["unseen"]


def test_a_rotation_and_the_next_extract_of_the_same_people_tell_nobody(town: Town) -> None:
    rotate_all(town)
    file = town.root / "incoming" / "residents.csv"
    header, *rows = file.read_text("utf-8").splitlines()
    file.write_text("\n".join([header, *reversed(rows)]) + "\n", "utf-8")
    taken = town.run("intake", "kr/residents", file, "--extracted-on", "2026-09-08")
    scanned = town.run("scan", "--as-of", "2026-09-08")
    assert (800, (0, 0, 0, 0)) == (taken["accepted"], told(town))
    assert any(one["entitled"] for one in scanned["programmes"].values())


def test_what_was_planned_before_a_rotation_opens_and_is_sent_after_it(planned: Town) -> None:
    before = invitations(planned)
    rotate_all(planned)
    planned.approve()
    planned.work()
    sent = list(planned.workspace.outbox.glob("*.json"))
    assert (before, len(before), True) == (invitations(planned), len(sent), bool(sent))


def test_a_plan_is_made_after_a_rotation_without_another_scan(town: Town) -> None:
    before = len(invitations(town))
    rotate_all(town)
    town.plan()
    assert len(invitations(town)) > before == 0
