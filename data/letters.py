"""What kinds of letters a column holds, seen from its bytes: most columns need little of what text may."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl


@dataclass(frozen=True)
class Letters:
    """What is known of all cells of a column; False where it is not known."""

    ascii: bool = False  # plain ASCII
    composed: bool = False  # in NFC as it stands
    bare: bool = False  # no space in it, of any kind
    one_line: bool = False  # no line end in it
    printable: bool = False  # no control character, and no U+FFFD
    filled: bool = False  # no cell that is ""


ANY = Letters()


def letters_of(cells: pl.Series) -> Letters:
    """Looks through the bytes of a column of text once or twice; a null has no letters."""
    array: Any = cells.to_arrow(compat_level=pl.CompatLevel.oldest())
    filled = not bool((cells == "").any())
    text = array.buffers()[2]
    if text is None or not text.size:
        return Letters(True, True, True, True, True, filled)
    letters = np.frombuffer(text, np.uint8)
    least, most = int(letters.min()), int(letters.max())
    one_line = least > 0x0D or not (_holds(letters, 0x0A) or _holds(letters, 0x0D))
    if most < 0x80:
        printable = least >= 0x20 and most < 0x7F
        return Letters(True, True, least > 0x20 and most < 0x7F, one_line, printable, filled)
    usual = _is_usual(letters, most)
    printable = usual and least >= 0x20 and not _holds(letters, 0x7F)
    return Letters(False, usual, usual and least > 0x20, one_line, printable, filled)


def _holds(letters: np.ndarray, letter: int) -> bool:
    return bool((letters == letter).any())


def _is_usual(letters: np.ndarray, most: int) -> bool:
    """Whether all is ASCII, Hangul syllables or unified ideographs: in UTF-8, U+4000 to U+9FFF and U+AC00 to
    U+DFFF. None of these takes part in composing, and none is a space."""
    if most > 0xED or bool((letters - np.uint8(0xC2) < 0x22).any()):  # leads of U+0080 to U+3FFF
        return False
    return not bool(((letters[:-1] == 0xEA) & (letters[1:] < 0xB0)).any())  # U+A000 to U+ABFF
