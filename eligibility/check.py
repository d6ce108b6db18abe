"""Checks packs before anybody relies on them: what is unconfirmed, missing, or about to end."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from eligibility.pack import Pack, Packs
from eligibility.programmes import Programme
from eligibility.rates import Rate

ENDS_SOON = timedelta(days=180)
# What turns unknown into no, or reads a clock. Rules use the helpers of eligibility.logic instead.
RAW = frozenset(
    "when is_in fill_null fill_nan min_horizontal max_horizontal sum_horizontal mean_horizontal coalesce "
    "sum mean median now today utcnow time".split()
)


@dataclass(frozen=True)
class Remark:
    """One thing a check found. A problem fails the check, the rest is for the operator to weigh."""

    programme: str
    what: str
    problem: bool


def check(packs: Packs, today: date) -> list[Remark]:
    """Every remark on every programme, by programme."""
    remarks = [remark for pack, programme in packs for remark in _remarks(pack, programme, today)]
    for pack in packs.packs:
        remarks += [Remark(pack.name, what, True) for what in raw_operations(pack.folder)]
    return remarks


def _remarks(pack: Pack, programme: Programme, today: date) -> Iterator[Remark]:
    laws = [(one.name, one.law) for one in programme.criteria] + [
        (one.name, one.law) for one in programme.parts
    ]
    for name, law in laws:
        if not law.strip():
            yield Remark(programme.id, f"{name} names no article of law", True)
    compiled = pack.compile(programme, today)
    used = {rate.name for rate, _ in compiled.rates}
    for name, rate in sorted(pack.books[programme.id].items()):
        if name not in used:
            continue
        yield from (Remark(programme.id, what, False) for what in _on_rate(rate, today))


def _on_rate(rate: Rate, today: date) -> Iterator[str]:
    for dated in rate.values:
        if dated.confirmed_by is None:
            yield f"rate {rate.name} since {dated.since}: nobody has confirmed it"
    until = rate.values[-1].until
    if until is not None and until - today < ENDS_SOON:
        yield f"rate {rate.name} {'ended' if until < today else 'ends'} on {until}"


def raw_operations(folder: Path) -> Iterator[str]:
    """Uses of Polars in a pack's code through which unknown could become no, or a rule could read a clock."""
    for path in sorted(folder.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in RAW:
                yield f"{path.name} line {node.lineno}: .{node.attr} may turn unknown into no"
            if isinstance(node, ast.Constant) and isinstance(node.value, float):
                yield f"{path.name} line {node.lineno}: a number with a fraction; money and rates are whole"
