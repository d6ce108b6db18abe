"""How much of the machine the opening of one file may take."""

from __future__ import annotations

import resource
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from data.errors import BadSettings

MIB = 1024 * 1024
_LEAST_MEMORY = 512  # what reads a file takes as much before it has begun


@dataclass(frozen=True)
class Limits:
    """The table `[intake.limits]` of the settings. What goes over a limit is refused as a whole."""

    memory_mib: int = 4096  # address space of the process that opens the file
    processor_seconds: int = 900
    seconds: int = 1800  # on the clock
    unpacked_mib: int = 16384  # what a packed file may unpack to, and how large the table may become
    rows: int = 100_000_000  # of one file: each costs memory, however often it says the same
    largest_ratio: int = 400  # unpacked to packed; no register is that repetitive
    intake_mib: int = 0  # memory that judging the rows may take; 0: what is free when they are

    def document(self) -> dict[str, int]:
        return asdict(self)

    def hold(self) -> None:
        """Put this process under the limits, for good; it leaves no core, which would hold cells."""
        for what, most in (
            (resource.RLIMIT_CORE, 0),
            (resource.RLIMIT_AS, self.memory_mib * MIB),
            (resource.RLIMIT_CPU, self.processor_seconds),
            (resource.RLIMIT_FSIZE, self.unpacked_mib * MIB),
        ):
            _, hard = resource.getrlimit(what)
            within = most if hard == resource.RLIM_INFINITY else min(most, hard)
            resource.setrlimit(what, (within, hard))


USUAL = Limits()


def limits_of(table: Mapping[str, Any]) -> Limits:
    """The limits that settings name. Raises BadSettings for a key or value that means nothing."""
    known = {one.name for one in fields(Limits)}
    for name, value in table.items():
        if (
            name not in known
            or type(value) is not int
            or value < (_LEAST_MEMORY if name == "memory_mib" else 1)
        ):
            raise BadSettings(
                f"A limit on the opening of files is unknown, no whole number above 0, or leaves less than"
                f" {_LEAST_MEMORY} MiB of memory.",
                where=f"intake.limits.{name}",
                mend=f"known are {', '.join(sorted(known))}",
            )
    return Limits(**table)
