"""Checks packs before anybody relies on them: what is unconfirmed, missing, untold, or about to end."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from eligibility.boundaries import lacking
from eligibility.pack import Pack, Packs
from eligibility.programmes import Programme
from eligibility.rates import Rate
from eligibility.stories import Story, stories_of
from eligibility.wiring import unwired

ENDS_SOON = timedelta(days=180)
MODULES = frozenset(f"eligibility.{name}" for name in ("facts", "logic", "programmes", "rates", "terms"))
HARMLESS = frozenset({"__future__", "collections.abc", "dataclasses", "functools", "itertools", "typing"})
# What reads a clock. A rule takes every day from facts, from rates or from the as-of date.
CLOCKS = frozenset("now today utcnow fromtimestamp time monotonic".split())


@dataclass(frozen=True)
class Remark:
    """One thing a check found. A problem fails the check, the rest is for the operator to weigh."""

    programme: str
    what: str
    problem: bool


def check(packs: Packs, today: date) -> list[Remark]:
    """Every remark on every programme, by programme."""
    stories = {pack.name: stories_of(pack) for pack in packs.packs}
    remarks = [
        remark
        for pack, one in packs
        for remark in _remarks(pack.unamended or pack, one, stories[pack.name], today)
    ]
    remarks += [
        Remark(one.id, what, True) for pack, one in packs for what in unwired(packs, pack, one, today)
    ]
    for pack in packs.packs:
        remarks += [Remark(pack.name, what, True) for what in foreign_code(pack.folder)]
    return remarks


def _remarks(pack: Pack, programme: Programme, stories: Sequence[Story], today: date) -> Iterator[Remark]:
    for name, law in _laws(programme):
        if not law.strip():
            yield Remark(programme.id, f"{name} names no article of law", True)
    for rate, _ in pack.compile(programme, today).rates:
        yield from (Remark(programme.id, what, False) for what in _on_rate(rate, today))
    yield from (Remark(programme.id, what, True) for what in lacking(pack, programme, stories))


def _laws(programme: Programme) -> list[tuple[str, str]]:
    claim, accrual, offset = programme.claim_rule, programme.accrual_rule, programme.offset_rule
    return [
        (programme.id, programme.law),
        *((one.name, one.law) for one in programme.criteria),
        *((one.name, one.law) for one in programme.parts),
        *([("the claim", claim.law)] if claim else []),
        *([("the accrual", accrual.law)] if accrual else []),
        *([("the offset", offset.law)] if offset else []),
    ]


def _on_rate(rate: Rate, today: date) -> Iterator[str]:
    for dated in rate.values:
        if dated.confirmed_by is None:
            yield f"rate {rate.name} since {dated.since}: nobody has confirmed it"
    until = rate.values[-1].until
    if until is not None and until - today < ENDS_SOON:
        yield f"rate {rate.name} {'ended' if until < today else 'ends'} on {until}"


def foreign_code(folder: Path) -> Iterator[str]:
    """Code in a pack that is not the language of rules: other imports, clocks, numbers with a fraction.

    Terms keep unknown unknown and know no clock and no fraction; what goes past them might.
    """
    for path in sorted(folder.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            for what in _foreign(node):
                yield f"{path.name} line {getattr(node, 'lineno', 1)}: {what}"


def _foreign(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (f"imports {one.name}" for one in node.names if one.name not in HARMLESS)
    if isinstance(node, ast.ImportFrom) and not node.level:
        module = str(node.module)
        names = {one.name for one in node.names}
        if module not in MODULES | HARMLESS and not (module == "datetime" and names <= {"date"}):
            yield f"imports from {module}; rules are written with eligibility.logic"
    if isinstance(node, ast.Attribute) and node.attr in CLOCKS:
        yield f".{node.attr} reads a clock"
    if isinstance(node, ast.Constant) and isinstance(node.value, float):
        yield "a number with a fraction; money and rates are whole"
