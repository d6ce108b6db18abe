"""The data room's commands, run as an operator runs them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from data.commandline import CommandContext
from data.commands import audit, intake, quarantine, registers
from data.errors import BadSettings, ContractBroken, Failed, QuarantineOverLimit, Refused, RegisterTooOld
from data.rowfiles import doubts_path
from data.setup import Authority, make_workspace
from data.store.engine import reading
from data.store.schema import open_store
from data.store.tables import audit_entry, settled_row
from tests.data.delivering import NOW, PEOPLE, PEOPLE_HEADER, person

DAY = ["--extracted-on", "2026-07-01"]


@pytest.fixture
def ctx(tmp_path: Path) -> CommandContext:
    packs = tmp_path / "packs"
    (packs / "xx" / "contracts").mkdir(parents=True)
    (packs / "xx" / "contracts" / "people.toml").write_text(PEOPLE, "utf-8")
    authority = Authority(name_ko="가온시", name_en="Gaon City", phone="1", portal_url="http://127.0.0.1")
    make_workspace(tmp_path / "workspace", authority, packs=["xx"], built_in_packs=packs, buckets=4)
    return CommandContext(tmp_path / "workspace", {}, lambda: NOW, packs)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    rows = [PEOPLE_HEADER, person(1), person(2), person(2), person(3, born="x")]
    path.write_text("".join(f"{row}\n" for row in rows), "utf-8")
    return path


def run(ctx: CommandContext, command: object, *arguments: object) -> Result:
    return CliRunner().invoke(command, [str(one) for one in arguments], obj=ctx)  # type: ignore[arg-type]


def test_intake_accounts_for_every_row(ctx: CommandContext, file: Path) -> None:
    outcome = run(ctx, intake, "xx/people", file, *DAY, "--json")
    document = json.loads(outcome.stdout)
    assert (4, 2, 1, 1) == tuple(
        document[one] for one in ("rows_in", "accepted", "quarantined", "duplicates")
    )
    assert {"생년월일: unreadable": 1} == document["reasons"]
    assert f"Next: owed quarantine show {document['batch']}" in outcome.stderr


def test_the_same_file_again_says_so(ctx: CommandContext, file: Path) -> None:
    run(ctx, intake, "xx/people", file, *DAY)
    outcome = run(ctx, intake, "xx/people", file, *DAY)
    assert (0, True) == (outcome.exit_code, "was taken in before" in outcome.stdout)


def test_without_a_date_the_file_was_drawn_today(ctx: CommandContext, file: Path) -> None:
    document = json.loads(run(ctx, intake, "xx/people", file, "--json").stdout)
    assert "2026-07-02" == document["extracted_on"]


def test_an_unknown_contract_names_the_known_ones(ctx: CommandContext, file: Path) -> None:
    error = run(ctx, intake, "xx/nobody", file).exception
    assert isinstance(error, BadSettings) and "xx/people" in str(error)


def test_a_file_without_a_column_is_a_broken_contract(ctx: CommandContext, file: Path) -> None:
    file.write_text("번호,세대\n1,2\n", "utf-8")
    assert isinstance(run(ctx, intake, "xx/people", file).exception, ContractBroken)


def test_a_file_that_is_not_there_is_a_usage_error(ctx: CommandContext) -> None:
    assert 2 == run(ctx, intake, "xx/people", "nowhere.csv").exit_code


def test_the_quarantine_is_listed_and_shown_without_a_cell(ctx: CommandContext, file: Path) -> None:
    batch = json.loads(run(ctx, intake, "xx/people", file, *DAY, "--json").stdout)["batch"]
    listed = run(ctx, quarantine, "list")
    shown = run(ctx, quarantine, "show", batch, "--lang", "ko")
    assert f"{batch}  xx/people  1 row: 1 open" in listed.stdout
    assert "line 5: 생년월일: 형식: YYYYMMDD 형식의 날짜" in shown.stdout
    assert "홍길동" not in listed.stdout + shown.stdout


def test_open_rows_go_to_a_private_spreadsheet_and_the_record_says_so(
    ctx: CommandContext, file: Path, tmp_path: Path
) -> None:
    batch = json.loads(run(ctx, intake, "xx/people", file, *DAY, "--json").stdout)["batch"]
    target = tmp_path / "bad.csv"
    outcome = run(ctx, quarantine, "export", batch, target, "--yes")
    head, row = target.read_text("utf-8-sig").splitlines()
    assert f"batch (보류 묶음),line (행),{PEOPLE_HEADER},사유,reason,raw (원문)" == head
    assert f"{batch},5,{person(3, born='x')},생년월일: 형식: YYYYMMDD 형식의 날짜," in row
    assert 0o600 == target.stat().st_mode & 0o777
    assert "홍길동" not in outcome.output
    assert 2 == json.loads(run(ctx, audit, "verify", "--json").stdout)["entries"]


def test_nothing_is_exported_where_nobody_can_be_asked(
    ctx: CommandContext, file: Path, tmp_path: Path
) -> None:
    batch = json.loads(run(ctx, intake, "xx/people", file, *DAY, "--json").stdout)["batch"]
    outcome = run(ctx, quarantine, "export", batch, tmp_path / "bad.csv")
    assert (2, False) == (outcome.exit_code, (tmp_path / "bad.csv").exists())


def test_a_mended_spreadsheet_is_taken_back(ctx: CommandContext, file: Path, tmp_path: Path) -> None:
    batch = json.loads(run(ctx, intake, "xx/people", file, *DAY, "--json").stdout)["batch"]
    target = tmp_path / "bad.csv"
    run(ctx, quarantine, "export", batch, target, "--yes")
    target.write_text(target.read_text("utf-8-sig").replace(",x,", ",19900101,"), "utf-8")
    document = json.loads(run(ctx, quarantine, "retry", batch, target, "--json").stdout)
    assert {"rows_in": 1, "accepted": 1, "quarantined": 0, "left": 0}.items() <= document.items()
    (row,) = json.loads(run(ctx, registers, "list", "--json").stdout)
    assert (batch, 3, 0) == (row["batch"], row["rows"], row["quarantined"])


@pytest.mark.parametrize("name", ["nothing", "../workspace/owed", ""])
def test_a_quarantine_that_is_not_there_is_said_so(ctx: CommandContext, name: str) -> None:
    assert isinstance(run(ctx, quarantine, "show", name).exception, BadSettings)


def test_registers_are_listed_with_the_one_in_force(ctx: CommandContext, file: Path) -> None:
    run(ctx, intake, "xx/people", file, *DAY)
    (row,) = json.loads(run(ctx, registers, "list", "--json").stdout)
    assert ("residents", "2026-07-01", 2, True) == (
        row["register"],
        row["extracted_on"],
        row["rows"],
        row["in_force"],
    )


def test_a_cut_off_audit_chain_is_noticed(ctx: CommandContext, file: Path) -> None:
    run(ctx, intake, "xx/people", file, *DAY)
    assert 0 == run(ctx, audit, "verify").exit_code
    error = run(ctx, audit, "verify", "--head", "0" * 64).exception
    assert isinstance(error, Failed)


# --- deliveries that were refused as a whole --------------------------------------------------------


@pytest.fixture
def refused(ctx: CommandContext, tmp_path: Path) -> str:
    """A delivery of which nothing was accepted: two of its three rows are broken."""
    path = tmp_path / "refused.csv"
    rows = [PEOPLE_HEADER, person(1), person(2, born="x"), person(3, born="x")]
    path.write_text("".join(f"{row}\n" for row in rows), "utf-8")
    run(ctx, intake, "xx/people", path, *DAY)
    (listed,) = json.loads(run(ctx, quarantine, "list", "--json").stdout)
    assert 2 == listed["rows"]
    return str(listed["name"])


@pytest.mark.parametrize("chosen", [[], ["--all"]])
def test_what_is_kept_of_a_refused_delivery_is_removed_on_record(
    ctx: CommandContext, refused: str, chosen: list[str]
) -> None:
    outcome = run(ctx, quarantine, "remove", *(chosen or [refused]), "--yes", "--json")

    assert {"removed": True, "deliveries": {refused: 2}} == json.loads(outcome.stdout)
    assert [] == json.loads(run(ctx, quarantine, "list", "--json").stdout)
    with reading(open_store(ctx.workspace())) as connection:
        entry = connection.execute(select(audit_entry).order_by(audit_entry.c.seq.desc())).first()
    assert entry and (entry.action, entry.ref, entry.detail) == ("quarantine_remove", refused, '{"rows":2}')


@pytest.mark.parametrize(("given", "code"), [(["--dry-run"], 0), ([], 2)], ids=["dry run", "nobody to ask"])
def test_a_refused_delivery_stays_unless_somebody_says_yes(
    ctx: CommandContext, refused: str, given: list[str], code: int
) -> None:
    outcome = run(ctx, quarantine, "remove", refused, *given)

    assert code == outcome.exit_code
    assert refused in run(ctx, quarantine, "list").stdout


def test_rows_of_a_delivery_that_was_taken_in_are_not_removed(ctx: CommandContext, file: Path) -> None:
    batch = json.loads(run(ctx, intake, "xx/people", file, *DAY, "--json").stdout)["batch"]

    assert isinstance(run(ctx, quarantine, "remove", batch, "--yes").exception, BadSettings)
    assert 0 == run(ctx, quarantine, "show", batch).exit_code


# --- rows that are waived ---------------------------------------------------------------------------

WHY = ["--reason", "a line of\ntotals "]


@pytest.fixture
def batch(ctx: CommandContext, tmp_path: Path) -> str:
    """A delivery with a line of totals (4) and a row that names somebody (5) in quarantine."""
    path = tmp_path / "totals.csv"
    rows = [PEOPLE_HEADER, person(1), person(2), "합계,,,,,2", person(3, born="x"), person(4)]
    path.write_text("".join(f"{row}\n" for row in rows), "utf-8")
    return str(json.loads(run(ctx, intake, "xx/people", path, *DAY, "--json").stdout)["batch"])


def test_a_waived_row_is_counted_and_the_rest_is_left(ctx: CommandContext, batch: str) -> None:
    outcome = run(ctx, quarantine, "waive", batch, "--row", 4, *WHY, "--yes", "--json")
    assert {
        "batch": batch,
        "register": "residents",
        "rows": [4],
        "reason": "a line of totals",
        "naming": 0,
        "waived": 1,
        "left": 1,
    } == json.loads(outcome.stdout)


def test_all_open_rows_are_waived_at_once(ctx: CommandContext, batch: str) -> None:
    document = json.loads(run(ctx, quarantine, "waive", batch, "--all", *WHY, "--yes", "--json").stdout)
    assert ([4, 5], 0) == (document["rows"], document["left"])


def test_a_waived_row_stays_in_quarantine_and_is_marked(ctx: CommandContext, batch: str) -> None:
    run(ctx, quarantine, "waive", batch, "--row", 4, *WHY, "--yes")
    listed, shown = run(ctx, quarantine, "list").stdout, run(ctx, quarantine, "show", batch).stdout
    assert f"{batch}  xx/people  2 rows: 1 open, 1 waived" in listed
    assert ("line 4 (waived): " in shown, "line 5: " in shown) == (True, True)


def test_waived_rows_are_exported_and_mended_after_all(
    ctx: CommandContext, batch: str, tmp_path: Path
) -> None:
    run(ctx, quarantine, "waive", batch, "--all", *WHY, "--yes")
    target = tmp_path / "waived.csv"
    error = run(ctx, quarantine, "export", batch, target, "--yes").exception
    assert isinstance(error, Failed) and "--waived writes those" in str(error.mend)
    exported = json.loads(run(ctx, quarantine, "export", batch, target, "--waived", "--yes", "--json").stdout)
    assert 2 == exported["rows"]
    target.write_text(target.read_text("utf-8-sig").replace(",x,", ",19900101,"), "utf-8")
    document = json.loads(run(ctx, quarantine, "retry", batch, target, "--json").stdout)
    assert {"rows_in": 2, "accepted": 1, "quarantined": 1, "left": 0}.items() <= document.items()
    (listed,) = json.loads(run(ctx, quarantine, "list", "--json").stdout)
    assert (1, 1) == (listed["mended"], listed["waived"])


def test_nothing_is_exported_where_no_row_was_waived(ctx: CommandContext, batch: str, tmp_path: Path) -> None:
    error = run(ctx, quarantine, "export", batch, tmp_path / "w.csv", "--waived", "--yes").exception
    assert isinstance(error, Failed) and "No row of this delivery is waived." in str(error)


def test_a_waiver_says_who_which_and_why_in_the_record(ctx: CommandContext, batch: str) -> None:
    run(ctx, quarantine, "waive", batch, "--row", 5, "--row", 4, *WHY, "--yes")
    with reading(open_store(ctx.workspace())) as connection:
        entry = connection.execute(select(audit_entry).order_by(audit_entry.c.seq.desc())).first()
        kept = connection.execute(select(settled_row).where(settled_row.c.line == 4)).one()
    assert entry is not None and entry.actor == kept.by
    expected = {"lines": [4, 5], "reason": "a line of totals", "naming": 1}
    assert ("quarantine_waive", batch, expected) == (entry.action, entry.ref, json.loads(entry.detail))
    assert ("waived", "a line of totals") == (kept.how, kept.reason)


def test_when_the_record_cannot_be_written_nothing_is_waived(
    ctx: CommandContext, batch: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("data.audit.append", full)
    assert isinstance(run(ctx, quarantine, "waive", batch, "--row", 4, *WHY, "--yes").exception, OSError)
    assert 0 == json.loads(run(ctx, quarantine, "list", "--json").stdout)[0]["waived"]


def test_the_second_waiver_of_a_row_is_refused(ctx: CommandContext, batch: str) -> None:
    for row in (4, 5):
        run(ctx, quarantine, "waive", batch, "--row", row, *WHY, "--yes")
        error = run(ctx, quarantine, "waive", batch, "--row", row, *WHY, "--yes").exception
        assert isinstance(error, Refused)
        assert f"Line {row} is waived or mended before; nothing was changed." == error.what
    assert 3 == json.loads(run(ctx, audit, "verify", "--json").stdout)["entries"]


@pytest.mark.parametrize(
    ("name", "rows", "reason", "said"),
    [
        ("20260101-00000000", [4], "totals", "no delivery of that name"),
        (None, [4, 2, 99], "totals", "Lines 2, 99 are not in quarantine"),
        (None, [4], " \n", "a reason in words"),
        (None, [], "totals", "rows that are open"),
    ],
)
def test_what_cannot_be_waived_is_said_and_nothing_is_changed(
    ctx: CommandContext, batch: str, name: str | None, rows: Sequence[int], reason: str, said: str
) -> None:
    named = [word for row in rows for word in ("--row", row)]
    error = run(ctx, quarantine, "waive", name or batch, *named, "--reason", reason, "--yes").exception
    assert isinstance(error, BadSettings) and said in error.what
    assert 1 == json.loads(run(ctx, audit, "verify", "--json").stdout)["entries"]


def test_of_a_delivery_whose_doubts_are_lost_nothing_is_waived(ctx: CommandContext, batch: str) -> None:
    doubts_path(ctx.workspace(), "residents", batch).unlink()
    error = run(ctx, quarantine, "waive", batch, "--row", 4, *WHY, "--yes").exception
    assert isinstance(error, Failed) and "is lost" in error.what
    assert "line 4: " in run(ctx, quarantine, "show", batch).stdout


def test_nothing_is_waived_where_nobody_can_be_asked(ctx: CommandContext, batch: str) -> None:
    outcome = run(ctx, quarantine, "waive", batch, "--row", 5, *WHY)
    assert (2, True) == (outcome.exit_code, "somebody may be missed" in outcome.stderr)
    assert 0 == json.loads(run(ctx, quarantine, "list", "--json").stdout)[0]["waived"]


# --- feedback and gates -----------------------------------------------------------------------------


def delivered(ctx: CommandContext, folder: Path, *rows: str, day: str, more: Sequence[str] = ()) -> Result:
    path = folder / f"{day}.csv"
    path.write_text("".join(f"{row}\n" for row in [PEOPLE_HEADER, *rows]), "utf-8")
    return run(ctx, intake, "xx/people", path, "--extracted-on", day, *more)


def test_the_rows_of_a_refused_delivery_are_mended_where_they_come_from(
    ctx: CommandContext, tmp_path: Path
) -> None:
    path = tmp_path / "refused.csv"
    path.write_text("\n".join([PEOPLE_HEADER, *(person(one, born="x") for one in range(4))]), "utf-8")
    assert isinstance(run(ctx, intake, "xx/people", path, *DAY).exception, QuarantineOverLimit)
    (kept,) = json.loads(run(ctx, quarantine, "list", "--json").stdout)
    told = run(ctx, quarantine, "export", kept["name"], tmp_path / "rows.csv", "--yes").stdout
    assert "Next: have the export mended, then owed intake CONTRACT FILE\n" in told


def test_an_intake_is_told_against_the_one_before(ctx: CommandContext, tmp_path: Path) -> None:
    delivered(ctx, tmp_path, person(1), person(2), person(3, born="x"), day="2026-06-01")
    told = delivered(
        ctx, tmp_path, person(1), person(2), person(4), person(3, born="x"), person(5, status="gone"),
        day="2026-07-01",
    ).stdout  # fmt: skip
    assert "5 rows (+2 against the extract of 2026-06-01), 2 quarantined (+1, 1 new reason)\n" in told
    assert ("상태: unreadable: 1 (new)" in told, "생년월일: unreadable: 1\n" in told) == (True, True)


def test_a_gate_that_was_accepted_is_listed_with_its_delivery(ctx: CommandContext, tmp_path: Path) -> None:
    stopped = delivered(ctx, tmp_path, person(1), day="2026-04-01")
    passed = delivered(
        ctx, tmp_path, person(1), day="2026-04-01", more=["--accept", "stale", "--reason", "no newer one"]
    )
    (row,) = json.loads(run(ctx, registers, "list", "--json").stdout)
    assert (RegisterTooOld, 0) == (type(stopped.exception), passed.exit_code)
    assert "passed the gate stale on your word" in passed.stdout
    (one,) = row["accepted_exceptions"]
    expected = {"gate": "stale", "reason": "no newer one", "accepted_on": "2026-07-02", "until": "2026-08-01"}
    assert expected.items() <= one.items()
    assert "accepted: stale" in run(ctx, registers, "list").stdout


def test_a_register_that_has_become_too_old_is_accepted_by_name(ctx: CommandContext, tmp_path: Path) -> None:
    delivered(ctx, tmp_path, person(1), day="2026-07-01")
    (row,) = json.loads(run(ctx, registers, "list", "--json").stdout)
    words = [row["batch"], "--gate", "stale", "--reason", "the system is down", "--yes", "--json"]
    fresh = run(ctx, registers, "accept", *words).exception
    later = replace(ctx, clock=lambda: datetime(2026, 9, 20, 1, tzinfo=UTC))
    ctx = later
    made = json.loads(run(ctx, registers, "accept", *words).stdout)
    again = run(ctx, registers, "accept", *words, "--until", "2026-07-01").exception
    assert (Refused, "2026-10-20", BadSettings) == (type(fresh), made["until"], type(again))
    assert 2 == json.loads(run(ctx, audit, "verify", "--json").stdout)["entries"]


def test_a_corrected_extract_is_a_revision(ctx: CommandContext, tmp_path: Path) -> None:
    delivered(ctx, tmp_path, person(1), day="2026-07-01")
    delivered(ctx, tmp_path, person(1), person(2), day="2026-07-01")
    rows = json.loads(run(ctx, registers, "list", "--json").stdout)
    assert [(2, True, 2), (1, False, 1)] == [(one["revision"], one["in_force"], one["rows"]) for one in rows]
