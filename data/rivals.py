"""Rows held against rows that have been accepted: what says the same again, and what contradicts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from data.admission import Admitted, kept_rows, refuse, vault_rows
from data.checks import Reason, ReasonCode, refusals
from data.contract import Contract
from data.deliveries import Chain
from data.entry import Entry
from data.rowfiles import scan_accepted
from data.vault import Vault
from data.workspace import Workspace


@dataclass(frozen=True)
class Rivals:
    """Lines that say what an accepted row says, and those whose key one has that says something else.

    `places` has where the accepted row stands, for both: `_row`, and the columns beside the contract's.
    """

    alike: frozenset[int]
    taken: frozenset[int]
    places: pl.DataFrame


def rivals(entry: Entry, vault: Vault, admitted: Admitted, there: pl.LazyFrame) -> Rivals:
    """Hold rows against the accepted ones in `there`; where no key tells rows apart, the whole row does.

    A column that the file lacks says nothing, and contradicts nothing; one that `there` lacks is empty there.
    """
    contract = entry.contract
    rows = kept_rows(contract, admitted)
    silent = {"_row", *(one.name for one in contract.lacking)}
    columns = [name for name in rows.columns if name not in silent]
    keys = [name for name in contract.unique if name in columns] or columns
    wanted = rows.lazy().select(keys).unique()
    there = _as_read_now(there, rows)
    near = there.join(wanted, on=keys, how="semi", nulls_equal=True).collect(engine="streaming")
    beside = [name for name in near.columns if name not in rows.columns]
    places = rows.select("_row", *keys).join(near.select(*keys, *beside), on=keys, nulls_equal=True)
    equal = set(rows.join(near, on=columns, how="semi", nulls_equal=True)["_row"])
    alike = frozenset(equal - _otherwise_named(contract, vault, admitted, equal))
    return Rivals(alike, frozenset(places["_row"]) - alike, places.select("_row", *beside))


def _as_read_now(there: pl.LazyFrame, rows: pl.DataFrame) -> pl.LazyFrame:
    """Rows that may have come under the contract as it was before, with the columns that it has now."""
    found = there.collect_schema()
    return there.with_columns(
        (pl.col(name).cast(kind, strict=False) if name in found else pl.lit(None, dtype=kind)).alias(name)
        for name, kind in rows.schema.items()
        if name != "_row" and found.get(name) != kind
    )


def _otherwise_named(
    contract: Contract, vault: Vault, admitted: Admitted, lines: Collection[int]
) -> set[int]:
    """Of rows that equal an accepted one in all the register shows, those that differ in the vault."""
    if not lines or not contract.vaulted:
        return set()
    some = replace(admitted, frame=admitted.frame.filter(pl.col("_row").is_in(list(lines))))
    new = vault_rows(contract, some).with_columns(some.frame["_row"])
    known = vault.rows(contract.identities[0].identity or "", contract.register, new["_id"].to_list())
    names = [one.name for one in contract.vaulted]
    return {
        row["_row"]
        for row in new.iter_rows(named=True)
        if not _says(known.get((row["_id"], row["_extra"])), {name: row[name] for name in names})
    }


def _says(known: Mapping[str, object] | None, told: Mapping[str, object]) -> bool:
    """Whether the vault has these columns just so; one that it never had is empty there."""
    return known is not None and all(known.get(name) == cell for name, cell in told.items())


@dataclass(frozen=True)
class Beside:
    """Rows of one part without those that another part has. `also_in`: how many each of these had alike."""

    admitted: Admitted
    also_in: Mapping[str, int]  # by batch

    @property
    def duplicates(self) -> int:
        return sum(self.also_in.values())


def beside_parts(entry: Entry, vault: Vault, admitted: Admitted, others: Sequence[Chain]) -> Beside:
    """Hold a part against the other parts of its register: a row that one of them has too is an exact
    duplicate; where the two differ, the one that comes now is quarantined, with the place of the other."""
    if not others or admitted.frame.is_empty():
        return Beside(admitted, {})
    found = rivals(entry, vault, admitted, _accepted(entry.workspace, admitted, others))
    if found.places.is_empty():
        return Beside(admitted, {})
    first = found.places.sort("_batch", "_line").unique("_row", keep="first", maintain_order=True)
    theirs = {row: (batch, line) for row, batch, line in first.iter_rows()}
    parts = {one.batch_id: one.part for one in others}
    told = [
        (line, (_differs(entry.contract, parts[theirs[line][0]], theirs[line][1]),))
        for line in sorted(found.taken)
    ]
    alike = first.filter(pl.col("_row").is_in(list(found.alike)))
    rest = admitted.frame.filter(~pl.col("_row").is_in(list(found.alike)))
    kept = refuse(entry.contract, replace(admitted, frame=rest), refusals(told))
    return Beside(kept, dict(alike.group_by("_batch").len().sort("_batch").rows()))


def _accepted(workspace: Workspace, admitted: Admitted, others: Sequence[Chain]) -> pl.LazyFrame:
    """The accepted rows of other parts, each with its `_batch` and `_line`, as far as columns are shared."""
    names = [name for name in admitted.frame.columns if name != "_row"]
    frames = []
    for chain in others:
        for piece in chain.pieces:
            if piece.accepted or piece.mends is None:
                rows = scan_accepted(workspace, chain.register, piece.batch_id)
                here = [name for name in names if name in rows.collect_schema().names()]
                place = [pl.lit(chain.batch_id).alias("_batch"), pl.col("_row").alias("_line")]
                frames.append(rows.select(*here, *place))
    return pl.concat(frames, how="diagonal_relaxed")


def _differs(contract: Contract, part: str, line: int) -> Reason:
    headers = _key_headers(contract)
    words = {
        "ko": f"같은 {headers}의 행이 다른 부분({part} {line}행)에 있고 내용이 다릅니다",
        "en": f"a row with the same {headers} in the part {part}, line {line}, says something else",
    }
    return Reason(ReasonCode.IN_ANOTHER_PART, headers, words)


def taken(contract: Contract) -> Reason:
    headers = _key_headers(contract)
    words = {
        "ko": f"같은 {headers}의 행이 이미 접수되었고 내용이 다릅니다",
        "en": f"a row with the same {headers} was accepted and says something else",
    }
    return Reason(ReasonCode.TAKEN_KEY, headers, words)


def _key_headers(contract: Contract) -> str:
    return ", ".join(one.in_file for one in contract.columns if one.name in contract.unique)
