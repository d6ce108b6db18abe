"""Deliveries as the store knows them: which file, mended how far, stands for which register and part."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, select

from data.digests import document_sha256
from data.store.tables import accepted_exception, batch, batch_confirmation, settled_row


class Settled(StrEnum):
    """What became of a row in quarantine that is no longer open."""

    ACCEPTED = "accepted"  # mended
    DUPLICATE = "duplicate"  # mended, and then the same as a row that had been accepted
    WAIVED = "waived"  # an operator goes on without it


@dataclass(frozen=True)
class AcceptedException:
    """An operator let a delivery pass a gate, by name and with a reason."""

    gate: str
    operator: str
    reason: str
    accepted_on: date
    until: date | None  # the last day it holds; None: as long as the delivery is in force

    def as_document(self) -> dict[str, str | None]:
        days = {name: getattr(self, name) for name in ("accepted_on", "until")}
        told = {name: day.isoformat() if day else None for name, day in days.items()}
        return {"gate": self.gate, "operator": self.operator, "reason": self.reason, **told}


@dataclass(frozen=True)
class Chain:
    """One file that was delivered, and in `pieces` after it the rows of it that were mended later."""

    batch_id: str
    register: str
    contract: str
    part: str
    parts: tuple[str, ...]  # all that the contract named then
    complete: bool
    file_name: str
    extracted_on: date  # the newest day for which these bytes came
    taken_in_at: int
    rows_in: int
    duplicates: int
    quarantined: int  # when it came
    pieces: tuple[Row[Any], ...] = field(repr=False)  # rows of table `batch`, oldest first
    settled: Mapping[Settled, frozenset[int]] = field(repr=False)  # lines
    exceptions: tuple[AcceptedException, ...] = ()

    @property
    def rows(self) -> int:
        return sum(piece.accepted for piece in self.pieces)

    @property
    def told(self) -> int:
        """The rows that say something of their own, whatever became of them: what a jump is measured by."""
        return self.rows_in - self.duplicates

    @property
    def waived(self) -> int:
        return len(self.settled[Settled.WAIVED])

    @property
    def open(self) -> int:
        return self.quarantined - sum(len(lines) for lines in self.settled.values())

    @property
    def sha256s(self) -> list[str]:
        return [piece.sha256 for piece in self.pieces]

    @property
    def contract_sha256(self) -> str:
        """Of the contract it was held against when it came."""
        return str(self.pieces[0].contract_sha256)

    @property
    def also_in(self) -> Mapping[str, int]:
        """By batch of another part, how many rows were left out because it had them, mended ones too."""
        counts: Counter[str] = Counter()
        for piece in self.pieces:
            counts.update(json.loads(piece.reading).get("also_in", {}))
        return counts

    @property
    def lacking(self) -> tuple[str, ...]:
        """Columns that the file did not have, and an operator let it pass: they are empty in every row."""
        return tuple(json.loads(self.pieces[0].reading).get("lacking", ()))

    @property
    def columns(self) -> frozenset[str]:
        """Those of its accepted rows, as the contract had them when a part of a register came."""
        return frozenset(json.loads(self.pieces[0].reading).get("columns", ()))

    @property
    def newest(self) -> Row[Any]:
        return self.pieces[-1]

    def where(self, line: int) -> str:
        return f"{self.batch_id}, line {line}"


@dataclass(frozen=True)
class Delivery:
    """What is in force of one register: one file, or one for each of its parts, each with what was mended.

    `batch_id` names exactly these rows: the batch among them that came last.
    """

    batch_id: str
    register: str
    contract: str
    extracted_on: date  # of parts, the oldest
    complete: bool  # the whole register is there: absence means something
    sha256: str
    rows: int
    quarantined: int  # rows that are not accepted, waived ones included
    waived: int
    chains: tuple[Chain, ...] = field(repr=False)
    parts: tuple[str, ...]  # those that are there; none where the register comes as a whole
    missing_parts: tuple[str, ...]
    outdated_parts: tuple[str, ...]  # to be taken in again: see `is_outdated`
    accepted_exceptions: tuple[AcceptedException, ...]

    @property
    def lacking(self) -> tuple[str, ...]:
        """Columns that some file of it did not have, or that were not in its contract when it came: an empty
        cell there says nothing."""
        known = frozenset().union(*(chain.columns for chain in self.chains))
        unknown = {name for chain in self.chains if chain.columns for name in known - chain.columns}
        return tuple(sorted(unknown.union(*(chain.lacking for chain in self.chains))))

    @property
    def contract_sha256(self) -> str:
        sums = [one.contract_sha256 for one in self.chains]
        return sums[0] if len(set(sums)) == 1 else document_sha256(sums)


def chains(connection: Connection, register: str | None = None) -> list[Chain]:
    """Every delivery ever taken in, or those of one register; the newest first."""
    chosen = select(batch) if register is None else select(batch).where(batch.c.register == register)
    pieces: dict[str, list[Row[Any]]] = {}
    for row in connection.execute(chosen.order_by(batch.c.taken_in_at)):
        pieces.setdefault(row.mends or row.batch_id, []).append(row)
    days = _confirmed(connection)
    settled, exceptions = _settled(connection, pieces), _exceptions(connection)
    made = [
        _chain(rows, days.get(root), settled[root], exceptions.get(root, ())) for root, rows in pieces.items()
    ]
    return sorted(made, key=lambda one: (one.extracted_on, one.taken_in_at), reverse=True)


def _chain(
    rows: Sequence[Row[Any]],
    confirmed: date | None,
    settled: Mapping[Settled, frozenset[int]],
    exceptions: Sequence[AcceptedException],
) -> Chain:
    root = rows[0]
    return Chain(
        batch_id=root.batch_id,
        register=root.register,
        contract=root.contract,
        part=root.part,
        parts=tuple(json.loads(root.parts)),
        complete=root.complete,
        file_name=root.file_name,
        extracted_on=max(root.extracted_on, confirmed or root.extracted_on),
        taken_in_at=root.taken_in_at,
        rows_in=root.rows_in,
        duplicates=root.duplicates,
        quarantined=root.quarantined,
        pieces=tuple(rows),
        settled=settled,
        exceptions=tuple(exceptions),
    )


def _confirmed(connection: Connection) -> dict[str, date]:
    days: dict[str, date] = {}
    for row in connection.execute(select(batch_confirmation)):
        days[row.batch_id] = max(row.extracted_on, days.get(row.batch_id, row.extracted_on))
    return days


def _settled(connection: Connection, roots: Iterable[str]) -> dict[str, dict[Settled, frozenset[int]]]:
    lines: dict[str, dict[Settled, set[int]]] = {root: {how: set() for how in Settled} for root in roots}
    for row in connection.execute(select(settled_row.c.batch_id, settled_row.c.line, settled_row.c.how)):
        if row.batch_id in lines:
            lines[row.batch_id][Settled(row.how)].add(row.line)
    return {root: {how: frozenset(these) for how, these in hows.items()} for root, hows in lines.items()}


def _exceptions(connection: Connection) -> dict[str, list[AcceptedException]]:
    found: dict[str, list[AcceptedException]] = {}
    for row in connection.execute(select(accepted_exception).order_by(accepted_exception.c.accepted_at)):
        one = AcceptedException(row.gate, row.operator, row.reason, row.accepted_on, row.until)
        found.setdefault(row.batch_id, []).append(one)
    return found


def in_force(known: Sequence[Chain]) -> Delivery | None:
    """Of one register's chains, newest first, what stands for it now.

    The complete one extracted last, whether it came as a whole or in parts; else the parts that are
    there, or the last file that was a part only.
    """
    if not known:
        return None
    whole = [one for one in known if one.complete and not one.part]
    parted, missing = _parted([one for one in known if one.complete and one.part])
    candidates = [([one], ()) for one in whole[:1]] + ([(parted, missing)] if parted and not missing else [])
    if candidates:
        chosen, missing = max(candidates, key=lambda one: min(chain.extracted_on for chain in one[0]))
        return delivery_of(chosen, missing)
    return delivery_of(parted, missing) if parted else delivery_of([known[0]], ())


def _parted(known: Sequence[Chain]) -> tuple[list[Chain], tuple[str, ...]]:
    """The newest chain of each part that the newest delivery knows of, and the parts that never came."""
    if not known:
        return [], ()
    newest: dict[str, Chain] = {}
    for one in known:
        newest.setdefault(one.part, one)
    wanted = known[0].parts
    return [newest[part] for part in wanted if part in newest], tuple(
        part for part in wanted if part not in newest
    )


def delivery_of(members: Sequence[Chain], missing: tuple[str, ...]) -> Delivery:
    """The delivery that these chains make, each a part, or one that is the whole."""
    last = max((chain.newest for chain in members), key=lambda row: row.taken_in_at)
    sums = [sha for chain in members for sha in chain.sha256s]
    outdated = tuple(one.part for one in members if is_outdated(one, members)) if len(members) > 1 else ()
    return Delivery(
        batch_id=last.batch_id,
        register=last.register,
        contract=last.contract,
        extracted_on=min(chain.extracted_on for chain in members),
        complete=all(chain.complete for chain in members) and not missing and not outdated,
        sha256=sums[0] if len(sums) == 1 else document_sha256(sums),
        rows=sum(chain.rows for chain in members),
        quarantined=sum(chain.open + chain.waived for chain in members),
        waived=sum(chain.waived for chain in members),
        chains=tuple(members),
        parts=tuple(chain.part for chain in members if chain.part),
        missing_parts=missing,
        outdated_parts=outdated,
        accepted_exceptions=tuple(one for chain in members for one in chain.exceptions),
    )


def is_outdated(chain: Chain, members: Sequence[Chain]) -> bool:
    """Whether a part is to be taken in again: its contract has become another since, or it left out rows that
    another part had, and that one has been replaced, so that they may be in neither."""
    alike = [one for one in members if one.contract == chain.contract]
    newest = max(alike, key=lambda one: one.taken_in_at, default=chain)
    left_out = not set(chain.also_in) <= {one.batch_id for one in members}
    return left_out or chain.contract_sha256 != newest.contract_sha256


def beside(known: Sequence[Chain], part: str, parts: Sequence[str]) -> list[Chain]:
    """The newest delivery of each other part of a register that comes in `parts`; `known` newest first."""
    newest: dict[str, Chain] = {}
    for one in known:
        if one.complete and one.part in parts and one.part != part:
            newest.setdefault(one.part, one)
    return list(newest.values())


def speaking(known: Sequence[Chain]) -> list[Chain]:
    """The chains, oldest first, whose names, contacts and consents count: those in force, and all later ones.

    Where two speak of one person, the later is right. In a register that only ever comes in parts without
    names (changes since the last time), every delivery speaks.
    """
    now = in_force(known)
    if now is None:
        return []
    if not now.complete and not now.parts:
        return list(reversed(known))
    members = {chain.batch_id for chain in now.chains}
    oldest_member = min(chain.extracted_on for chain in now.chains)
    spoken = [
        one
        for one in known
        if one.batch_id in members or (one.extracted_on > oldest_member and not _superseded(one, known))
    ]
    return list(reversed(spoken))


def _superseded(one: Chain, known: Sequence[Chain]) -> bool:
    """A later complete file of the same part has taken its place."""
    before = known[: known.index(one)]
    return one.complete and any(other.complete and other.part == one.part for other in before)
