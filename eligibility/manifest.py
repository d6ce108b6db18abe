"""The manifest of a scan: all that decided its rows, and what came of it. It holds no fact about a person."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl

from data.buckets import Layout
from data.digests import document_sha256, file_sha256
from data.registers import Delivery
from eligibility.compiler import ENTITLED, UNKNOWN, Compiled
from eligibility.doubts import count_nameless, doubts_sha256
from eligibility.facts import Unit
from eligibility.ground import Ground, Records
from eligibility.opened import registers_read
from eligibility.pack import Packs
from eligibility.placing import NO_LINE
from eligibility.relations import relations_of
from eligibility.resting import open_rates_of_others

LIBRARIES = ("owed", "polars", "polars-hash")
RUN_DIGEST = 12


def run_id_of(as_of: date, decided_by: Mapping[str, Any]) -> str:
    """The name of the run: its day and a digest of all that decides its rows, so a rerun is the same run."""
    return f"{as_of:%Y%m%d}-{document_sha256(decided_by)[:RUN_DIGEST]}"


@cache
def engine_version() -> str:
    """A digest of the engine's own code: a change of it is another run, whatever its version is called."""
    files = sorted(Path(__file__).parent.glob("*.py"))
    lines = [f"{path.name} {file_sha256(path)}" for path in files]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def libraries() -> dict[str, str]:
    """What reckons, by name and version."""
    return {"engine": engine_version(), **{name: version(name) for name in LIBRARIES}}


def inputs_of(records: Records, compiled: Mapping[str, Compiled], as_of: date) -> list[str]:
    """By bucket a digest of all that decides its findings: where it is the same, so are they.

    Of its registers, those that the programmes read and those that name their groups: their rows in this
    bucket, whether absence means something, and the rows in quarantine that may be about somebody here.
    """
    read = {name for one in compiled.values() for name in one.unit.registers}
    names = records.deciding(read)
    layout = records.layout
    common = {
        "as_of": as_of.isoformat(),
        "libraries": libraries(),
        "versions": {name: one.version for name, one in compiled.items()},
        "complete": {name: records.complete[name] for name in names},
        "gaps": {name: _doubts_digest(one) for name, one in sorted(records.gaps.items()) if name in names},
    }
    return [
        document_sha256(
            {
                **common,
                "bucket": [bucket, layout.count],
                "rows": {name: layout.registers[name].digests[bucket] for name in names},
                "doubts": {name: _doubts_digest(records.doubts_in(bucket, name)) for name in names},
            }
        )
        for bucket in range(layout.count)
    ]


def _doubts_digest(doubts: pl.DataFrame | None) -> str | None:
    """Of the doubts in a bucket, without the lines on which they stand in a file; None without any."""
    if doubts is None or doubts.is_empty():
        return None
    names = sorted(name for name in doubts.columns if name != "_row")
    return hashlib.sha256(doubts.select(names).sort(names).write_csv().encode()).hexdigest()


def decided_by(
    as_of: date, compiled: Mapping[str, Compiled], ground: Ground, inputs: Sequence[str]
) -> dict[str, Any]:
    """What decides the rows of a scan; `inputs` by bucket."""
    layout, doubts = ground.layout, ground.doubts
    return {
        "as_of": as_of.isoformat(),
        "buckets": layout.count,
        "inputs": list(inputs),
        "layout": layout.layout_id,
        "libraries": libraries(),
        "registers": {
            name: _delivered(one, layout, doubts.get(name)) for name, one in sorted(ground.deliveries.items())
        },
        "versions": {programme_id: one.version for programme_id, one in sorted(compiled.items())},
    }


def _delivered(delivery: Delivery, layout: Layout, doubts: pl.DataFrame | None) -> dict[str, Any]:
    return {
        "batch": delivery.batch_id,
        "contract": delivery.contract,
        "sha256": delivery.sha256,
        "extracted_on": delivery.extracted_on.isoformat(),
        "complete": delivery.complete,
        "rows": delivery.rows,
        "quarantined": delivery.quarantined,
        "waived": delivery.waived,
        "missing_parts": list(delivery.missing_parts),
        "lacking": list(delivery.lacking),
        "accepted_exceptions": [one.as_document() for one in delivery.accepted_exceptions],
        "doubts": None if doubts is None else doubts_sha256(doubts),
        "ungrouped": layout.ungrouped.get(delivery.register, 0),
    }


