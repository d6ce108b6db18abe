"""What arrives at the door: a file, or what a query finds in an authority's own database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Protocol

from data.contract import Contract
from data.digests import file_sha256
from data.errors import ContractBroken
from data.reading import Table, read_database, read_delivery
from data.workspace import Workspace


class Source(Protocol):
    """Rows that a contract is to be held against, and what tells them from others."""

    @property
    def name(self) -> str: ...

    @property
    def where(self) -> str: ...

    @property
    def sha256(self) -> str: ...

    def read(self) -> Table: ...


@dataclass(frozen=True)
class DeliveredFile:
    """A file as its contract reads it. Reading raises ContractBroken."""

    workspace: Workspace
    contract: Contract
    path: Path

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def where(self) -> str:
        return str(self.path)

    @property
    def sha256(self) -> str:
        try:
            return file_sha256(self.path)
        except OSError as error:
            raise ContractBroken(f"The file cannot be opened: {error.strerror}.", where=self.where) from error

    def read(self) -> Table:
        return read_delivery(self.workspace, self.contract, self.path)


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

    def read(self) -> Table:
        return self._table

    @cached_property
    def _table(self) -> Table:
        return read_database(self.workspace, self.contract, self.database, self.environment)
