"""Wiring: whether what a pack reads is there, registers, columns and other programmes, before any scan."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from data.contract import Contract
from data.errors import BadSettings
from eligibility.bucket import in_order
from eligibility.compiler import Compiled
from eligibility.filled import blanks_let_through
from eligibility.findings import money_read
from eligibility.pack import Pack, Packs
from eligibility.placing import lie_anywhere
from eligibility.programmes import Programme
from eligibility.purposes import uses_of
from eligibility.relations import relations_of


class Loose(NamedTuple):
    """What is not wired, and the pack in which it is mended."""

    pack: str
    what: str


def unwired(packs: Packs, pack: Pack, programme: Programme, today: date) -> Iterator[Loose]:
    """What a programme reads that no contract of the packs gives, or that one gives and may leave blank where
    a blank would say no; other programmes that cannot be asked."""
    compiled = pack.compile(programme, today)
    of_pack = {name: each.name for each in packs.packs for name in each.contracts}
    contracts = [one for each in packs.packs for one in each.contracts.values()]
    uses = uses_of(compiled.unit, compiled.read, recipient=programme.recipient)
    for register, column in sorted(uses):
        theirs = [one for one in contracts if one.register == register]
        if theirs and not any(column in _kept(one) for one in theirs):
            yield Loose(pack.name, f"reads {register}.{column}, which no contract gives")
    for blank in blanks_let_through(compiled, contracts):
        there = of_pack[blank.contract.name]
        yield Loose(there, f"{blank}: set `required = true` for it in the contract of the pack {there}")
    for contract, keys in _lying_anywhere(compiled, contracts):
        assert contract.group is not None
        there, by = of_pack[contract.name], contract.group.column
        what = f"finds rows of {contract.register} by {keys}, and nothing says where they lie: by {by}"
        mend = 'let them lie with what they name, by group = { column = "…", register = "…", key = "…" }'
        yield Loose(there, f"{what}; {mend} in the contract of the pack {there}")
    for register, column in money_read(compiled):
        of_register = [one for one in contracts if one.register == register and _is_boundless(one, column)]
        for name in sorted({of_pack[one.name] for one in of_register}):
            what = f"reads {register}.{column}, money that a contract lets fall without end: give it a `min`"
            yield Loose(name, what)
    yield from (Loose(pack.name, what) for what in _strangers(packs, programme))
    yield from (Loose(pack.name, what) for what in _circle(packs, pack, programme, today))


def _lying_anywhere(compiled: Compiled, contracts: Sequence[Contract]) -> Iterator[tuple[Contract, str]]:
    """Contracts whose rows about a unit may lie in another group than the unit, and by which keys it asks."""
    facts = [
        one for one in map(compiled.unit.fact, compiled.read) if one is not None and one.opened_by is None
    ]
    owns = [
        one.group for one in contracts if one.register == compiled.unit.register and one.group is not None
    ]
    for relation in relations_of(facts):
        for contract in (one for one in contracts if one.register == relation.register):
            theirs = contract.group
            if theirs is not None and any(
                lie_anywhere(compiled.unit, relation, own=own, theirs=theirs) for own in owns
            ):
                yield contract, ", ".join(relation.keys.values())


def _is_boundless(contract: Contract, column: str) -> bool:
    return any(one.name == column and one.minimum is None for one in contract.columns)


def _kept(contract: Contract) -> set[str]:
    """The columns of accepted rows: what goes to the vault is no fact."""
    return {one.name for one in contract.columns if not one.vault} | set(contract.constants)


def _strangers(packs: Packs, programme: Programme) -> Iterator[str]:
    """What it may not be had together with, and nobody has."""
    known = {one.id for _, one in packs} - {programme.id}
    for other in programme.instead_of:
        if other not in known:
            yield f"stands instead of {other}, and no pack has another programme of that name"


def _circle(packs: Packs, pack: Pack, programme: Programme, today: date) -> Iterator[str]:
    try:
        needed = packs.needed([(pack, programme)])
        in_order({one.id: its.compile(one, today) for its, one in needed})
    except BadSettings as error:
        yield error.what
