from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, select

from data.commandline import CommandContext, account
from data.errors import OperatorError, PartlyDone, Refused
from data.keys import KeyUse
from data.setup import Authority, make_workspace
from data.store.engine import open_engine, reading, writing
from data.store.tables import application, audit_entry, case_, message
from data.workspace import Workspace
from outreach.applications import Confirmation, submit
from outreach.cases import CaseKind, open_case
from outreach.commands.office import applications, cases, decisions
from outreach.operators import create_operator
from tests.outreach.invited import NOW, finding, invite, sealed

PACKS = Path(__file__).parents[2] / "eligibility" / "packs"
PASSPHRASE = "four plain words here"


@dataclass(frozen=True)
class Office:
    """A workspace with one application in it, two operators, and a desk to run commands from."""

    workspace: Workspace
    engine: Engine
    folder: Path

    def run(self, group: Any, *arguments: str) -> Any:
        """The command's JSON document; an operator's error is raised as it is."""
        context = CommandContext(self.workspace.root, {}, lambda: NOW, PACKS)
        ran = CliRunner().invoke(group, [*arguments, "--json"], obj=context)
        if ran.exception and not isinstance(ran.exception, SystemExit):
            raise ran.exception
        assert ran.exit_code == 0, ran.output
        return json.loads(ran.stdout)

    def export(self) -> Path:
        path = self.folder / "applications.csv"
        self.run(applications, "export", str(path))
        return path

    def fill_in(self, path: Path, **cells: str) -> Path:
        """What a clerk does in a spreadsheet: the same file with cells filled in."""
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        filled = self.folder / "decided.csv"
        with filled.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.DictWriter(file, fieldnames=list(rows[0]))
            writer.writeheader()
            writer.writerows(row | cells for row in rows)
        return filled

    def granted(self) -> Path:
        return self.fill_in(
            self.export(), outcome="granted", amount="250130", decided_on="2026-07-06", decided_by="31"
        )

    def release(self, batch: str, name: str) -> Any:
        key, words = self.folder / f"{name}.pem", self.folder / "passphrase"
        return self.run(
            decisions,
            "release",
            batch,
            "--as",
            name,
            "--key",
            str(key),
            "--passphrase-file",
            str(words),
            "--yes",
        )


@pytest.fixture
def office(tmp_path: Path) -> Office:
    workspace = make_workspace(
        tmp_path / "gaon",
        Authority("가온시", "Gaon City", "02-0000-0120", "http://127.0.0.1:8080"),
        packs=("kr",),
        built_in_packs=PACKS,
        buckets=1,
    )
    engine = open_engine(workspace.store_url)
    key = workspace.key(KeyUse.INVITATIONS)
    invited = invite(engine, key=key)
    (tmp_path / "passphrase").write_text(PASSPHRASE)
    with writing(engine) as connection:
        said = Confirmation("ko", note="전화 주세요")
        submit(connection, key, invitation_id=invited.invitation_id, confirmation=said, now=NOW)
        for name in ("kim", "lee"):
            path = tmp_path / f"{name}.pem"
            create_operator(
                connection, name=name, passphrase=PASSPHRASE, key_file=path, account="1000", now=NOW
            )
    return Office(workspace, engine, tmp_path)


def actions(office: Office) -> list[str]:
    with reading(office.engine) as connection:
        return list(connection.scalars(select(audit_entry.c.action).order_by(audit_entry.c.seq)))


def notices(office: Office) -> int:
    with reading(office.engine) as connection:
        return len(connection.execute(select(message).where(message.c.kind == "notice")).all())


def test_the_exported_file_goes_round_to_a_notice(office: Office) -> None:
    taken = office.run(decisions, "import", str(office.granted()), "--as", "kim")
    released = office.release(taken["batch"], "lee")
    assert (taken["counts"], released["notices"], notices(office)) == ({"granted": 1}, 1, 1)


def test_the_exported_file_is_for_its_owners_eyes(office: Office) -> None:
    assert office.export().stat().st_mode & 0o077 == 0


def apply_for_a_person(office: Office) -> str:
    """One more application, for a finding about a person, and that person's number."""
    key = office.workspace.key(KeyUse.INVITATIONS)
    one = replace(
        finding("d" * 32, period=""), record_id="9001010234567", record_kind="person", national_id=True
    )
    invited = invite(office.engine, key=key, content=sealed(findings=(one,)))
    with writing(office.engine) as connection:
        said = Confirmation("ko")
        submit(connection, key, invitation_id=invited.invitation_id, confirmation=said, now=NOW)
    return one.record_id


def test_national_ids_are_written_only_when_somebody_says_so(office: Office) -> None:
    apply_for_a_person(office)
    with pytest.raises(AssertionError, match="1 national ids"):
        office.export()
    assert (actions(office), (office.folder / "applications.csv").exists()) == ([], False)


def test_what_the_office_gets_says_of_each_number_what_it_is(office: Office) -> None:
    number = apply_for_a_person(office)
    told = office.run(applications, "export", str(office.folder / "a.csv"), "--yes")
    with (office.folder / "a.csv").open(encoding="utf-8-sig", newline="") as file:
        kinds = {row["record_id"]: row["record_kind"] for row in csv.DictReader(file)}
    with reading(office.engine) as connection:
        detail = json.loads(connection.execute(select(audit_entry.c.detail)).scalar_one())
    assert (told["national_ids"], detail["national_ids"], kinds[number], sorted(kinds.values())) == (
        1, 1, "person", ["bill", "person"],
    )  # fmt: skip


