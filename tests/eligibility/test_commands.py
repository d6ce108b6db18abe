"""The commands an operator types, on the toy city."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from data.commandline import CommandContext
from data.errors import OperatorError
from data.store.engine import reading
from data.store.tables import audit_entry
from eligibility.commands import diff, explain, findings, programmes, scan
from tests.eligibility.city import FEES, PAID, REFUND, City
from tests.eligibility.made_runs import PACKS, make_desk


def run(city: City, command: click.Command, *arguments: str, code: int = 0) -> Result:
    context = CommandContext(city.workspace.root, {}, lambda: city.now, city.folder / "packs")
    made = CliRunner().invoke(command, list(arguments), obj=context)
    given = made.exception.exit_code if isinstance(made.exception, OperatorError) else made.exit_code
    assert code == given, (made.output, made.exception)
    return made


def document(city: City, command: click.Command, *arguments: str) -> Any:
    return json.loads(run(city, command, *arguments, "--json").stdout)


def audited(city: City) -> list[tuple[str, str]]:
    with reading(city.engine) as connection:
        rows = connection.execute(select(audit_entry.c.action, audit_entry.c.ref)).all()
    return [(row[0], row[1]) for row in rows if row[0] != "intake"]


def test_scan_gives_run_day_manifest_and_counts(delivered: City) -> None:
    given = document(delivered, scan, "--as-of", "2026-09-01")
    counts = {
        "entitled": 2,
        "unknown": 1,
        "amount": 11170,
        "at_least": 0,
        "at_most": False,
        "currency": "KRW",
        "per": "once",
    }
    assert ("2026-09-01", {REFUND: counts}, True) == (
        given["as_of"],
        given["programmes"],
        Path(given["manifest"]).is_file(),
    )


def doubted(city: City, register: str, rows: dict[str, str]) -> tuple[Any, list[str]]:
    """Of one register with rows in quarantine: the entry in the document of a scan, and what it says."""
    city.deliver_all(without=[register])
    city.deliver(register, rows)
    said = run(city, scan, "--as-of", "2026-09-01").stdout.splitlines()
    lines = [line.strip() for line in said if line.startswith(f"  {register}: ")]
    return document(city, scan, "--as-of", "2026-09-01")["doubts"].get(register), lines


def test_scan_says_how_many_units_a_row_in_quarantine_may_be_about(city: City) -> None:
    entry, said = doubted(city, "paid", PAID | {"6": "P5,F5,ten,2026-01-10"})
    assert {"rows": 1, "astray": 0, "nameless": 0, "doubted": 1, "units": 5, "makes_units": False} == entry
    assert [
        "paid: 1 row in quarantine (`owed quarantine list`); they may be about 1 of 5 units, "
        "of which what such a row could change is unknown, not no"
    ] == said


def test_scan_says_that_a_row_without_a_readable_id_casts_doubt_on_all(city: City) -> None:
    entry, said = doubted(city, "paid", PAID | {"6": ",,ten,2026-01-10", "7": "P1,F1"})
    assert {"rows": 2, "astray": 0, "nameless": 2, "doubted": 5, "units": 5, "makes_units": False} == entry
    assert (
        "paid: in 2 rows of these the id or the household number that says whom they are about "
        "cannot be read, which casts doubt on every unit "
        "until it is mended, or waived by somebody who answers for it (`owed quarantine waive`)"
    ) == said[1]


def test_scan_says_how_many_rows_in_quarantine_were_waived(city: City) -> None:
    city.deliver_all(without=["paid"])
    city.deliver("paid", PAID | {"6": ",,ten,2026-01-10", "7": "P5,F5,ten,2026-01-10"})
    city.waive("paid", 7)
    said = run(city, scan, "--as-of", "2026-09-01").stdout
    given = document(city, scan, "--as-of", "2026-09-01")
    assert ({"paid": 1}, 1) == (given["waived"], given["doubts"]["paid"]["rows"])
    assert "  paid: 1 row in quarantine waived; whom they were about stays unseen\n" in said


def test_scan_says_that_nothing_is_found_for_quarantined_rows_of_the_units_own_register(city: City) -> None:
    entry, said = doubted(city, "fees", FEES | {"F7": "P5,A-7,2026,weekly,10000,"})
    assert {"rows": 1, "astray": 0, "nameless": 0, "doubted": 0, "units": 0, "makes_units": True} == entry
    assert [
        "fees: 1 row in quarantine (`owed quarantine list`); nothing is found for what they stand for"
    ] == said


def test_a_scan_that_was_cut_short_says_the_same_of_rows_in_quarantine(city: City) -> None:
    entry, _ = doubted(city, "paid", PAID | {"6": "P5,F5,ten,2026-01-10"})
    (Path(document(city, scan, "--as-of", "2026-09-01")["manifest"]).parent / "2.parquet").unlink()
    assert entry == document(city, scan, "--as-of", "2026-09-01")["doubts"]["paid"]


def test_scan_is_as_of_today_unless_told_otherwise(delivered: City) -> None:
    assert "2026-09-04" == document(delivered, scan)["as_of"]


def test_diff_takes_the_newest_scan(delivered: City) -> None:
    given = document(delivered, scan, "--as-of", "2026-09-01")
    compared = document(delivered, diff)
    assert (given["run"], 2) == (compared["run"], compared["new"])


def test_diff_before_any_scan_says_what_to_do(city: City) -> None:
    assert "Nothing has been scanned yet" in str(run(city, diff, code=2).exception)


def test_explain_says_it_in_words_and_is_audited(delivered: City) -> None:
    said = run(delivered, explain, REFUND, "F2", "--lang", "ko").stdout
    assert (
        "금액은 2026년분 5,000원입니다(확인되지 않은 기준으로 계산)." in said,
        [("explained", REFUND)],
    ) == (True, audited(delivered))


def test_explain_takes_a_national_id_from_a_file_alone(delivered: City, tmp_path: Path) -> None:
    (tmp_path / "id").write_text("P2\n", "utf-8")
    (only,) = document(delivered, explain, REFUND, "--id-file", str(tmp_path / "id"))
    assert ("entitled", 5_000) == (only["status"], only["amount"])
    refused = str(run(delivered, explain, REFUND, "P2", code=2).exception)
    assert "P2" not in refused


def test_explain_asks_for_a_national_id_without_showing_it(delivered: City) -> None:
    context = CommandContext(delivered.workspace.root, {}, lambda: delivered.now, delivered.folder / "packs")
    made = CliRunner().invoke(explain, [REFUND, "--ask-id", "--json"], obj=context, input="P2\n")
    assert ("entitled", False) == (json.loads(made.stdout)[0]["status"], "P2" in made.output)


def test_export_writes_the_offices_own_ids_and_is_audited_first(delivered: City, tmp_path: Path) -> None:
    run(delivered, scan, "--as-of", "2026-09-01")
    run(delivered, findings, "export", REFUND, str(tmp_path / "out.csv"))
    lines = (tmp_path / "out.csv").read_bytes().decode("utf-8-sig").splitlines()
    expected = [
        "record_id,status,amount,at_least,at_most,offset,currency,per,period,fee_part,youth_part,"
        "fee_was_paid,given_up_in_the_year,accrues_from,claim_from,claim_by",
        "'0000000000000001,entitled,6170,false,false,0,KRW,once,2026,6170,0,true,true,"
        "2026-07-02,2026-07-01,2031-07-01",
        "F2,entitled,5000,false,false,0,KRW,once,2026,4000,1000,true,true,2026-07-01,2026-06-30,2031-06-30",
        "F4,unknown,,false,false,0,KRW,once,2026,5000,,true,true,2026-07-06,2026-07-05,2031-07-05",
    ]
    assert (expected, [("findings exported", REFUND)]) == (lines, audited(delivered))


def test_export_of_an_unknown_programme_writes_nothing(delivered: City, tmp_path: Path) -> None:
    run(delivered, scan)
    run(delivered, findings, "export", "toy/nothing", str(tmp_path / "out.csv"), code=2)
    assert ([], False) == (audited(delivered), (tmp_path / "out.csv").exists())


def test_programmes_are_listed_with_title_authority_law_and_unit(city: City) -> None:
    expected = {
        "id": REFUND,
        "title": {"ko": "자리 환급", "en": "Space refund"},
        "authority": {"ko": "시장", "en": "the mayor"},
        "law": "Ordinance §3",
        "unit": "space",
    }
    assert [expected] == document(city, programmes, "list")


@pytest.mark.parametrize(
    ("programme", "ceiling", "lost", "words"),
    [
        ("kr/telecom_discount", True, False, ["paid by the month, in KRW; the amount is a ceiling"]),
        (
            "kr/child_allowance",
            False,
            True,
            ["paid by the month, in KRW\n", "from that month on: the months before are lost"],
        ),
        (
            "kr/vehicle_tax_refund",
            False,
            False,
            ["paid once, in KRW\n", "claimed within the days that the law names"],
        ),
    ],
)
def test_a_programme_is_shown_with_how_it_is_paid_and_what_a_late_claim_costs(
    tmp_path: Path, programme: str, ceiling: bool, lost: bool, words: list[str]
) -> None:
    desk = make_desk(tmp_path)
    context = CommandContext(desk.workspace.root, {}, lambda: desk.now, PACKS)
    said = CliRunner().invoke(programmes, ["show", programme], obj=context).output
    told = json.loads(CliRunner().invoke(programmes, ["show", programme, "--json"], obj=context).stdout)
    desk.engine.dispose()
    assert ([], (ceiling, lost)) == (
        [one for one in words if one not in said],
        (told["at_most"], told["months_lost"]),
    )


def test_a_programme_is_shown_with_its_rates(city: City) -> None:
    given = document(city, programmes, "show", REFUND)
    assert ["share_back", "bonus", "interest"] == [rate["name"] for rate in given["rates"]]


def test_stories_are_told(city: City) -> None:
    assert [[], []] == [one["differences"] for one in document(city, programmes, "test")]


def test_a_story_that_does_not_hold_fails(city: City, tmp_path: Path) -> None:
    text = (city.folder / "packs" / "toy" / "stories.toml").read_text("utf-8").replace("6170", "6171")
    (tmp_path / "wrong.toml").write_text(text, "utf-8")
    assert "1 of 2 stories" in str(
        run(city, programmes, "test", str(tmp_path / "wrong.toml"), code=1).exception
    )


def test_check_notes_what_nobody_has_confirmed(city: City) -> None:
    """It fails all the same: not every boundary of the toy rules has its stories."""
    remarks = json.loads(run(city, programmes, "check", "--json", code=1).stdout)
    assert ["rate bonus since 2020-01-01: nobody has confirmed it"] == [
        one["what"] for one in remarks if not one["problem"]
    ]


def test_a_look_up_that_finds_nobody_is_audited_without_what_was_asked(delivered: City) -> None:
    run(delivered, explain, REFUND, "P99", code=2)
    assert [("looked up in vain", REFUND)] == audited(delivered)


@pytest.mark.parametrize(("content", "code"), [(b"\xff\xfeP\x002\x00", 2), (b"\xef\xbb\xbfP2\r\n", 0)])
def test_a_file_with_a_national_id_is_text_or_refused(
    delivered: City, tmp_path: Path, content: bytes, code: int
) -> None:
    (tmp_path / "id").write_bytes(content)
    made = run(delivered, explain, REFUND, "--id-file", str(tmp_path / "id"), code=code)
    assert made.exception is None or made.exception.__context__ is None
