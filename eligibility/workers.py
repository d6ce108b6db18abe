"""Who runs the buckets of a scan: this process, processes beside it, or Spark; each gives the same cells.

What travels to a worker is an order: names and digests, no key, no record, no rule. A worker opens the
workspace, reads its keys and compiles the programmes itself. Nothing heavy is imported before it begins.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data import errors
from data.errors import Failed, OperatorError, PartlyDone, unforeseen
from data.workspace import Workspace

if TYPE_CHECKING:
    from eligibility.bucket_scan import BucketScan
    from eligibility.ground import Ground
    from eligibility.pack import Packs

Told = Callable[[int], None]
"""Told of each bucket that is done."""


@dataclass(frozen=True)
class Order:
    """What to scan, small enough to be sent and free of anything worth keeping secret."""

    workspace: Path
    built_in_packs: Path
    run: str
    layout: str
    as_of: date
    programmes: tuple[str, ...]
    packs: tuple[tuple[str, str], ...]  # name, sha256
    registers: tuple[tuple[str, bool], ...]  # name, whether absence means something
    doubts: tuple[tuple[str, str], ...]  # register, file
    places: tuple[tuple[str, str, str, str], ...]  # register, where its rows find their group
    gaps: tuple[tuple[str, str], ...]  # register that names groups, file
    inputs: str  # a digest over those of all buckets

    @classmethod
    def of(
        cls,
        workspace: Workspace,
        packs: Packs,
        ground: Ground,
        *,
        run: str,
        as_of: date,
        programmes: Sequence[str],
        inputs: Sequence[str],
    ) -> Order:
        from data.digests import document_sha256

        own = {source.name for source in workspace.settings().packs if source.folder is None}
        folders = [pack.folder.parent for pack in packs.packs if pack.name in own]
        return cls(
            workspace=workspace.root.resolve(),
            built_in_packs=folders[0] if folders else workspace.root,
            run=run,
            layout=ground.layout.layout_id,
            as_of=as_of,
            programmes=tuple(programmes),
            packs=tuple((pack.name, pack.sha256) for pack in packs.packs),
            registers=tuple(sorted(ground.complete.items())),
            doubts=tuple(sorted(ground.kept_doubts.items())),
            places=tuple(sorted((name, *place) for name, place in ground.places.items())),
            gaps=tuple(sorted(ground.kept_gaps.items())),
            inputs=document_sha256(list(inputs)),
        )

    @property
    def folder(self) -> Path:
        return self.workspace / "findings" / self.run


Runner = Callable[[Order, "BucketScan", Sequence[int], Told], None]
"""Runs buckets: each is done, or an operator's error says why not. What is done by then stays."""


def in_this_process(order: Order, work: BucketScan, buckets: Sequence[int], told: Told) -> None:
    """One bucket after the other."""
    del order
    for bucket in buckets:
        work.run(bucket)
        told(bucket)


@dataclass(frozen=True)
class Processes:
    """So many processes on this machine, which share its processors; memory is a bucket's for each."""

    number: int

    def __call__(self, order: Order, work: BucketScan, buckets: Sequence[int], told: Told) -> None:
        number = min(self.number, len(buckets))
        if number < 2:
            in_this_process(order, work, buckets, told)
            return
        threads = max(1, (os.cpu_count() or 1) // number)
        spawned = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(number, spawned, initializer=begin, initargs=(threads,)) as pool:
            futures = {pool.submit(attempt, order, bucket): bucket for bucket in buckets}
            try:
                for future in as_completed(futures):
                    refuse(future.result())
                    told(futures[future])
            except BrokenProcessPool:
                raise _died(order) from None
            finally:  # whoever is at work finishes the bucket: it will not have to be done again
                pool.shutdown(wait=True, cancel_futures=True)


def _died(order: Order) -> PartlyDone:
    return PartlyDone(
        "A worker process ended before its bucket was done: it was killed, or memory ran out.",
        where=str(order.folder),
        mend="run the same command again, it goes on where this stopped; if memory ran out, with fewer "
        "--workers or more [scan] buckets",
    )


def begin(threads: int) -> None:
    """A worker's first act: its share of the processors, and an end when whoever sent it is gone."""
    os.putenv("POLARS_MAX_THREADS", str(threads))  # read once, when the library starts its threads
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the one who is interrupted says when to stop
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_after, args=(parent,), daemon=True).start()


def _end_after(parent: Any) -> None:
    parent.join()
    os._exit(1)


def attempt(order: Order, bucket: int) -> dict[str, Any] | None:
    """Run one bucket of an order in this process; None when it is done, else an error that can travel.

    What went wrong is put into an operator's words here: a library's own message might quote a cell.
    """
    try:
        opened(order).run(bucket)
    except OperatorError as error:
        return _told(error)
    except Exception as error:
        return _told(unforeseen(error))
    return None


def _told(error: OperatorError) -> dict[str, Any]:
    return {"kind": type(error).__name__, "what": error.what, "where": error.where, "mend": error.mend}


def refuse(failure: dict[str, Any] | None) -> None:
    """Raise what `attempt` brought back."""
    if failure is not None:
        kind = getattr(errors, failure["kind"], Failed)
        raise kind(failure["what"], where=failure["where"], mend=failure["mend"])


@lru_cache(maxsize=1)
def opened(order: Order) -> BucketScan:
    """The work that an order names, with this process's own keys.

    Raises Refused when a pack, Failed when the records or the engine are not those of the order.
    """
    from data.buckets import Layout
    from data.digests import document_sha256
    from data.errors import Refused
    from data.keys import KeyUse
    from eligibility.bucket_scan import BucketScan
    from eligibility.ground import Records
    from eligibility.manifest import inputs_of
    from eligibility.pack import load_packs
    from eligibility.placing import Place

    workspace = Workspace.open(order.workspace)
    packs = load_packs(workspace.settings(), order.built_in_packs)
    if order.packs != tuple((pack.name, pack.sha256) for pack in packs.packs):
        raise Refused("The packs here are not those of the scan.", mend="name them in owed.toml, scan again")
    layout = Layout.open(workspace, order.layout)
    places = {name: Place(*place) for name, *place in order.places}
    records = Records.open(
        layout,
        complete=dict(order.registers),
        doubts=dict(order.doubts),
        places=places,
        gaps=dict(order.gaps),
    )
    found = {name: packs.find(name) for name in order.programmes}
    compiled = {name: pack.compile(programme, order.as_of) for name, (pack, programme) in found.items()}
    inputs = inputs_of(records, compiled, order.as_of)
    if order.inputs != document_sha256(inputs):
        raise Failed(
            "A worker would decide by something else than the scan that sent it: its copy of Owed, or of a "
            "library, is another one.",
            mend="install the same versions wherever buckets run",
        )
    key = workspace.key(KeyUse.FINDINGS)
    return BucketScan(records, compiled, order.as_of, order.folder, inputs, key)
