"""An office that writes contracts and delivers files under them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
from sqlalchemy import Engine

from data.commandline import SilentProgress
from data.contract import Contract
from data.contracts import read_contract
from data.intake import Batch, take_in
from data.registers import current, scan
from data.workspace import Workspace

NOW = datetime(2026, 7, 2, 1, 0, tzinfo=UTC)
TODAY = date(2026, 7, 2)

PEOPLE = """\
name = "xx/people"
register = "residents"
title = { ko = "사람", en = "People" }
source = "a test"
legal_basis = "a test"
programmes = ["xx/thing"]
max_age_days = 60
max_quarantined = 0.5
complete = true
unique = ["resident"]
keeps = "person_state"
group = { column = "household" }

[[column]]
name = "resident"
in_file = "번호"
parser = "kr_resident_number"
required = true
identity = "person"
secret = true

[[column]]
name = "household"
in_file = "세대"
parser = "text"
identity = "household"

[[column]]
name = "birth_date"
in_file = "생년월일"
parser = "date:%Y%m%d"
required = true
min = 1900-01-01

[[column]]
name = "status"
in_file = "상태"
parser = "one_of:alive,deceased"
required = true

[[column]]
name = "protected"
in_file = "보호"
parser = "bool:Y/N"

[[column]]
name = "name"
in_file = "성명"
parser = "text"
vault = true
"""

PEOPLE_HEADER = "번호,세대,생년월일,상태,보호,성명"

CONTACTS = """\
name = "xx/contacts"
register = "contacts"
title = { ko = "연락처", en = "Contacts" }
source = "a test"
legal_basis = "a test"
programmes = ["xx/thing"]
max_age_days = 60
max_quarantined = 0.5
complete = true
unique = ["resident", "channel"]
keeps = "contact_consent"
group = { column = "resident", register = "residents", key = "resident", group = "household" }

[[column]]
name = "resident"
in_file = "번호"
parser = "kr_resident_number"
required = true
identity = "person"
secret = true

[[column]]
name = "channel"
in_file = "수단"
parser = "one_of:sms,email"
required = true

[[column]]
name = "consent"
in_file = "동의"
parser = "bool:Y/N"
required = true

[[column]]
name = "address"
in_file = "연락처"
parser = { by = "channel", sms = "kr_mobile", email = "email" }
required = true
vault = true
"""

CONTACTS_HEADER = "번호,수단,동의,연락처"


def number(person: int) -> str:
    """A resident number that nobody can have."""
    return f"900101{person:07d}"


def person(
    who: int,
    *,
    household: str = "H1",
    born: str = "19900101",
    status: str = "alive",
    protected: str = "N",
    name: str = "홍길동",
) -> str:
    return f"{number(who)},{household},{born},{status},{protected},{name}"


@dataclass
class Office:
    workspace: Workspace
    engine: Engine
    folder: Path
    delivered: int = 0

    def contract(self, text: str) -> Contract:
        path = self.folder / "contract.toml"
        path.write_text(text, "utf-8")
        return read_contract(path)

    def file(self, lines: Sequence[str], *, encoding: str = "utf-8", name: str = "delivery.csv") -> Path:
        path = self.folder / name
        path.write_bytes("".join(f"{line}\n" for line in lines).encode(encoding))
        return path

    def take_in(self, contract: Contract, file: Path, *, extracted_on: date = TODAY) -> Batch:
        self.delivered += 1
        return take_in(
            self.workspace,
            self.engine,
            contract,
            file,
            extracted_on=extracted_on,
            now=NOW + timedelta(seconds=self.delivered),  # a later delivery is known by its moment
            progress=SilentProgress(),
        )

    def people(self, *rows: str, extracted_on: date = TODAY) -> Batch:
        """Deliver a register of people."""
        file = self.file([PEOPLE_HEADER, *rows])
        return self.take_in(self.contract(PEOPLE), file, extracted_on=extracted_on)

    def contacts(self, *rows: str, extracted_on: date = TODAY) -> Batch:
        file = self.file([CONTACTS_HEADER, *rows])
        return self.take_in(self.contract(CONTACTS), file, extracted_on=extracted_on)

    def accepted(self, register: str) -> pl.DataFrame:
        return scan(self.workspace, current(self.workspace, self.engine)[register]).collect()
