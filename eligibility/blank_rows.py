"""Rows that were taken in before their contract required a column, and in which that is blank."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import polars as pl

from data.contract import Contract
from data.contract_digest import contract_sha256
from data.errors import Failed
from data.registers import Delivery
from eligibility.compiler import Compiled
from eligibility.filled import columns_to_fill
from eligibility.ground import Ground


def check_rows(compiled: Iterable[Compiled], ground: Ground, contracts: Mapping[str, Contract]) -> None:
    """Raises Failed, naming registers and columns, when rows that programmes read are blank where a blank
    would say no.

    Looks only into registers that came under another form of their contract: now it quarantines such rows.
    """
    known = ground.contracts_of(contracts)
    needs = {need for one in compiled for need in columns_to_fill(one, known)}
    for register, delivery in sorted(ground.deliveries.items()):
        columns = sorted(column for name, column in needs if name == register)
        if columns and _came_otherwise(delivery, contracts):
            blank = _blanks(ground, register, columns)
            if blank:
                told = ", ".join(f"{count} rows without {column}" for column, count in blank.items())
                raise Failed(
                    f"The register {register} was taken in under another form of its contract, with {told}.",
                    where=delivery.contract,
                    mend="take the file in again with `owed intake`: it is read as the contract is now",
                )


def _came_otherwise(delivery: Delivery, contracts: Mapping[str, Contract]) -> bool:
    return any(one.contract_sha256 != contract_sha256(contracts[one.contract]) for one in delivery.chains)


def _blanks(ground: Ground, register: str, columns: Iterable[str]) -> dict[str, int]:
    """How many rows are blank, by column; those that lie in no group are in no bucket."""
    counts = dict.fromkeys(columns, 0)
    for bucket in range(ground.layout.count):
        rows = ground.layout.read(bucket, register)
        if rows is not None:
            there = [name for name in counts if name in rows.collect_schema().names()]
            with ground.layout.naming_damage(bucket):
                found = rows.select(pl.col(there).null_count()).collect().row(0, named=True)
            counts |= {name: counts[name] + number for name, number in found.items()}
    counts["a group"] = ground.layout.ungrouped.get(register, 0)
    return {name: number for name, number in counts.items() if number}
