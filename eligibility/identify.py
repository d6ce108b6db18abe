"""Finds the id of the person or record that an operator means."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from data.contract import Column, Contract
from data.deliveries import Delivery
from data.errors import BadSettings
from data.parsers import natural_value
from data.vault import Vault
from eligibility.facts import Unit
from eligibility.programmes import Programme

_OUR_ID = re.compile(r"[0-9a-f]{32}")


class Means(NamedTuple):
    """How a unit is known: its register, and the columns that may name it, as each contract reads them."""

    register: str
    columns: tuple[Column, ...]


def means_of(
    programme: Programme, unit: Unit, contracts: Mapping[str, Contract], *, delivery: Delivery | None
) -> Means:
    """The identity columns by which a programme's units are found. Raises BadSettings without a contract.

    The contracts of the `delivery` in force come first: another one for the register may read the same text
    as another id. What came under those is known as well.
    """
    known = [one for one in contracts.values() if one.register == unit.register]
    if not known:
        raise BadSettings(f"No contract is for the register {unit.register}.", where=f"unit {unit.name}")
    in_force = {chain.contract for chain in delivery.chains} if delivery else set()
    known.sort(key=lambda one: one.name not in in_force)
    named = dict.fromkeys([unit.id, programme.recipient, *([unit.asset] if unit.asset else [])])
    columns = [{column.name: column for column in one.columns if column.identity} for one in known]
    return Means(unit.register, tuple(one[name] for one in columns for name in named if name in one))


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
        where=f"register {means.register}",
        mend="give a subject id or a record id; a national id only with --id-file or --ask-id",
    )
