"""An office that writes contracts and delivers files under them."""

from __future__ import annotations

import csv
import io
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
from sqlalchemy import Engine

from data.batch import Batch
from data.commandline import SilentProgress
from data.contract import Contract
from data.contracts import read_contract
from data.deliveries import Chain
from data.gates import Gate
from data.intake import take_in
from data.quarantine import OPEN, quarantine_of
from data.quarantine_retry import Retry, retry
from data.quarantine_sheet import write_sheet_of
from data.registers import current, scan
from data.waiver import find_chain
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

    def take_in(
        self,
        contract: Contract,
        file: Path,
        *,
        extracted_on: date = TODAY,
        part: str = "",
        accept: Sequence[Gate] = (),
        reason: str = "",
    ) -> Batch:
        self.delivered += 1
        return take_in(
            self.workspace,
            self.engine,
            contract,
            file,
            extracted_on=extracted_on,
            now=NOW + timedelta(seconds=self.delivered),  # a later delivery is known by its moment
            progress=SilentProgress(),
            part=part,
            accept=accept,
            reason=reason,
        )

    def retry(self, contract: Contract, batch_id: str, file: Path) -> Retry:
        self.delivered += 1
        now = NOW + timedelta(seconds=self.delivered)
        return retry(
            self.workspace, self.engine, contract, batch_id, file,
            now=now, progress=SilentProgress(), actor="kim",
        )  # fmt: skip

    def sheet(self, batch_id: str) -> list[dict[str, str]]:
        """The open rows of a delivery as a clerk's spreadsheet has them."""
        chain = find_chain(self.engine, batch_id)
        rows = quarantine_of(self.workspace, chain).filter(pl.col("state") == OPEN)
        target = self.folder / "sheet.csv"
        write_sheet_of(target, chain.batch_id, rows)
        return list(csv.DictReader(io.StringIO(target.read_text("utf-8-sig"))))

    def saved(self, rows: Sequence[Mapping[str, str]], *, encoding: str = "utf-8-sig") -> Path:
        """Rows of a spreadsheet, saved as CSV."""
        text = io.StringIO()
        writer = csv.DictWriter(text, list(rows[0]), lineterminator="\r\n")
        writer.writeheader()
        writer.writerows(rows)
        path = self.folder / f"mended-{secrets.token_hex(4)}.csv"
        path.write_bytes(text.getvalue().encode(encoding))
        return path

    def chain(self, batch_id: str) -> Chain:
        return find_chain(self.engine, batch_id)

    def people(self, *rows: str, extracted_on: date = TODAY) -> Batch:
        """Deliver a register of people."""
        file = self.file([PEOPLE_HEADER, *rows])
        return self.take_in(self.contract(PEOPLE), file, extracted_on=extracted_on)

    def contacts(self, *rows: str, extracted_on: date = TODAY) -> Batch:
        file = self.file([CONTACTS_HEADER, *rows])
        return self.take_in(self.contract(CONTACTS), file, extracted_on=extracted_on)

    def accepted(self, register: str) -> pl.DataFrame:
        return scan(self.workspace, current(self.workspace, self.engine)[register]).collect()
