"""People as a plan needs them: name, birth date, language and contacts, from registers and vault."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from data import registers
from data.keys import keyed_hash
from data.registers import Delivery
from data.vault import Vault
from data.workspace import Workspace
from outreach.telling import CONTACTS, RESIDENTS

PERSON = "person"


@dataclass(frozen=True)
class Person:
    """One person on the register of residents. `contacts` goes by kind of address: "sms", "email"."""

    subject_id: str
    name: str = field(repr=False)
    birth_date: date = field(repr=False)
    language: str | None
    contacts: Mapping[str, str] = field(repr=False)


class People:
    """Looks people up in the current register of residents and in the vault, many at a time.

    `telling` is what is in force of the registers that say who is told and where.
    """

    def __init__(self, workspace: Workspace, telling: Mapping[str, Delivery], vault: Vault) -> None:
        self._vault, self.telling = vault, telling
        residents = telling.get(RESIDENTS)
        self._rows = None if residents is None else registers.scan(workspace, residents)

    def read(self, subjects: Sequence[str]) -> dict[str, Person]:
        """Those of the subjects who are people on the register; tax units, say, are left out."""
        if self._rows is None:
            return {}
        rows = (
            self._rows.filter(pl.col("resident").is_in(list(subjects)))
            .select("resident", "birth_date", "language")
            .collect()
        )
        known = list(rows["resident"])
        named = self._vault.rows(PERSON, RESIDENTS, known)
        contacts: dict[str, dict[str, str]] = {}
        for (subject, kind), values in self._vault.rows(PERSON, CONTACTS, known).items():
            contacts.setdefault(subject, {})[kind] = values["address"]
        return {
            subject: Person(subject, named[subject, ""]["name"], born, language, contacts.get(subject, {}))
            for subject, born, language in rows.iter_rows()
            if (subject, "") in named
        }


def address_mac(key: bytes, address: str) -> str:
    """What the store keeps of an address, so that a stop or a failure is known again (invitations key)."""
    return keyed_hash(key, "address", address)
