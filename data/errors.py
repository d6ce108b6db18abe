"""What an operator is told when something cannot go on: what, where, how to mend it, and an exit code."""

from __future__ import annotations

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


class Locked(OperatorError):
    """Another run holds the workspace or the store."""

    exit_code = 13
