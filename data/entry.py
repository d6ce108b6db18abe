"""Puts a judged file in its places: files first, then one transaction of the store that makes all visible.

Until the store knows a batch, no reader takes its rows, its quarantine or what it left in the vault for
anything; so a process that is killed at any step leaves the registers as they were, and contacts never stand
beside the consents of another delivery.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import polars as pl
from sqlalchemy import Connection, Engine, bindparam, delete, func, insert, select

from data import audit
from data.admission import Admitted, admit, check_foreign, kept_rows, vault_rows
from data.checks import Judged
from data.clock import micros
from data.contract import Contract, Foreign
from data.deliveries import Chain, Delivery, Settled, chains, in_force, speaking
from data.keys import KeyUse
from data.people import keep_people
from data.quarantine import REFUSED, quarantine_path, write_quarantine
from data.registers import current, doubts, scan, waived
from data.rowfiles import DOUBTS, accepted_path, doubts_path, write_accepted, write_doubts
from data.store.engine import reading, writing
from data.store.tables import accepted_exception, batch, settled_row
from data.unsure_people import unsure_people
from data.vault import Vault
from data.workspace import Workspace

_LAST = select(func.max(batch.c.taken_in_at))
_IDENTITIES = select(batch.c.identities)
_UNSETTLE = delete(settled_row).where(
    settled_row.c.batch_id == bindparam("batch"), settled_row.c.line == bindparam("at")
)


@dataclass(frozen=True)
class Settlement:
    """A row of a delivery's quarantine that is no longer open."""

    batch_id: str
    line: int
    how: Settled
    by: str
    reason: str


@dataclass(frozen=True)
class LetPass:
    """A gate that was accepted by name, and until when that holds."""

    gate: str
    reason: str
    accepted_on: date
    until: date | None


