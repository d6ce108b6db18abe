"""Wiring: whether what a pack reads is there, registers, columns and other programmes, before any scan."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from data.contract import Contract
from data.errors import BadSettings
from eligibility.bucket import in_order
from eligibility.findings import money_read
from eligibility.pack import Pack, Packs
from eligibility.programmes import Programme
from eligibility.purposes import uses_of


def unwired(packs: Packs, pack: Pack, programme: Programme, today: date) -> Iterator[str]:
    """What a programme reads that no contract of the packs gives; other programmes that cannot be asked."""
    compiled = pack.compile(programme, today)
    contracts = [one for each in packs.packs for one in each.contracts.values()]
    uses = uses_of(compiled.unit, compiled.read, recipient=programme.recipient)
    for register, column in sorted(uses):
        theirs = [one for one in contracts if one.register == register]
        if theirs and not any(column in _kept(one) for one in theirs):
            yield f"reads {register}.{column}, which no contract gives"
    for register, column in money_read(compiled):
        if any(_is_boundless(one, column) for one in contracts if one.register == register):
            yield f"reads {register}.{column}, money that a contract lets fall without end: give it a `min`"
    yield from _circle(packs, pack, programme, today)


def _is_boundless(contract: Contract, column: str) -> bool:
    return any(one.name == column and one.minimum is None for one in contract.columns)


def _kept(contract: Contract) -> set[str]:
    """The columns of accepted rows: what goes to the vault is no fact."""
    return {one.name for one in contract.columns if not one.vault} | set(contract.constants)


def _circle(packs: Packs, pack: Pack, programme: Programme, today: date) -> Iterator[str]:
    try:
        needed = packs.needed([(pack, programme)])
        in_order({one.id: its.compile(one, today) for its, one in needed})
    except BadSettings as error:
        yield error.what
