"""A toy city with a workspace of its own: it delivers registers, scans and compares."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
from sqlalchemy import Engine, select

from data.commandline import Progress, SilentProgress
from data.digests import folder_sha256
from data.intake import take_in
from data.registers import current
from data.setup import Authority, make_workspace
from data.store.engine import reading
from data.store.schema import open_store
from data.store.tables import entitlement
from data.waiver import waive
from data.workspace import Workspace
from eligibility import history
from eligibility.pack import Packs, load_packs
from eligibility.runs import Run
from eligibility.scan import scan
from eligibility.verdicts import COUNTED
from tests.eligibility.toypack import AS_OF, write_toy_pack

NOW = datetime(2026, 9, 1, 1, 0, tzinfo=UTC)
REFUND = "toy/space_refund"

# person: household, born
PEOPLE = {
    "P1": "H1,1990-01-01",
    "P2": "H1,2010-05-05",
    "P3": "H2,1985-03-03",
    "P4": "H3,",
    "P5": "H4,1970-02-02",
}
# fee number: payer, place, year, kind, amount, given up
FEES = {
    "0000000000000001": 'P1,A-1,2026,yearly,"12,340",2026-07-01',  # grown-up, after the share rose
    "F2": "P2,A-2,2026,yearly,10000,2026-06-30",  # young, before it rose
    "F3": "P3,A-3,2026,yearly,10000,",  # not given up
    "F4": "P4,A-4,2026,yearly,10000,2026-07-05",  # birth date unknown
    "F5": "P5,A-5,2026,yearly,10000,2026-07-06",  # has not paid
    "F6": "P5,A-6,2026,monthly,10000,2026-07-06",  # another kind
}
PAID = {
    "1": "P1,0000000000000001,12340,2026-01-10",
    "2": "P2,F2,4000,2026-01-10",
    "3": "P2,F2,6000,2026-02-10",
    "4": "P3,F3,10000,2026-01-10",
    "5": "P4,F4,10000,2026-01-10",
}
HEADERS = {
    "people": "number,household,born",
    "fees": "fee number,number,place,year,kind,amount,given up",
    "paid": "payment,number,fee number,amount,paid on",
}


def no_bar(label: str, total: int) -> AbstractContextManager[Progress]:
    del label, total
    return nullcontext(SilentProgress())


@dataclass
class City:
    workspace: Workspace
    engine: Engine
    packs: Packs
    folder: Path
    now: datetime = NOW
    files: int = 0

    def deliver(self, register: str, rows: dict[str, str]) -> None:
        """A day later than the last delivery, a new extract of one register."""
        self.files += 1
        self.now += timedelta(days=1)
        lines = [HEADERS[register], *(f"{key},{rest}" for key, rest in rows.items())]
        file = self.folder / f"{register}-{self.files}.csv"
        file.write_text("\n".join(lines) + "\n", "utf-8")
        take_in(
            self.workspace,
            self.engine,
            self.packs.contracts[f"toy/{register}"],
            file,
            extracted_on=self.now.date(),
            now=self.now,
            progress=SilentProgress(),
        )

    def deliver_all(self, *, without: Sequence[str] = ()) -> None:
        for register, rows in (("people", PEOPLE), ("fees", FEES), ("paid", PAID)):
            if register not in without:
                self.deliver(register, rows)

    def waive(self, register: str, *lines: int) -> None:
        """Go on without rows of the delivery in force."""
        batch_id = current(self.workspace, self.engine)[register].batch_id
        waive(
            self.workspace, self.engine, batch_id,
            lines=lines, reason="totals", operator="clerk", now=self.now,
        )  # fmt: skip

    def scan(self, as_of: date = AS_OF) -> Run:
        return scan(self.workspace, self.engine, self.packs, as_of=as_of, now=self.now, showing=no_bar)

    def diff(self, as_of: date = AS_OF) -> dict[str, int]:
        """Scan, compare, and give the counts that are not nought."""
        self.now += timedelta(minutes=1)
        document = history.diff(self.workspace, self.engine, self.scan(as_of), now=self.now).as_document()
        counts = {verdict.value: document[verdict.value] for verdict in COUNTED}
        return {name: count for name, count in counts.items() if count}

    def reload(self) -> None:
        """Accept the toy pack as its files are now."""
        folder = self.folder / "packs" / "toy"
        text = re.sub(r'sha256 = "\w+"', f'sha256 = "{folder_sha256(folder)}"', self.settings)
        self.workspace.settings_file.write_text(text, "utf-8")
        self.packs = load_packs(self.workspace.settings(), self.folder / "packs")

    @property
    def settings(self) -> str:
        return self.workspace.settings_file.read_text("utf-8")

    def entitlements(self) -> list[tuple[int, str, int | None]]:
        """Revision, state and amount of all that was ever entitled, by amount."""
        columns = (entitlement.c.revision, entitlement.c.state, entitlement.c.amount)
        with reading(self.engine) as connection:
            rows = connection.execute(select(*columns).order_by(entitlement.c.amount)).all()
        return [(row[0], row[1], row[2]) for row in rows]


def cells(run: Run) -> pl.DataFrame:
    """The findings of a run without what names the file they stand in."""
    return run.findings().collect().sort("entitlement_id")


def copied(city: City, folder: Path) -> City:
    """A city with all that this one has taken in, in a folder of its own."""
    for name in ("packs", "workspace"):
        shutil.copytree(city.folder / name, folder / name)
    workspace = Workspace.open(folder / "workspace")
    packs = load_packs(workspace.settings(), folder / "packs")
    return City(workspace, open_store(workspace), packs, folder, city.now, city.files)


def make_city(folder: Path, *, buckets: int = 4) -> City:
    packs = folder / "packs"
    write_toy_pack(packs / "toy")
    authority = Authority("가온시", "Gaon City", "02-0000-0120", "http://127.0.0.1:8080")
    workspace = make_workspace(
        folder / "workspace", authority, packs=["toy"], built_in_packs=packs, buckets=buckets
    )
    made = City(workspace, open_store(workspace), load_packs(workspace.settings(), packs), folder)
    named = made.settings.replace('name = "toy"', 'name = "toy"\nfolder = "../packs/toy"')  # for any process
    named = named.replace("max_jump = 0.25", "max_jump = 1")  # so few may all be gone at once
    workspace.settings_file.write_text(named, "utf-8")
    return made
