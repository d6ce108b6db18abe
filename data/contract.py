"""A contract: what one authority's file says about a register, column by column."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any

from data.formats.shape import PLAIN, Shape
from data.parsers import Parser

KEEPS = ("person_state", "contact_consent")

Limit = int | date


@dataclass(frozen=True)
class Column:
    """One column of a register: where it stands in the file, how it is read, what it must fulfil."""

    name: str
    in_file: str
    parser: Parser
    required: bool = False
    identity: str | None = None  # the kind of random id that takes its place
    secret: bool = False
    vault: bool = False
    programmes: tuple[str, ...] | None = None  # the only ones it may serve, of those the contract serves
    minimum: Limit | None = None
    maximum: Limit | None = None
    zeros: int | None = None  # digits to which zeros that a spreadsheet took away are put back in front


@dataclass(frozen=True)
class Group:
    """How a row finds the group whose facts may be combined: its own column, or through a register.

    With `register`, the row's `column` is looked up in that register's `key`, and its `group` is taken;
    without a `group` the row lies where the one that it names lies.
    """

    column: str
    register: str | None = None
    key: str | None = None
    group: str | None = None


class Missing(StrEnum):
    """What becomes of a row that names a key which another register does not have."""

    QUARANTINE = "quarantine"
    NOTE = "note"


@dataclass(frozen=True)
class Foreign:
    """A column whose values are to be found in `key` of another register, once that one is there."""

    column: str
    register: str
    key: str
    missing: Missing


@dataclass(frozen=True)
class Contract:
    """One contract, checked when it is read. `path` is the file it came from."""

    name: str
    register: str
    title: Mapping[str, str]
    source: str
    legal_basis: str
    programmes: tuple[str, ...]
    max_age_days: int
    max_quarantined: float
    complete: bool
    columns: tuple[Column, ...]
    path: Path
    unique: tuple[str, ...] = ()
    keeps: str | None = None
    group: Group | None = None
    foreign: tuple[Foreign, ...] = ()
    parts: tuple[str, ...] = ()  # the register comes as one file for each of these
    max_jump: float = 0.2  # share of rows by which a delivery may differ from the last one
    fewest_rows: int = 0
    most_rows: int | None = None
    shape: Shape = PLAIN  # the form its file comes in
    constants: Mapping[str, Any] = field(default_factory=dict)
    assumptions: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    titles: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # of the registers it points into
    order: tuple[Column, ...] = ()  # of a file that lacks columns: all, as the contract has them

    def without(self, names: Collection[str]) -> Contract:
        """The contract of a file that lacks these columns: in its accepted rows they are there, and empty."""
        columns = tuple(one for one in self.columns if one.name not in names)
        return replace(self, columns=columns, order=self.order or self.columns)

    @property
    def lacking(self) -> tuple[Column, ...]:
        there = {one.name for one in self.columns}
        return tuple(one for one in self.order if one.name not in there)

    def column(self, name: str) -> Column:
        return next(one for one in self.columns if one.name == name)

    def serves(self, column: str, programme: str) -> bool:
        """Whether a column, or a constant, may be used for a programme. Raises KeyError for another name."""
        if column in self.constants:
            return programme in self.programmes
        found = next((one for one in self.columns if one.name == column), None)
        if found is None:
            raise KeyError(column)
        return programme in (self.programmes if found.programmes is None else found.programmes)

    @property
    def identities(self) -> tuple[Column, ...]:
        """The columns that are replaced by random ids; the first one is the row's subject."""
        return tuple(one for one in self.columns if one.identity is not None)

    @property
    def vaulted(self) -> tuple[Column, ...]:
        """The columns that go to the vault under the row's subject and to no accepted row."""
        return tuple(one for one in self.columns if one.vault)

    @property
    def extra_key(self) -> tuple[str, ...]:
        """The unique columns that tell several vault rows of one subject apart (contacts: the channel)."""
        subject = self.identities[0].name if self.identities else None
        return tuple(name for name in self.unique if name != subject)
