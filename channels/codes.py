"""What a provider's own codes mean in ours: a table beside each provider, read once."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

_FOLDER = Path(__file__).with_name("codes")


class CodeTable:
    """A provider's codes by section; the keys of a section are codes, statuses or classes such as `4xx`."""

    def __init__(self, sections: Mapping[str, Mapping[str, str]]) -> None:
        self._sections = sections

    @classmethod
    def of(cls, provider: str) -> CodeTable:
        """The table `codes/<provider>.toml`."""
        with (_FOLDER / f"{provider}.toml").open("rb") as file:
            return cls(tomllib.load(file))

    def find(self, section: str, *keys: str | int | None) -> str | None:
        """Our word for the first of these keys that the section knows: give the most telling one first."""
        words = self._sections[section]
        return next((words[str(key)] for key in keys if key is not None and str(key) in words), None)

    def words(self) -> set[tuple[str, str]]:
        """Every (section, our word) the table uses."""
        return {(section, word) for section, words in self._sections.items() for word in words.values()}


def status_class(status: int) -> str:
    """`4xx` for 404."""
    return f"{status // 100}xx"
