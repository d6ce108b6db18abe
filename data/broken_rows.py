"""Lines of a file that are no rows of its table: two columns of numbers, for there may be millions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np
import polars as pl

from data.formats.broken import Broken

_WHYS = tuple(Broken)


@dataclass(frozen=True)
class BrokenRow:
    line: int
    why: Broken


class BrokenRows(Sequence[BrokenRow]):
    """In file order. `whys` are places in `Broken`."""

    def __init__(self, lines: np.ndarray, whys: np.ndarray) -> None:
        self._lines, self._whys = lines, whys

    @classmethod
    def of(cls, rows: Iterable[BrokenRow]) -> BrokenRows:
        if isinstance(rows, BrokenRows):
            return rows
        several = list(rows)
        lines = np.array([one.line for one in several], np.int64)
        return cls(lines, np.array([_WHYS.index(one.why) for one in several], np.int8))

    def frame(self) -> pl.DataFrame:
        """`_row`, the line, and `why`."""
        names = pl.Series(_WHYS, dtype=pl.String)
        return pl.DataFrame({"_row": self._lines, "why": names.gather(self._whys.astype(np.uint32))})

    def __len__(self) -> int:
        return len(self._lines)

    @overload
    def __getitem__(self, place: int) -> BrokenRow: ...

    @overload
    def __getitem__(self, place: slice) -> BrokenRows: ...

    def __getitem__(self, place: int | slice) -> BrokenRow | BrokenRows:
        if isinstance(place, slice):
            return BrokenRows(self._lines[place], self._whys[place])
        return BrokenRow(int(self._lines[place]), _WHYS[self._whys[place]])

    def __iter__(self) -> Iterator[BrokenRow]:
        for line, why in zip(self._lines.tolist(), self._whys.tolist(), strict=True):
            yield BrokenRow(line, _WHYS[why])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    __hash__ = None  # type: ignore[assignment]
