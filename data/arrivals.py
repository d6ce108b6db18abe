"""What arrives at the door: a file, or what a query finds in an authority's own database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Protocol

from data.contract import Contract
from data.errors import ContractBroken
from data.formats.confinement import Watch
from data.formats.limits import limits_of
from data.opening import changed, open_delivery
from data.reading import Table, headers_in_database, headers_of, read_database, read_delivery, table_sha256
from data.workspace import Workspace


class Source(Protocol):
    """Rows that a contract is to be held against, and what tells them from others."""

    @property
    def name(self) -> str: ...

    @property
    def where(self) -> str: ...

    @property
    def sha256(self) -> str: ...

    def read(self, watch: Watch | None = None) -> Table: ...


@dataclass(frozen=True)
class DeliveredFile:
    """A file, or a table's folder, as its contract reads it. Reading raises ContractBroken.

    `snapshot` is which version of the table is read, the latest one if None.
    """

    workspace: Workspace
    contract: Contract
    path: Path
    snapshot: str | None = None

    @property
    def name(self) -> str:
        return self.path.resolve().name

    @property
    def where(self) -> str:
        return str(self.path)

    @cached_property
    def sha256(self) -> str:
        """Of the file's bytes; of what the table consists of, whatever the folder's times say."""
        if self.path.is_dir():
            return table_sha256(self.workspace, self.contract, self.path, snapshot=self.snapshot)
        with open_delivery(self.path) as delivered:
            return delivered.sha256()

    def read(self, watch: Watch | None = None) -> Table:
        """The rows that lie there. Raises ContractBroken where they are not those of `sha256`."""
        expected = self.sha256
        table = read_delivery(self.workspace, self.contract, self.path, snapshot=self.snapshot, watch=watch)
        if table.sha256 != expected:
            raise changed(self.where, "table" if self.path.is_dir() else "file")
        return table


def without_lacking(source: Source) -> DeliveredFile | None:
    """The file read without the columns that it lacks; None when it lacks none, or one that is needed.

    Needed is what tells rows apart, points elsewhere, is required, kept by the store or kept in the vault.
    """
    if not isinstance(source, DeliveredFile):
        return None
    contract, limits = source.contract, limits_of(source.workspace.settings().table("intake.limits"))
    folder = source.workspace.quarantine
    try:
        found = set(
            headers_of(
                source.path, shape=contract.shape, limits=limits, folder=folder, snapshot=source.snapshot
            )
        )
    except ContractBroken:
        return None
    lacking = {one.name for one in contract.columns if one.in_file not in found}
    if not lacking or not found or lacking & set(_needed(contract)):
        return None
    fewer = replace(source, contract=contract.without(lacking))
    fewer.__dict__["sha256"] = source.sha256  # it is still the same delivery, or refused
    return fewer


def _needed(contract: Contract) -> Iterator[str]:
    kept = {"person_state": ("status", "protected"), "contact_consent": ("channel", "consent")}
    yield from (one.name for one in contract.columns if one.required or one.identity or one.vault)
    yield from (one.parser.by for one in contract.columns if one.parser.by)
    yield from contract.unique
    yield from (one.column for one in contract.foreign)
    yield from kept.get(contract.keeps or "", ())


@dataclass(frozen=True)
class AskedDatabase:
    """What the contract's query finds in a database that `owed.toml` names; it is asked once.

    Its address stands in `environment`, under the name that `owed.toml` gives. Raises BadSettings and
    ContractBroken when it is first looked at.
    """

    workspace: Workspace
    contract: Contract
    database: str
    environment: Mapping[str, str] = field(repr=False)

    @property
    def name(self) -> str:
        return f"query on {self.database}"

    @property
    def where(self) -> str:
        return f"database {self.database}"

    @property
    def sha256(self) -> str:
        """Of the rows, in the order they came: the query's ORDER BY makes the same rows the same again."""
        return self._table.sha256 or ""

    def read(self, watch: Watch | None = None) -> Table:
        if watch is not None:
            watch(self._table.rows_in)
        return self._table

    def headers(self) -> list[str]:
        """The columns that the query finds."""
        return headers_in_database(self.workspace, self.contract, self.database, self.environment)

    def first(self, rows: int) -> AskedDatabase:
        """The same question, for its first rows alone."""
        shape = self.contract.shape
        if shape.query is None:
            return self
        few = replace(shape, query=f"SELECT * FROM ({shape.query}) AS register LIMIT {rows}")
        return replace(self, contract=replace(self.contract, shape=few))

    @cached_property
    def _table(self) -> Table:
        return read_database(self.workspace, self.contract, self.database, self.environment)
