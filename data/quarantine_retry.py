"""Takes back quarantined rows that were mended: what is right joins its delivery, the rest stays."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import polars as pl
from sqlalchemy import Engine

from data.admission import Admitted, kept_rows, refuse
from data.batch import Batch, row_of
from data.checks import Judged, Reason, ReasonCode, count_reasons, judge, merge_refusals, refusals
from data.commandline import Progress
from data.contract import Contract
from data.contract_digest import contract_sha256
from data.deliveries import Chain, Delivery, Settled
from data.entry import Entry, Settlement
from data.errors import Refused
from data.quarantine import CELL, headers_of, quarantine_of, quarantined_rows
from data.quarantine_sheet import Mended, read_sheet
from data.registers import place_of, scan
from data.rivals import Rivals, rivals, taken
from data.vault import Vault
from data.waiver import find_chain, refuse_superseded
from data.workspace import Workspace
from data.zeros import counted

STEPS = 4  # how often a whole retry advances its progress


@dataclass(frozen=True)
class Retry:
    """What became of the rows of a mended spreadsheet.

    rows_in = accepted + quarantined + duplicates + mended_before; `left` rows of the delivery are open.
    """

    batch_id: str | None  # None: nothing was changed; the counts say what was found in the sheet
    mends: str
    register: str
    rows_in: int
    accepted: int
    quarantined: int
    duplicates: int
    mended_before: int
    respelled: int
    left: int
    reasons: Mapping[str, int] = field(default_factory=dict)
    already: bool = False  # the same file was taken before


def retry(
    workspace: Workspace,
    engine: Engine,
    contract: Contract,
    batch_id: str,
    file: Path,
    *,
    now: datetime,
    progress: Progress,
    actor: str,
) -> Retry:
    """Take a mended spreadsheet of a delivery whole, or nothing of it.

    Rows are known by their line and held against the contract again, and against the rows that have been
    accepted. Raises Refused for a delivery that is no longer in force or that its contract reads otherwise
    now, ContractBroken for a file that is no such spreadsheet, BadSettings, Locked.
    """
    with workspace.lock("intake"):
        chain = find_chain(engine, batch_id)
        delivery = refuse_superseded(workspace, engine, chain)
        kept = quarantine_of(workspace, chain)
        _refuse_read_otherwise(contract, chain)
        contract = contract.without(chain.lacking)  # an operator may have accepted that the file lacked them
        mended = read_sheet(workspace, contract, file, chain.batch_id, kept)
        # Rows that it left in quarantine may be right by now: another register may have brought their key.
        if any(piece.sha256 == mended.sha256 and not piece.quarantined for piece in chain.pieces[1:]):
            return _nothing(chain, already=True)
        progress.advance()
        name = f"{now:%Y%m%d}-{secrets.token_hex(4)}"
        entry = Entry(workspace, engine, contract, name, actor, now)
        return _Retrying(entry, chain, delivery, kept, mended, file).run(progress)


def _refuse_read_otherwise(contract: Contract, chain: Chain) -> None:
    """One delivery is read in one way: else a cell of it would mean one thing here and another there."""
    if contract_sha256(contract) != chain.contract_sha256:
        raise Refused(
            f"The contract {contract.name} reads this file otherwise now than when it was taken in.",
            where=chain.batch_id,
            mend=f"take the same file, {chain.file_name}, in again, then mend the sheet of that delivery",
        )


def _nothing(chain: Chain, *, already: bool = False, mended_before: int = 0) -> Retry:
    return Retry(
        batch_id=None,
        mends=chain.batch_id,
        register=chain.register,
        rows_in=mended_before,
        accepted=0,
        quarantined=0,
        duplicates=0,
        mended_before=mended_before,
        respelled=0,
        left=chain.open,
        already=already,
    )


@dataclass(frozen=True)
class _Sorted:
    """The lines of a sheet by what became of them."""

    admitted: Admitted
    duplicates: tuple[int, ...]  # the same as a row that is accepted
    also_in: Mapping[str, int]  # by batch of another part, how many of them it has


@dataclass(frozen=True)
class _Retrying:
    entry: Entry
    chain: Chain
    delivery: Delivery
    kept: pl.DataFrame
    mended: Mended
    file: Path

    def run(self, progress: Progress) -> Retry:
        settled = self.kept.filter(pl.col("state").is_in([Settled.ACCEPTED, Settled.DUPLICATE]))["line"]
        cells = self.mended.cells.filter(~pl.col("_row").is_in(settled.implode()))
        mended_before = int(self.mended.lines.is_in(settled.implode()).sum())
        still = self._as_they_are(set(settled))
        if cells.is_empty() and still.is_empty():
            return _nothing(self.chain, mended_before=self.mended.rows_in)
        with self.entry.opened() as vault:
            sorted_ = self._sort(vault, cells, still)
            progress.advance()
            made = self._counted(sorted_, mended_before)
            rows = self._quarantined(sorted_.admitted.refused, cells)
            if not self._settlements(sorted_) and self._is_as_before(rows):
                again = self.mended.sha256 in self.chain.sha256s[1:]
                return replace(self._told(made, sorted_, mended_before), batch_id=None, already=again)
            self.entry.write(vault, sorted_.admitted, rows)
            progress.advance()
            row = row_of(made, self.entry.contract, mends=self.chain.batch_id)
            self.entry.record(
                row, sorted_.admitted, action="quarantine_retry", settled=self._settlements(sorted_)
            )
            progress.advance()
        return self._told(made, sorted_, mended_before)

    def _as_they_are(self, settled: set[int]) -> pl.DataFrame:
        """The lines of the sheet that say nothing, or several things, and why each is not accepted."""
        told = refusals((line, (_SAME_LINE,)) for line in self.mended.contradicting if line not in settled)
        untouched = pl.col("line").is_in(list(set(self.mended.untouched) - settled))
        before = self.kept.filter(untouched).select(pl.col("line").alias("_row"), "reasons")
        return merge_refusals(told, before)

    def _sort(self, vault: Vault, cells: pl.DataFrame, still: pl.DataFrame) -> _Sorted:
        judged = judge(self.entry.contract, lambda: [cells])
        same = set(cells["_row"]) - set(judged.accepted["_row"]) - set(judged.refused["_row"])
        judged = Judged(
            judged.accepted,
            pl.concat([judged.doubts, still.select("_row")], how="diagonal").sort("_row"),
            merge_refusals(judged.refused, still),
            judged.duplicates,
            {**judged.repaired, **counted(self.mended.restored, judged.accepted["_row"])},
        )
        admitted = self.entry.admit(vault, judged)
        contract, there = self.entry.contract, scan(self.entry.workspace, self.delivery)
        names = kept_rows(contract, admitted).drop("_row").columns
        place = place_of(pl.col("_row")).alias("_place")
        found = rivals(self.entry, vault, admitted, there.select(*names, place))
        told = refusals((line, (taken(contract),)) for line in found.taken)
        admitted = refuse(contract, admitted, told)
        rest = admitted.frame.filter(~pl.col("_row").is_in(list(found.alike)))
        duplicates = tuple(sorted(same | found.alike))
        return _Sorted(replace(admitted, frame=rest), duplicates, self._also_in(found))

    def _also_in(self, found: Rivals) -> dict[str, int]:
        """The rows left out for another part: they are in neither when that one comes without them."""
        batches = [one.batch_id for one in self.delivery.chains]
        alike = found.places.filter(pl.col("_row").is_in(list(found.alike)))
        theirs = alike.filter(pl.col("_place") != batches.index(self.chain.batch_id)).unique("_row")
        return {
            batches[place]: count for place, count in theirs["_place"].value_counts().sort("_place").rows()
        }

    def _quarantined(self, refused: pl.DataFrame, cells: pl.DataFrame) -> pl.DataFrame:
        """What is still wrong: the cells as they were mended, the text as it stood in the register's file."""
        raw = dict(self.kept.select("line", "raw").rows())
        as_before = [*self.mended.contradicting, *self.mended.untouched]
        lost = self.kept.filter(pl.col("line").is_in(as_before))
        before = lost.select(
            pl.col("line").alias("_row"), *(pl.col(CELL + one).alias(one) for one in headers_of(lost))
        )
        known = pl.concat([cells, before], how="diagonal")
        return quarantined_rows(
            self.entry.contract, [known], refused, lambda lines: [raw[line] for line in lines]
        )

    def _is_as_before(self, rows: pl.DataFrame) -> bool:
        """Whether these lines stood in quarantine like this, cell by cell and for the same reasons."""
        kept = self.kept.join(rows, on="line", how="semi").select(rows.columns)
        cells = pl.exclude("line", "raw", "reasons").fill_null("")
        return rows.with_columns(cells).sort("line").equals(kept.with_columns(cells).sort("line"))

    def _counted(self, sorted_: _Sorted, mended_before: int) -> Batch:
        admitted, mended = sorted_.admitted, self.mended
        accepted = admitted.frame.height
        duplicates = mended.repeated + len(sorted_.duplicates)
        rows_in = mended.rows_in - mended_before
        quarantined = rows_in - accepted - duplicates
        root = self.chain.pieces[0]
        return Batch(
            batch_id=self.entry.batch_id,
            contract=self.chain.contract,
            register=self.chain.register,
            part=self.chain.part,
            file_name=self.file.name,
            sha256=self.mended.sha256,
            contract_sha256=self.chain.contract_sha256,
            extracted_on=root.extracted_on,
            complete=self.chain.complete,
            rows_in=rows_in,
            accepted=accepted,
            quarantined=quarantined,
            duplicates=duplicates,
            reasons=count_reasons(admitted.refused),
            notes=admitted.notes,
            reading={
                "encoding": mended.encoding,
                "repaired": mended.respelled,
                **({"also_in": sorted_.also_in} if sorted_.also_in else {}),
            },
        )

    def _settlements(self, sorted_: _Sorted) -> list[Settlement]:
        accepted = tuple(sorted_.admitted.frame["_row"])
        by_how = {Settled.ACCEPTED: accepted, Settled.DUPLICATE: sorted_.duplicates}
        return [
            Settlement(self.chain.batch_id, line, how, self.entry.batch_id, "")
            for how, lines in by_how.items()
            for line in lines
        ]

    def _told(self, made: Batch, sorted_: _Sorted, mended_before: int) -> Retry:
        waived = self.chain.settled[Settled.WAIVED]
        closed = [one.line for one in self._settlements(sorted_) if one.line not in waived]
        return Retry(
            batch_id=made.batch_id,
            mends=self.chain.batch_id,
            register=made.register,
            rows_in=made.rows_in + mended_before,
            accepted=made.accepted,
            quarantined=made.quarantined,
            duplicates=made.duplicates,
            mended_before=mended_before,
            respelled=self.mended.respelled,
            left=self.chain.open - len(closed),
            reasons=made.reasons,
        )


_SAME_LINE = Reason(
    ReasonCode.SAME_LINE,
    "",
    {
        "ko": "고친 표에 이 행이 여러 번 있고 내용이 서로 다릅니다",
        "en": "the mended spreadsheet has this row several times, and they differ",
    },
)
