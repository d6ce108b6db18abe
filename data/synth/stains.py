"""Stains: single errors as real files have them, each with what a contract can make of it.

What a stain is worth is decided here, from the contract's words alone and not by its parsers, so that the
truth table can judge intake.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from data.contract import Column
from data.synth.draws import Random


class Outcome(StrEnum):
    """What becomes of a row with a stain."""

    QUARANTINED = "quarantined"
    DUPLICATE = "duplicate"  # it leaves as an exact duplicate
    MENDED = "mended"  # it is accepted, and reads as if it were clean
    UNDETECTABLE = "undetectable"  # it is accepted, and wrong


Cell = Callable[[str, Column, Random], "str | None"]
"""The stained cell; None where this one cannot have the stain."""


@dataclass(frozen=True)
class Stain:
    """One kind of error in one cell, and the columns that can have it."""

    kind: str
    outcome: Outcome
    fits: Callable[[Column], bool]
    cell: Cell
    in_keys: bool = True  # it may hit a column that tells rows apart


def kind_of(column: Column) -> str:
    """The parser without its argument: int, date, one_of …"""
    return column.parser.spec.partition(":")[0]


def _is(*kinds: str) -> Callable[[Column], bool]:
    return lambda column: kind_of(column) in kinds


def _codes(column: Column) -> list[str]:
    """The words a column may hold."""
    return re.split("[,/]", column.parser.spec.partition(":")[2])


def _day(cell: str, column: Column) -> date | None:
    """The day in a cell, where the column writes it as eight digits."""
    if column.parser.spec != "date:%Y%m%d" or not cell:
        return None
    return datetime.strptime(cell, "%Y%m%d").date()


# --- what a contract sees -------------------------------------------------------------------------


def _no_such_day(cell: str, column: Column, random: Random) -> str | None:
    year = cell[:4] or "2023"
    return year + ("0230", "1301", "0632", "1100")[random.integers(4)] if _eight(column) else None


def _eight(column: Column) -> bool:
    return column.parser.spec == "date:%Y%m%d"


def _letter(cell: str, column: Column, random: Random) -> str | None:
    del column
    place = int(random.integers(len(cell) + 1))
    return cell[:place] + "xOl만"[random.integers(4)] + cell[place:]


def _digit_short(cell: str, column: Column, random: Random) -> str | None:
    """The last digit got lost, where the contract says how many there are."""
    del random
    short = cell[:-1]
    if kind_of(column) == "pattern" and re.fullmatch(column.parser.spec.partition(":")[2], short):
        return None
    return short or None


def _unknown_code(cell: str, column: Column, random: Random) -> str | None:
    del cell
    return next(one for one in (("9", "Z", "기타")[random.integers(3)], "?") if one not in _codes(column))


def _nothing(cell: str, column: Column, random: Random) -> str | None:
    del cell, column
    return ("", " ", "\u3000")[random.integers(3)]


def _beyond(cell: str, column: Column, random: Random) -> str | None:
    """One more than the most that is allowed, or one less than the least."""
    del cell
    low, high = column.minimum, column.maximum
    if isinstance(low, date):
        return f"{low - timedelta(days=1):%Y%m%d}" if _eight(column) else None
    if isinstance(high, int) and (low is None or random.random() < 0.5):
        return str(high + 1)
    return str(low - 1) if isinstance(low, int) else None


def _control_character(cell: str, column: Column, random: Random) -> str | None:
    del column
    place = int(random.integers(len(cell) + 1))
    return cell[:place] + "\u0007" + cell[place:]


# --- what is mended -------------------------------------------------------------------------------


def _spaces(cell: str, column: Column, random: Random) -> str | None:
    del column
    return (" ", "\u00a0", "\u3000")[random.integers(3)] + cell + " " if cell else None


def _full_width(cell: str, column: Column, random: Random) -> str | None:
    del column, random
    wide = cell.translate({ord("0") + digit: ord("\uff10") + digit for digit in range(10)})
    return wide if wide != cell else None


def _commas(cell: str, column: Column, random: Random) -> str | None:
    del column
    if not cell or len(cell) < 4:
        return None
    return ("", "₩")[random.integers(2)] + f"{int(cell):,}" + ("", "원")[random.integers(2)]


def _dash(cell: str, column: Column, random: Random) -> str | None:
    del column, random
    return f"{cell[:6]}-{cell[6:]}" if cell else None


def _decomposed(cell: str, column: Column, random: Random) -> str | None:
    """Hangul as a Mac writes file names: each syllable in its letters."""
    del column, random
    apart = unicodedata.normalize("NFD", cell)
    return apart if apart != cell else None


# --- what nobody can see --------------------------------------------------------------------------


def _another_number(cell: str, column: Column, random: Random) -> str | None:
    """A digit too many, or two that changed places; still within the bounds."""
    if not cell:
        return None
    swapped = cell[:-2] + cell[-1] + cell[-2] if len(cell) > 1 else cell
    tries = [cell + "0", swapped, str(int(cell) + 1), str(int(cell) - 1)]
    for turn in range(4):
        wrong = str(int(tries[(turn + int(random.integers(4))) % 4]))
        if wrong != cell and _within(int(wrong), column):
            return wrong
    return None


def _another_day(cell: str, column: Column, random: Random) -> str | None:
    day = _day(cell, column)
    if day is None:
        return None
    wrong = day + timedelta(days=(1, -1, 7, -30)[random.integers(4)])
    return f"{wrong:%Y%m%d}" if _within(wrong, column) and f"{wrong:%Y%m%d}" not in _NO_DAY else None


_NO_DAY = ("00000000", "99991231", "19000101")  # registers write them for "none"


def within(cell: str, column: Column) -> bool:
    """Whether a number or a day, as it is written, lies within a column's bounds."""
    day = _day(cell, column) if kind_of(column) == "date" else None
    return _within(int(cell) if day is None else day, column)


