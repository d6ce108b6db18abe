"""Whether the machine has room for a table before its rows are judged: afterwards it would be too late."""

from __future__ import annotations

from pathlib import Path

from data.errors import ContractBroken
from data.formats.limits import MIB, Limits

PER_BYTE = 3.2
"""Bytes of memory that judging and sealing took for each byte of a table, measured up to 700 MB of it."""


def check_memory(size: int, limits: Limits, *, where: str) -> None:
    """Raises ContractBroken where a table of `size` bytes would take more memory than it may."""
    free = free_bytes()
    most = limits.intake_mib * MIB or free
    need = int(size * PER_BYTE)
    if most is None or need <= most:
        return
    given = "are allowed by intake.limits.intake_mib" if limits.intake_mib else "are free"
    raise ContractBroken(
        f"Taking this in needs about {need // MIB:,} MiB of memory, and {most // MIB:,} {given}."
        " Nothing was taken in.",
        where=where,
        mend="deliver the register in parts (`parts` in the contract), or take it in on a larger machine;"
        " intake.limits.intake_mib in owed.toml sets how much it may take",
    )


def free_bytes() -> int | None:
    """What is free on this machine and in this container; None where nothing says so."""
    found = [_available(), _left_in_container()]
    known = [one for one in found if one is not None]
    return min(known) if known else None


def _available() -> int | None:
    for line in _text("/proc/meminfo").splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return None


def _left_in_container() -> int | None:
    most, used = (_text(f"/sys/fs/cgroup/memory.{name}").strip() for name in ("max", "current"))
    return max(int(most) - int(used), 0) if most.isdecimal() and used.isdecimal() else None


def _text(path: str) -> str:
    try:
        return Path(path).read_text("ascii")
    except OSError:
        return ""
