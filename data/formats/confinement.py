"""Has a file opened by a process of its own: fresh, without keys, and held to limits."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from data.formats.broken import SAVE_AS, Unreadable, took_too_long
from data.formats.limits import Limits
from data.formats.shape import Shape

Watch = Callable[[int], None]
"""Told every now and then how many rows have been read."""
TICK = 0.5  # seconds

_ROOT = Path(__file__).resolve().parents[2]
_COMMAND = (sys.executable, "-P", "-s", "-m", "data.formats")
# Nothing of our own environment; one thread, and memory that is given back, so that limits mean something.
_ENVIRONMENT = {
    "PYTHONPATH": str(_ROOT),
    "PYTHONDONTWRITEBYTECODE": "1",
    "LC_ALL": "C.UTF-8",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "OPENBLAS_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
}


@dataclass(frozen=True)
class Opened:
    """What came of opening a file. The two files have no name: they end with whoever holds them."""

    table: IO[bytes]  # Arrow IPC, as `data.formats.table.Sink` writes it
    lines: IO[bytes]
    answer: dict[str, Any]

    def close(self) -> None:
        self.table.close()
        self.lines.close()


def open_confined(
    source: int | None,
    headers: Sequence[str],
    shape: Shape,
    *,
    limits: Limits,
    folder: Path | None,
    url: str | None = None,
    snapshot: str | None = None,
    watch: Watch | None = None,
) -> Opened:
    """Read an open file, an open folder, or with `url` the shape's query, into a table of text.

    The table lies in `folder`, readable by this account alone and without a name, so that nothing of it is
    left when this process is killed. Raises Unreadable for whatever the file is or does.
    """
    with ExitStack() as stack:
        table, lines = (stack.enter_context(_nameless(folder)) for _ in range(2))
        spool, told = (stack.enter_context(_nameless(folder)) for _ in range(2))
        request = {
            "headers": list(headers),
            "shape": shape.document(),
            "limits": limits.document(),
            "url": url,
            "snapshot": snapshot,
            "table": table.fileno(),
            "lines": lines.fileno(),
            "spool": spool.fileno(),
            "told": told.fileno(),
            "source": source,
        }
        answer = _ask(request, limits, watch)
        stack.pop_all()
        spool.close()
        told.close()
    return Opened(table, lines, answer)


def _nameless(folder: Path | None) -> IO[bytes]:
    return tempfile.TemporaryFile(dir=folder)


_FILES = ("table", "lines", "spool", "told", "source")


def _ask(request: dict[str, Any], limits: Limits, watch: Watch | None) -> dict[str, Any]:
    alive, ours = os.pipe()  # closed when this process ends, however it ends
    try:
        given = [request[name] for name in _FILES if request[name] is not None]
        asked = json.dumps({**request, "alive": alive}).encode()
        code, said = _run(asked, [*given, alive], limits, _teller(request["told"], watch))
    except subprocess.TimeoutExpired:
        raise _too_long(limits, is_query=request["url"] is not None) from None
    finally:
        os.close(alive)
        os.close(ours)
    if code != 0:
        raise _query_ended(code, limits) if request["url"] is not None else _ended(code, limits)
    return _answer(said)


def _teller(told: int, watch: Watch | None) -> Callable[[], None]:
    """Tells how many rows the process says it has read."""

    def tell() -> None:
        if watch is not None:
            watch(int.from_bytes(os.pread(told, 8, 0), "little"))

    return tell


def _run(asked: bytes, given: Sequence[int], limits: Limits, tell: Callable[[], None]) -> tuple[int, bytes]:
    """The process's exit code and what it said; on stderr it may say cells, so nobody hears that.

    Raises TimeoutExpired.
    """
    with subprocess.Popen(
        _COMMAND,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=_ENVIRONMENT,
        pass_fds=given,
        cwd="/",
    ) as process:
        try:
            said = _heard(process, asked, limits.seconds, tell)
        finally:
            process.kill()
    return process.returncode, said


def _heard(process: subprocess.Popen[bytes], asked: bytes, seconds: float, tell: Callable[[], None]) -> bytes:
    """What the process says in the end. Raises TimeoutExpired when that takes too long."""
    left, question = seconds, asked
    while True:
        try:
            said, _ = process.communicate(question, timeout=min(TICK, left))
            return said
        except subprocess.TimeoutExpired:
            left, question = left - TICK, b""  # what was asked is sent once
            tell()
            if left <= 0:
                raise


def _answer(said: bytes) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(said)
    if "refused" in answer:
        raise Unreadable(answer["refused"], line=answer.get("line"), mend=answer.get("mend"))
    return answer


def _too_long(limits: Limits, *, is_query: bool) -> Unreadable:
    if is_query:
        return took_too_long(limits.seconds)
    return Unreadable(
        f"The file took longer than {limits.seconds:,} seconds to be opened.", mend=_more("seconds")
    )


def _query_ended(code: int, limits: Limits) -> Unreadable:
    """What it means that the process that asked a database did not come to its end."""
    limit, most = ("memory_mib", f"{limits.memory_mib:,} MiB of memory")
    if code == -signal.SIGXCPU:
        limit, most = ("processor_seconds", f"{limits.processor_seconds:,} seconds of processor time")
    return Unreadable(
        f"The query could not be read within {most}.",
        mend=f"let file.query ask for less; or raise intake.limits.{limit} in owed.toml",
    )


def _ended(code: int, limits: Limits) -> Unreadable:
    """What it means that the process did not come to its end."""
    if code == -signal.SIGXCPU:
        return Unreadable(
            f"The file took more than {limits.processor_seconds:,} seconds of processor time to be opened.",
            mend=_more("processor_seconds"),
        )
    if code in (-signal.SIGABRT, -signal.SIGKILL, -signal.SIGBUS):
        return Unreadable(
            f"The file could not be opened within {limits.memory_mib:,} MiB of memory."
            " In a workbook a single cell far outside the table is enough for that.",
            mend=f"{SAVE_AS}; or raise intake.limits.memory_mib in owed.toml",
        )
    return Unreadable("The file could not be opened: what reads it broke down over it.", mend=SAVE_AS)


def _more(limit: str) -> str:
    return f"{SAVE_AS}; or raise intake.limits.{limit} in owed.toml"