def _within(value: int | date, column: Column) -> bool:
    low, high = column.minimum, column.maximum
    return (low is None or value >= low) and (high is None or value <= high)  # type: ignore[operator]


def _another_code(cell: str, column: Column, random: Random) -> str | None:
    others = [one for one in _codes(column) if one != cell]
    return others[random.integers(len(others))] if cell and others else None


def _mojibake(cell: str, column: Column, random: Random) -> str | None:
    """Hangul that was read in another code page and saved again."""
    del column, random
    wrong = cell.encode("utf-8").decode("latin-1").replace("\u00a0", "?")
    wrong = re.sub("[\u0080-\u009f]", "?", wrong)
    return wrong if wrong != cell else None


_NUMBER, _DAY, _CODE = _is("int"), _is("date"), _is("one_of", "bool")
_COUNTED = _is("kr_resident_number", "kr_plate", "pattern")
_IN_DIGITS = _is("int", "date", "kr_resident_number")

STAINS = (
    Stain("bad_date", Outcome.QUARANTINED, _DAY, _no_such_day),
    Stain("letters_in_number", Outcome.QUARANTINED, _NUMBER, _letter),
    Stain("digit_short", Outcome.QUARANTINED, _COUNTED, _digit_short),
    Stain("unknown_code", Outcome.QUARANTINED, _CODE, _unknown_code),
    Stain("missing_required", Outcome.QUARANTINED, lambda column: column.required, _nothing),
    Stain("beyond_bounds", Outcome.QUARANTINED, _is("int", "date"), _beyond),
    Stain("control_character", Outcome.QUARANTINED, _is("text"), _control_character),
    Stain("spaces", Outcome.MENDED, lambda column: True, _spaces),
    Stain("full_width", Outcome.MENDED, _IN_DIGITS, _full_width),
    Stain("commas", Outcome.MENDED, lambda column: column.parser.spec == "int:comma", _commas),
    Stain("dash", Outcome.MENDED, _is("kr_resident_number"), _dash),
    Stain("decomposed", Outcome.MENDED, _is("text", "kr_plate"), _decomposed),
    Stain("wrong_number", Outcome.UNDETECTABLE, _NUMBER, _another_number, in_keys=False),
    Stain("wrong_day", Outcome.UNDETECTABLE, _DAY, _another_day, in_keys=False),
    Stain("wrong_code", Outcome.UNDETECTABLE, _CODE, _another_code, in_keys=False),
    Stain("mojibake", Outcome.UNDETECTABLE, lambda column: column.vault, _mojibake, in_keys=False),
)
"""In the order in which a cell is tried; each gives a cell that is another text than before."""
