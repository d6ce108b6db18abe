"""The door: natural identities are left in the vault, accepted rows go on with random ids."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import polars as pl

from data.checks import Judged
from data.contracts import Contract
from data.vault import Vault, VaultRow


@dataclass(frozen=True)
class Accepted:
    """Rows fit for a register: canonical columns with ids, no vault column, `_row`.

    `doubts` has the ids, and no other cell, of the rows that were not accepted.
    """

    frame: pl.DataFrame
    doubts: pl.DataFrame


def admit(vault: Vault, contract: Contract, judged: Judged, batch_id: str, *, newest: bool) -> Accepted:
    """Give every identity its id and leave vault columns in the vault, in the vault's open transaction.

    Only the newest delivery of a register speaks in the vault: names and contacts of an older one that
    comes late do not replace what is known.
    """
    frame, doubts = judged.accepted, judged.doubts
    for kind in dict.fromkeys(one.identity for one in contract.identities if one.identity):
        frame = _with_ids(vault, contract, frame, kind)
        doubts = _with_ids(vault, contract, doubts, kind)
    if contract.vaulted and newest:
        subject = contract.identities[0]
        vault.keep_rows(subject.identity or "", contract.register, batch_id, _vault_rows(contract, frame))
        if contract.complete:
            vault.drop_older(contract.register, batch_id)
    vaulted = [one.name for one in contract.vaulted]
    return Accepted(frame.drop(vaulted), doubts)


def _with_ids(vault: Vault, contract: Contract, frame: pl.DataFrame, kind: str) -> pl.DataFrame:
    columns = [one.name for one in contract.identities if one.identity == kind]
    together = pl.concat([frame[name].alias("natural") for name in columns])
    ids = vault.admit(kind, together)
    return frame.with_columns(
        ids.slice(place * frame.height, frame.height).alias(name) for place, name in enumerate(columns)
    )


def _vault_rows(contract: Contract, frame: pl.DataFrame) -> Iterator[VaultRow]:
    """Subject, extra key, and the vault columns of each row, in the order the vault keeps them."""
    columns = [one.name for one in contract.vaulted]
    extra = pl.concat_str([pl.col(name).cast(pl.String) for name in contract.extra_key], separator="|")
    keyed = frame.select(
        pl.col(contract.identities[0].name).alias("_subject"),
        (extra if contract.extra_key else pl.lit("")).alias("_extra"),
        *(
            pl.col(one.name).cast(pl.String) if one.parser.dtype == pl.Date else one.name
            for one in contract.vaulted
        ),
    )
    for subject, extra_key, *values in keyed.sort("_subject").iter_rows():
        yield subject, extra_key, dict[str, Any](zip(columns, values, strict=True))
