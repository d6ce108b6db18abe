"""Columns that must be filled: by them a row is a unit, is told from another, is found, or lies in its group.

In each of these a blank cell would say no, or name another unit, where nothing is known. So a contract
either requires the column, and a row without it is quarantined and casts doubt, or gives it as a constant.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from data.contract import Contract
from data.errors import BadSettings
from eligibility.compiler import Compiled

Need = tuple[str, str]
"""A register and one of its columns."""


@dataclass(frozen=True)
class MayBeBlank:
    """A column that must be filled, in a contract that lets it be blank; `what_for` says in words why."""

    contract: Contract
    column: str
    what_for: str

    def __str__(self) -> str:
        return f"{self.contract.register}.{self.column} may be blank in {self.contract.name}: {self.what_for}"


def columns_to_fill(compiled: Compiled, contracts: Iterable[Contract]) -> dict[Need, list[str]]:
    """Each column by which the programme selects, tells apart or finds rows, and in words what for."""
    needs: dict[Need, list[str]] = {}
    for need, what_for in (*_of_unit(compiled), *_of_facts(compiled), *_of_groups(compiled, contracts)):
        needs.setdefault(need, []).append(what_for)
    return needs


def blanks_let_through(compiled: Compiled, contracts: Iterable[Contract]) -> list[MayBeBlank]:
    """Each column by which the programme selects, tells apart or finds rows, and that may come blank.

    A column that a contract does not have is others' concern.
    """
    known = list(contracts)
    return [
        MayBeBlank(contract, column, "; ".join(dict.fromkeys(reasons)))
        for (register, column), reasons in sorted(columns_to_fill(compiled, known).items())
        for contract in known
        if contract.register == register and _lets_through(contract, column)
    ]


def check_filled(compiled: Mapping[str, Compiled], contracts: Iterable[Contract]) -> None:
    """Raises BadSettings, naming each column, when a programme relies on one that may come blank."""
    known = list(contracts)
    for name, one in compiled.items():
        found = blanks_let_through(one, known)
        if found:
            raise BadSettings(
                f"{name} cannot rely on its registers: " + ". ".join(str(each) for each in found) + ".",
                where=", ".join(dict.fromkeys(str(each.contract.path) for each in found)),
                mend="set `required = true` for these columns, and take the registers in anew",
            )


def _of_unit(compiled: Compiled) -> Iterator[tuple[Need, str]]:
    unit, recipient = compiled.unit, compiled.programme.recipient
    for name in unit.where:
        yield (unit.register, name), f"it says which rows are a {unit.name}"
    for own in (unit.id, unit.asset, unit.period):
        if own is not None:
            yield (unit.register, own), f"it tells one {unit.name} from another"
    yield (unit.register, recipient), f"it says whom the {unit.name} entitles"


def _of_facts(compiled: Compiled) -> Iterator[tuple[Need, str]]:
    """The side of the rows: where the unit's own side is blank, what is found by it is unknown."""
    for name in compiled.read:
        fact = compiled.unit.fact(name)
        if fact is not None and fact.source.relation is not None and fact.opened_by is None:
            for name_there in fact.source.relation.keys.values():
                yield (fact.register(compiled.unit), name_there), f"the fact {name} finds its rows by it"


def _of_groups(compiled: Compiled, contracts: Iterable[Contract]) -> Iterator[tuple[Need, str]]:
    """What rows have their group by, in their own register and in those that are asked for it."""
    facts = (compiled.unit.fact(name) for name in compiled.read)
    read = {one.register(compiled.unit) for one in facts if one is not None and one.opened_by is None}
    grouped = [(one, one.group) for one in contracts if one.group is not None]
    waiting = sorted(read | {compiled.unit.register})
    for register in waiting:
        for contract, group in grouped:
            if contract.register == register:
                what_for = f"a row of {register} has its group by it"
                yield (register, group.column), what_for
                if group.register is not None:
                    asked = (one for one in (group.key, group.group) if one is not None)
                    yield from (((group.register, one), what_for) for one in asked)
                    waiting += [] if group.register in waiting else [group.register]


def _lets_through(contract: Contract, column: str) -> bool:
    is_blank = any(one.name == column and not one.required for one in contract.columns)
    return is_blank and column not in contract.constants