def test_every_step_of_a_decision_is_on_record(office: Office) -> None:
    taken = office.run(decisions, "import", str(office.granted()), "--as", "kim")
    office.release(taken["batch"], "lee")
    assert actions(office) == ["applications exported", "decisions taken in", "decisions released"]


def test_the_account_behind_an_operators_name_is_on_record(office: Office) -> None:
    office.run(decisions, "import", str(office.granted()), "--as", "kim")
    with reading(office.engine) as connection:
        query = select(audit_entry.c.detail).where(audit_entry.c.action == "decisions taken in")
        assert json.loads(connection.execute(query).scalar_one())["account"] == account()


def test_importing_the_same_file_again_changes_nothing(office: Office) -> None:
    file = office.granted()
    first = office.run(decisions, "import", str(file), "--as", "kim")
    again = office.run(decisions, "import", str(file), "--as", "kim")
    assert (again["batch"], again["already_taken_in"], len(actions(office))) == (first["batch"], True, 2)


def test_a_dry_run_takes_nothing_in(office: Office) -> None:
    shown = office.run(decisions, "import", str(office.granted()), "--as", "kim", "--dry-run")
    assert (shown["batch"], shown["counts"], office.run(decisions, "show")["batches"]) == (
        None,
        {"granted": 1},
        [],
    )


def test_the_importer_may_not_release(office: Office) -> None:
    taken = office.run(decisions, "import", str(office.granted()), "--as", "kim")
    with pytest.raises(Refused) as refused:
        office.release(taken["batch"], "kim")
    assert (refused.value.exit_code, notices(office)) == (4, 0)


def test_a_refusal_without_a_reason_is_not_taken_in(office: Office) -> None:
    file = office.fill_in(office.export(), outcome="refused", decided_on="2026-07-06", decided_by="31")
    with pytest.raises(Refused):
        office.run(decisions, "import", str(file), "--as", "kim")


def test_rows_that_do_not_hold_are_named_and_the_others_taken_in(office: Office) -> None:
    file = office.granted()
    with file.open("a", encoding="utf-8") as more:
        more.write("ZZ9ZZ9ZZ,X,bill,kr/vehicle_tax_refund,,,,,,,,granted,1,2026-07-06,31,\r\n")
    with pytest.raises(PartlyDone, match="1 of 2 rows") as partly:
        office.run(decisions, "import", str(file), "--as", "kim")
    batches = office.run(decisions, "show")["batches"]
    assert (partly.value.exit_code, [one["rows_in"] for one in batches]) == (3, [2])


def test_a_batch_is_shown_without_its_reasons(office: Office) -> None:
    reason = "연납이 없습니다"
    file = office.fill_in(
        office.export(), outcome="refused", decided_on="2026-07-06", decided_by="31", reason=reason
    )
    taken = office.run(decisions, "import", str(file), "--as", "kim")
    shown = office.run(decisions, "show", taken["batch"])
    assert ([one["outcome"] for one in shown["decisions"]], reason in json.dumps(shown)) == (
        ["refused"],
        False,
    )


def test_a_case_shows_its_words_only_when_it_is_opened(office: Office) -> None:
    listed = office.run(cases, "list")
    shown = office.run(cases, "show", listed[0]["case"])
    assert ("text" in listed[0], shown["text"]) == (False, "전화 주세요")


@pytest.mark.parametrize("flags", [[], ["--json"]])
def test_what_a_citizen_wrote_moves_no_terminal(office: Office, flags: list[str]) -> None:
    trick = "hello\x1b[2J\x1b]0;owned\x07\rworld\x9b31m\u202etxt"
    with writing(office.engine) as connection:
        open_case(
            connection,
            kind=CaseKind.QUESTION,
            dedupe_key="trick",
            invitation_id=connection.execute(select(application.c.invitation_id)).scalar_one(),
            text=trick,
            key=office.workspace.key(KeyUse.INVITATIONS),
            now=NOW,
        )
        case = connection.execute(select(case_.c.case_id).where(case_.c.dedupe_key == "trick")).scalar_one()
    context = CommandContext(office.workspace.root, {}, lambda: NOW, PACKS)
    shown = CliRunner().invoke(cases, ["show", case, *flags], obj=context).output
    assert ("hello\\u001b[2J" in shown, set(shown) & set("\x1b\x07\r\x9b\u202e")) == (True, set())


def test_who_looks_at_a_case_is_on_record(office: Office) -> None:
    office.run(cases, "show", office.run(cases, "list")[0]["case"])
    assert actions(office) == ["case shown"]


def test_a_closed_case_is_gone_from_the_list(office: Office) -> None:
    office.run(cases, "close", office.run(cases, "list")[0]["case"])
    assert office.run(cases, "list") == []


def test_the_record_holds_no_fact_about_a_person(office: Office) -> None:
    office.run(cases, "show", office.run(cases, "list")[0]["case"])
    office.run(decisions, "import", str(office.granted()), "--as", "kim")
    with reading(office.engine) as connection:
        record = repr(connection.execute(select(audit_entry)).all())
        reference = connection.execute(select(application.c.reference)).scalar_one()
    assert [word for word in ("김가온", "전화 주세요", "BILL-", "250130", reference) if word in record] == []


@pytest.mark.parametrize(
    "arguments",
    [
        lambda o: (cases, "show", "none"),
        lambda o: (decisions, "show", "none"),
        lambda o: (decisions, "import", str(o.folder / "passphrase"), "--as", "kim"),
    ],
)
def test_what_does_not_exist_is_said_without_a_trace(
    office: Office, arguments: Callable[[Office], tuple[Any, ...]]
) -> None:
    with pytest.raises(OperatorError):
        office.run(*arguments(office))
