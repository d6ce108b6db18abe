"""Finds the id of the person or record that an operator means."""

from __future__ import annotations

import re
from typing import NamedTuple

from data.contract import Column, Contract
from data.errors import BadSettings
from data.parsers import natural_value
from data.vault import Vault
from eligibility.facts import Unit
from eligibility.programmes import Programme

_OUR_ID = re.compile(r"[0-9a-f]{32}")


class Means(NamedTuple):
    """How a unit is known: the contract of its register, and the columns that may name it."""

    contract: Contract
    columns: tuple[Column, ...]


def means_of(programme: Programme, unit: Unit, contracts: dict[str, Contract]) -> Means:
    """The identity columns by which a programme's units are found. Raises BadSettings without a contract."""
    for contract in contracts.values():
        if contract.register == unit.register:
            names = [unit.id, programme.recipient, *([unit.asset] if unit.asset else [])]
            named = dict.fromkeys(names)
            columns = [contract.column(name) for name in named]
            return Means(contract, tuple(one for one in columns if one.identity))
    raise BadSettings(f"No contract is for the register {unit.register}.", where=f"unit {unit.name}")


def subject_of(means: Means, given: str, vault: Vault) -> str:
    """The id behind one of our own ids or a record id that is not secret.

    Raises BadSettings, without repeating what was given, when there is none.
    """
    if _OUR_ID.fullmatch(given):
        return given
    return _found(means, given, vault, secret=False)


def subject_of_national_id(means: Means, given: str, vault: Vault) -> str:
    """The id behind a national id, which came from a file or a hidden prompt."""
    return _found(means, given, vault, secret=True)


def _found(means: Means, given: str, vault: Vault, *, secret: bool) -> str:
    for column in means.columns:
        if column.secret is secret and column.identity is not None:
            value = natural_value(column.parser, given)
            (found,) = vault.ids(column.identity, [value])
            if found is not None:
                return found
    words = "national id" if secret else "record or subject"
    raise BadSettings(
        f"The registers know no such {words}.",
        where=f"register {means.contract.register}",
        mend="give a subject id or a record id; a national id only with --id-file or --ask-id",
    )
