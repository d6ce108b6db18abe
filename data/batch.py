"""What became of one file: the batch it made, and how that compares with the one before."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from data.contract import Contract
from data.deliveries import Chain, Settled


@dataclass(frozen=True)
class Before:
    """What was in force of the register, or of the part, when a file came."""

    batch_id: str
    rows: int  # accepted, those that were mended included
    rows_in: int
    quarantined: int  # when it came
    extracted_on: date
    reasons: Mapping[str, int]


@dataclass(frozen=True)
class Again:
    """What people had done to the quarantine of the same file when it came before, and this batch lacks.

    `waived` rows are waived again; `mended` ones are in quarantine, or accepted, as the file has them.
    """

    batch_id: str
    waived: int
    mended: int


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
    contract_sha256: str = ""
    already: bool = False  # the same bytes were taken in before; no row was changed
    in_force: str = ""  # where nothing was changed and another delivery stands for the register: that one
    in_force_on: date | None = None  # the day of that one's extract
    outdated_parts: tuple[str, ...] = ()  # to be taken in again: what they left out is in no part any more
    again: Again | None = None  # the same bytes had been taken in, under other rules or before another file
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


def known_batch(chain: Chain) -> Batch:
    """What these bytes were when they came before."""
    root = chain.pieces[0]
    return Batch(
        batch_id=chain.batch_id,
        contract=chain.contract,
        register=chain.register,
        part=chain.part,
        file_name=chain.file_name,
        sha256=root.sha256,
        contract_sha256=root.contract_sha256,
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
    return Before(
        batch_id=chain.batch_id,
        rows=chain.rows,
        rows_in=chain.rows_in,
        quarantined=chain.quarantined,
        extracted_on=chain.extracted_on,
        reasons=json.loads(chain.pieces[0].reasons),
    )


def again_of(chain: Chain) -> Again:
    mended = len(chain.settled[Settled.ACCEPTED]) + len(chain.settled[Settled.DUPLICATE])
    return Again(chain.batch_id, chain.waived, mended)


def row_of(made: Batch, contract: Contract, *, mends: str | None = None) -> dict[str, Any]:
    """The row of table `batch`, but for the moment."""
    names: Sequence[str] = (
        "batch_id contract register part file_name sha256 contract_sha256 extracted_on complete"
        " rows_in accepted quarantined duplicates"
    ).split()
    reading = {**made.reading, "columns": columns_of(contract)} if contract.parts else dict(made.reading)
    told = {"reasons": dict(made.reasons), "notes": dict(made.notes), "reading": reading}
    listed = {name: json.dumps(one, ensure_ascii=False) for name, one in told.items()}
    parts = json.dumps(list(contract.parts), ensure_ascii=False)
    return {**{name: getattr(made, name) for name in names}, **listed, "parts": parts, "mends": mends}


def columns_of(contract: Contract) -> list[str]:
    """The columns of a file's accepted rows: in a register of parts, those of another part may be others."""
    columns = contract.order or contract.columns
    return [*(one.name for one in columns if not one.vault), *contract.constants]
