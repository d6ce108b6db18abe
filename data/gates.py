"""Gates: what stops a delivery at the door, and how an operator lets it pass by name, with a reason."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from data.contract import Contract
from data.errors import BadSettings, OperatorError, RegisterTooOld, RowsJumped
from data.reasons import reason_of

STALE_DAYS = 30  # an old extract that was accepted is accepted for so long
FEW_REFUSED = 5  # rows that any file may have in quarantine, unless they are more than half of it
FEW = 100  # a register with fewer rows may change to any number but none


class Gate(StrEnum):
    """What can stop a delivery. The names are what `--accept` takes."""

    COLUMNS = "columns"  # a column that may be empty is not in the file; exit code 11
    STALE = "stale"  # the extract is older than the contract allows; 12
    JUMP = "jump"  # the rows differ from those of the last delivery by too much; 14
    SIZE = "size"  # fewer or more rows than the contract expects; 14
    QUARANTINE = "quarantine"  # too large a share of the rows cannot be accepted; 10


@dataclass
class Gates:
    """The gates of one delivery. `used` are those that would have stopped it."""

    accepted: Collection[Gate] = ()
    reason: str = ""
    used: list[Gate] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.reason = reason_of(self.reason)
        if self.accepted and not self.reason:
            raise BadSettings("Who lets a delivery pass says why.", mend="add --reason")
        if self.reason and not self.accepted:
            raise BadSettings("There is a reason but nothing to accept.", mend="add --accept GATE")

    def stop(self, gate: Gate, error: OperatorError) -> None:
        """Raises `error`, with how to let the delivery pass, unless this gate was accepted by name."""
        if gate not in self.accepted:
            how = f'--accept {gate} --reason "…" takes it in all the same, under your name'
            error.mend = f"{error.mend}; {how}" if error.mend else how
            raise error
        if gate not in self.used:
            self.used.append(gate)

    def until(self, gate: Gate, today: date) -> date | None:
        """The last day an exception holds that is accepted today."""
        return today + timedelta(days=STALE_DAYS) if gate is Gate.STALE else None


def check_age(gates: Gates, contract: Contract, *, extracted_on: date, today: date, where: str) -> None:
    """Raises BadSettings for a day ahead, RegisterTooOld (gate stale) for one too long ago."""
    if extracted_on > today:
        raise BadSettings(f"The extract date {extracted_on} lies ahead of today, {today}.", where=where)
    if extracted_on < today - timedelta(days=contract.max_age_days):
        gates.stop(
            Gate.STALE,
            RegisterTooOld(
                f"The extract of {extracted_on} is older than the {contract.max_age_days} days that"
                f" {contract.name} allows.",
                where=where,
                mend="ask for a newer extract",
            ),
        )


def check_size(gates: Gates, contract: Contract, *, rows: int, where: str) -> None:
    """Raises RowsJumped (gate size) for a number of rows that the contract does not expect."""
    most = contract.most_rows
    if contract.fewest_rows <= rows and (most is None or rows <= most):
        return
    limits = f"at least {contract.fewest_rows:,}" + ("" if most is None else f" and at most {most:,}")
    gates.stop(
        Gate.SIZE,
        RowsJumped(
            f"The file has {rows:,} rows to accept; {contract.name} expects {limits}.",
            where=where,
            mend="ask whether the export is whole",
        ),
    )


@dataclass(frozen=True)
class Jump:
    """Rows that come, and those whose place they take, with their day.

    `part` is the part that comes; `together` where its rows are counted with those of all other parts.
    """

    rows: int
    before: int
    before_on: date
    part: str = ""
    together: bool = False

    def words(self, register: str) -> str:
        is_part = self.part and not self.together
        had = f"The part {self.part} of {register}" if is_part else f"The register {register}"
        has = f"all parts, {self.part} as in this file, have" if self.together else "this file has"
        return f"{had} had {self.before:,} rows on {self.before_on}; {has} {self.rows:,}"

    def mend(self) -> str:
        if self.rows >= self.before:
            return "ask what was added"
        if self.together:
            return "ask whether every part is whole: together they take the place of the whole file"
        return (
            f"deliver the whole part {self.part}" if self.part else "deliver the whole register as one file"
        )


def check_jump(gates: Gates, contract: Contract, jump: Jump, *, where: str) -> None:
    """Raises RowsJumped (gate jump) when the rows differ from the last delivery's by more than `max_jump`.

    A part of a register, or an export that stopped, would stand for the whole and end what it lacks; one that
    grew out of proportion may hold another register, or everything twice.
    """
    rows, before = jump.rows, jump.before
    if abs(rows - before) <= contract.max_jump * before or (rows and before < FEW):
        return
    what = f"{jump.words(contract.register)}, which is more than {contract.max_jump:.0%} away."
    gates.stop(Gate.JUMP, RowsJumped(what, where=where, mend=jump.mend()))
