"""What an operator is told when something cannot go on: what, where, how to mend it, and an exit code."""

from __future__ import annotations

import sqlite3
import traceback
from pathlib import Path
from typing import ClassVar


class OperatorError(Exception):
    """Something an operator can mend. The command line prints it without a traceback.

    `what` says what is wrong, `where` the file, key, column or line, `mend` the next step.
    None of the three may hold a fact about a person.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, what: str, *, where: str | None = None, mend: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.mend = mend

    def __str__(self) -> str:
        lines = [self.what]
        if self.where:
            lines.append(f"  where: {self.where}")
        if self.mend:
            lines.append(f"  mend:  {self.mend}")
        return "\n".join(lines)


class Failed(OperatorError):
    """The work could not be done; nothing half-written is left behind."""


class BadSettings(OperatorError):
    """The command, its arguments or a settings file cannot be understood."""

    exit_code = 2


class PartlyDone(OperatorError):
    """Some of the work is done and stands; the message counts what is not."""

    exit_code = 3


class Refused(OperatorError):
    """A policy forbids it: an approval that is missing or void, an author approving their own plan."""

    exit_code = 4


class QuarantineOverLimit(OperatorError):
    """More rows were quarantined than the contract allows."""

    exit_code = 10


class ContractBroken(OperatorError):
    """The file is not what its contract says: a column is missing, the bytes cannot be read."""

    exit_code = 11


class RegisterTooOld(OperatorError):
    """A register's extract is older than its contract allows."""

    exit_code = 12


class RowsJumped(OperatorError):
    """A register has far fewer or far more rows than the delivery before, or than its contract expects."""

    exit_code = 14


class Locked(OperatorError):
    """Another run holds the workspace or the store."""

    exit_code = 13


def unforeseen(error: Exception) -> Failed:
    """What no room foresaw, in words that hold no cell: a library's own message may quote one."""
    if isinstance(error, OSError) and error.strerror:
        return Failed(
            f"The system says: {error.strerror}.",
            where=str(error.filename) if error.filename else None,
            mend="mend that and run the same command again; what was not finished is done anew",
        )
    if "unable to decrypt parquet" in str(error):
        return Failed(
            "An encrypted file does not open: it was changed or moved, or another key sealed it.",
            mend="restore registers/, findings/ and keys/ from the same backup; remove registers/buckets and"
            " scan again if only that was touched",
        )
    cause = getattr(error, "orig", error)
    if isinstance(cause, sqlite3.OperationalError):  # its words name tables and files, never a cell
        return Failed(f"The store or the vault cannot go on: {cause}.", mend="mend that, then run it again")
    own = str(Path(__file__).resolve().parents[1])
    frames = traceback.extract_tb(error.__traceback__)
    places = [f"{one.filename}:{one.lineno} {one.name}" for one in frames if one.filename.startswith(own)]
    return Failed(
        f"Something went wrong that has no words here: {type(error).__name__}.",
        where="\n         ".join(places[-5:]),
        mend="run the same command again; if it stays, report the lines above, they hold no record",
    )