@dataclass(frozen=True)
class Entry:
    """One file on its way in, under the id it will have."""

    workspace: Workspace
    engine: Engine
    contract: Contract
    batch_id: str
    actor: str
    now: datetime

    @contextmanager
    def opened(self) -> Iterator[Vault]:
        """The vault, with what an intake that was killed left behind removed; undone unless all is well."""
        with Vault.open(self.workspace) as vault:
            self._sweep(vault)
            try:
                yield vault
            except BaseException:
                self._forget(vault)
                raise
            vault.sweep()

    def admit(self, vault: Vault, judged: Judged) -> Admitted:
        """Ids for all identities, and keys held against the other registers that are there."""
        expected = self._identities_given()
        for kind in {one.identity for one in self.contract.identities if one.identity}:
            vault.check_whole(kind, expected.get(kind, 0))
        return check_foreign(self.contract, admit(vault, self.contract, judged, self.batch_id), self._keys())

    def _identities_given(self) -> dict[str, int]:
        given: dict[str, int] = {}
        with reading(self.engine) as connection:
            for text in connection.execute(_IDENTITIES).scalars():
                for kind, count in json.loads(text).items():
                    given[kind] = given.get(kind, 0) + count
        return given

    def _keys(self) -> dict[Foreign, pl.LazyFrame]:
        if not self.contract.foreign:
            return {}
        known = current(self.workspace, self.engine)
        there = [one for one in self.contract.foreign if one.register in known]
        return {one: self._keys_of(known[one.register], one.key) for one in there}

    def _keys_of(self, delivery: Delivery, key: str) -> pl.LazyFrame:
        """The keys of a register, those of its quarantined rows included: they are no strangers."""
        rows = [scan(self.workspace, delivery).select(key)]
        for unsure in (doubts(self.workspace, delivery), waived(self.workspace, delivery)):
            if unsure is not None and key in unsure.columns:
                rows.append(unsure.lazy().select(key))
        return pl.concat(rows).unique()

    def write(self, vault: Vault, admitted: Admitted, quarantined: pl.DataFrame) -> None:
        """Every file of the batch."""
        register = self.contract.register
        write_accepted(self.workspace, register, self.batch_id, kept_rows(self.contract, admitted))
        if quarantined.height:
            write_doubts(self.workspace, register, self.batch_id, admitted.doubts)
            write_quarantine(self.workspace, self.batch_id, quarantined)
        if self.contract.vaulted:
            kind = self.contract.identities[0].identity or ""
            vault.keep_rows(kind, register, self.batch_id, vault_rows(self.contract, admitted))

    def record(
        self,
        row: Mapping[str, Any],
        admitted: Admitted,
        *,
        action: str,
        passes: Sequence[LetPass] = (),
        settled: Sequence[Settlement] = (),
    ) -> None:
        """The batch, what the store keeps of it about people, and the audit entry, in one transaction."""
        with writing(self.engine) as connection:
            # Deliveries keep the order they came in, however coarse the clock: the later of two is in force.
            last = connection.execute(_LAST).scalar() or 0
            moment = max(micros(self.now), last + 1)
            identities = json.dumps({kind: count for kind, count in admitted.fresh.items() if count})
            connection.execute(insert(batch), {**row, "identities": identities, "taken_in_at": moment})
            let_pass(connection, self.batch_id, passes, actor=self.actor, moment=moment)
            settle(connection, settled, moment=moment)
            self._keep_people(connection, admitted)
            self._audit(connection, row, action, passes, waived=_count_waived(settled))

    def _keep_people(self, connection: Connection, admitted: Admitted) -> None:
        if self.contract.keeps is None:
            return
        known = chains(connection, self.contract.register)
        speak = speaking(known)
        spoken = [piece.batch_id for chain in speak for piece in chain.pieces]
        if self.batch_id not in spoken:
            return
        place = spoken.index(self.batch_id)
        rows = kept_rows(self.contract, admitted)
        homes = self.contract.keeps == "person_state"
        keep_people(
            connection, self.contract, rows, self.batch_id,
            everybody=self._everybody(known, rows) if homes else rows,
            unsure=unsure_people(self.workspace, self.contract, speak if homes else ()),
            others=spoken[:place], later=spoken[place + 1 :],
        )  # fmt: skip

    def _everybody(self, known: Sequence[Chain], rows: pl.DataFrame) -> pl.DataFrame:
        """The rows of all that is in force: whom the new rows live with may stand in another file.

        New rows that are not in force yet, a part beside a whole file, stand for the people they name.
        """
        now = in_force(known)
        pieces = [piece.batch_id for chain in now.chains for piece in chain.pieces] if now else []
        if now is None or pieces == [self.batch_id]:
            return rows
        there = scan(self.workspace, now).select(rows.columns).collect()
        if self.batch_id in pieces:
            return there
        others = there.join(rows, on=self.contract.identities[0].name, how="anti")
        return pl.concat([others, rows], how="vertical_relaxed")

    def _audit(
        self,
        connection: Connection,
        row: Mapping[str, Any],
        action: str,
        passes: Sequence[LetPass],
        *,
        waived: int,
    ) -> None:
        counts = {name: row[name] for name in ("rows_in", "accepted", "quarantined", "duplicates")}
        about = {"contract": row["contract"], "sha256": row["sha256"], **counts}
        if row["mends"]:
            about["mends"] = row["mends"]
        if waived:
            about["waived_again"] = waived
        if passes:
            about["accepted_gates"] = {one.gate: one.reason for one in passes}
        audit.append(
            connection,
            self.workspace.key(KeyUse.AUDIT),
            actor=self.actor,
            action=action,
            ref=self.batch_id,
            now=self.now,
            detail=about,
        )

    def _forget(self, vault: Vault) -> None:
        """Remove the files of a batch that did not come to be; if it did, a later failure undoes nothing."""
        with reading(self.engine) as connection:
            if connection.execute(select(batch.c.batch_id).where(batch.c.batch_id == self.batch_id)).first():
                return
        accepted_path(self.workspace, self.contract.register, self.batch_id).unlink(missing_ok=True)
        doubts_path(self.workspace, self.contract.register, self.batch_id).unlink(missing_ok=True)
        quarantine_path(self.workspace, self.batch_id).unlink(missing_ok=True)
        vault.forget_batch(self.batch_id)

    def _sweep(self, vault: Vault) -> None:
        """Remove the files that no batch names."""
        with reading(self.engine) as connection:
            known = set(connection.execute(select(batch.c.batch_id)).scalars())
        register = self.workspace.registers / self.contract.register
        for path in [*register.glob("*.parquet"), *self.workspace.quarantine.glob("*.parquet")]:
            if path.stem.removesuffix(DOUBTS) not in known and not path.stem.startswith(REFUSED):
                path.unlink()
        for path in [*register.glob(".*.part"), *self.workspace.quarantine.glob(".*.part")]:
            path.unlink()
        vault.sweep()


def _count_waived(settled: Sequence[Settlement]) -> int:
    return sum(one.how is Settled.WAIVED for one in settled)


def waivers(connection: Connection, batch_id: str) -> list[Settlement]:
    """The rows of a delivery that were waived, by whom and why."""
    chosen = select(settled_row).where(
        settled_row.c.batch_id == batch_id, settled_row.c.how == Settled.WAIVED.value
    )
    return [
        Settlement(row.batch_id, row.line, Settled.WAIVED, row.by, row.reason)
        for row in connection.execute(chosen)
    ]


def let_pass(
    connection: Connection, batch_id: str, passes: Sequence[LetPass], *, actor: str, moment: int
) -> None:
    """Keep which gates an operator let a batch pass."""
    for one in passes:
        values = {name: getattr(one, name) for name in ("gate", "reason", "accepted_on", "until")}
        row = {**values, "batch_id": batch_id, "operator": actor, "accepted_at": moment}
        connection.execute(insert(accepted_exception), row)


def settle(connection: Connection, settled: Sequence[Settlement], *, moment: int) -> None:
    """Keep what became of quarantined rows; one that was waived may be mended after all."""
    rows = [{**vars(one), "how": one.how.value, "settled_at": moment} for one in settled]
    if rows:
        connection.execute(_UNSETTLE, [{"batch": one.batch_id, "at": one.line} for one in settled])
        connection.execute(insert(settled_row), rows)
