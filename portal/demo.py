"""The whole chain on residents who do not exist, by the very commands an authority uses."""

from __future__ import annotations

import contextlib
import csv
import json
import secrets
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.errors import Failed
from data.files import write_text
from data.samples import US_TAX_UNITS
from data.synth.headers import CONTRACTS
from eligibility.totals import to_how_much
from portal.server import serving, workspace_app
from portal.stage import AS_OF, Demo
from portal.visitor import Visitor

CAMPAIGN = "car-tax-2026"
REFUND = "kr/vehicle_tax_refund"
# What the law leaves open and nobody has confirmed: the author names each, and the approver reads it.
ACCEPTED_RATES = [f"{REFUND}:{rate}" for rate in ("refund_basis", "days_of_the_event_day", "smallest_refund")]


@dataclass(frozen=True)
class Resident:
    """One made-up citizen, as the demo plays them: the message they got and the day they were born."""

    message: Mapping[str, Any]
    birth_date: str

    @property
    def link(self) -> str:
        return next(word for word in str(self.message["text"]).split() if "/r/" in word)


def play(demo: Demo) -> None:
    """Every step from registers to report, each told as it happens."""
    began = time.monotonic()
    _set_up(demo)
    _take_in(demo)
    _scan(demo)
    _plan_and_approve(demo)
    _send(demo)
    resident = told_residents(demo)[0]
    _show_message(demo, resident)
    with serving(workspace_app(demo.context), listener=demo.listener.dup()):
        reference = _apply(demo, resident)
        _decide(demo, reference)
        _read_decision(demo, resident)
    _report(demo)
    demo.say(f"\nDone in {time.monotonic() - began:.0f} seconds.")


def _set_up(demo: Demo) -> None:
    demo.say("\nA workspace, and a signing key for each of two operators")
    demo.run("init", "--portal-url", demo.url)
    for name in ("author", "approver"):
        passphrase = demo.root / "operators" / f"{name}.passphrase"
        write_text(passphrase, secrets.token_urlsafe(16) + "\n")
        demo.run("keys", "new", name, "--out", _key(demo, name), "--passphrase-file", passphrase)


def _key(demo: Demo, name: str) -> Path:
    return demo.root / "operators" / f"{name}.pem"


def _take_in(demo: Demo) -> None:
    demo.say(f"\nThe registers of a city of {demo.residents:,} made-up residents, and real US tax units")
    incoming = demo.root / "incoming"
    demo.run("synth", incoming, "--residents", demo.residents, "--as-of", AS_OF)
    files = {contract: incoming / f"{register}.csv" for register, contract in CONTRACTS.items()}
    files["us/tax_units"] = Path(shutil.copy(US_TAX_UNITS, incoming / US_TAX_UNITS.name))
    for contract, file in files.items():
        batch = demo.run("intake", contract, file, "--extracted-on", AS_OF)
        demo.say(
            f"  {batch['rows_in']:,} rows = {batch['accepted']:,} accepted"
            f" + {batch['quarantined']:,} quarantined + {batch['duplicates']:,} exact duplicates"
        )


def _scan(demo: Demo) -> None:
    demo.say("\nWho is entitled to what, under the law as it stood on each day")
    run = demo.run("scan", "--as-of", AS_OF)
    for programme, found in run["programmes"].items():
        demo.say(
            f"  {programme}: {found['entitled']:,} entitled {to_how_much(found)}, "
            f"{found['unknown']:,} where the records leave something unknown"
        )
    changes = demo.run("diff")
    demo.say(f"  {changes['new']:,} new since the last scan")
    demo.run("findings", "export", REFUND, demo.root / "office" / "findings.csv")


def _plan_and_approve(demo: Demo) -> None:
    demo.say("\nA campaign: planned by one person, approved by another")
    demo.run("campaign", "new", CAMPAIGN, "--programme", REFUND)
    _fill_in(demo.workspace / "campaigns" / f"{CAMPAIGN}.toml")
    plan = demo.run("campaign", "plan", CAMPAIGN, "--as", "author")
    for line, count in plan["lines"].items():
        demo.say(f"  {count['people']:>6,}  {line.replace('_', ' ')}")
    demo.run(
        *("campaign", "approve", CAMPAIGN, "--plan", plan["plan"], "--as", "approver", "--yes"),
        *("--key", _key(demo, "approver")),
        *("--passphrase-file", demo.root / "operators" / "approver.passphrase"),
    )


def _fill_in(file: Path) -> None:
    """What an author writes into the campaign file: on which law it rests, and which rate they accept."""
    text = file.read_text("utf-8")
    filled = text.replace('legal_basis = ""', 'legal_basis = "지방세기본법 제60조"').replace(
        "accept_unconfirmed = []", f"accept_unconfirmed = {json.dumps(ACCEPTED_RATES)}"
    )
    write_text(file, filled)


