"""History: what a scan changes against what is known, and the current revision of every entitlement.

new: entitled for the first time. changed: its material facts differ, or it is entitled again after it had
ended. ended: no longer entitled, as complete registers say. unseen: it cannot be told, because a register
is missing, partial or has rows that were not accepted or belong to nobody, a fact became unknown, or the
programme did not run. unchanged: the rest.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

import polars as pl
from sqlalchemy import Connection, Engine, bindparam, desc, select, update
from sqlalchemy.sql.expression import insert

from data.clock import micros
from data.errors import Refused
from data.store.engine import writing
from data.store.tables import entitlement, scan_run
from eligibility.compiler import ENTITLED, UNKNOWN
from eligibility.runs import Run

CHUNK = 50_000
_EASTERNMOST = timedelta(hours=14)  # where the day begins first: a day is ahead only when it is everywhere


class EntitlementState(StrEnum):
    """Where an entitlement stands since the last diff."""

    OPEN = "open"
    ENDED = "ended"
    UNSEEN = "unseen"


@dataclass(frozen=True)
class Diff:
    """How many entitlements a run changed, and how. `shared` counts findings under an id already taken."""

    run: str
    new: int
    changed: int
    ended: int
    unchanged: int
    unseen: int
    shared: int

    def as_document(self) -> dict[str, Any]:
        return asdict(self)


_COLUMNS = ("programme", "subject_id", "household_id", "unit_id", "period", "amount", "facts_hash")
_KEPT = ("entitlement_id", *_COLUMNS, "claim_from", "claim_by")
_KNOWN = select(
    entitlement.c.entitlement_id,
    entitlement.c.programme.label("known_programme"),
    entitlement.c.revision,
    entitlement.c.state,
    entitlement.c.facts_hash.label("known_hash"),
)
_INSERT = insert(entitlement)
_REVISE = (
    update(entitlement)
    .where(entitlement.c.entitlement_id == bindparam("key"))
    .values(
        {name: bindparam(name) for name in (*_KEPT[1:], "revision", "state", "run_id")},
    )
)
_SET_STATE = (
    update(entitlement)
    .where(entitlement.c.entitlement_id == bindparam("key"))
    .values(state=bindparam("state"), run_id=bindparam("run_id"))
)
_LAST_DAY = (
    select(scan_run.c.as_of).where(scan_run.c.diffed_at.is_not(None)).order_by(desc(scan_run.c.diffed_at))
).limit(1)
_DIFFED = update(scan_run).where(scan_run.c.run_id == bindparam("key"))


def diff(engine: Engine, run: Run, *, now: datetime, anyway: bool = False) -> Diff:
    """Bring the store's entitlements up to a run, in one transaction; doing it again changes nothing.

    Raises Refused, unless told to do it anyway, for a run as of a day ahead or before that of the last
    diff: what is entitled today would have ended there, or not begun, and nobody would be told.
    """
    found = run.findings().select("status", *_KEPT).collect()
    entitled = found.filter(pl.col("status") == ENTITLED).sort("entitlement_id", "unit_id")
    single = entitled.unique("entitlement_id", keep="first", maintain_order=True)
    unknown = found.filter(pl.col("status") == UNKNOWN)["entitlement_id"].unique()
    with writing(engine) as connection:
        if not anyway:
            _check_day(run, connection.execute(_LAST_DAY).scalar(), now)
        judged = _judged(single, unknown, _known(connection), run)
        _write(connection, judged, run.run_id)
        connection.execute(_DIFFED.values(diffed_at=micros(now)), {"key": run.run_id})
    counts = dict(judged.group_by("verdict").len().iter_rows())
    names = ("new", "changed", "ended", "unchanged", "unseen")
    return Diff(
        run=run.run_id,
        shared=entitled.height - single.height,
        **{
            name: counts.get(name, 0) + (counts.get("seen_again", 0) if name == "unchanged" else 0)
            for name in names
        },
    )


def _check_day(run: Run, last: date | None, now: datetime) -> None:
    ahead = run.as_of > (now + _EASTERNMOST).date()
    if ahead or (last is not None and run.as_of < last):
        what = "lies ahead" if ahead else f"comes before {last}, the day of the last diff"
        raise Refused(
            f"The scan {run.run_id} is as of {run.as_of}, which {what}: findings that hold today would end.",
            where=str(run.folder),
            mend="run `owed scan` without --as-of; `owed diff --anyway` if this is what you mean",
        )


def _known(connection: Connection) -> pl.DataFrame:
    schema = {
        "entitlement_id": pl.String,
        "known_programme": pl.String,
        "revision": pl.Int64,
        "state": pl.String,
        "known_hash": pl.String,
    }
    parts = connection.execution_options(yield_per=CHUNK).execute(_KNOWN).partitions()
    frames = [pl.DataFrame([tuple(row) for row in rows], schema=schema, orient="row") for rows in parts]
    return pl.concat([pl.DataFrame(schema=schema), *frames])


def _judged(found: pl.DataFrame, unknown: pl.Series, known: pl.DataFrame, run: Run) -> pl.DataFrame:
    """Every entitlement, known or found, with its verdict."""
    ran = list(run.programmes)
    doubtful = [name for name in ran if not _all_whole(run, name)]
    joined = found.join(known, on="entitlement_id", how="full", coalesce=True)
    here, before = pl.col("programme").is_not_null(), pl.col("state").is_not_null()
    ended = pl.col("state") == EntitlementState.ENDED
    cannot_tell = pl.col("known_programme").is_in(doubtful) | pl.col("entitlement_id").is_in(
        unknown.implode()
    )
    verdict = (
        pl.when(~before)
        .then(pl.lit("new"))
        .when(here & (ended | (pl.col("facts_hash") != pl.col("known_hash"))))
        .then(pl.lit("changed"))
        .when(here & (pl.col("state") == EntitlementState.UNSEEN))
        .then(pl.lit("seen_again"))
        .when(here)
        .then(pl.lit("unchanged"))
        .when(ended)
        .then(pl.lit("past"))
        .when(~pl.col("known_programme").is_in(ran) | cannot_tell)
        .then(pl.lit("unseen"))
        .otherwise(pl.lit("ended"))
    )
    looked_at = pl.col("known_programme").is_in(ran)
    return joined.with_columns(verdict=verdict, looked_at=looked_at.fill_null(True)).sort("entitlement_id")


def _all_whole(run: Run, programme: str) -> bool:
    """Absence means something: every register that the programme reads is there with all of its rows."""
    registers = run.manifest["registers"]
    return all(_is_whole(registers.get(name)) for name in run.programmes[programme]["registers"])


def _is_whole(register: dict[str, Any] | None) -> bool:
    """A row in quarantine, or one that belongs to nobody, may be just the one that is missed.

    Not so one that was dismissed: an operator looked at it and found it to be about nobody.
    """
    if register is None or not register["complete"]:
        return False
    return not register["quarantined"] - register["dismissed"] + register["ungrouped"]


def _write(connection: Connection, judged: pl.DataFrame, run_id: str) -> None:
    new = judged.filter(pl.col("verdict") == "new").select(*_KEPT, revision=1, state=pl.lit("open"))
    changed = judged.filter(pl.col("verdict") == "changed").select(
        *_KEPT, revision=pl.col("revision") + 1, state=pl.lit("open")
    )
    state = (
        pl.when(pl.col("verdict") == "ended")
        .then(pl.lit("ended"))
        .when(pl.col("verdict") == "unseen")
        .then(pl.lit("unseen"))
        .when(pl.col("verdict") == "seen_again")
        .then(pl.lit("open"))
    )
    moved = judged.filter(pl.col("looked_at")).select("entitlement_id", was="state", state=state)
    for rows in _chunks(new, run_id):
        connection.execute(_INSERT, rows)
    for rows in _chunks(changed.rename({"entitlement_id": "key"}), run_id):
        connection.execute(_REVISE, rows)
    for rows in _chunks(
        moved.filter(pl.col("state") != pl.col("was")).drop("was").rename({"entitlement_id": "key"}), run_id
    ):
        connection.execute(_SET_STATE, rows)


def _chunks(frame: pl.DataFrame, run_id: str) -> Iterator[list[dict[str, Any]]]:
    for part in frame.with_columns(run_id=pl.lit(run_id)).iter_slices(CHUNK):
        yield part.to_dicts()
