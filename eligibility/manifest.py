"""The manifest of a scan: all that decided its rows, and what came of it. It holds no fact about a person."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from importlib.metadata import version
from typing import Any

import polars as pl

from data.buckets import Layout
from data.digests import document_sha256
from data.registers import Delivery
from eligibility.compiler import Compiled
from eligibility.doubts import doubts_sha256
from eligibility.pack import Packs

LIBRARIES = ("owed", "polars", "polars-hash")
RUN_DIGEST = 12


def run_id_of(as_of: date, decided_by: Mapping[str, Any]) -> str:
    """The name of the run: its day and a digest of all that decides its rows, so a rerun is the same run."""
    return f"{as_of:%Y%m%d}-{document_sha256(decided_by)[:RUN_DIGEST]}"


def decided_by(
    as_of: date,
    compiled: Mapping[str, Compiled],
    deliveries: Mapping[str, Delivery],
    layout: Layout,
    doubts: Mapping[str, pl.DataFrame],
) -> dict[str, Any]:
    """What decides the rows of a scan; `doubts` are the rows in quarantine that were not dismissed."""
    return {
        "as_of": as_of.isoformat(),
        "buckets": layout.count,
        "layout": layout.layout_id,
        "libraries": {name: version(name) for name in LIBRARIES},
        "registers": {
            name: _delivered(one, layout, doubts.get(name)) for name, one in sorted(deliveries.items())
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
        "dismissed": delivery.quarantined - (0 if doubts is None else doubts.height),
        "doubts": None if doubts is None else doubts_sha256(doubts),
        "ungrouped": layout.ungrouped.get(delivery.register, 0),
    }


def programme_entry(packs: Packs, compiled: Compiled) -> dict[str, Any]:
    """What the manifest says of one programme before the counts: names in bit order, rates, assumptions."""
    pack, programme = packs.find(compiled.programme.id)
    return {
        "title": dict(programme.title),
        "authority": dict(programme.authority),
        "law": programme.law,
        "unit": programme.unit,
        "currency": programme.currency,
        "per": programme.per,
        "version": compiled.version,
        "criteria": [one.name for one in compiled.criteria],
        "parts": [part.name for part in programme.parts],
        "facts": list(compiled.facts),
        "registers": list(compiled.unit.registers),
        "assumptions": {name: dict(words) for name, words in pack.assumptions(programme).items()},
        "unconfirmed_rates": unconfirmed(compiled),
    }


def unconfirmed(compiled: Compiled) -> list[str]:
    """Names of the rates it rests on that have a value nobody has confirmed."""
    names = {picked.name for picked in compiled.rates}
    return sorted(
        name for name in names if any(dated.confirmed_by is None for dated in compiled.book[name].values)
    )
