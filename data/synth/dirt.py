"""Soils clean registers with errors as real files have them, and keeps the truth of what was broken."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np

from data.contract import Contract
from data.files import atomic_path
from data.synth.draws import Random
from data.synth.headers import CONTRACTS
from data.synth.spoiling import Spoiled, Spoiler, spoilers_of

TRUTH = "dirt.csv"
TRUTH_HEADER = ("register", "line", "kind", "column", "outcome")
AT_ONCE = 50_000  # lines held in memory


class Truth(NamedTuple):
    """One line of a soiled file, what was done to it, and what must become of it."""

    line: int
    kind: str
    column: str  # the header; "" for the row as a whole
    outcome: str


def soil(folder: Path, contracts: Mapping[str, Contract], *, share: float, seed: int) -> Counter[str]:
    """Break about `share` of the rows of every made-up register in `folder`; how many rows of each kind.

    A broken row has one error. `dirt.csv` beside the registers says of each which line it is, what was done
    to it, and what must become of it under its contract. The same arguments give the same bytes.
    """
    counts: Counter[str] = Counter()
    with atomic_path(folder / TRUTH) as partial, partial.open("w", encoding="utf-8", newline="") as file:
        truths = csv.writer(file, lineterminator="\n")
        truths.writerow(TRUTH_HEADER)
        for number, (register, name) in enumerate(CONTRACTS.items()):
            soiling = _Soiling(contracts[name], share, np.random.default_rng([seed, number]))
            path = folder / f"{register}.csv"
            with path.open("rb") as clean, atomic_path(path) as dirty, dirty.open("wb") as target:
                for truth in soiling.copy(clean, target):
                    truths.writerow((register, *truth))
                    counts[truth.kind] += 1
    return counts


@dataclass
class _Soiling:
    """Copies one register's file, spoiling a line here and there."""

    contract: Contract
    share: float
    random: Random
    written: int = 0  # lines so far
    kinds: list[list[Spoiler]] = field(default_factory=list)
    made: set[str] = field(default_factory=set)  # broken rows: two that are alike would be duplicates

    def copy(self, clean: BinaryIO, target: BinaryIO) -> Iterator[Truth]:
        header = clean.readline()
        target.write(header)
        self.written = 1
        titles = next(csv.reader([header.decode()]))
        by_title = {one.in_file: one for one in self.contract.columns}
        self.kinds = spoilers_of(self.contract, [by_title[title] for title in titles])
        while lines := list(islice(clean, AT_ONCE)):
            yield from self._chunk(lines, target)

    def _chunk(self, lines: list[bytes], target: BinaryIO) -> Iterator[Truth]:
        before = 0
        for place in np.flatnonzero(self.random.random(len(lines)) < self.share).tolist():
            spoiled = self._spoil(lines, place)
            target.writelines(lines[before:place])
            target.writelines(spoiled.lines)
            self.written += place - before
            for row in range(len(spoiled.lines)):
                self.written += 1
                if row in spoiled.told:
                    yield Truth(self.written, spoiled.kind, spoiled.column, spoiled.outcome.value)
            before = place + 1
        target.writelines(lines[before:])
        self.written += len(lines) - before

    def _spoil(self, lines: list[bytes], place: int) -> Spoiled:
        """One error in the row at `place`, of a kind that this row can have."""
        cells = _cells(lines[place])
        neighbour = _cells(lines[place - 1])
        while True:
            kind = self.kinds[int(self.random.integers(len(self.kinds)))]
            spoiled = kind[int(self.random.integers(len(kind)))](cells, neighbour, self.random)
            if spoiled is not None and (len(spoiled.lines) > 1 or self._is_new(spoiled.lines[0])):
                return spoiled

    def _is_new(self, line: bytes) -> bool:
        """Whether no broken row so far reads the same once the space in it is gone."""
        bare = "".join(line.decode(errors="replace").split())
        known = bare in self.made
        self.made.add(bare)
        return not known


def _cells(line: bytes) -> list[str]:
    return next(csv.reader([line.decode()]))
