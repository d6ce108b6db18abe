"""Takes in one file of a register: every row is accepted, quarantined with reasons, or a duplicate."""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, insert

from data import audit
from data.admission import Admitted
from data.arrivals import DeliveredFile, Source, without_lacking
from data.checks import Judged, count_reasons, judge
from data.clock import micros
from data.commandline import Progress
from data.contract import Contract
from data.deliveries import Chain, chains, in_force
from data.entry import Entry, LetPass, let_pass
from data.errors import BadSettings, ContractBroken, QuarantineOverLimit
from data.gates import Gate, Gates, check_age, check_jump, check_size
from data.keys import KeyUse
from data.quarantine import REFUSED, quarantined_rows, write_quarantine
from data.reading import Table
from data.store.engine import reading, writing
from data.store.tables import batch_confirmation
from data.workspace import Workspace

STEPS = 5  # how often a whole intake advances its progress


@dataclass(frozen=True)
class Before:
    """What was in force of the register, or of the part, when a file came."""

    rows: int
    extracted_on: date
    reasons: Mapping[str, int]


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
    already: bool = False  # the same bytes were taken in before; no row was changed
    confirmed: bool = False  # they came as a newer extract: the register is as fresh as that day
    part: str = ""
    reasons: Mapping[str, int] = field(default_factory=dict)  # how many rows were quarantined for each
    notes: Mapping[str, int] = field(default_factory=dict)  # what was noticed in how many accepted rows
    reading: Mapping[str, Any] = field(default_factory=dict)  # format, encoding, what the reader counted
    accepted_gates: tuple[str, ...] = ()  # those it would not have passed without an operator's word
    before: Before | None = None

    @property
    def new_reasons(self) -> list[str]:
        """Reasons for which no row of the delivery before was quarantined."""
        known = self.before.reasons if self.before else {}
        return [reason for reason in self.reasons if reason not in known]


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
    ahead, a part that the contract does not know), Refused (a jump in rows, or a size nobody expects),
    Locked. In each case store, vault and accepted rows are as they were.
    """
    _check_part(contract, part)
    gates = Gates(accept, reason)
    if isinstance(source, Path):
        source = DeliveredFile(workspace, contract, source)
    today = now.astimezone(ZoneInfo(workspace.settings().time_zone)).date()
    check_age(gates, contract, extracted_on=extracted_on, today=today, where=source.where)
    with workspace.lock("intake"):
        arrival = _Arrival(
            workspace, engine, contract, source, source.sha256, part, extracted_on, now, today, actor, gates
        )
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
    part: str
    extracted_on: date
    now: datetime
    today: date
    actor: str
    gates: Gates

    # --- the same bytes again ---

    def known_already(self) -> Batch | None:
        """What these bytes were when they came before, unless they are to be taken in anew.

        As a newer extract they confirm what is in force; where another file has taken their place since,
        they stand for the register again.
        """
        known = self._known()
        same = next((one for one in known if self._is_same(one)), None)
        if same is None:
            return None
        if self.extracted_on <= same.extracted_on:
            return _again(same)
        now = in_force(known)
        if now is None or same.batch_id not in {one.batch_id for one in now.chains}:
            return None
        self._confirm(same)
        return replace(_again(same), extracted_on=self.extracted_on, confirmed=True)

    def _known(self) -> list[Chain]:
        with reading(self.engine) as connection:
            return chains(connection, self.contract.register)

    def _is_same(self, chain: Chain) -> bool:
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
        contract, table = self._read()
        progress.advance()
        return replace(self, contract=contract)._take_in(table, progress)

    def _read(self) -> tuple[Contract, Table]:
        """The rows, and the contract without columns that the file lacks, where an operator accepts that."""
        try:
            return self.contract, self.source.read()
        except ContractBroken as error:
            there = without_lacking(self.source)
            if there is None:
                raise
            self.gates.stop(Gate.COLUMNS, error)
        return there.contract, there.read()

    def _take_in(self, table: Table, progress: Progress) -> Batch:
        judged = judge(self.contract, table.parts, table.broken)
        progress.advance()
        before = next((one for one in self._known() if one.part == self.part and one.complete), None)
        entry = self._entry()
        with entry.opened() as vault:
            admitted = entry.admit(vault, judged)
            progress.advance()
            made = self._counted(entry.batch_id, table, judged, admitted, before)
            quarantined = quarantined_rows(self.contract, table.parts(), admitted.refused, table.raws)
            del table, judged  # from here on only ids and canonical columns are needed
            self._check(made, quarantined, before)
            made = replace(made, accepted_gates=tuple(one.value for one in self.gates.used))
            entry.write(vault, admitted, quarantined)
            progress.advance()
            entry.record(row_of(made, self.contract), admitted, action="intake", passes=self._passes())
            progress.advance()
        return made

    def _entry(self) -> Entry:
        batch_id = f"{self.now:%Y%m%d}-{secrets.token_hex(4)}"
        return Entry(self.workspace, self.engine, self.contract, batch_id, self.actor, self.now)

    def _counted(
        self, batch_id: str, table: Table, judged: Judged, admitted: Admitted, before: Chain | None
    ) -> Batch:
        """The batch these rows make. Every row is somewhere: an author's mistake stops here."""
        accepted, quarantined = admitted.frame.height, admitted.refused.height
        if table.rows_in != accepted + quarantined + judged.duplicates:
            raise AssertionError("rows in = accepted + quarantined + duplicates does not hold")
        return Batch(
            batch_id=batch_id,
            contract=self.contract.name,
            register=self.contract.register,
            part=self.part,
            file_name=self.source.name,
            sha256=self.sha256,
            extracted_on=self.extracted_on,
            complete=self.contract.complete,
            rows_in=table.rows_in,
            accepted=accepted,
            quarantined=quarantined,
            duplicates=judged.duplicates,
            reasons=count_reasons(admitted.refused),
            notes=admitted.notes,
            reading=table.reading,
            before=None if before is None else before_of(before),
        )

    def _check(self, made: Batch, quarantined: Any, before: Chain | None) -> None:
        """The gates that only show once the rows have been looked at."""
        self._check_quarantine(made, quarantined)
        where = made.file_name
        check_size(self.gates, self.contract, rows=made.accepted, where=where)
        if before is not None and self.contract.complete and made.extracted_on >= before.extracted_on:
            check_jump(
                self.gates, self.contract, rows=made.accepted, before=before.rows,
                before_on=before.extracted_on, where=where,
            )  # fmt: skip

    def _check_quarantine(self, made: Batch, quarantined: Any) -> None:
        """Too many rows in quarantine: keep them to be looked at, accept nothing."""
        if made.quarantined <= self.contract.max_quarantined * made.rows_in:
            return
        name = f"{REFUSED}{made.batch_id}"
        first = "; ".join(f"{reason} ({count})" for reason, count in list(made.reasons.items())[:5])
        error = QuarantineOverLimit(
            f"{made.quarantined} of {made.rows_in} rows cannot be accepted, more than the"
            f" {self.contract.max_quarantined:.1%} that {self.contract.name} allows: {first}. Nothing was"
            " taken in.",
            where=made.file_name,
            mend=f"see `owed quarantine show {name}`, have the export mended, then take it in again",
        )
        if Gate.QUARANTINE not in self.gates.accepted:
            write_quarantine(self.workspace, name, quarantined)
        self.gates.stop(Gate.QUARANTINE, error)


