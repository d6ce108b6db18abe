"""Takes in one file of a register: every row is accepted, quarantined with reasons, or a duplicate."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
from sqlalchemy import Engine, insert

from data import audit
from data.arrivals import DeliveredFile, Source, without_lacking
from data.batch import Batch, again_of, before_of, known_batch, row_of
from data.checks import Judged, Parts, broken_refusals, count_reasons, judge
from data.clock import micros
from data.commandline import Progress
from data.contract import Contract
from data.contract_digest import contract_sha256
from data.deliveries import Chain, Delivery, beside, chains, in_force, is_outdated
from data.entry import Entry, LetPass, Settlement, let_pass, waivers
from data.errors import BadSettings, ContractBroken, QuarantineOverLimit
from data.formats.confinement import Watch
from data.formats.limits import limits_of
from data.gates import FEW_REFUSED, Gate, Gates, Jump, check_age, check_jump, check_size
from data.keys import KeyUse
from data.memory import check_memory
from data.passing import accept_delivery
from data.quarantine import (
    REFUSED,
    quarantine_path,
    quarantined_rows,
    read_quarantine,
    write_quarantine,
)
from data.reading import Table
from data.registers import is_stale
from data.rivals import Beside, beside_parts
from data.store.engine import reading, writing
from data.store.tables import batch_confirmation
from data.workspace import Workspace
from data.zeros import Restored

_FEW = 50_000  # lines that are no rows: beyond them they are counted before they are looked at
STEPS = 5  # how often a whole intake advances its progress; rows are told beside it


def take_in(
    workspace: Workspace,
    engine: Engine,
    contract: Contract,
    source: Path | Source,
    *,
    extracted_on: date,
    now: datetime,
    progress: Progress,
    actor: str = "intake",
    part: str = "",
    accept: Collection[Gate] = (),
    reason: str = "",
) -> Batch:
    """Take in a whole file, or all that a query finds, or nothing.

    Gates that stop it can be opened by name in `accept`, with a `reason` that is kept under the `actor`.
    Raises ContractBroken, QuarantineOverLimit, RegisterTooOld, BadSettings (an extract date that lies
    ahead, a part that the contract does not know), RowsJumped (a jump in rows, or a size nobody expects),
    Locked. In each case store, vault and accepted rows are as they were.
    """
    _check_part(contract, part)
    gates = Gates(accept, reason)
    if isinstance(source, Path):
        source = DeliveredFile(workspace, contract, source)
    today = now.astimezone(ZoneInfo(workspace.settings().time_zone)).date()
    check_age(gates, contract, extracted_on=extracted_on, today=today, where=source.where)
    with workspace.lock("intake"):
        digest = contract_sha256(contract)
        arrival = _Arrival(
            workspace, engine, contract, source, source.sha256, digest, part, extracted_on, now, today,
            actor, gates,
        )  # fmt: skip
        return arrival.known_already() or arrival.take_in(progress)


def _check_part(contract: Contract, part: str) -> None:
    if part == "" and not contract.parts:
        return
    if part not in contract.parts:
        known = ", ".join(contract.parts)
        raise BadSettings(
            f"{contract.name} does not come in a part {part}."
            if part
            else f"{contract.name} comes in parts.",
            where=str(contract.path),
            mend=f"give --part, one of: {known}" if known else "leave --part out",
        )


@dataclass(frozen=True)
class _Arrival:
    """A file at the door."""

    workspace: Workspace
    engine: Engine
    contract: Contract
    source: Source
    sha256: str
    contract_sha256: str
    part: str
    extracted_on: date
    now: datetime
    today: date
    actor: str
    gates: Gates

    # --- the same bytes again ---

    def known_already(self) -> Batch | None:
        """What these bytes were when they came before, unless they are to be taken in anew.

        As a newer extract they confirm what is in force. Where another file has taken their place since, or
        their contract reads them otherwise now, they are a new delivery.
        """
        known = self._known()
        same = next((one for one in known if self._is_same(one)), None)
        if same is None:
            return None
        now = in_force(known)
        if now is not None and same.batch_id in {one.batch_id for one in now.chains}:
            if is_outdated(same, now.chains):
                return None
            if self.extracted_on <= same.extracted_on:
                return self._answered_for(same)
            self._confirm(same)
            return replace(known_batch(same), extracted_on=self.extracted_on, confirmed=True)
        if self._counts_beside(same, known):
            return None
        return _beside_others(known_batch(same), now)

    def _answered_for(self, same: Chain) -> Batch:
        """What is in force already; where it has become too old, somebody may answer for it from now on."""
        if Gate.STALE not in self.gates.used or not is_stale(same, self.contract, self.today):
            return known_batch(same)
        accept_delivery(
            self.workspace, self.engine, [same.batch_id], lambda _: self.contract,
            gate=Gate.STALE, reason=self.gates.reason, until=None,
            today=self.today, operator=self.actor, now=self.now,
        )  # fmt: skip
        return replace(known_batch(same), accepted_gates=(Gate.STALE.value,))

    def _counts_beside(self, same: Chain, known: Sequence[Chain]) -> bool:
        """Whether a delivery that is no longer in force says something new when it comes again."""
        if self.extracted_on > same.extracted_on:
            return True
        last = next(one for one in known if one.part == self.part)
        return last.batch_id != same.batch_id and self.extracted_on >= last.extracted_on

    def _known(self) -> list[Chain]:
        with reading(self.engine) as connection:
            return chains(connection, self.contract.register)

    def _is_same(self, chain: Chain) -> bool:
        return self._has_same_bytes(chain) and chain.contract_sha256 == self.contract_sha256

    def _has_same_bytes(self, chain: Chain) -> bool:
        ours = (self.contract.name, self.part, self.sha256)
        return ours == (chain.contract, chain.part, chain.pieces[0].sha256)

    def _confirm(self, chain: Chain) -> None:
        moment = micros(self.now)
        day = {"batch_id": chain.batch_id, "extracted_on": self.extracted_on, "confirmed_at": moment}
        with writing(self.engine) as connection:
            connection.execute(insert(batch_confirmation), day)
            let_pass(connection, chain.batch_id, self._passes(), actor=self.actor, moment=moment)
            audit.append(
                connection,
                self.workspace.key(KeyUse.AUDIT),
                actor=self.actor,
                action="intake_confirmed",
                ref=chain.batch_id,
                now=self.now,
                detail={"extracted_on": self.extracted_on.isoformat(), "sha256": self.sha256},
            )

    def _passes(self) -> list[LetPass]:
        return [
            LetPass(one.value, self.gates.reason, self.today, self.gates.until(one, self.today))
            for one in self.gates.used
        ]

    # --- new bytes ---

    def take_in(self, progress: Progress) -> Batch:
        known = self._known()
        twin = next((one for one in known if self._has_same_bytes(one)), None)
        contract, table = self._read(partial(progress.rows, "read"))
        progress.rows("read", table.rows_in)
        progress.advance()
        arrival = self if twin is None else replace(self, extracted_on=self._day_of(twin))
        return replace(arrival, contract=contract)._take_in(table, known, twin, progress)

    def _day_of(self, twin: Chain) -> date:
        """Read otherwise, the same bytes are as fresh as they were confirmed to be."""
        is_read_otherwise = twin.contract_sha256 != self.contract_sha256
        return max(self.extracted_on, twin.extracted_on) if is_read_otherwise else self.extracted_on

    def _read(self, watch: Watch) -> tuple[Contract, Table]:
        """The rows, and the contract as the file fulfils it, where an operator accepts that columns lack."""
        try:
            return self.contract, self.source.read(watch)
        except ContractBroken as error:
            there = without_lacking(self.source)
            if there is None:
                raise
            self.gates.stop(Gate.COLUMNS, error)
        return there.contract, there.read(watch)

    def _take_in(self, table: Table, known: Sequence[Chain], twin: Chain | None, progress: Progress) -> Batch:
        self._check_lines(table)
        limits = limits_of(self.workspace.settings().table("intake.limits"))
        check_memory(table.size, limits, where=self.source.where)
        restored = Restored(self.contract, table)
        judged = judge(self.contract, watched(restored.parts, progress), table.broken)
        judged = replace(judged, repaired={**judged.repaired, **restored.counted(judged.accepted["_row"])})
        progress.advance()
        before = next((one for one in known if one.part == self.part and one.complete), None)
        entry = self._entry()
        with entry.opened() as vault:
            admitted = entry.admit(vault, judged)
            found = beside_parts(entry, vault, admitted, beside(known, self.part, self.contract.parts))
            progress.advance()
            made = self._counted(entry.batch_id, table, judged, found, before)
            quarantined = quarantined_rows(
                self.contract, restored.parts(), found.admitted.refused, table.raws
            )
            del table, judged, admitted  # from here on only ids and canonical columns are needed
            self._check(made, quarantined, before)
            made = replace(made, accepted_gates=tuple(one.value for one in self.gates.used))
            settled = self._waived_again(entry, twin, quarantined)
            if twin is not None:
                made = replace(made, again=replace(again_of(twin), waived=len(settled)))
            entry.write(vault, found.admitted, quarantined)
            progress.advance()
            row = row_of(made, self.contract)
            entry.record(row, found.admitted, action="intake", passes=self._passes(), settled=settled)
            progress.advance()
        return _beside_others(made, in_force(self._known()))

    def _waived_again(self, entry: Entry, twin: Chain | None, rows: pl.DataFrame) -> list[Settlement]:
        """Rows waived when the same bytes came before are waived where they are in quarantine again.

        Read otherwise, such as from another sheet, a line can be another row: nobody has waived that one.
        """
        if twin is None or not twin.waived or not quarantine_path(self.workspace, twin.batch_id).is_file():
            return []
        with reading(self.engine) as connection:
            before = waivers(connection, twin.batch_id)
        theirs = read_quarantine(self.workspace, twin.batch_id)
        same = set(rows.join(theirs, on=["line", "raw"], how="semi")["line"])
        return [replace(one, batch_id=entry.batch_id) for one in before if one.line in same]

    def _entry(self) -> Entry:
        batch_id = f"{self.now:%Y%m%d}-{secrets.token_hex(4)}"
        return Entry(self.workspace, self.engine, self.contract, batch_id, self.actor, self.now)

    def _counted(
        self, batch_id: str, table: Table, judged: Judged, found: Beside, before: Chain | None
    ) -> Batch:
        """The batch these rows make. Every row is somewhere: an author's mistake stops here."""
        admitted, duplicates = found.admitted, judged.duplicates + found.duplicates
        accepted, quarantined = admitted.frame.height, admitted.refused.height
        if table.rows_in != accepted + quarantined + duplicates:
            raise AssertionError("rows in = accepted + quarantined + duplicates does not hold")
        return Batch(
            batch_id=batch_id,
            contract=self.contract.name,
            register=self.contract.register,
            part=self.part,
            file_name=self.source.name,
            sha256=self.sha256,
            contract_sha256=self.contract_sha256,
            extracted_on=self.extracted_on,
            complete=self.contract.complete,
            rows_in=table.rows_in,
            accepted=accepted,
            quarantined=quarantined,
            duplicates=duplicates,
            reasons=count_reasons(admitted.refused),
            notes=admitted.notes,
            reading=self._reading(table, found),
            before=None if before is None else before_of(before),
        )

    def _reading(self, table: Table, found: Beside) -> dict[str, Any]:
        noted = {"also_in": found.also_in, "lacking": [one.name for one in self.contract.lacking]}
        return {**table.reading, **{name: value for name, value in noted.items() if value}}

    def _check(self, made: Batch, quarantined: Any, before: Chain | None) -> None:
        """The gates that only show once the rows have been looked at."""
        self._check_quarantine(made, quarantined)
        where = made.file_name
        check_size(self.gates, self.contract, rows=made.accepted, where=where)
        for jump in self._jumps(made, before) if self.contract.complete else ():
            if made.extracted_on >= jump.before_on:
                check_jump(self.gates, self.contract, jump, where=where)

    def _jumps(self, made: Batch, before: Chain | None) -> Iterator[Jump]:
        """Rows that this file brings, and those, with their day, whose place it takes: its part's, and those
        of all parts for a whole file; of the whole file for the part that makes all parts complete."""
        rows, known = made.rows_in - made.duplicates, self._known()
        if before is not None:
            yield Jump(rows, before.told, before.extracted_on, self.part)
        now = in_force(known)
        if now is None or not now.complete or bool(now.parts) == bool(self.part):
            return
        others = beside(known, self.part, self.contract.parts) if self.part else []
        if {one.part for one in others} == set(self.contract.parts) - {self.part} or not self.part:
            told = sum(one.told for one in now.chains)
            rows += sum(one.told for one in others)
            yield Jump(rows, told, now.extracted_on, self.part, together=bool(self.part))

    def _check_lines(self, table: Table) -> None:
        """A file of lines that are no rows is refused before anything of it is held: it may be a bomb."""
        count = table.broken_count
        if Gate.QUARANTINE in self.gates.accepted or count <= max(_FEW, self._most(table.rows_in)):
            return
        name = f"{REFUSED}{self._entry().batch_id}"
        refused = broken_refusals(table.first_broken(_FEW))
        write_quarantine(self.workspace, name, quarantined_rows(self.contract, [], refused, table.raws))
        first = "; ".join(f"{reason} ({rows})" for reason, rows in count_reasons(refused).items())
        told = f"{first} among the first {_FEW:,}, which alone were kept"
        raise self._over(name, count, table.rows_in, told)

    def _check_quarantine(self, made: Batch, quarantined: Any) -> None:
        """Too many rows in quarantine: keep them to be looked at, accept nothing."""
        if made.quarantined <= self._most(made.rows_in):
            return
        name = f"{REFUSED}{made.batch_id}"
        first = "; ".join(f"{reason} ({count})" for reason, count in list(made.reasons.items())[:5])
        if Gate.QUARANTINE not in self.gates.accepted:
            write_quarantine(self.workspace, name, quarantined)
        self.gates.stop(Gate.QUARANTINE, self._over(name, made.quarantined, made.rows_in, first))

    def _most(self, rows_in: int) -> float:
        """So many rows may be in quarantine; a share of a small file is less than a row, so a few may."""
        share = self.contract.max_quarantined
        return max(share * rows_in, min(FEW_REFUSED, rows_in // 2)) if share else 0

    def _over(self, name: str, count: int, rows_in: int, reasons: str) -> QuarantineOverLimit:
        return QuarantineOverLimit(
            f"{count} of {rows_in} rows cannot be accepted, more than the"
            f" {self.contract.max_quarantined:.1%} that {self.contract.name} allows: {reasons}. Nothing was"
            " taken in.",
            where=self.source.name,
            mend=f"see `owed quarantine show {name}`, have the export mended, then take it in again",
        )


def _beside_others(made: Batch, now: Delivery | None) -> Batch:
    """The batch, with what else is to be known: who is in force instead, which part has to come again."""
    if now is None:
        return made
    if made.batch_id not in {one.batch_id for one in now.chains}:
        return replace(made, in_force=now.batch_id, in_force_on=now.extracted_on)
    return replace(made, outdated_parts=now.outdated_parts)


def watched(parts: Parts, progress: Progress) -> Parts:
    """The same rows; while they are gone through for the first time, `progress` hears how many there were."""
    told = 0

    def counted() -> Iterator[pl.DataFrame]:
        nonlocal told
        rows = 0
        for part in parts():
            yield part
            rows += part.height
            if rows > told:
                told = rows
                progress.rows("checked", told)

    return counted
