"""Ways to spoil a row: an error in one of its cells, or in the row as a whole."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations

from data.contract import Column, Contract
from data.synth.draws import Random
from data.synth.stains import STAINS, Outcome, Stain, kind_of, within

Cells = Sequence[str]


@dataclass(frozen=True)
class Spoiled:
    """The lines that take the place of a row; those at the places `told` are known for the error."""

    kind: str
    column: str
    outcome: Outcome
    lines: tuple[bytes, ...]
    told: tuple[int, ...] = (0,)


Spoiler = Callable[[Cells, Cells, Random], Spoiled | None]
"""Takes the cells of a row, those of another row, and a generator; None where the row cannot have it."""


def spoilers_of(contract: Contract, columns: Sequence[Column]) -> list[list[Spoiler]]:
    """Every way in which a row of the file can be spoilt: a list for each kind, one for each column in it."""
    stained: list[list[Spoiler]] = [
        [
            partial(_stained, place, column, stain)
            for place, column in enumerate(columns)
            if stain.fits(column) and (stain.in_keys or column.name not in contract.unique)
        ]
        for stain in STAINS
    ]
    whole: list[list[Spoiler]] = [[one] for one in _whole_row(contract, columns)]
    kinds = [*stained, *whole, *_of_two(contract, columns)]
    return [kind for kind in kinds if kind]


def line_of(cells: Cells) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow(cells)
    return buffer.getvalue().encode()


def _stained(
    place: int, column: Column, stain: Stain, cells: Cells, other: Cells, random: Random
) -> Spoiled | None:
    del other
    cell = stain.cell(cells[place], column, random)
    if cell is None or cell == cells[place]:
        return None
    return Spoiled(stain.kind, column.in_file, stain.outcome, (line_of(_with(cells, place, cell)),))


def _with(cells: Cells, place: int, cell: str) -> list[str]:
    return [*cells[:place], cell, *cells[place + 1 :]]


def _whole_row(contract: Contract, columns: Sequence[Column]) -> Iterator[Spoiler]:
    yield from (_short, _long, _stray_quote, _bad_byte, _exact_duplicate)
    wrong = [
        (place, column, stain)
        for stain in STAINS
        for place, column in enumerate(columns)
        if stain.outcome is Outcome.UNDETECTABLE and stain.fits(column) and column.name not in contract.unique
    ]
    if contract.unique and wrong:
        keys = [place for place, column in enumerate(columns) if column.name in contract.unique]
        yield partial(_same_key, keys, wrong)


def _short(cells: Cells, other: Cells, random: Random) -> Spoiled | None:
    del other, random
    line = line_of(cells[:-1])
    return Spoiled("short_row", "", Outcome.QUARANTINED, (line,)) if len(cells) > 2 else None


def _long(cells: Cells, other: Cells, random: Random) -> Spoiled | None:
    place = int(random.integers(len(cells) + 1))
    del other
    line = line_of([*cells[:place], "", *cells[place:]])
    return Spoiled("long_row", "", Outcome.QUARANTINED, (line,))


def _stray_quote(cells: Cells, other: Cells, random: Random) -> Spoiled | None:
    """A quote in the middle of a bare cell, which no writer of CSV leaves there."""
    del other
    place = int(random.integers(len(cells)))
    if len(cells[place]) < 2 or set(cells[place]) & set(',"\n'):
        return None
    marked = _with(cells, place, cells[place][:1] + "\ue000" + cells[place][1:])
    line = line_of(marked).replace("\ue000".encode(), b'"')
    return Spoiled("stray_quote", "", Outcome.QUARANTINED, (line,))


def _bad_byte(cells: Cells, other: Cells, random: Random) -> Spoiled | None:
    """A byte that no encoding of Korean has, inside a cell."""
    del other
    place = int(random.integers(len(cells)))
    line = line_of(_with(cells, place, cells[place] + "\ue000")).replace("\ue000".encode(), b"\xff")
    return Spoiled("bad_byte", "", Outcome.QUARANTINED, (line,))


def _exact_duplicate(cells: Cells, other: Cells, random: Random) -> Spoiled | None:
    del other, random
    line = line_of(cells)
    return Spoiled("exact_duplicate", "", Outcome.DUPLICATE, (line, line), told=(1,))


def _same_key(
    keys: Sequence[int],
    wrong: Sequence[tuple[int, Column, Stain]],
    cells: Cells,
    other: Cells,
    random: Random,
) -> Spoiled | None:
    """The row once more under its own key, with one cell that says something else."""
    del other
    place, column, stain = wrong[int(random.integers(len(wrong)))]
    cell = stain.cell(cells[place], column, random)
    if cell is None or cell == cells[place] or not all(cells[key] for key in keys):
        return None
    lines = (line_of(cells), line_of(_with(cells, place, cell)))
    return Spoiled("duplicate_key", column.in_file, Outcome.QUARANTINED, lines, told=(0, 1))


# No cell of one of these is a cell of another one.
_SHAPED = {"kr_resident_number", "kr_plate", "date", "one_of", "bool"}


def _of_two(contract: Contract, columns: Sequence[Column]) -> list[list[Spoiler]]:
    """Errors that need another cell, of the same row or of another one."""
    pairs = list(combinations(enumerate(columns), 2))
    swapped: list[Spoiler] = [
        partial(_swapped, a, b)
        for (a, left), (b, right) in pairs
        if kind_of(left) != kind_of(right) and {kind_of(left), kind_of(right)} <= _SHAPED
    ]
    alike: list[Spoiler] = [
        partial(_swapped_alike, a, left, b, right)
        for (a, left), (b, right) in pairs
        if kind_of(left) == kind_of(right) in ("int", "date")
        and not {left.name, right.name} & set(contract.unique)
    ]
    person: list[Spoiler] = [
        partial(_wrong_person, place, column)
        for place, column in enumerate(columns)
        if kind_of(column) == "kr_resident_number" and column.name not in contract.unique
    ]
    return [swapped, alike, person]


def _swapped(a: int, b: int, cells: Cells, other: Cells, random: Random) -> Spoiled | None:
    """Two columns of different kinds that changed places."""
    del other, random
    if not cells[a] or not cells[b]:
        return None
    return Spoiled("swapped_columns", "", Outcome.QUARANTINED, (_exchanged(cells, a, b),))


def _exchanged(cells: Cells, a: int, b: int) -> bytes:
    return line_of(_with(_with(cells, a, cells[b]), b, cells[a]))


def _swapped_alike(
    a: int, left: Column, b: int, right: Column, cells: Cells, other: Cells, random: Random
) -> Spoiled | None:
    """Two columns of one kind that changed places, each still within its bounds."""
    del other, random
    different = cells[a] != cells[b] and cells[a] and cells[b]
    if not different or not (within(cells[a], right) and within(cells[b], left)):
        return None
    return Spoiled("swapped_alike", "", Outcome.UNDETECTABLE, (_exchanged(cells, a, b),))


def _wrong_person(place: int, column: Column, cells: Cells, other: Cells, random: Random) -> Spoiled | None:
    """Somebody else's number, from another row."""
    del random
    if not other[place] or other[place] == cells[place]:
        return None
    line = line_of(_with(cells, place, other[place]))
    return Spoiled("wrong_person", column.in_file, Outcome.UNDETECTABLE, (line,))
