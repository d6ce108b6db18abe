"""Decisions of an office for applications that are there, made by the real functions."""

from __future__ import annotations

import secrets
import tempfile
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine

from data.store.engine import reading, writing
from outreach.application_files import undecided
from outreach.decision_files import DecisionRow
from outreach.decision_releases import Released, release
from outreach.decisions import judge_rows, take_in
from outreach.operators import Signer, create_operator, find_operator, load_signer
from tests.outreach.invited import KEY, NOW

PASSPHRASE = "four plain words here"


def signer(connection: Connection, name: str, now: datetime = NOW) -> Signer:
    """An operator of that name with a fresh key; the key file goes at once."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}.pem"
        create_operator(connection, name=name, passphrase=PASSPHRASE, key_file=path, account="1000", now=now)
        return load_signer(path, PASSPHRASE)


def filled_in(
    engine: Engine,
    *,
    outcome: str = "granted",
    amount: int | None = None,
    reason: str = "",
    clerk: str = "31",
) -> list[DecisionRow]:
    """The exported rows as a clerk hands them back."""
    with reading(engine) as connection:
        rows = [one.row for one in undecided(connection, KEY, time_zone="Asia/Seoul")]
    return [
        DecisionRow(
            line=line,
            reference=row.reference,
            record_id=row.record_id,
            programme=row.programme,
            outcome=outcome,
            amount="" if amount is None else str(amount),
            decided_on=NOW.date().isoformat(),
            decided_by=clerk,
            reason=reason,
            period=row.period,
            entitlement_id=row.entitlement_id,
        )
        for line, row in enumerate(rows, start=2)
    ]


def take_in_rows(engine: Engine, rows: list[DecisionRow], *, operator: str = "lee") -> str:
    with writing(engine) as connection:
        if find_operator(connection, operator) is None:
            signer(connection, operator)
        judged = judge_rows(connection, KEY, rows, today=NOW.date())
        return take_in(connection, KEY, judged, sha256=secrets.token_hex(32), operator=operator, now=NOW)


def release_batch(engine: Engine, batch_id: str, *, name: str | None = None) -> Released:
    name = name or f"choi-{secrets.token_hex(4)}"
    with writing(engine) as connection:
        key = signer(connection, name)
        return release(connection, batch_id=batch_id, name=name, signer=key, now=NOW)


def decide(
    engine: Engine, *, outcome: str, amount: int | None = None, reason: str = "", released: bool = True
) -> str:
    """Every undecided finding gets the same decision, released by a second person or not yet."""
    batch_id = take_in_rows(engine, filled_in(engine, outcome=outcome, amount=amount, reason=reason))
    if released:
        release_batch(engine, batch_id)
    return batch_id
