"""Which of the programmes that are asked for can run on the registers in force, and why the others cannot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from data.contract import Contract
from data.errors import Failed
from data.registers import check_fresh
from eligibility.blank_rows import check_rows
from eligibility.compiler import Compiled
from eligibility.ground import Ground
from eligibility.lacking import without_cells
from eligibility.pack import Pack
from eligibility.programmes import Programme
from eligibility.purposes import check_all

Chosen = Sequence[tuple[Pack, Programme]]
"""The programmes that are asked for, and those whose findings they read."""


@dataclass(frozen=True)
class Runnable:
    """The programmes that can run, compiled, by id.

    `lacking`: by programme and register the columns that were accepted to lack though a blank there has a
    meaning. The rest of `not_run` lack their unit's register.
    """

    compiled: dict[str, Compiled]
    lacking: dict[str, dict[str, list[str]]]
    not_run: list[str]

    @classmethod
    def of(
        cls,
        chosen: Chosen,
        ground: Ground,
        contracts: Mapping[str, Contract],
        *,
        as_of: date,
        law_on: date | None = None,
        fresh_on: date | None = None,
    ) -> Runnable:
        """Raises BadSettings when one may not read what it reads, or a register that is read has no group;
        Failed when rows that are read are blank where their contract, as it is now, lets nothing be blank;
        RegisterTooOld when one of those is older than its contract allows on the day `fresh_on`, if any."""
        read = registers_asked(chosen, contracts)
        ground.check_read(read, contracts)
        if fresh_on is not None:
            asked = {name: one for name, one in ground.deliveries.items() if name in read}
            check_fresh(asked, contracts, fresh_on)
        compiled = {
            programme.id: pack.compile(programme, as_of, law_on=law_on)
            for pack, programme in chosen
            if pack.unit_of(programme).register in ground.deliveries
        }
        check_all(compiled, ground.contracts_of(contracts))
        lacking = without_cells(compiled, ground.deliveries)
        run = {name: one for name, one in compiled.items() if name not in lacking}
        check_rows(run.values(), ground, contracts)
        return cls(run, lacking, [programme.id for _, programme in chosen if programme.id not in run])

    def without(self, lacking: Mapping[str, dict[str, list[str]]]) -> Runnable:
        """The same without programmes that lack something elsewhere: under the law of another day, say."""
        run = {name: one for name, one in self.compiled.items() if name not in lacking}
        dropped = [name for name in self.compiled if name not in run]
        return Runnable(run, {**lacking, **self.lacking}, sorted([*self.not_run, *dropped]))

    def check_any(self, ground: Ground) -> None:
        """Raises Failed when none can run."""
        if self.compiled:
            return
        if self.lacking:
            raise self._without_cells(min(self.lacking))
        raise Failed(
            "The registers of no programme have been taken in.",
            where=str(ground.layout.folder),
            mend="run `owed intake`; `owed programmes show` names the registers that a programme reads",
        )

    def one(self, pack: Pack, programme: Programme) -> Compiled:
        """A programme that can run. Raises Failed for one that cannot."""
        if programme.id in self.compiled:
            return self.compiled[programme.id]
        if programme.id in self.lacking:
            raise self._without_cells(programme.id)
        unit = pack.unit_of(programme)
        raise Failed(
            f"The register {unit.register} has not been taken in.",
            where=f"unit {unit.name} of {programme.id}",
            mend="run `owed intake`",
        )

    def _without_cells(self, name: str) -> Failed:
        registers = self.lacking[name]
        told = "; ".join(f"{register} without {', '.join(names)}" for register, names in registers.items())
        return Failed(
            f"{name} cannot run: it was accepted to take in {told}, and a blank there has a meaning.",
            where=", ".join(registers),
            mend="take in an export that has the column; other programmes run without it",
        )


def registers_asked(chosen: Chosen, contracts: Mapping[str, Contract]) -> frozenset[str]:
    """The registers that these programmes read, and those by which their rows are grouped."""
    read = {name for pack, one in chosen for name in pack.unit_of(one).registers}
    groups = {one.register: one.group.register for one in contracts.values() if one.group is not None}
    waiting = list(read)
    while waiting:
        asked = groups.get(waiting.pop())
        if asked is not None and asked not in read:
            read.add(asked)
            waiting.append(asked)
    return frozenset(read)
