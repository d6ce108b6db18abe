"""Takes in one file of a register: every row is accepted, quarantined with reasons, or a duplicate."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, func, insert, select

from data import audit
from data.admission import Accepted, admit
from data.checks import Judged, judge
from data.clock import micros
from data.commandline import Progress
from data.contracts import Contract
from data.digests import file_sha256
from data.errors import BadSettings, ContractBroken, QuarantineOverLimit, Refused, RegisterTooOld
from data.keys import KeyUse
from data.people import is_newest, keep_people
from data.quarantine import REFUSED, count_reasons, quarantine_path, write_quarantine
from data.reading import Table, read_table
from data.registers import DOUBTS, accepted_path, batches, doubts_path, keep_doubts, write_rows
from data.store.engine import reading, writing
from data.store.tables import batch
from data.vault import Vault
from data.workspace import Workspace

_LAST = select(func.max(batch.c.taken_in_at))

FEW = 100  # a register with fewer rows may shrink to any number but none
STEPS = 5  # how often a whole intake advances its progress


@dataclass(frozen=True)
class Batch:
    """What became of one file. rows_in = accepted + quarantined + duplicates."""

    batch_id: str
    contract: str
    register: str
    file_name: str
    sha256: str
    extracted_on: date
    complete: bool
    rows_in: int
    accepted: int
    quarantined: int
    duplicates: int
    already: bool  # the same bytes were taken in before; nothing was done
    reasons: Mapping[str, int]  # how many rows were quarantined for each reason


def take_in(
    workspace: Workspace,
    engine: Engine,
    contract: Contract,
    file: Path,
    *,
    extracted_on: date,
    now: datetime,
    progress: Progress,
    actor: str = "intake",
    shrunk: bool = False,
) -> Batch:
    """Take in a whole file or nothing.

    Raises ContractBroken, QuarantineOverLimit, RegisterTooOld, BadSettings (an extract date that lies
    ahead), Refused (less than half of what the register had, unless told that it has `shrunk`), Locked.
    In each case store, vault and accepted rows are as they were.
    """
    _check_age(workspace, contract, file, extracted_on=extracted_on, now=now)
    with workspace.lock("intake"):
        sha256 = _digest(file)
        before = _taken_in(engine, contract, sha256)
        if before is not None:
            return before
        table = read_table(file, [one.in_file for one in contract.columns])
        progress.advance()
        judged = judge(contract, table)
        table = replace(table, cells=table.cells.clear())  # only raw lines are needed from here on
        progress.advance()
        made = _counted(contract, file, sha256, table, judged, extracted_on=extracted_on, now=now)
        _check_limit(workspace, contract, made, table, judged)
        if not shrunk:
            _check_size(engine, contract, made)
        _Delivery(workspace, engine, contract, made, now=now, actor=actor).store(table, judged, progress)
    return made


def _check_age(
    workspace: Workspace, contract: Contract, file: Path, *, extracted_on: date, now: datetime
) -> None:
    today = now.astimezone(ZoneInfo(workspace.settings().time_zone)).date()
    if extracted_on > today:
        raise BadSettings(f"The extract date {extracted_on} lies ahead of today, {today}.", where=str(file))
    if extracted_on < today - timedelta(days=contract.max_age_days):
        raise RegisterTooOld(
            f"The extract of {extracted_on} is older than the {contract.max_age_days} days that"
            f" {contract.name} allows.",
            where=str(file),
            mend="ask for a newer extract",
        )


def _digest(file: Path) -> str:
    try:
        return file_sha256(file)
    except OSError as error:
        raise ContractBroken(f"The file cannot be opened: {error.strerror}.", where=str(file)) from error


def _taken_in(engine: Engine, contract: Contract, sha256: str) -> Batch | None:
    """The delivery of exactly these bytes under this contract, if there was one."""
    same = select(batch).where(batch.c.contract == contract.name, batch.c.sha256 == sha256)
    with reading(engine) as connection:
        row = connection.execute(same).first()
    if row is None:
        return None
    return Batch(
        batch_id=row.batch_id,
        contract=row.contract,
        register=row.register,
        file_name=row.file_name,
        sha256=row.sha256,
        extracted_on=row.extracted_on,
        complete=row.complete,
        rows_in=row.rows_in,
        accepted=row.accepted,
        quarantined=row.quarantined,
        duplicates=row.duplicates,
        already=True,
        reasons={},
    )


def _counted(
    contract: Contract,
    file: Path,
    sha256: str,
    table: Table,
    judged: Judged,
    *,
    extracted_on: date,
    now: datetime,
) -> Batch:
    """The batch these rows make. Every row is somewhere: an author's mistake stops here, not in a scan."""
    quarantined = len(judged.refused)
    if table.rows_in != judged.accepted.height + quarantined + judged.duplicates:
        raise AssertionError("rows in = accepted + quarantined + duplicates does not hold")
    return Batch(
        batch_id=f"{now:%Y%m%d}-{secrets.token_hex(4)}",
        contract=contract.name,
        register=contract.register,
        file_name=file.name,
        sha256=sha256,
        extracted_on=extracted_on,
        complete=contract.complete,
        rows_in=table.rows_in,
        accepted=judged.accepted.height,
        quarantined=quarantined,
        duplicates=judged.duplicates,
        already=False,
        reasons=count_reasons(judged.refused),
    )


