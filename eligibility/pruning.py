"""Removes the files of old scans that nothing needs any more; what a manifest says of them stays."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, desc, select

from data import audit
from data.clock import micros
from data.digests import canonical_json
from data.files import write_text
from data.keys import KeyUse
from data.store.engine import reading, writing
from data.store.tables import application, invitation, plan, scan_run
from data.workspace import Workspace
from eligibility.missed import NAME as MISSED
from eligibility.runs import MANIFEST, PRUNED, read_manifest
from eligibility.sequence import compared_runs, last_compared, number_of_run

UNFINISHED_FOR = timedelta(days=7)
"""So long after its last file a scan without an end is taken to be going on, or to be taken up again."""

_RUNS = select(scan_run.c.run_id, scan_run.c.number).order_by(desc(scan_run.c.number))
_VOID = "void"  # as outreach.plans has it
_PLANS = select(plan.c.campaign, plan.c.number, plan.c.document).where(plan.c.state != _VOID)
_APPLIED = (
    select(plan.c.document)
    .join(invitation, invitation.c.plan_id == plan.c.plan_id)
    .join(application, application.c.invitation_id == invitation.c.invitation_id)
    .distinct()
)


@dataclass(frozen=True)
class Old:
    """A run whose files may go."""

    folder: Path
    files: tuple[Path, ...]

    @property
    def run_id(self) -> str:
        return self.folder.name


@dataclass(frozen=True)
class Pruning:
    """What would go and what stays: `kept` says of each run with files why."""

    old: tuple[Old, ...]
    kept: Mapping[str, str]
    room: int  # the bytes that come free

    @property
    def files(self) -> int:
        return sum(len(one.files) for one in self.old)


def look(workspace: Workspace, engine: Engine, *, keep: int, now: datetime) -> Pruning:
    """What is needed, and what is not: of finished scans, all but the `keep` newest, the one last compared,
    those since that wait to be compared, and those that a plan in force or an application rests on."""
    with reading(engine) as connection:
        finished = set(connection.execute(_RUNS).scalars())
        needed = _needed(connection, keep=keep, now=now)
    old, kept = [], {}
    for folder in sorted(path for path in workspace.findings.glob("*") if path.is_dir()):
        files = tuple(_files(folder))
        why = needed.get(folder.name) or _doubt(folder, finished, now)
        if why is None and (files or folder.name not in finished):
            old.append(Old(folder, files))
        elif why is not None and (files or folder.name not in finished):
            kept[folder.name] = why
    return Pruning(tuple(old), kept, _room(old))


def _room(old: Sequence[Old]) -> int:
    """A file that a run which stays has too takes its room all the same."""
    stats = [path.stat() for one in old for path in one.files]
    going = Counter(one.st_ino for one in stats)
    return sum({one.st_ino: one.st_size for one in stats if going[one.st_ino] >= one.st_nlink}.values())


def prune(workspace: Workspace, engine: Engine, *, keep: int, actor: str, now: datetime) -> Pruning:
    """Remove what is not needed, on record before it is gone; doing it again goes on where it stopped.

    No scan, diff or rotation of a key runs meanwhile: raises Locked where one does.
    """
    with workspace.lock("scan"), workspace.lock("diff"):
        found = look(workspace, engine, keep=keep, now=now)
        with writing(engine) as connection:
            for one in found.old:
                audit.append(
                    connection,
                    workspace.key(KeyUse.AUDIT),
                    actor=actor,
                    action="findings pruned",
                    ref=one.run_id,
                    now=now,
                    detail={"files": len(one.files)},
                )
        for one in found.old:
            _remove(one, now)
    return found


def _needed(connection: Connection, *, keep: int, now: datetime) -> dict[str, str]:
    """Why a finished run is needed, by its id; the reason that lasts longest."""
    runs = connection.execute(_RUNS).all()
    last, compared = last_compared(connection), compared_runs(connection)
    since = number_of_run(connection, last.run_id) if last else 0
    needed = {one.run_id: f"one of the {keep} newest" for one in runs[:keep]}
    for one in runs:
        if one.run_id not in compared and one.number > since:
            needed[one.run_id] = "not compared yet"
    if last is not None:
        needed[last.run_id] = "compared last"
    for campaign, number, document in connection.execute(_PLANS):
        decided = json.loads(document)
        if _is_in_force(decided, now):
            needed |= dict.fromkeys(_run_of(decided), f"{campaign} plan {number} rests on it")
    for document in connection.execute(_APPLIED).scalars():
        needed |= dict.fromkeys(_run_of(json.loads(document)), "an application rests on it")
    return needed


def _is_in_force(decided: Mapping[str, Any], now: datetime) -> bool:
    """Something may still leave under a plan: an invitation, or an answer to a citizen. One that is being
    made does not say yet."""
    if "windows" not in decided:
        return True
    last = datetime.fromisoformat(decided["windows"]["send_before"])
    answers = date.fromisoformat(decided["standing"]["until"])
    return now < last or now.astimezone(last.tzinfo).date() <= answers


def _run_of(decided: Mapping[str, Any]) -> Sequence[str]:
    return [decided["run"]["id"]] if "run" in decided else []


def _doubt(folder: Path, finished: set[str], now: datetime) -> str | None:
    """Why the folder of a run that nothing needs stays all the same."""
    if folder.name in finished:
        lost = read_manifest(folder) is None
        return "its manifest is missing or cannot be read: put it back from the backup" if lost else None
    newest = max((path.stat().st_mtime_ns for path in (folder, *folder.iterdir())), default=0)
    if micros(now - UNFINISHED_FOR) < newest // 1_000:
        return "not finished: it may still run, or be taken up again"
    return None


def _files(folder: Path) -> Iterator[Path]:
    """What a scan wrote of its buckets, the findings of each after its tally; and whom it missed."""
    mine = [path for path in folder.iterdir() if path.stem.isdecimal() or path.name.endswith(".part")]
    yield from sorted(mine, key=lambda path: (path.suffix != ".tally", path.name))
    if (folder / MISSED).exists():
        yield folder / MISSED


def _remove(old: Old, now: datetime) -> None:
    if not (old.folder / MANIFEST).exists():
        shutil.rmtree(old.folder)  # what Spark put aside too
        return
    # first: a run that lacks files says why from the first moment
    write_text(old.folder / PRUNED, canonical_json({"pruned_at": now.isoformat()}) + "\n")
    for path in old.files:
        path.unlink()
