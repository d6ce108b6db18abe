"""Holds: a scan in which much more or much less is found than in the last one compared waits for a person.

Nothing is wrong with its findings for all that is known; but a register that was delivered in part, or a
rate with a digit too many, looks just like this.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, desc, func, insert, select

from data import audit
from data.clock import micros, moment
from data.errors import BadSettings, Refused
from data.keys import KeyUse
from data.reasons import reason_of
from data.store.tables import comparison, operator_key, scan_acceptance
from data.workspace import Settings, Workspace
from eligibility.runs import Manifest, Run, not_proven, proven_manifests

MAX_JUMP = 0.25  # of the findings, or of their sum, where the settings do not say
FEWEST = 20  # findings before or now: fewer come and go by chance, but never all of them

_OTHERS = (
    select(comparison.c.run_id)
    .where(comparison.c.run_id != bindparam("run"))
    .group_by(comparison.c.run_id)
    .order_by(desc(func.max(comparison.c.number)))
)
_ACCEPTED = select(scan_acceptance).where(scan_acceptance.c.run_id == bindparam("run"))
_ACCEPT = insert(scan_acceptance)
_OPERATOR = select(operator_key.c.revoked_at).where(operator_key.c.name == bindparam("name"))


@dataclass(frozen=True)
class Jump:
    """How far one programme's findings moved from those of the run `against` which they are held."""

    programme: str
    against: str
    entitled_before: int
    entitled: int
    amount_before: int
    amount: int


def jumps(workspace: Workspace, connection: Connection, run: Run) -> list[Jump]:
    """The programmes of a run that moved beyond the limit against the last comparison of another run that ran
    them, however many others came after it.

    The first run ever, and the first of a programme, have nothing to be held against.
    """
    limit = max_jump(workspace.settings())
    waiting, found = set(run.programmes), []
    for name in connection.execute(_OTHERS, {"run": run.run_id}).scalars().all():
        if not waiting:
            break
        manifest = _manifest_of(workspace, connection, name)
        for programme in sorted(waiting & set(manifest["programmes"] if manifest else ())):
            assert manifest is not None
            waiting.remove(programme)
            before, now = manifest["programmes"][programme], run.programmes[programme]
            one = Jump(programme, name, before["entitled"], now["entitled"], before["amount"], now["amount"])
            if _is_beyond(one, limit):
                found.append(one)
    return sorted(found, key=lambda one: one.programme)


def _manifest_of(workspace: Workspace, connection: Connection, run_id: str) -> Manifest | None:
    """Of a run that was compared; None where its folder was removed. Raises Failed for one that is not the
    scan's any more: nothing can be held against it."""
    folder = workspace.findings / run_id
    proven = proven_manifests(connection, folder)
    if proven is None and folder.exists():
        raise not_proven(connection, folder)
    return proven[0] if proven else None


def max_jump(settings: Settings) -> float:
    """The share by which findings may move: `[scan] max_jump`. Raises BadSettings for what is no share."""
    given = settings.table("scan").get("max_jump", MAX_JUMP)
    if isinstance(given, bool) or not isinstance(given, int | float) or given <= 0:
        raise BadSettings("max_jump is not a number above 0.", where="owed.toml [scan]", mend="such as 0.25")
    return float(given)


def _is_beyond(one: Jump, limit: float) -> bool:
    pairs = ((one.entitled_before, one.entitled), (one.amount_before, one.amount))
    fell_to_nothing = any(before and not now for before, now in pairs)
    if max(one.entitled, one.entitled_before) < FEWEST and not fell_to_nothing:
        return False
    return any(abs(now - before) > limit * before for before, now in pairs)


def held(workspace: Workspace, connection: Connection, run: Run) -> list[Jump]:
    """The jumps of a run that nobody has accepted."""
    accepted = {(row.programme, row.against) for row in acceptances(connection, run.run_id)}
    found = jumps(workspace, connection, run)
    return [one for one in found if (one.programme, one.against) not in accepted]


def acceptances(connection: Connection, run_id: str) -> Sequence[Row[Any]]:
    """The rows of table `scan_acceptance` of a run, by programme."""
    rows = connection.execute(_ACCEPTED.order_by(scan_acceptance.c.programme), {"run": run_id})
    return rows.all()


def as_document(row: Row[Any]) -> dict[str, Any]:
    """What a plan freezes of an acceptance; JSON values only."""
    jump = {name: getattr(row, name) for name in Jump.__dataclass_fields__}
    return {
        **jump,
        "accepted_by": row.accepted_by,
        "accepted_at": moment(row.accepted_at).isoformat(),
        "reason": row.reason,
    }


def refuse_held(workspace: Workspace, connection: Connection, run: Run) -> None:
    """Raises Refused while a jump of the run waits for somebody to look at it."""
    waiting = held(workspace, connection, run)
    if waiting:
        raise Refused(
            f"The scan {run.run_id} is held: {'; '.join(told(run, one) for one in waiting)}.",
            where=str(run.folder),
            mend="find out why; if it is right, `owed findings accept "
            f'{run.run_id} --programme {waiting[0].programme} --as NAME --reason "…"`',
        )


def told(run: Run, one: Jump) -> str:
    """A jump of a run in one line, with the currency and per what it is paid."""
    from eligibility.words import Speaker

    entry, speaker = run.programmes[one.programme], Speaker("en", {})
    before, now = (
        speaker.money_per(amount, entry["currency"], entry["per"])
        for amount in (one.amount_before, one.amount)
    )
    return (
        f"{one.programme} went from {one.entitled_before:,} entitled to {one.entitled:,}, "
        f"and in sum from {before} to {now}"
    )


def accept(
    workspace: Workspace,
    connection: Connection,
    run: Run,
    *,
    programme: str,
    operator: str,
    account: str,
    reason: str,
    now: datetime,
) -> Jump:
    """Record that an operator looked at a jump and stands by it, in the caller's transaction, audited.

    Raises BadSettings without a reason, Refused for an unknown or revoked operator and where nothing is
    held.
    """
    words = reason_of(reason)
    if not words:
        raise BadSettings("An acceptance needs a reason in words.", mend='add --reason "…"')
    _check_operator(connection, operator)
    waiting = {one.programme: one for one in held(workspace, connection, run)}
    if programme not in waiting:
        names = ", ".join(waiting) or "nothing"
        raise Refused(
            f"The scan {run.run_id} is not held for {programme}.",
            where=str(run.folder),
            mend=f"held is: {names}; `owed scan` says so when it ends",
        )
    jump = waiting[programme]
    said = {**asdict(jump), "account": account, "reason": words}
    row = {"run_id": run.run_id, **said, "accepted_by": operator, "accepted_at": micros(now)}
    connection.execute(_ACCEPT, row)
    key = workspace.key(KeyUse.AUDIT)
    audit.append(
        connection, key, actor=operator, action="scan_accepted", ref=run.run_id, detail=said, now=now
    )
    return jump


def _check_operator(connection: Connection, name: str) -> None:
    row = connection.execute(_OPERATOR, {"name": name}).first()
    if row is None or row.revoked_at is not None:
        raise Refused(
            f"There is no operator named {name}." if row is None else f"The key of {name} is revoked.",
            mend="`owed keys new NAME` makes one, `owed keys list` shows",
        )
