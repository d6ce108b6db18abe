"""Every row of a file is accepted, quarantined with its reasons, or an exact duplicate."""

from __future__ import annotations

import gzip
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from data import audit, intake
from data.batch import Batch
from data.checks import judge
from data.contracts import read_contract
from data.errors import BadSettings, ContractBroken, QuarantineOverLimit, RegisterTooOld, RowsJumped
from data.keys import KeyUse
from data.quarantine import read_quarantine, refused_deliveries
from data.registers import current
from data.store.engine import reading
from data.store.tables import audit_entry, batch
from tests.data.delivering import NOW, PEOPLE, PEOPLE_HEADER, TODAY, Office, number, person
from tests.data.filing import read_here

Counts = tuple[int, int, int, int]


def counts(made: Batch) -> Counts:
    return made.rows_in, made.accepted, made.quarantined, made.duplicates


def reasons(office: Office, made: Batch) -> list[tuple[int, list[str]]]:
    """Line and reasons in English of every quarantined row."""
    rows = read_quarantine(office.workspace, made.batch_id)
    return [(line, [one["en"] for one in told]) for line, told in rows.select("line", "reasons").iter_rows()]


def everything_kept(office: Office) -> dict[str, bytes]:
    """Every file of the workspace but locks and what SQLite keeps beside its files."""
    root = office.workspace.root
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and not path.name.endswith((".lock", "-wal", "-shm"))
    }


def test_every_row_is_somewhere(office: Office) -> None:
    made = office.people(person(1), person(2), person(1), person(3, born="20230229"), "1,2")
    assert (5, 2, 2, 1) == counts(made)


def test_accepted_rows_hold_parsed_values_ids_and_their_line(office: Office) -> None:
    office.people(person(1), "", person(2, protected="Y", household=""))
    rows = office.accepted("residents")
    assert ["resident", "household", "birth_date", "status", "protected", "_row"] == rows.columns
    assert [(date(1990, 1, 1), "alive", False, 2), (date(1990, 1, 1), "alive", True, 4)] == rows.select(
        "birth_date", "status", "protected", "_row"
    ).rows()
    assert [True, False] == rows["household"].is_not_null().to_list()


def test_a_quarantined_row_keeps_its_line_its_text_and_all_its_reasons(office: Office) -> None:
    bad = f"{number(1)},H1,18990101,gone,N,홍길동"
    made = office.people(person(2), bad, person(3))
    (row,) = read_quarantine(office.workspace, made.batch_id).to_dicts()
    assert (3, bad) == (row["line"], row["raw"])
    assert ["생년월일 is below 1900-01-01", "상태 is not one of alive, deceased"] == [
        reason["en"] for reason in row["reasons"]
    ]
    assert "상태: 형식: 다음 중 하나: alive, deceased" == row["reasons"][1]["ko"]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (person(1).replace(number(1), ""), "번호 is empty"),
        (
            person(1).replace(number(1), "123"),
            "번호 is not a resident number of 13 digits that begin with a day",
        ),
        (person(1, born="99991231"), "생년월일 is empty"),
        (person(1) + ",x", "the row has more cells than the header"),
        ("x", "the row has fewer cells than the header"),
        ('"' + person(1), "a quote is left open or stands inside a cell"),
    ],
)
def test_a_reason_is_told_in_words(office: Office, row: str, told: str) -> None:
    made = office.people(person(2), row)
    assert [(3, [told])] == reasons(office, made)


def test_rows_of_one_key_that_differ_are_all_quarantined(office: Office) -> None:
    made = office.people(person(1), person(1, status="deceased"), person(2), person(1))
    told = ["other rows with the same 번호 say something else"]
    assert [(2, told), (3, told)] == reasons(office, made)
    assert (4, 1, 2, 1) == counts(made)


def test_rows_without_a_key_are_not_compared(office: Office) -> None:
    nobody = [person(1, household=house).replace(number(1), "") for house in ("H1", "H2")]
    made = office.people(*nobody, person(2), person(3))
    assert [(2, ["번호 is empty"]), (3, ["번호 is empty"])] == reasons(office, made)


def test_a_column_that_tells_rows_apart_is_never_empty_though_it_need_not_be_required(office: Office) -> None:
    loose = PEOPLE.replace('parser = "kr_resident_number"\nrequired = true', 'parser = "kr_resident_number"')
    file = office.file([PEOPLE_HEADER, person(1), person(2).replace(number(2), "")])
    made = office.take_in(office.contract(loose), file)
    assert (1, {"번호: missing": 1}) == (made.accepted, made.reasons)


def test_rows_that_differ_in_spaces_alone_are_exact_duplicates(office: Office) -> None:
    made = office.people(person(1), person(1, name="\u3000홍길동 "))
    assert (2, 1, 0, 1) == counts(made)


def test_one_person_has_one_id_in_every_register(office: Office) -> None:
    office.people(person(1), person(2))
    office.contacts(f"{number(2)},sms,Y,010-0000-0002")
    assert office.accepted("residents")["resident"][1] == office.accepted("contacts")["resident"][0]


