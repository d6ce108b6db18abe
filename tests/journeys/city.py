"""A small city that told its residents what they are owed, and its office: every step a real command."""

from __future__ import annotations

import csv
import json
import secrets
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.files import write_text
from portal.demo import ACCEPTED_RATES, REFUND
from portal.stage import AS_OF, Demo

CAMPAIGN = "car-tax-2026"
AUTHOR, APPROVER = "author", "approver"
CASEWORKER = "1204"
# What the refund is reckoned from, and who to tell about it.
REGISTERS = (
    "residents", "households", "contacts", "vehicles", "bills", "payments", "passed_prepayments", "arrears",
)  # fmt: skip


@dataclass(frozen=True)
class City:
    """The workspace behind `demo`, and what its operators and its office do."""

    demo: Demo

    def tell(self) -> None:
        """From registers of nobody real to messages in the outbox."""
        demo = self.demo
        self._run("init", "--portal-url", demo.url)
        for name in (AUTHOR, APPROVER):
            write_text(self._passphrase(name), secrets.token_urlsafe(16) + "\n")
            self._run(
                "keys", "new", name, "--out", self._key(name), "--passphrase-file", self._passphrase(name)
            )
        incoming = demo.root / "incoming"
        self._run("synth", incoming, "--residents", demo.residents, "--as-of", AS_OF)
        _teach_english(incoming / "residents.csv")
        for register in REGISTERS:
            self._run("intake", f"kr/{register}", incoming / f"{register}.csv", "--extracted-on", AS_OF)
        self._run("scan", "--as-of", AS_OF, "--programme", REFUND)
        self._run("diff")
        self._run("campaign", "new", CAMPAIGN, "--programme", REFUND)
        self._fill_in(demo.workspace / "campaigns" / f"{CAMPAIGN}.toml")
        plan = self._run("campaign", "plan", CAMPAIGN, "--as", AUTHOR)
        self._run("campaign", "approve", CAMPAIGN, "--plan", plan["plan"], *self._second_person())
        self.send()

    def send(self) -> None:
        self._run("work", "--once")

    def decide(self, reference: str, *, outcome: str, reason: str = "") -> Mapping[str, str]:
        """The office fills its row in, and a second person releases it; the row as it was handed out."""
        office = self.demo.root / "office"
        handed_out, filled_in = office / f"{reference}.csv", office / f"{reference}-decided.csv"
        self._run("applications", "export", handed_out)
        rows = [row for row in read_csv(handed_out) if row["reference"] == reference]
        amount = rows[0]["claimed"] if outcome == "granted" else ""
        decided = {"outcome": outcome, "amount": amount, "reason": reason}
        decided |= {"decided_on": AS_OF, "decided_by": CASEWORKER}
        _write_csv(filled_in, [{**row, **decided} for row in rows])
        batch = self._run("decisions", "import", filled_in, "--as", AUTHOR)
        self._run("decisions", "release", batch["batch"], *self._second_person())
        self.send()
        return rows[0]

    def messages(self, to: object = None) -> list[dict[str, Any]]:
        """Every message sent so far, or those to one address."""
        files = sorted((self.demo.workspace / "outbox").glob("*.json"))
        sent = [json.loads(file.read_text("utf-8")) for file in files]
        return [one for one in sent if to is None or one["to"] == to]

    def newest(self, to: object, seen: list[dict[str, Any]]) -> dict[str, Any]:
        """The one message to an address that was not there before."""
        (new,) = [one for one in self.messages(to) if one not in seen]
        return new

    def _run(self, *words: object) -> Any:
        """One command, in a thread of its own: a browser's test holds this one's event loop."""
        with ThreadPoolExecutor(max_workers=1) as pool:
            return pool.submit(self.demo.run, *words).result()

    def _fill_in(self, file: Path) -> None:
        text = file.read_text("utf-8").replace('legal_basis = ""', 'legal_basis = "지방세기본법 제60조"')
        accepted = f"accept_unconfirmed = {json.dumps(ACCEPTED_RATES)}"
        write_text(file, text.replace("accept_unconfirmed = []", accepted))

    def _second_person(self) -> tuple[object, ...]:
        key = ("--key", self._key(APPROVER), "--passphrase-file", self._passphrase(APPROVER))
        return ("--as", APPROVER, "--yes", *key)

    def _key(self, name: str) -> Path:
        return self.demo.root / "operators" / f"{name}.pem"

    def _passphrase(self, name: str) -> Path:
        return self.demo.root / "operators" / f"{name}.passphrase"


def _teach_english(residents: Path) -> None:
    """Every other resident reads English, so that a small city has one who is to be told in it."""
    rows = read_csv(residents)
    for row in rows[::2]:
        row["안내언어"] = "en"
    _write_csv(residents, rows)


def _write_csv(file: Path, rows: list[dict[str, str]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def read_csv(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))
