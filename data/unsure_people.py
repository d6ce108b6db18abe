"""What is known of people whose row in a register of residents is in quarantine."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from data.contract import Contract
from data.deliveries import Chain, Settled
from data.parsers import normalised
from data.quarantine import CELL, OPEN, quarantine_of, quarantine_path
from data.registers import chain_doubts
from data.workspace import Workspace

_UNREAD = (OPEN, Settled.WAIVED.value)  # a row that was waived is as little known as one that is open


def own_household(contract: Contract) -> str | None:
    """The column that says with whom a person lives, where the register itself has it."""
    group = contract.group
    return group.column if group is not None and group.register is None else None


def unsure_people(workspace: Workspace, contract: Contract, chains: Iterable[Chain]) -> pl.DataFrame:
    """The rows of these deliveries that are not accepted, open and waived ones, as rows of the register:
    subject, household and `protected`, each null where it could not be read; `status` is never known.
    """
    subject, home = contract.identities[0].name, own_household(contract)
    schema = {
        **dict.fromkeys((subject, home) if home else (subject,), pl.String()),
        "status": pl.String(),
        "protected": pl.Boolean(),
    }
    frames = [_of_chain(workspace, contract, chain) for chain in chains if chain.open + chain.waived]
    empty = pl.DataFrame(schema=schema)
    return pl.concat([empty, *frames], how="diagonal_relaxed").select(list(schema))


def _of_chain(workspace: Workspace, contract: Contract, chain: Chain) -> pl.DataFrame:
    waiting = [chain_doubts(workspace, chain)] if chain.open else []
    waived = [chain_doubts(workspace, chain, waived=True)] if chain.waived else []
    whose = pl.concat([*waiting, *waived], how="diagonal_relaxed")
    return whose.join(_protected(workspace, contract, chain), on="_row", how="left")


def _protected(workspace: Workspace, contract: Contract, chain: Chain) -> pl.DataFrame:
    """By line, whether the row says that the person is protected; a line that is not there says nothing."""
    column = next((one for one in contract.columns if one.name == "protected"), None)
    if column is None:
        return _nothing()
    if any(
        one.quarantined and not quarantine_path(workspace, one.batch_id).is_file() for one in chain.pieces
    ):
        return _nothing()
    rows = quarantine_of(workspace, chain).filter(pl.col("state").is_in(_UNREAD))
    if CELL + column.in_file not in rows.columns:  # its contract had another header
        return _nothing()
    said = column.parser.value(normalised(pl.col(CELL + column.in_file)))
    return rows.select(pl.col("line").alias("_row"), said.alias("protected"))


def _nothing() -> pl.DataFrame:
    return pl.DataFrame(schema={"_row": pl.Int64, "protected": pl.Boolean})
