"""What is due to an employer or a farm has a line of its own in plan and report, and is never an error."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from eligibility.pack import Packs
from outreach.sealing import ProgrammeWords
from tests.eligibility.packs.verdicts import built_in
from tests.outreach.town import Town

EMPLOYMENT = ("kr/employers", "kr/measures", "kr/staff_months", "kr/departures")
FARMING = ("us/farms", "us/herds", "us/droughts")


class Fields(Town):
    """A town that only took in what employers reported and farms have."""

    def take_in(self) -> None:
        """From nothing to a compared scan."""
        self.run("init")
        for name in ("author", "approver"):
            (self.root / f"{name}.passphrase").write_text(f"the passphrase of {name}\n", "utf-8")
            self.run(
                *("keys", "new", name, "--out", self.root / f"{name}.pem"),
                *("--passphrase-file", self.root / f"{name}.passphrase"),
            )
        incoming = self.root / "incoming"
        self.run("synth", incoming, "--residents", 12_000, "--as-of", "2026-09-08")
        for contract in (*EMPLOYMENT, *FARMING):
            register = contract.split("/")[1]
            self.run("intake", contract, incoming / f"{register}.csv", "--extracted-on", "2026-09-08")
        self.run("scan", "--as-of", "2026-09-08")
        self.run("diff")

    def plan_for(self, name: str, programme: str) -> Any:
        """A campaign for one programme, planned."""
        self.run("campaign", "new", name, "--programme", programme)
        file = self.workspace.campaigns / f"{name}.toml"
        file.write_text(file.read_text("utf-8").replace('legal_basis = ""', 'legal_basis = "§1"'), "utf-8")
        return self.run("campaign", "plan", name, "--as", "author")


@pytest.fixture(scope="module")
def fields(tmp_path_factory: pytest.TempPathFactory) -> Fields:
    town = Fields(tmp_path_factory.mktemp("fields"))
    town.take_in()
    return town


@pytest.mark.parametrize(
    ("programme", "kind"),
    [
        ("kr/employment_retention", "employer"),
        ("us/livestock_forage", "producer"),
        ("us/eitc", "tax_unit"),
        ("kr/child_allowance", "person"),
        ("kr/energy_voucher", "person"),
    ],
)
def test_a_programme_knows_whether_it_is_due_to_people(programme: str, kind: str) -> None:
    packs = Packs((built_in(programme.split("/")[0]),))

    assert kind == ProgrammeWords.read(packs, programme).recipient_kind


@pytest.mark.parametrize(
    ("name", "programme"), [("farms", "us/livestock_forage"), ("jobs", "kr/employment_retention")]
)
def test_everybody_found_stands_in_the_line_of_those_who_are_no_people(
    fields: Fields, name: str, programme: str
) -> None:
    found = fields.run("scan", "--as-of", "2026-09-08")["programmes"][programme]["entitled"]

    lines = fields.plan_for(name, programme)["lines"]

    people = {line: one["people"] for line, one in lines.items()}
    assert (True, {"to_tell", "no_person"}, 0) == (
        0 < people["no_person"] <= found,
        set(people),
        people["to_tell"],
    )


@pytest.mark.parametrize(("lang", "line"), [("ko", "여기에는 연락처가 없습니다"), ("en", "no contact here")])
def test_plan_and_report_say_so_in_words(fields: Fields, lang: str, line: str) -> None:
    name = f"words-{lang}"
    fields.plan_for(name, "us/livestock_forage")
    folder = fields.workspace.campaigns / f"{name}.plans" / "1"
    fields.run(
        *("campaign", "approve", name, "--plan", 1, "--as", "approver", "--yes"),
        *("--key", fields.root / "approver.pem"),
        *("--passphrase-file", fields.root / "approver.passphrase"),
    )

    fields.run("work", "--once")
    report = fields.run("report", name, "--lang", lang)

    page = Path(report["page"]).read_text("utf-8")
    assert (True, True) == (line in page, "연락처가 없습니다" in (folder / "plan.html").read_text("utf-8"))
