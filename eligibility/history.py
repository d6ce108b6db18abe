"""History: what a scan changes against what is known, and the current revision of every entitlement.

new: entitled for the first time. changed: its material facts differ, or it is entitled again after it had
ended. ended: no longer entitled, as complete registers say. unseen: it cannot be told, because a register
is missing, partial or has rows that were not accepted or belong to nobody, a fact became unknown, or the
programme did not run. unchanged: the rest. What stands beside an unchanged one (of which two only one can be
had, what must come first) and the household it is found in are brought up to date, and nobody is told again
for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
from sqlalchemy import Connection, Engine

from data.digests import canonical_json
from data.errors import Refused
from data.keys import KeyUse
from data.store.engine import reading, writing
from data.workspace import Workspace
from eligibility import revisions
from eligibility.beside import LISTS, beside_of, lists_of
from eligibility.compiler import ENTITLED
from eligibility.holds import refuse_held
from eligibility.known import Snapshots, digits_of, household_number, number_of, shares_of
from eligibility.missed import read_missed
from eligibility.runs import Run
from eligibility.sequence import last_compared, number_of_run
from eligibility.unseen import Unseen, all_whole, nameless_of, unseen_of
from eligibility.verdicts import COUNTED, TOLD, EntitlementState, Verdict, judged

__all__ = ["Diff", "EntitlementState", "diff"]

AT_ONCE = 1_000_000  # changed findings in memory; each such part reads the findings once more
CHUNK = 50_000
_OF_A_FINDING = [name for name in revisions.COLUMNS if name != "revision"]

Sums = Mapping[str, Mapping[str, int]]
"""By verdict: `count`, and what the amounts come to `before` and `after`."""


@dataclass(frozen=True)
class Diff:
    """How many entitlements of each programme a run changed, and how."""

    run: str
    programmes: Mapping[str, Sums]
    nameless: Mapping[str, int]  # by register the rows in quarantine for which nothing ends in its programmes

    def count(self, verdict: Verdict) -> int:
        return sum(sums[verdict]["count"] for sums in self.programmes.values())

    def as_document(self) -> dict[str, Any]:
        counts = {verdict.value: self.count(verdict) for verdict in COUNTED}
        return {"run": self.run, **counts, "programmes": self.programmes, "nameless": dict(self.nameless)}


def diff(workspace: Workspace, engine: Engine, run: Run, *, now: datetime, anyway: bool = False) -> Diff:
    """Bring the store's entitlements up to a run, in one transaction; doing it again changes nothing.

    Raises Refused, unless told to do it anyway, for a run as of a day ahead or before that of the last
    diff: what is entitled today would have ended there, or not begun, and nobody would be told; and for one
    that ended before the run compared last: what changed since would be undone.
    """
    today = now.astimezone(ZoneInfo(workspace.settings().time_zone)).date()
    with workspace.lock("diff"):
        snapshots = Snapshots(workspace)  # in here, with the key that no rotation takes away meanwhile
        with snapshots.one_left(engine):
            # Meanwhile others may write, a stop among them, but no diff does except this one.
            with reading(engine) as connection:
                _check(workspace, connection, run, None if anyway else today)
                name, counts = _judge(workspace, connection, snapshots, run)
            changes = Diff(run.run_id, _sums(counts), nameless_of(run))
            with writing(engine) as connection:
                _check(workspace, connection, run, None if anyway else today)
                writer = revisions.begin(
                    connection,
                    run_id=run.run_id,
                    as_of=run.as_of,
                    snapshot=name,
                    counts=canonical_json(changes.programmes),
                    now=now,
                )
                _write(writer, snapshots.read(name), run, counts=counts)
    return changes


def _check(workspace: Workspace, connection: Connection, run: Run, today: date | None) -> None:
    refuse_held(workspace, connection, run)
    if today is not None:
        _check_turn(connection, run, today)


def _judge(
    workspace: Workspace, connection: Connection, snapshots: Snapshots, run: Run
) -> tuple[str, pl.DataFrame]:
    """What will be known, in a file under this name, and the counts of it."""
    known, findings = snapshots.known(connection), run.findings()
    missed = read_missed(run.folder, workspace.key(KeyUse.FINDINGS))
    unseen = unseen_of(connection, run, known, findings, missed)
    name = snapshots.write(_compared(findings, known, run, unseen))
    return name, _counted(snapshots.read(name), known)


def _check_turn(connection: Connection, run: Run, today: date) -> None:
    last = last_compared(connection)
    if run.as_of > today:
        why = f"is as of {run.as_of}, which lies ahead: findings that hold today would end"
    elif last is not None and run.as_of < last.as_of:
        before = f"is as of {run.as_of}, which comes before {last.as_of}, the day of the last diff"
        why = f"{before}: findings that hold today would end"
    elif last is not None and number_of_run(connection, run.run_id) < number_of_run(connection, last.run_id):
        why = f"ended before {last.run_id}, which was compared last: what changed since would be undone"
    else:
        return
    raise Refused(
        f"The scan {run.run_id} {why}.",
        where=str(run.folder),
        mend="run `owed scan` without --as-of; `owed diff --anyway` if this is what you mean",
    )


def _compared(findings: pl.LazyFrame, known: pl.LazyFrame, run: Run, unseen: Unseen) -> list[pl.LazyFrame]:
    """What was known and what is found, joined once on the id, and judged: by share of the ids."""
    known_programmes = known.select(pl.col("programme").unique()).collect(engine="streaming")["programme"]
    programmes = pl.Enum(sorted({*run.programmes, *known_programmes}))
    beside = beside_of(findings, known, sure={name for name in run.programmes if all_whole(run, name)})
    texts = pl.Enum(sorted({*_texts(known), *_texts(beside.lazy())}))
    found = _narrow(run, programmes).lazy()
    found = found.join(beside.lazy().with_columns(pl.col("beside").cast(texts)), on="id", how="left")
    before = known.select(
        "id",
        "revision",
        "state",
        known_programme=pl.col("programme").cast(programmes),
        known_hash="facts_hash",
        known_amount="amount",
        known_beside=pl.col("beside").cast(texts),
        known_household="household",
    )
    before = before.join(unseen.missed.lazy(), on="id", how="left")
    rows = max(int(side.select(pl.len()).collect().item()) for side in (findings, known))
    joined = [
        found.filter(here).join(before.filter(here), on="id", how="full", coalesce=True)
        for here in shares_of(rows)
    ]
    verdicts = [judged(one, ran=list(run.programmes), doubtful=unseen.programmes) for one in joined]
    return [one.with_columns(pl.col("programme", "beside").cast(pl.String)) for one in verdicts]


def _narrow(run: Run, programmes: pl.Enum) -> pl.DataFrame:
    """What a verdict needs of each finding, read bucket by bucket: of many files at once, many are held."""
    columns = {
        "id": number_of("entitlement_id"),
        "programme": pl.col("programme").cast(programmes),
        "facts_hash": number_of("facts_hash"),
        "amount": pl.col("amount"),
        "entitled": pl.col("status") == ENTITLED,
        "household": household_number("household_id"),
    }
    return pl.concat(one.select(**columns).collect() for one in run.by_bucket())


def _texts(rows: pl.LazyFrame) -> list[str]:
    """What stands beside any of them; there are few such texts."""
    return rows.select(pl.col("beside").drop_nulls().unique()).collect(engine="streaming")["beside"].to_list()


def _counted(compared: pl.LazyFrame, known: pl.LazyFrame) -> pl.DataFrame:
    """Counts and amounts by programme and verdict. Raises Failed when a known one was found twice."""
    before, after = (pl.col(name).cast(pl.Int128).sum() for name in ("before", "amount"))
    rows = compared.group_by("programme", "verdict").agg(
        pl.len().alias("count"), before, after.alias("after")
    )
    counts = rows.collect(engine="streaming")
    if _known(counts) != known.select(pl.len()).collect().item():
        raise revisions.found_twice()
    return counts


def _known(counts: pl.DataFrame) -> int:
    return int(counts.filter(pl.col("verdict") != Verdict.NEW.value)["count"].sum())


def _sums(counts: pl.DataFrame) -> dict[str, dict[str, dict[str, int]]]:
    return {
        name: _of_programme(counts.filter(pl.col("programme") == name))
        for name in sorted(counts["programme"].unique())
    }


def _of_programme(table: pl.DataFrame) -> dict[str, dict[str, int]]:
    sums = {verdict.value: {"count": 0, "before": 0, "after": 0} for verdict in COUNTED}
    for row in table.iter_rows(named=True):
        verdict = Verdict(row["verdict"])
        if verdict is Verdict.PAST:
            continue
        entry = sums[Verdict.UNCHANGED if verdict is Verdict.SEEN_AGAIN else verdict]
        entry["count"] += row["count"]
        entry["before"] += row["before"]
        entry["after"] += 0 if verdict is Verdict.ENDED else row["after"]
    return sums


# --- writing down what changed ----------------------------------------------------------------------


def _write(writer: revisions.Writer, compared: pl.LazyFrame, run: Run, *, counts: pl.DataFrame) -> None:
    told = compared.filter(pl.col("verdict").is_in([one.value for one in TOLD]))
    ids = told.select("id", "revision").collect(engine="streaming").sort("id")
    beside = told.select("id", "beside").drop_nulls()
    with writer.room_for(ids.height, known=_known(counts)):
        for some in ids.iter_slices(AT_ONCE):
            for rows in _rows(run, some, beside):
                writer.put(rows)
        moved = compared.filter("moved").select("id", "state").collect(engine="streaming").sort("id")
        for part in moved.iter_slices(CHUNK):
            writer.move([(digits_of(one), state) for one, state in part.iter_rows()])
        refreshed = compared.filter("refreshed").select("id", "beside").collect(engine="streaming").sort("id")
        for part in refreshed.iter_slices(CHUNK):
            writer.refresh([(digits_of(one), *lists_of(text)) for one, text in part.iter_rows()])
        moved_home = compared.filter("rehoused").select("id").collect(engine="streaming").sort("id")
        for some in moved_home.iter_slices(AT_ONCE):
            for homes in _homes(run, some):
                writer.rehouse(homes)


def _rows(run: Run, told: pl.DataFrame, beside: pl.LazyFrame) -> Iterator[list[tuple[Any, ...]]]:
    """The findings that are new or changed, as the store keeps them, in the order of their ids."""
    days = [pl.col(name).dt.strftime("%Y-%m-%d") for name in ("claim_from", "claim_by")]
    texts = pl.col("beside").fill_null("|").str.split_exact("|", 1)
    lists = [texts.struct.field(f"field_{at}").alias(name) for at, name in enumerate(LISTS)]
    mine = _chosen(run, _OF_A_FINDING, told).lazy().join(beside, on="id", how="left")
    mine = mine.sort("id").with_columns(*days, *lists)
    chosen = mine.select(revisions.COLUMNS).collect(engine="streaming")
    for part in chosen.iter_slices(CHUNK):
        yield part.rows()


def _chosen(run: Run, columns: Sequence[str], ids: pl.DataFrame) -> pl.DataFrame:
    """Some columns of the findings with these ids, bucket by bucket, with what stands beside the ids.

    A filter, because of a row that is not wanted nothing but its id is read then; a join reads them whole.
    """
    number, wanted = number_of("entitlement_id"), ids["id"].implode()
    chosen = pl.concat(
        one.filter(number.is_in(wanted)).select(*columns, id=number).collect() for one in run.by_bucket()
    )
    return chosen.join(ids, on="id")


def _homes(run: Run, moved: pl.DataFrame) -> Iterator[list[tuple[str, str]]]:
    """Id and household of the findings whose household is another one, in the order of their ids."""
    mine = _chosen(run, ["entitlement_id", "household_id"], moved).sort("id").drop("id")
    for part in mine.iter_slices(CHUNK):
        yield part.rows()
