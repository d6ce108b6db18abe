"""Why a row of a file cannot be read into the cells of its table."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum


class Broken(StrEnum):
    """Why a line is not a row of the table."""

    SHORT = "short_row"
    LONG = "long_row"
    QUOTE = "open_quote"
    BYTES = "bad_bytes"
    TOTAL = "total_row"
    FORMULA = "failed_formula"
    DIGITS = "lost_digits"
    UNRECKONED = "unreckoned_formula"
    MARK = "open_mark"


class Unreadable(Exception):
    """The file as a whole cannot be read: what, on which line, and how to mend it. Never holds a cell."""

    def __init__(self, what: str, *, line: int | None = None, mend: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.line = line
        self.mend = mend


class HeadersFound(Exception):
    """The file was opened for its headers alone; here they are."""

    def __init__(self, headers: Sequence[str]) -> None:
        super().__init__()
        self.headers = list(headers)


class DigestFound(Exception):
    """The folder was opened for the digest of its table alone; here it is."""

    def __init__(self, sha256: str) -> None:
        super().__init__()
        self.sha256 = sha256


HEADERS_ALONE = ("\0",)
"""Asked for in the place of headers; no file has such a one."""

DIGEST_ALONE = ("\1",)
"""Asked for in the place of headers; no table has such a one."""

SAVE_AS = "export it again as CSV with commas, in UTF-8"


def took_too_long(seconds: float) -> Unreadable:
    """A query that did not end in time."""
    return Unreadable(
        f"The query took longer than {seconds:,} seconds, and was ended.",
        mend="let file.query ask for less, or have a view or an index made for it; or raise"
        " intake.limits.seconds in owed.toml",
    )
