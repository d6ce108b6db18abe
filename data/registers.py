"""What is in force of each register, how its rows are opened, and whether they are fresh."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl
from sqlalchemy import Engine

from data.contract import Contract
from data.deliveries import (
    AcceptedException,
    Chain,
    Delivery,
    Settled,
    chains,
    delivery_of,
    in_force,
)
from data.errors import RegisterTooOld
from data.gates import Gate
from data.rowfiles import read_doubts, scan_accepted
from data.store.engine import reading
from data.workspace import Workspace

__all__ = ["AcceptedException", "Chain", "Delivery", "Settled"]

LINES_OF_A_PART = 2**40  # `_row` of the second part of a register begins here


def current(workspace: Workspace, engine: Engine) -> dict[str, Delivery]:
    """What is in force of every register that was ever delivered."""
    del workspace
    with reading(engine) as connection:
        known = chains(connection)
    registers = sorted({one.register for one in known})
    found = {name: in_force([one for one in known if one.register == name]) for name in registers}
    return {name: one for name, one in found.items() if one is not None}


def deliveries(workspace: Workspace, engine: Engine) -> list[Delivery]:
    """Every file ever taken in, with what was mended of it; the newest first."""
    del workspace
    with reading(engine) as connection:
        return [delivery_of([one], ()) for one in chains(connection)]


def scan(workspace: Workspace, delivery: Delivery) -> pl.LazyFrame:
    """The accepted rows: canonical columns and `_row`; needs KeyUse.REGISTERS.

    A column that some file of it lacks is empty in those rows; `Delivery.lacking` names it.
    `_row` is the line in the file, for the second and later parts of a register moved so far that no two rows
    share one; it is the order in which rows stand.
    """
    return pl.concat(
        [
            scan_accepted(workspace, chain.register, piece.batch_id).with_columns(
                pl.col("_row") + _moved(place)
            )
            for place, chain in enumerate(delivery.chains)
            for piece in chain.pieces
            if piece.accepted or piece.mends is None
        ],
        how="diagonal_relaxed",
    )


def _moved(place: int) -> int:
    return place * LINES_OF_A_PART


def place_of(row: pl.Expr) -> pl.Expr:
    """Of a row that `scan` gives, which of the delivery's chains it comes from."""
    return row // LINES_OF_A_PART


def doubts(workspace: Workspace, delivery: Delivery) -> pl.DataFrame | None:
    """The rows in quarantine that are open: identity columns and `_row`, no other cell; None without any.

    One of them may be the very row that a finding looks for. A null matches anybody: the cell could not be
    read. Of a file whose doubts are lost nothing can be read.
    """
    return _together(_of_lines(workspace, delivery, waived=False))


def waived(workspace: Workspace, delivery: Delivery) -> pl.DataFrame | None:
    """The rows an operator went on without, as `doubts` has the open ones: whom they name stays unseen."""
    return _together(_of_lines(workspace, delivery, waived=True))


def _together(frames: Iterable[pl.DataFrame]) -> pl.DataFrame | None:
    kept = [frame for frame in frames if frame.height]
    return pl.concat(kept, how="diagonal_relaxed").sort("_row") if kept else None


def _of_lines(workspace: Workspace, delivery: Delivery, *, waived: bool) -> Iterable[pl.DataFrame]:
    for place, chain in enumerate(delivery.chains):
        if chain.waived if waived else chain.open:
            yield chain_doubts(workspace, chain, waived=waived).with_columns(pl.col("_row") + _moved(place))


def chain_doubts(workspace: Workspace, chain: Chain, *, waived: bool = False) -> pl.DataFrame:
    """The open, or the waived, rows of one file: what was last read in each line."""
    read = [
        read_doubts(workspace, chain.register, piece.batch_id)
        for piece in reversed(chain.pieces)
        if piece.quarantined
    ]
    if any(frame is None for frame in read):
        lost = chain.waived if waived else chain.open
        return pl.DataFrame({"_row": [None] * lost}, schema={"_row": pl.Int64})
    frames = [frame for frame in read if frame is not None]
    newest = pl.concat(frames, how="diagonal_relaxed").unique("_row", keep="first", maintain_order=True)
    if waived:
        return newest.filter(pl.col("_row").is_in(list(chain.settled[Settled.WAIVED])))
    gone = frozenset().union(*chain.settled.values())
    return newest.filter(~pl.col("_row").is_in(list(gone)))


@dataclass(frozen=True)
class Coverage:
    """What a scan can see of one register, so that absence is never read as an end.

    `whole`: every row of it was accepted. Only then does somebody's absence mean anything.
    """

    register: str
    extracted_on: Mapping[str, date]  # part -> the day its file was drawn; "" for the whole register
    missing_parts: tuple[str, ...]
    complete: bool
    quarantined: int
    waived: int

    @property
    def whole(self) -> bool:
        return self.complete and not self.quarantined


def coverage(known: Mapping[str, Delivery]) -> dict[str, Coverage]:
    """The coverage of each register in force."""
    return {
        name: Coverage(
            register=name,
            extracted_on={chain.part: chain.extracted_on for chain in one.chains},
            missing_parts=one.missing_parts,
            complete=one.complete,
            quarantined=one.quarantined,
            waived=one.waived,
        )
        for name, one in known.items()
    }


def check_fresh(known: Mapping[str, Delivery], contracts: Mapping[str, Contract], on: date) -> None:
    """Raises RegisterTooOld when the extract of a register, or of a part, is older on the day `on` than its
    contract allows and no operator has accepted that, by name, for that day.

    `contracts` are by name; a register whose contract is not among them is not judged.
    """
    stale = [
        (chain, contracts[chain.contract].max_age_days)
        for one in known.values()
        for chain in one.chains
        if chain.contract in contracts and is_stale(chain, contracts[chain.contract], on)
    ]
    if not stale:
        return
    told = "; ".join(
        f"{chain.register}{f' ({chain.part})' if chain.part else ''} of {chain.extracted_on}"
        f" ({days} days allowed)"
        for chain, days in stale
    )
    batches = " ".join(dict.fromkeys(chain.batch_id for chain, _ in stale))
    raise RegisterTooOld(
        f"Too old on {on}: {told}.",
        where=", ".join(chain.batch_id for chain, _ in stale),
        mend="take in a newer extract, or answer for it: `owed registers accept"
        f" {batches} --gate stale --reason …`",
    )


def is_stale(chain: Chain, contract: Contract, on: date) -> bool:
    """Whether a delivery is older on a day than its contract allows, and nobody has answered for that day."""
    if chain.extracted_on >= on - timedelta(days=contract.max_age_days):
        return False
    return not any(
        one.gate == Gate.STALE and (one.until is None or on <= one.until) for one in chain.exceptions
    )
