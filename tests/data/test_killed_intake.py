"""An intake that is killed at any step leaves the registers as they were, or has done all of it."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from data.registers import current
from data.store.engine import reading
from data.store.tables import batch, contact_consent
from data.vault import Vault
from tests.data.delivering import CONTACTS, CONTACTS_HEADER, TODAY, Office, number
from tests.data.killed_intake import STEPS

ROOT = Path(__file__).resolve().parents[2]
OLDER = f"{number(1)},sms,Y,010-0000-0001"
NEWER = f"{number(1)},sms,N,010-0000-0002"
OTHER = f"{number(2)},sms,Y,010-0000-0003"
WRONG = f"{number(3)},sms,Y,x"


def deliver(office: Office, step: str, *rows: str) -> int:
    office.contract(CONTACTS)
    file = office.file([CONTACTS_HEADER, *rows])
    words = [office.workspace.root, office.folder / "contract.toml", file, TODAY, step]
    command = [sys.executable, "-m", "tests.data.killed_intake", *map(str, words)]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def seen(office: Office) -> tuple[str, bool, list[str | None]]:
    """Address and consent of the first person, and which people have an id."""
    with Vault.open(office.workspace) as vault:
        ids = vault.ids("person", [number(1), number(2)])
        address = vault.rows("person", "contacts", [str(ids[0])])[str(ids[0]), "sms"]["address"]
    consent = select(contact_consent.c.allowed).where(contact_consent.c.subject_id == ids[0])
    with reading(office.engine) as connection:
        return address, connection.execute(consent).scalar_one(), ids


@pytest.mark.parametrize("step", STEPS)
def test_contacts_and_consents_of_two_deliveries_never_stand_side_by_side(office: Office, step: str) -> None:
    office.contacts(OLDER, WRONG, extracted_on=TODAY - timedelta(days=1))
    before = seen(office)
    ended = deliver(office, step, NEWER, OTHER, WRONG)
    address, consent, ids = seen(office)
    done = step in ("commit", "sweep", "none")
    assert (0 if step == "none" else -signal.SIGKILL) == ended
    expected = ("+821000000002", False) if done else ("+821000000001", True)
    assert expected == (address, consent)
    assert (done, before[2][0]) == (ids[1] is not None, ids[0])


@pytest.mark.parametrize("step", ["rows", "audit", "sweep"])
def test_the_next_intake_clears_what_a_killed_one_left(office: Office, step: str) -> None:
    office.contacts(OLDER, WRONG, extracted_on=TODAY - timedelta(days=1))
    deliver(office, step, NEWER, OTHER, WRONG)
    made = office.contacts(NEWER, OTHER, WRONG)
    batch_id = current(office.workspace, office.engine)["contacts"].batch_id
    assert (step == "sweep", batch_id) == (made.already, made.batch_id)
    office.contacts(NEWER, OTHER)
    kept = {path.stem.split(".")[0] for path in office.workspace.root.rglob("*.parquet")}
    with reading(office.engine) as connection:
        assert kept <= set(connection.execute(select(batch.c.batch_id)).scalars())
    assert ("+821000000002", False) == seen(office)[:2]