def _check_limit(workspace: Workspace, contract: Contract, made: Batch, table: Table, judged: Judged) -> None:
    """Too many rows in quarantine: keep them to be looked at, accept nothing."""
    if made.quarantined <= contract.max_quarantined * made.rows_in:
        return
    name = f"{REFUSED}{made.batch_id}"
    write_quarantine(workspace, name, table, judged.refused)
    first = "; ".join(f"{reason} ({count})" for reason, count in list(made.reasons.items())[:5])
    raise QuarantineOverLimit(
        f"{made.quarantined} of {made.rows_in} rows cannot be accepted, more than the"
        f" {contract.max_quarantined:.1%} that {contract.name} allows: {first}. Nothing was taken in.",
        where=made.file_name,
        mend=f"see `owed quarantine show {name}`, have the export mended, then take it in again",
    )


def _check_size(engine: Engine, contract: Contract, made: Batch) -> None:
    """A part of a register, or an export that stopped, would stand for the whole and end what it lacks."""
    same = (one for one in batches(engine) if one.register == contract.register and one.complete)
    before = next(same, None)
    if not contract.complete or before is None or made.extracted_on < before.extracted_on:
        return
    if made.accepted * 2 >= before.accepted or (made.accepted and before.accepted < FEW):
        return
    raise Refused(
        f"The register {contract.register} had {before.accepted:,} rows on {before.extracted_on}; this file"
        f" has {made.accepted:,}. Whom it leaves out would have nothing.",
        where=made.file_name,
        mend="deliver the whole register as one file; give --shrunk if it really has shrunk this much",
    )


@dataclass(frozen=True)
class _Delivery:
    """Puts one judged file in its places: files and vault first, the row that makes it visible last."""

    workspace: Workspace
    engine: Engine
    contract: Contract
    made: Batch
    now: datetime
    actor: str

    def store(self, table: Table, judged: Judged, progress: Progress) -> None:
        self._sweep()
        newest = is_newest(self.engine, self.contract, self.made.extracted_on)
        with Vault.open(self.workspace) as vault, self._undone_on_failure():
            vault.begin()
            rows = admit(vault, self.contract, judged, self.made.batch_id, newest=newest)
            progress.advance()
            self._write(rows, table, judged)
            progress.advance()
            with writing(self.engine) as connection:
                self._record(connection, rows, newest=newest)
                vault.commit()
            progress.advance()

    def _write(self, rows: Accepted, table: Table, judged: Judged) -> None:
        register, batch_id = self.made.register, self.made.batch_id
        write_rows(self.workspace, self._accepted_path, register, batch_id, rows.frame)
        if judged.refused:
            keep_doubts(self.workspace, register, batch_id, rows.doubts)
            write_quarantine(self.workspace, batch_id, table, judged.refused)

    def _record(self, connection: Connection, rows: Accepted, *, newest: bool) -> None:
        """The batch, what the store keeps of it about people, and the audit entry, in one transaction."""
        made = self.made
        counts = {name: getattr(made, name) for name in ("rows_in", "accepted", "quarantined", "duplicates")}
        named = {
            name: getattr(made, name) for name in ("batch_id", "contract", "register", "file_name", "sha256")
        }
        # Deliveries keep the order they came in, however coarse the clock: the later of two is in force.
        last = connection.execute(_LAST).scalar() or 0
        dated = {"extracted_on": made.extracted_on, "taken_in_at": max(micros(self.now), last + 1)}
        plain = {"part": "", "parts": "[]", "reading": "{}", "reasons": "{}", "notes": "{}"}
        connection.execute(insert(batch), {**named, **counts, **dated, **plain, "complete": made.complete})
        if newest:
            keep_people(connection, self.contract, rows.frame, made.batch_id)
        audit.append(
            connection,
            self.workspace.key(KeyUse.AUDIT),
            actor=self.actor,
            action="intake",
            ref=made.batch_id,
            now=self.now,
            detail={"contract": made.contract, "sha256": made.sha256, **counts},
        )

    @property
    def _accepted_path(self) -> Path:
        return accepted_path(self.workspace, self.made.register, self.made.batch_id)

    @property
    def _doubts_path(self) -> Path:
        return doubts_path(self.workspace, self.made.register, self.made.batch_id)

    @contextmanager
    def _undone_on_failure(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self._accepted_path.unlink(missing_ok=True)
            self._doubts_path.unlink(missing_ok=True)
            quarantine_path(self.workspace, self.made.batch_id).unlink(missing_ok=True)
            raise

    def _sweep(self) -> None:
        """Remove what an intake that was killed left behind: files that no batch names."""
        with reading(self.engine) as connection:
            known = set(connection.execute(select(batch.c.batch_id)).scalars())
        register = self.workspace.registers / self.contract.register
        for path in [*register.glob("*.parquet"), *self.workspace.quarantine.glob("*.jsonl")]:
            if path.stem.removesuffix(DOUBTS) not in known and not path.stem.startswith(REFUSED):
                path.unlink()
        for path in [*register.glob(".*.part"), *self.workspace.quarantine.glob(".*.part")]:
            path.unlink()