def test_the_same_file_again_changes_nothing_and_says_so(office: Office) -> None:
    first = office.people(person(1))
    before = everything_kept(office)
    again = office.people(person(1))
    assert (True, first.batch_id) == (again.already, again.batch_id)
    assert before == everything_kept(office)


def test_over_the_limit_nothing_is_accepted_but_the_rows_can_be_looked_at(office: Office) -> None:
    with pytest.raises(QuarantineOverLimit, match=r"2 of 3 rows .* 50\.0%"):
        office.people(person(1), person(2, born="x"), person(3, born="y"))
    (name,) = refused_deliveries(office.workspace)
    assert [3, 4] == read_quarantine(office.workspace, name)["line"].to_list()
    assert ({}, False) == (
        current(office.workspace, office.engine),
        any(office.workspace.registers.rglob("*.parquet")) or any(office.workspace.vault.rglob("*.parquet")),
    )


@pytest.mark.parametrize(("age", "error"), [(61, RegisterTooOld), (-1, BadSettings)])
def test_an_extract_of_another_time_is_refused(office: Office, age: int, error: type[Exception]) -> None:
    with pytest.raises(error):
        office.people(person(1), extracted_on=TODAY - timedelta(days=age))


def test_an_extract_as_old_as_allowed_is_taken_in(office: Office) -> None:
    assert office.people(person(1), extracted_on=TODAY - timedelta(days=60)).accepted == 1


def test_a_broken_file_leaves_nothing_behind(office: Office) -> None:
    before = everything_kept(office)
    with pytest.raises(ContractBroken):
        office.take_in(office.contract(PEOPLE), office.file(["번호,세대", "1,2"]))
    assert before == everything_kept(office)


