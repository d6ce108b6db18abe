"""The door: natural identities are left in the vault, accepted rows go on with random ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from data.checks import Judged, Reason, ReasonCode, merge_refusals, refusals
from data.contract import Contract, Foreign, Missing
from data.vault import Vault

_ENOUGH = 20  # rows with a key: where not one is known, that is no chance


@dataclass(frozen=True)
class Admitted:
    """Judged rows under their ids: in `frame` those to accept, vault columns still among them.

    `doubts` has the ids, and no other cell, of those that are not. `fresh` counts the identities of each
    kind that the vault did not know.
    """

    frame: pl.DataFrame
    doubts: pl.DataFrame
    refused: pl.DataFrame
    fresh: Mapping[str, int]
    notes: Mapping[str, int]


def admit(vault: Vault, contract: Contract, judged: Judged, batch_id: str) -> Admitted:
    """Give every identity its id. The judged rows are taken over: memory holds them once."""
    frames, fresh = judged.take(), {}
    for kind in dict.fromkeys(one.identity for one in contract.identities if one.identity):
        columns = [one.name for one in contract.identities if one.identity == kind]
        naturals = [frame[name].alias("natural") for frame in frames for name in columns]
        together = pl.concat(naturals)
        frames = [frame.drop(columns, strict=False) for frame in frames]
        del naturals
        ids, fresh[kind] = vault.admit(kind, together, batch_id)
        frames = _replaced(frames, columns, ids)
    order = [*(one.name for one in contract.columns), *contract.constants, "_row"]
    frames = [frame.select(name for name in order if name in frame.columns) for frame in frames]
    notes = {f"{header}: zeros put back in front": count for header, count in judged.repaired.items()}
    return Admitted(frames[0], frames[1], judged.refused, fresh, notes)


def _replaced(frames: Sequence[pl.DataFrame], columns: Sequence[str], ids: pl.Series) -> list[pl.DataFrame]:
    """The frames with `ids` cut into their columns, in the order in which the naturals were put together."""
    replaced, at = [], 0
    for frame in frames:
        cut = []
        for name in columns:
            cut.append(ids.slice(at, frame.height).alias(name))
            at += frame.height
        replaced.append(frame.with_columns(cut))
    return replaced


def check_foreign(contract: Contract, admitted: Admitted, keys: Mapping[Foreign, pl.LazyFrame]) -> Admitted:
    """Hold columns against the registers they point into, as far as those are there: `keys`, a column each.

    A row that names a key which is not there is quarantined, or noted, as the contract says; an empty cell
    names none. Where no row names a key that is there, the keys may be written otherwise: that is noted too.
    """
    refused, notes = refusals(()), dict(admitted.notes)
    for foreign, there in keys.items():
        header = contract.column(foreign.column).in_file
        strangers, named = _strangers(admitted, foreign, there)
        if len(strangers) == named >= _ENOUGH:
            notes[f"not one {header} meets {foreign.register}: do both write it alike?"] = named
        if foreign.missing is Missing.NOTE:
            notes |= {f"{header}: not in {foreign.register}": len(strangers)} if len(strangers) else {}
        else:
            reason = _unknown_key(header, foreign.register, contract.titles.get(foreign.register, {}))
            refused = merge_refusals(refused, refusals((line, (reason,)) for line in strangers))
    return refuse(contract, replace(admitted, notes=notes), refused)


def _strangers(admitted: Admitted, foreign: Foreign, there: pl.LazyFrame) -> tuple[pl.Series, int]:
    """The lines that name a key which is not there, and how many name one at all.

    Those that are refused anyway are among them.
    """
    rows = [frame for frame in (admitted.frame, admitted.doubts) if foreign.column in frame.columns]
    naming = pl.concat(frame.lazy().select("_row", key=foreign.column) for frame in rows).drop_nulls("key")
    named = sum(frame.height - frame[foreign.column].null_count() for frame in rows)
    return naming.join(there.select(key=pl.nth(0)), on="key", how="anti").collect()["_row"], named


def _unknown_key(header: str, register: str, title: Mapping[str, str]) -> Reason:
    words = {
        "ko": f"{header}: ‘{title.get('ko', register)}’ 자료에 없습니다",
        "en": f"{header} is not in the register “{title.get('en', register)}”",
    }
    return Reason(ReasonCode.UNKNOWN_KEY, header, words)


def refuse(contract: Contract, admitted: Admitted, more: pl.DataFrame) -> Admitted:
    """The same rows, those of `more` in quarantine for its reasons, beside those they had."""
    if more.is_empty():
        return admitted
    gone = admitted.frame.join(more, on="_row", how="semi")
    doubts = gone.select(*(one.name for one in contract.identities), "_row")
    return replace(
        admitted,
        frame=admitted.frame.join(more, on="_row", how="anti", maintain_order="left"),
        doubts=pl.concat([admitted.doubts, doubts], how="diagonal_relaxed").sort("_row"),
        refused=merge_refusals(admitted.refused, more),
    )


def kept_rows(contract: Contract, admitted: Admitted) -> pl.DataFrame:
    """The rows as they are written: canonical columns with ids, no vault column, `_row`.

    A column that the file lacks is there, empty in every row.
    """
    frame = admitted.frame.drop(one.name for one in contract.vaulted)
    if not contract.lacking:
        return frame
    empty = [pl.lit(None, dtype=one.parser.dtype).alias(one.name) for one in contract.lacking]
    order = [*(one.name for one in contract.order), *contract.constants, "_row"]
    kept = frame.with_columns(empty)
    return kept.select(name for name in order if name in kept.columns)


def vault_rows(contract: Contract, admitted: Admitted) -> pl.DataFrame:
    """Subject `_id`, `_extra`, and the vault columns of each row."""
    extra = pl.concat_str([pl.col(name).cast(pl.String) for name in contract.extra_key], separator="|")
    return admitted.frame.select(
        pl.col(contract.identities[0].name).alias("_id"),
        (extra if contract.extra_key else pl.lit("")).alias("_extra"),
        *(
            pl.col(one.name).cast(pl.String) if one.parser.dtype == pl.Date else pl.col(one.name)
            for one in contract.vaulted
        ),
    )
