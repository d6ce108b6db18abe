"""Removes what was kept of deliveries that were refused as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Engine

from data import audit
from data.keys import KeyUse
from data.quarantine import quarantine_path, refused_rows
from data.store.engine import writing
from data.workspace import Workspace


def remove_refused(
    workspace: Workspace, engine: Engine, names: Sequence[str], *, operator: str, now: datetime
) -> None:
    """Remove the kept rows of refused deliveries; who did it is on record before they are gone.

    Raises BadSettings, and removes none, where one of them is no refused delivery.
    """
    with workspace.lock("intake"):
        rows = {name: refused_rows(workspace, name) for name in names}
        with writing(engine) as connection:
            for name, count in rows.items():
                audit.append(
                    connection,
                    workspace.key(KeyUse.AUDIT),
                    actor=operator,
                    action="quarantine_remove",
                    ref=name,
                    now=now,
                    detail={"rows": count},
                )
        for name in rows:
            quarantine_path(workspace, name).unlink()
