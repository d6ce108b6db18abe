"""Rows that were not accepted: their raw text, their line and every reason, sealed row by row."""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.checks import Refusal
from data.digests import canonical_json
from data.errors import BadSettings
from data.files import atomic_path
from data.keys import KeyUse, seal, unseal
from data.reading import Table
from data.workspace import Workspace

REFUSED = "refused-"  # before the id of a delivery of which nothing was accepted


@dataclass(frozen=True)
class QuarantinedRow:
    """One row that was not accepted. `raw` may hold anything: it goes to a file, never to a terminal."""

    line: int
    raw: str
    reasons: tuple[Mapping[str, str], ...]  # each: code, column, ko, en


def quarantine_path(workspace: Workspace, batch_id: str) -> Path:
    return workspace.quarantine / f"{batch_id}.jsonl"


def write_quarantine(workspace: Workspace, batch_id: str, table: Table, refused: Iterable[Refusal]) -> Path:
    """Seal the header line and every refused row into the delivery's file; whole or not at all."""
    key = workspace.key(KeyUse.QUARANTINE)
    path = quarantine_path(workspace, batch_id)
    with atomic_path(path) as partial, partial.open("wb") as file:
        for place, entry in enumerate(_entries(table, refused)):
            plain = canonical_json(entry).encode()
            file.write(base64.b64encode(seal(key, plain, context=_context(batch_id, place))) + b"\n")
    return path


def _entries(table: Table, refused: Iterable[Refusal]) -> Iterator[dict[str, Any]]:
    yield {"line": 1, "raw": table.header, "reasons": []}
    for line, reasons in refused:
        words = [{"code": one.code.value, "column": one.column, **one.words} for one in reasons]
        yield {"line": line, "raw": table.raw(line), "reasons": words}


def _context(batch_id: str, place: int) -> str:
    return f"quarantine|{batch_id}|{place}"


def read_quarantine(workspace: Workspace, batch_id: str) -> Iterator[QuarantinedRow]:
    """The header line, as line 1 without reasons, then every quarantined row in file order."""
    path = quarantine_path(workspace, batch_id)
    if not path.is_file() or path.parent != workspace.quarantine:
        raise BadSettings(
            "There is no quarantine of that name.", where=batch_id, mend="see `owed quarantine list`"
        )
    key = workspace.key(KeyUse.QUARANTINE)
    with path.open("rb") as file:
        for place, line in enumerate(file):
            plain = unseal(key, base64.b64decode(line), context=_context(batch_id, place))
            entry = json.loads(plain)
            yield QuarantinedRow(entry["line"], entry["raw"], tuple(entry["reasons"]))


def refused_deliveries(workspace: Workspace) -> list[str]:
    """Deliveries that went over their limit: their rows can be looked at, nothing of them was accepted."""
    return sorted(path.stem for path in workspace.quarantine.glob(f"{REFUSED}*.jsonl"))


def count_reasons(refused: Iterable[Refusal]) -> dict[str, int]:
    """Rows per reason, the most frequent first; a row with two reasons counts for both."""
    counts = Counter(reason.name for _, reasons in refused for reason in reasons)
    return dict(sorted(counts.items(), key=lambda one: (-one[1], one[0])))
