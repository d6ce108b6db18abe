"""Takes in one file of a register: every row is accepted, quarantined with reasons, or a duplicate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import Engine

from data.commandline import Progress
from data.contracts import Contract
from data.workspace import Workspace


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
) -> Batch:
    """Take in a whole file or nothing.

    Raises ContractBroken, QuarantineOverLimit, RegisterTooOld, BadSettings (an extract date that lies
    ahead), Locked. In each case store, vault and accepted rows are as they were.
    """
    raise NotImplementedError