def _again(chain: Chain) -> Batch:
    root = chain.pieces[0]
    return Batch(
        batch_id=chain.batch_id,
        contract=chain.contract,
        register=chain.register,
        part=chain.part,
        file_name=chain.file_name,
        sha256=root.sha256,
        extracted_on=chain.extracted_on,
        complete=chain.complete,
        rows_in=chain.rows_in,
        accepted=root.accepted,
        quarantined=chain.quarantined,
        duplicates=chain.duplicates,
        already=True,
        reading=json.loads(root.reading),
    )


def before_of(chain: Chain) -> Before:
    return Before(chain.rows, chain.extracted_on, json.loads(chain.pieces[0].reasons))


def row_of(made: Batch, contract: Contract, *, mends: str | None = None) -> dict[str, Any]:
    """The row of table `batch`, but for the moment."""
    names: Sequence[str] = (
        "batch_id contract register part file_name sha256 extracted_on complete rows_in accepted quarantined"
        " duplicates"
    ).split()
    listed = {
        name: json.dumps(dict(getattr(made, name)), ensure_ascii=False)
        for name in ("reasons", "notes", "reading")
    }
    parts = json.dumps(list(contract.parts), ensure_ascii=False)
    return {**{name: getattr(made, name) for name in names}, **listed, "parts": parts, "mends": mends}
