"""The vault: which random id stands for which person, vehicle or bill, and what only it may know."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Self

from data.workspace import Workspace


class Vault:
    """`vault.sqlite`, opened with the index and vault keys. Every look-up by a command is audited there."""

    @classmethod
    def open(cls, workspace: Workspace) -> Self:
        """Open the vault, making it where there is none. Use as a context manager or `close` it."""
        raise NotImplementedError

    def ids(self, kind: str, natural_values: Sequence[str | None]) -> list[str | None]:
        """The ids of normalised natural values, in order; None where there is none. Creates nothing."""
        raise NotImplementedError

    def natural(self, kind: str, ids: Iterable[str]) -> dict[str, str]:
        """The natural value behind each id; ids the vault does not hold are left out."""
        raise NotImplementedError

    def rows(self, kind: str, register: str, ids: Iterable[str]) -> dict[tuple[str, str], dict[str, Any]]:
        """The vault columns of a register for many subjects, by (id, extra key); contacts: the channel."""
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError
