"""One intake as a process of its own, which kills itself at a step: `python -m tests.data.killed_intake`."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from data import audit, entry
from data.commandline import SilentProgress
from data.contracts import read_contract
from data.intake import take_in
from data.store.engine import open_engine
from data.vault import Vault
from data.workspace import Workspace
from tests.data.delivering import NOW

# Where a whole delivery can be cut: after each file, inside the store's transaction, after it.
STEPS = (
    "identities",
    "accepted",
    "doubts",
    "quarantine",
    "rows",
    "people",
    "audit",
    "commit",
    "sweep",
    "none",
)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def killing(function: Callable[..., Any], *, after: bool = True) -> Callable[..., Any]:
    def cut(*words: Any, **named: Any) -> Any:
        if after:
            function(*words, **named)
        die()

    return cut


def arm(step: str) -> None:
    """Make the process end at a step, as a power cut would."""
    targets: dict[str, tuple[Any, str, bool]] = {
        "identities": (Vault, "admit", True),
        "accepted": (entry, "write_accepted", True),
        "doubts": (entry, "write_doubts", True),
        "quarantine": (entry, "write_quarantine", True),
        "rows": (Vault, "keep_rows", True),
        "people": (entry, "keep_people", True),
        "audit": (audit, "append", True),
        "commit": (Vault, "sweep", False),
        "sweep": (Path, "unlink", True),
    }
    if step == "none":
        return
    where, name, after = targets[step]
    if step in ("commit", "sweep"):
        record = entry.Entry.record

        def recorded(*words: Any, **named: Any) -> None:
            record(*words, **named)
            setattr(where, name, killing(getattr(where, name), after=after))

        entry.Entry.record = recorded  # type: ignore[method-assign]
    else:
        setattr(where, name, killing(getattr(where, name), after=after))


def main(root: str, contract: str, file: str, day: str, step: str) -> None:
    workspace = Workspace.open(Path(root))
    arm(step)
    take_in(
        workspace,
        open_engine(workspace.store_url),
        read_contract(Path(contract)),
        Path(file),
        extracted_on=date.fromisoformat(day),
        now=NOW + timedelta(minutes=5),
        progress=SilentProgress(),
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