def _send(demo: Demo) -> None:
    demo.say("\nSending, into the file channel: outbox/ stands for the phones")
    sent = demo.run("work", "--once")
    demo.say("  " + ", ".join(f"{count:,} {state}" for state, count in sent["states"].items()))


def told_residents(demo: Demo) -> list[Resident]:
    """Those who were told, in Korean first; known to the demo because it made them."""
    with (demo.root / "incoming" / "residents.csv").open(encoding="utf-8", newline="") as file:
        born = {row["주민등록번호"]: row["생년월일"] for row in csv.DictReader(file)}
    with (demo.root / "incoming" / "contacts.csv").open(encoding="utf-8", newline="") as file:
        owners = {_digits(row["연락처"]): row["주민등록번호"] for row in csv.DictReader(file)}
    messages = [json.loads(path.read_text("utf-8")) for path in _outbox(demo)]
    told = [
        Resident(message=one, birth_date=born[owners[_digits(one["to"])]])
        for one in messages
        if "/r/" in one["text"]
    ]
    if not told:
        raise Failed("Nobody was told, so there is no citizen to play.", mend="use more --residents")
    return sorted(told, key=lambda one: str(one.message["text"]).isascii())


def _outbox(demo: Demo) -> list[Path]:
    return sorted((demo.workspace / "outbox").glob("*.json"))


def _digits(number: str) -> str:
    """The last eight digits of a phone number, which its spellings share; an e-mail address as it is."""
    return number if "@" in number else "".join(filter(str.isdigit, number))[-8:]


def _show_message(demo: Demo, resident: Resident) -> None:
    demo.say("\nWhat one resident reads:\n")
    for line in str(resident.message["text"]).splitlines():
        demo.say(f"    {line}")


def _apply(demo: Demo, resident: Resident) -> str:
    demo.say("\nThe resident opens the link, gives the birth date, reads the page and applies")
    visitor = Visitor()
    visitor.open(resident.link)
    visitor.submit(resident.link.rsplit("/", 1)[1], {"birth_date": resident.birth_date})
    visitor.submit("/case", {})
    exported = demo.root / "office" / "applications.csv"
    demo.run("applications", "export", exported)
    reference = _rows(exported)[0]["reference"]
    if reference not in visitor.text():
        raise Failed("The page after applying does not show the reference the office was given.")
    demo.say(f"  the page shows the reference {reference}")
    return reference


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def _decide(demo: Demo, reference: str) -> None:
    demo.say(
        "\nThe office decides; a second person releases the decision; the citizen is told that there is one"
    )
    row = next(
        one for one in _rows(demo.root / "office" / "applications.csv") if one["reference"] == reference
    )
    decided = {
        **{name: row[name] for name in ("reference", "record_id", "programme", "period")},
        **{"outcome": "granted", "amount": row["claimed"]},
        **{"decided_on": AS_OF, "decided_by": "1204", "reason": ""},
    }
    file = demo.root / "office" / "decisions.csv"
    with file.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.DictWriter(stream, fieldnames=list(decided))
        writer.writeheader()
        writer.writerow(decided)
    batch = demo.run("decisions", "import", file, "--as", "author")
    demo.run(
        *("decisions", "release", batch["batch"], "--as", "approver", "--yes"),
        *("--key", _key(demo, "approver")),
        *("--passphrase-file", demo.root / "operators" / "approver.passphrase"),
    )
    demo.run("work", "--once")


def _read_decision(demo: Demo, resident: Resident) -> None:
    notice = next(
        one
        for one in (json.loads(path.read_text("utf-8")) for path in reversed(_outbox(demo)))
        if one["to"] == resident.message["to"]
        and one["text"] != resident.message["text"]
        and "/r/" in one["text"]
    )
    link = next(word for word in notice["text"].split() if "/r/" in word)
    visitor = Visitor()
    visitor.open(link)
    visitor.submit(link.rsplit("/", 1)[1], {"birth_date": resident.birth_date})
    visitor.open("/status")
    demo.say("  the status page: " + visitor.text()[:160] + " …")


def _report(demo: Demo) -> None:
    demo.say("\nWhat came of it")
    page = demo.run("report", CAMPAIGN)
    demo.say(f"  report     {page['page']}")
    demo.say(f"  plan       {demo.workspace / 'campaigns' / (CAMPAIGN + '.plans') / '1' / 'plan.html'}")
    demo.say(f"  messages   {demo.workspace / 'outbox'}")
    demo.say(f"  findings   {demo.root / 'office' / 'findings.csv'}")


def stay_up(demo: Demo) -> None:
    """Serve the pages until interrupted, with one more resident's link and birth date to click by hand."""
    other = told_residents(demo)[1]
    with serving(workspace_app(demo.context), listener=demo.listener.dup()):
        demo.say("\nThe pages are up. Open this as another resident would (end with Ctrl-C):")
        demo.say(f"  link        {other.link}")
        demo.say(f"  birth date  {other.birth_date}")
        with contextlib.suppress(KeyboardInterrupt):
            while True:
                time.sleep(3600)