def test_a_failure_before_the_batch_is_recorded_leaves_nothing_visible(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.people(person(1))
    before = everything_kept(office)

    def fail(*_: object, **__: object) -> str:
        raise RuntimeError("power cut")

    with monkeypatch.context() as broken:
        broken.setattr(audit, "append", fail)
        with pytest.raises(RuntimeError):
            office.people(person(1), person(2))
    assert before == everything_kept(office)
    assert office.people(person(1), person(2)).accepted == 2


def test_what_a_killed_intake_left_behind_is_swept_away(office: Office) -> None:
    orphans = [
        office.workspace.registers / "residents" / "20260101-dead.parquet",
        office.workspace.registers / "residents" / ".x.parquet.1.part",
        office.workspace.quarantine / "20260101-dead.parquet",
        office.workspace.vault / "identities" / "person" / "20260101-dead.parquet",
        office.workspace.vault / "rows" / "residents.person" / "20260101-dead.parquet",
    ]
    for path in orphans:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    office.people(person(1))
    assert [False] * 5 == [path.exists() for path in orphans]


def test_an_intake_is_audited_by_counts(office: Office) -> None:
    made = office.people(person(1), person(2, born="x"))
    with reading(office.engine) as connection:
        entry = connection.execute(select(audit_entry)).one()
        assert audit.verify(connection, office.workspace.key(KeyUse.AUDIT)).whole
    assert ("intake", made.batch_id) == (entry.action, entry.ref)
    assert '"accepted":1' in entry.detail and '"quarantined":1' in entry.detail


def test_the_newest_extract_is_in_force_whenever_it_came(office: Office) -> None:
    newer = office.people(person(1), extracted_on=TODAY)
    office.people(person(2), extracted_on=TODAY - timedelta(days=1))
    assert newer.batch_id == current(office.workspace, office.engine)["residents"].batch_id


def test_of_two_extracts_of_one_day_the_later_delivery_is_in_force(office: Office) -> None:
    made = [office.people(person(1), person(who)).batch_id for who in range(2, 7)]
    assert made[-1] == current(office.workspace, office.engine)["residents"].batch_id


def test_a_packed_file_in_cp949_is_taken_in(office: Office) -> None:
    path = office.folder / "people.csv.gz"
    path.write_bytes(gzip.compress(f"{PEOPLE_HEADER}\n{person(1)}\n".encode("cp949")))
    assert office.take_in(office.contract(PEOPLE), path).accepted == 1


def test_constants_become_columns(office: Office) -> None:
    contract = office.contract(PEOPLE + "\n[constants]\ntax_year = 2025\n")
    office.take_in(contract, office.file([PEOPLE_HEADER, person(1)]))
    assert [2025] == office.accepted("residents")["tax_year"].to_list()


def test_no_fact_about_a_person_is_readable_in_what_is_kept(office: Office) -> None:
    office.people(person(1), person(2, born="x"))
    office.contacts(f"{number(1)},sms,Y,010-0000-0001")
    facts = [number(1), number(2), "홍길동", "+821000000001", "010-0000-0001", "19900101"]
    kept = everything_kept(office)
    assert [] == [name for name, body in kept.items() for fact in facts if fact.encode() in body]


def test_no_accepted_cell_holds_what_belongs_in_the_vault(office: Office) -> None:
    office.people(person(1, household="세대7"))
    office.contacts(f"{number(1)},sms,Y,010-0000-0001")
    cells = {
        str(cell)
        for name in ("residents", "contacts")
        for row in office.accepted(name).rows()
        for cell in row
    }
    assert not cells & {number(1), "홍길동", "세대7", "+821000000001", "010-0000-0001"}


def test_an_accepted_file_cannot_stand_in_for_another(office: Office) -> None:
    made = office.people(person(1), extracted_on=TODAY - timedelta(days=1))
    newer = office.people(person(2))
    folder = office.workspace.registers / "residents"
    (folder / f"{newer.batch_id}.parquet").write_bytes((folder / f"{made.batch_id}.parquet").read_bytes())
    with pytest.raises(Exception, match=r"(?i)decrypt|aad|footer"):
        office.accepted("residents")


def test_files_are_readable_by_their_owner_alone(office: Office) -> None:
    office.people(person(1), person(2, born="x"))
    made = [*office.workspace.registers.rglob("*.parquet"), *office.workspace.quarantine.iterdir()]
    made += [path for path in office.workspace.vault.rglob("*") if path.is_file()]
    assert {0o600} == {path.stat().st_mode & 0o777 for path in made}


CELL = st.sampled_from(
    [",", "1", "x", '"', '""', 'a"b', '","', "가", " ", "\u3000", "19900101", "Y", "\r", "\x07", "\u2028"]
)
MUTATION = st.tuples(st.integers(0, 30), st.integers(0, 60), CELL)


@given(
    people=st.lists(st.integers(0, 6), max_size=12),
    mutations=st.lists(MUTATION, max_size=6),
    ending=st.sampled_from(["\n", "\r\n"]),
)
@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_happens_to_a_file_every_row_is_somewhere(
    tmp_path: Path, people: list[int], mutations: list[tuple[int, int, str]], ending: str
) -> None:
    lines = [person(who) for who in people]
    for spot, place, cell in mutations if lines else []:
        line = spot % len(lines)
        lines[line] = lines[line][:place] + cell + lines[line][place:]
    content = "".join(one + ending for one in [PEOPLE_HEADER, *lines]).encode()
    (tmp_path / "contract.toml").write_text(PEOPLE, "utf-8")
    contract = read_contract(tmp_path / "contract.toml")
    table = read_here(content, [one.in_file for one in contract.columns])
    judged = judge(contract, table.parts, table.broken)
    refused = judged.refused["_row"].to_list()
    accepted = judged.accepted["_row"].to_list()
    continued = table.reading["lines"].get("continued", 0)
    assert sum(1 for line in lines if line.strip()) - continued == table.rows_in
    assert table.rows_in == len(accepted) + len(refused) + judged.duplicates
    assert {} == {line: seen for line, seen in Counter(accepted + refused).items() if seen > 1}
    alone = {at + 2 for at, who in enumerate(people) if lines[at] == person(who) and people.count(who) == 1}
    quoted = [(line, raw) for line in accepted + refused if '"' in (raw := table.raw(line))]
    inside = {line + after for line, raw in quoted for after in range(1, raw.count("\n") + 1)}
    assert len(inside) == continued, "a cell that spans lines is kept whole"
    lost = alone - set(accepted) - inside
    assert set() == lost, "a good row was lost to its neighbours"


def test_the_conservation_is_asserted_in_code(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mistake in our own checks stops the intake; it does not become a missing person."""

    def forgetful(*arguments: object) -> object:
        judged = judge(*arguments)  # type: ignore[arg-type]
        return replace(judged, accepted=judged.accepted[1:])

    monkeypatch.setattr(intake, "judge", forgetful)
    with pytest.raises(AssertionError, match="accepted \\+ quarantined"):
        office.people(person(1), person(2))
    with reading(office.engine) as connection:
        assert [] == connection.execute(select(batch)).all()
        assert connection.execute(text("PRAGMA integrity_check")).scalar() == "ok"
    assert NOW.date() == TODAY


@pytest.mark.parametrize(("before", "after"), [(1, 0), (200, 159)])
def test_a_part_of_a_register_does_not_stand_for_the_whole(office: Office, before: int, after: int) -> None:
    office.people(*(person(who) for who in range(before)))
    kept = everything_kept(office)
    with pytest.raises(RowsJumped, match=f"had {before} rows .* has {after},"):
        office.people(*(person(who) for who in range(after)))
    assert kept == everything_kept(office)


@pytest.mark.parametrize(("before", "after"), [(200, 160), (99, 1)])
def test_a_register_may_shrink(office: Office, before: int, after: int) -> None:
    office.people(*(person(who) for who in range(before)))
    assert after == office.people(*(person(who) for who in range(after))).accepted


def test_a_part_of_an_older_extract_takes_no_place_and_may_come(office: Office) -> None:
    newer = office.people(person(1), person(2))
    office.people(extracted_on=TODAY - timedelta(days=1))
    assert newer.batch_id == current(office.workspace, office.engine)["residents"].batch_id
