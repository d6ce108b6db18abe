"""Purposes: a programme reads only columns that their contracts let serve it (개인정보 보호법 §18①)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from data.contract import Contract
from data.errors import BadSettings
from eligibility.compiler import Compiled
from eligibility.conditions import belongs, holds
from eligibility.facts import Fact, Fields, Unit
from eligibility.filled import check_filled
from eligibility.relations import days_of

Use = tuple[str, str]
"""A register and one of its columns."""


@dataclass(frozen=True)
class Misuse:
    """A programme reads a column that its contract keeps for others."""

    programme: str
    register: str
    column: str
    contract: str

    def __str__(self) -> str:
        return f"{self.programme} reads {self.register}.{self.column}, which {self.contract} keeps from it"


def uses_of(unit: Unit, facts: Iterable[str], *, recipient: str | None = None) -> set[Use]:
    """Every column that is read to know these facts of a unit and who would receive what is due.

    The column by which a row is found counts as well as the cell that is taken from it, and so does each
    column that a condition looks at.
    """
    own = [unit.id, unit.asset, unit.period, recipient, *unit.where, *days_of(unit)]
    uses = {(unit.register, name) for name in own if name is not None}
    for name in facts:
        fact = unit.fact(name)
        if fact is not None:
            uses |= set(_uses_of_fact(unit, fact))
    return uses


def misuses(programme: str, uses: Iterable[Use], contracts: Iterable[Contract]) -> list[Misuse]:
    """The uses that a contract of the register does not allow, in order.

    A register without a contract, and a column that a contract does not have, are others' concern.
    """
    known = list(contracts)
    return [
        Misuse(programme, register, column, contract.name)
        for register, column in sorted(uses)
        for contract in known
        if contract.register == register and _keeps_from(contract, column, programme)
    ]


def check_purposes(
    programme: str,
    unit: Unit,
    *,
    facts: Iterable[str],
    contracts: Iterable[Contract],
    recipient: str | None = None,
) -> None:
    """Raises BadSettings, naming each column, when a programme reads what its contract keeps from it.

    `facts` are the names that its rules read.
    """
    found = misuses(programme, uses_of(unit, facts, recipient=recipient), contracts)
    if found:
        raise BadSettings(
            f"{programme} may not read " + "; ".join(f"{one.register}.{one.column}" for one in found) + ".",
            where=", ".join(dict.fromkeys(one.contract for one in found)),
            mend="where the law allows the use, name the programme in the contract's `programmes`;"
            " else take the fact from somewhere else",
        )


def check_all(compiled: Mapping[str, Compiled], contracts: Iterable[Contract]) -> None:
    """Raises BadSettings when a programme, as it is compiled, reads what a contract keeps from it, or relies
    on a column that one lets be blank."""
    known = list(contracts)
    check_filled(compiled, known)
    for name, one in compiled.items():
        recipient = one.programme.recipient
        check_purposes(name, one.unit, facts=one.read, contracts=known, recipient=recipient)


def _keeps_from(contract: Contract, column: str, programme: str) -> bool:
    names = {one.name for one in contract.columns} | set(contract.constants)
    return column in names and not contract.serves(column, programme)


def _uses_of_fact(unit: Unit, fact: Fact) -> Iterator[Use]:
    source = fact.source
    relation = source.relation
    if relation is None:
        yield from _named(unit.register, [source.column])
        return
    asked, row = Fields(), Fields()
    belongs(relation, asked, row)
    holds(fact, row)
    yield from _named(unit.register, [*relation.keys, *asked._named])
    if fact.opened_by is None:  # what another programme found is no register's column
        theirs = [source.column, source.by, *relation.keys.values(), *row._named, *days_of(relation)]
        yield from _named(relation.register, theirs)


def _named(register: str, columns: Iterable[str | None]) -> Iterator[Use]:
    return ((register, name) for name in columns if name is not None)