def programme_entry(packs: Packs, compiled: Compiled, others: Mapping[str, Compiled]) -> dict[str, Any]:
    """What the manifest says of one programme before the counts: names in bit order, rates, assumptions."""
    pack, programme = packs.find(compiled.programme.id)
    return {
        "title": dict(programme.title),
        "authority": dict(programme.authority),
        "law": programme.law,
        "unit": programme.unit,
        "currency": programme.currency,
        "per": programme.per,
        "reckons_period": compiled.period is not None,
        "version": compiled.version,
        "criteria": [one.name for one in compiled.criteria],
        "parts": [part.name for part in programme.parts],
        "facts": list(compiled.facts),
        "registers": list(registers_read(packs, programme)),
        "assumptions": {name: dict(words) for name, words in pack.assumptions(programme).items()},
        "unconfirmed_rates": unconfirmed(compiled, others),
    }


def unconfirmed(compiled: Compiled, others: Mapping[str, Compiled]) -> list[str]:
    """Names of the rates it rests on that have a value nobody has confirmed; with whose they are, of those on
    which amounts rest that it reads of `others`."""
    used = {rate.name: rate for rate, _ in compiled.rates}
    own = {name for name, rate in used.items() if any(dated.confirmed_by is None for dated in rate.values)}
    return sorted(own | {one.name for one in open_rates_of_others(compiled, compiled.roots, others)})


def doubts_of(
    ground: Ground, units: Sequence[Unit], tallies: Sequence[Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    """Of each register with rows in quarantine, or that lie alone by a gap elsewhere: how many of both, and
    how many units they may be about.

    `nameless` rows are about any unit for all that can be read of them. Where `makes_units`, a row of the
    register would have been a unit of its own.
    """
    doubted = Counter[str]()
    for name, about in (row for tally in tallies for row in tally["doubted"]):
        doubted[name] += about
    seen = [sum(counts) for counts in zip(*(tally["units"] for tally in tallies), strict=True)]
    relations = [relation for unit in units for relation in relations_of(unit.facts)]
    quarantined = {
        name: rows.filter(pl.col("_row").ne_missing(NO_LINE)) for name, rows in ground.doubts.items()
    }
    return {
        name: {
            "rows": len(quarantined[name]),
            "astray": doubts.height - len(quarantined[name]),
            "nameless": max(
                (count_nameless(one, quarantined[name]) for one in relations if one.register == name),
                default=0,
            ),
            "doubted": doubted[name],
            "units": sum(count for unit, count in zip(units, seen, strict=True) if _reads(unit, name)),
            "makes_units": any(unit.register == name for unit in units),
        }
        for name, doubts in sorted(ground.doubts.items())
    }


def _reads(unit: Unit, register: str) -> bool:
    return any(relation.register == register for relation in relations_of(unit.facts))


def entries(
    packs: Packs, compiled: Mapping[str, Compiled], tallies: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """What the manifest says of each programme, with what the tallies of all buckets add up to.

    `amount` is of those entitled; `at_least` says of how many of them it is a lower bound. Where it is a
    ceiling (`at_most`) as well, nothing is known of it, and it is left out.
    """
    counts, sums = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    bounds, sums_of_bounds = Counter[str](), Counter[str]()
    for name, status, *added in (row for tally in tallies for row in tally["findings"]):
        counts[name, status] += added[0]
        sums[name, status] += added[1] or 0
        if status == ENTITLED:
            bounds[name] += added[2]
            sums_of_bounds[name] += added[3] or 0
    return {
        name: {
            **programme_entry(packs, one, compiled),
            "entitled": counts[name, ENTITLED],
            "unknown": counts[name, UNKNOWN],
            "amount": sums[name, ENTITLED] - (sums_of_bounds[name] if one.programme.at_most else 0),
            "at_least": bounds[name],
            "at_most": one.programme.at_most,
        }
        for name, one in sorted(compiled.items())
    }
