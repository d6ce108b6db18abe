"""The registers that say who is told, where and in which language, and whether a programme may use them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import Engine

from data import registers
from data.contract import Contract
from data.errors import Refused
from data.registers import Delivery
from data.workspace import Workspace
from eligibility.purposes import misuses

RESIDENTS = "residents"
CONTACTS = "contacts"
COLUMNS: Mapping[str, tuple[str, ...]] = {
    RESIDENTS: ("resident", "name", "birth_date", "language"),
    CONTACTS: ("resident", "channel", "consent", "address"),
}
"""What a plan reads of each, beside what the store keeps of them (who died, who is protected)."""


def telling_of(
    workspace: Workspace, engine: Engine, contracts: Mapping[str, Contract]
) -> dict[str, Delivery]:
    """What is in force of these registers, and of others from which the store keeps states and consents."""
    return {
        name: one
        for name, one in registers.current(workspace, engine).items()
        if name in COLUMNS or (one.contract in contracts and contracts[one.contract].keeps)
    }


def check_telling(
    programmes: Iterable[str], telling: Mapping[str, Delivery], contracts: Mapping[str, Contract]
) -> None:
    """Raises Refused, naming each column, when a contract keeps from a programme what a plan of it reads.

    `programmes` are those that are due to people; who tells an employer or a farm reads no contacts here.
    """
    used = [contracts[one.contract] for one in telling.values() if one.contract in contracts]
    uses = [(register, column) for register, columns in COLUMNS.items() for column in columns]
    found = [one for name in programmes for one in misuses(name, uses, used)]
    if found:
        told = "; ".join(dict.fromkeys(f"{one.programme}: {one.register}.{one.column}" for one in found))
        raise Refused(
            f"Nobody can be told of a programme out of a register that may not serve it: {told}.",
            where=", ".join(dict.fromkeys(str(contracts[one.contract].path) for one in found)),
            mend="where the law allows the use, name the programme in the contract's `programmes`;"
            " else leave it out of the campaign",
        )
