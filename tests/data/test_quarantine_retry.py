"""What a spreadsheet saves back joins its delivery where it is right, and nothing is lost on the way."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from data.deliveries import Chain, Settled
from data.errors import ContractBroken, Refused
from data.quarantine import quarantine_of
from data.registers import current, doubts
from data.store.engine import reading
from data.store.tables import batch, contact_consent, person_state
from data.vault import Vault
from data.waiver import waive
from tests.data.delivering import (
    CONTACTS,
    CONTACTS_HEADER,
    NOW,
    PEOPLE,
    PEOPLE_HEADER,
    TODAY,
    Office,
    number,
    person,
)

Rows = list[dict[str, str]]
YESTERDAY = TODAY - timedelta(days=1)


def balanced(chain: Chain) -> bool:
    """rows in = accepted + open + waived + duplicates, over a delivery and all that was mended of it."""
    settled = {how: len(lines) for how, lines in chain.settled.items()}
    mended = sum(piece.accepted for piece in chain.pieces[1:])
    return (
        mended == settled[Settled.ACCEPTED]
        and chain.rows_in
        == chain.rows + chain.open + chain.waived + chain.duplicates + settled[Settled.DUPLICATE]
    )


@pytest.fixture
def delivered(office: Office) -> str:
    """Lines 3 (a birth date), 4 (a status) and 5 (cut off) are in quarantine."""
    rows = [person(1), person(2, born="2023"), person(3, status="gone"), "cut", *map(person, range(5, 9))]
    return office.people(*rows).batch_id


def test_a_mended_row_joins_its_delivery_and_the_rest_stays(office: Office, delivered: str) -> None:
    sheet = office.sheet(delivered)
    sheet[0]["생년월일"] = "20230101"
    done = office.retry(office.contract(PEOPLE), delivered, office.saved(sheet))
    delivery = current(office.workspace, office.engine)["residents"]
    assert (3, 1, 2, 2) == (done.rows_in, done.accepted, done.quarantined, done.left)
    assert (6, 2, True) == (delivery.rows, delivery.quarantined, balanced(office.chain(delivered)))
    row = office.accepted("residents").row(by_predicate=pl.col("_row") == 3, named=True)
    assert (date(2023, 1, 1), "alive") == (row["birth_date"], row["status"])


def test_a_register_with_mended_rows_is_another_delivery(office: Office, delivered: str) -> None:
    before = current(office.workspace, office.engine)["residents"]
    done = office.retry(office.contract(PEOPLE), delivered, office.saved(_mended(office, delivered)))
    after = current(office.workspace, office.engine)["residents"]
    assert (delivered, done.batch_id, True) == (
        before.batch_id,
        after.batch_id,
        before.sha256 != after.sha256,
    )


def _mended(office: Office, batch_id: str) -> Rows:
    sheet = office.sheet(batch_id)
    sheet[0]["생년월일"], sheet[1]["상태"] = "20230101", "alive"
    cut = {"번호": number(4), "세대": "H4", "생년월일": "19900101", "상태": "alive", "성명": "이"}
    sheet[2].update(cut)
    return sheet


def as_cp949(office: Office, rows: Rows) -> Path:
    return office.saved(rows, encoding="cp949")


def as_workbook(office: Office, rows: Rows) -> Path:
    """As Excel keeps it: numbers as numbers, days as days."""
    path = office.folder / "mended.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet, day_form = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, list(rows[0]))
        for at, row in enumerate(rows, 1):
            for column, (header, cell) in enumerate(row.items()):
                bare = cell.removeprefix("'")
                if header == "생년월일":
                    sheet.write_datetime(at, column, datetime.strptime(bare, "%Y%m%d"), day_form)
                else:
                    sheet.write(at, column, int(bare) if bare.isdigit() else bare)
    return path


def in_another_order(office: Office, rows: Rows) -> Path:
    return office.saved([dict(reversed(row.items())) for row in reversed(rows)])


def with_rows_twice(office: Office, rows: Rows) -> Path:
    return office.saved([*rows, rows[0]])


def with_days_rewritten(office: Office, rows: Rows) -> Path:
    days = {"20230101": "2023-01-01", "19900101": "1990. 1. 1."}
    return office.saved([{**row, "생년월일": days.get(row["생년월일"], row["생년월일"])} for row in rows])


def as_workbook_with_notes(office: Office, rows: Rows) -> Path:
    return _workbook(office, {"메모": [["전화함"]], "보류": _table(rows), "빈 시트": []})


def as_unicode_text(office: Office, rows: Rows) -> Path:
    """As Excel writes it: UTF-16, and tabs between cells."""
    path = office.folder / "mended.txt"
    path.write_bytes("".join("\t".join(row) + "\r\n" for row in _table(rows)).encode("utf-16"))
    return path


def as_csv_with_semicolons(office: Office, rows: Rows) -> Path:
    path = office.folder / "mended.csv"
    path.write_bytes("".join(";".join(row) + "\r\n" for row in _table(rows)).encode("utf-8-sig"))
    return path


def _table(rows: Rows) -> list[list[str]]:
    return [list(rows[0]), *(list(row.values()) for row in rows)]


def _workbook(office: Office, sheets: Mapping[str, Sequence[Sequence[str]]]) -> Path:
    path = office.folder / "mended.xlsx"
    with xlsxwriter.Workbook(path) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for at, row in enumerate(rows):
                sheet.write_row(at, 0, row)
    return path


@pytest.mark.parametrize(
    "save",
    [
        as_cp949,
        as_workbook,
        as_workbook_with_notes,
        as_unicode_text,
        as_csv_with_semicolons,
        in_another_order,
        with_rows_twice,
        with_days_rewritten,
    ],
)
def test_whatever_a_spreadsheet_does_to_a_file_its_rows_are_found(
    office: Office, delivered: str, save: Callable[[Office, Rows], Path]
) -> None:
    file = save(office, _mended(office, delivered))
    done = office.retry(office.contract(PEOPLE), delivered, file)
    assert (3, 0, 0) == (done.accepted, done.quarantined, done.left)
    assert balanced(office.chain(delivered))


@pytest.mark.parametrize("sheets", [["보류", "사본"], []])
def test_a_workbook_with_no_or_several_sheets_of_ours_says_what_to_do(
    office: Office, delivered: str, sheets: list[str]
) -> None:
    ours = _table(_mended(office, delivered))
    file = _workbook(office, {"메모": [["전화함"]], "둘": [], **dict.fromkeys(sheets, ours)})
    with pytest.raises(ContractBroken, match="sheets") as error:
        office.retry(office.contract(PEOPLE), delivered, file)
    assert "hide or remove the others" in str(error.value.mend)


def test_zeros_that_were_lost_in_a_cell_nobody_touched_are_put_back(office: Office) -> None:
    who = f"000101{7:07d}"
    made = office.people(person(1), f"{who},H1,2023,alive,N,이")
    (row,) = office.sheet(made.batch_id)
    assert "'" + who == row["번호"]
    mended = {**row, "번호": who.lstrip("0"), "생년월일": "20000101"}
    done = office.retry(office.contract(PEOPLE), made.batch_id, office.saved([mended]))
    assert (1, 1) == (done.accepted, done.respelled)
    with Vault.open(office.workspace) as vault:
        assert [True] == [one is not None for one in vault.ids("person", [who])]


@pytest.mark.parametrize("cell", ["1.2123E+12", "1,212,310,000,007", "1212310000007.0"])
def test_a_long_number_that_was_written_otherwise_is_the_number_it_was(office: Office, cell: str) -> None:
    who = "1212310000007"
    made = office.people(person(1), f"{who},H1,2023,alive,N,이")
    (row,) = office.sheet(made.batch_id)
    done = office.retry(
        office.contract(PEOPLE), made.batch_id, office.saved([{**row, "번호": cell, "생년월일": "20000101"}])
    )
    assert (1, 1) == (done.accepted, done.respelled)


@pytest.mark.parametrize(
    ("was", "mended", "born"),
    [
        ("4.1.2", "20040102", date(2004, 1, 2)),
        ("2004-01-02", "20040102", date(2004, 1, 2)),
        ("2004.1.2", "2004. 1. 2.", date(2004, 1, 2)),
        ("020040102", "20040102", date(2004, 1, 2)),
    ],
)
def test_a_cell_that_could_not_be_read_is_mended_by_writing_it_otherwise(
    office: Office, was: str, mended: str, born: date
) -> None:
    made = office.people(person(1), person(2, born=was))
    (row,) = office.sheet(made.batch_id)
    done = office.retry(office.contract(PEOPLE), made.batch_id, office.saved([{**row, "생년월일": mended}]))
    assert (1, 0) == (done.accepted, done.respelled)
    assert [born] == office.accepted("residents").filter(pl.col("_row") == 3)["birth_date"].to_list()


def test_zeros_that_the_register_lost_can_be_put_in_front_again(office: Office) -> None:
    who = f"000101{7:07d}"
    made = office.people(person(1), f"{who.lstrip('0')},H1,20000101,alive,N,이")
    (row,) = office.sheet(made.batch_id)
    done = office.retry(office.contract(PEOPLE), made.batch_id, office.saved([{**row, "번호": who}]))
    assert (1, 0) == (done.accepted, done.respelled)


def test_zeros_that_somebody_puts_in_front_of_a_key_stay(office: Office) -> None:
    made = office.people(person(1), f"{number(2)},12,2023,alive,N,이")
    (row,) = office.sheet(made.batch_id)
    mended = office.saved([{**row, "세대": "0012", "생년월일": "20000101"}])
    assert 1 == office.retry(office.contract(PEOPLE), made.batch_id, mended).accepted
    with Vault.open(office.workspace) as vault:
        assert [True] == [one is not None for one in vault.ids("household", ["0012"])]


@pytest.mark.parametrize(
    ("name", "saved"),
    [
        ("김é𠀀수", "김??수"),
        ("김é𠀀수", "김???수"),
        ("김e\u0301수", "김e?수"),
        ("김e\u0301수", "김?수"),
        ("뭐?é", "뭐??"),
    ],
)
def test_letters_that_cp949_lacks_are_not_lost_in_a_cell_nobody_touched(
    office: Office, name: str, saved: str
) -> None:
    kept, respelled = _name_after(office, name, saved)
    assert (unicodedata.normalize("NFC", name), 1) == (kept, respelled)


@pytest.mark.parametrize(
    ("name", "typed"), [("김é수", "박?수"), ("김수", "김?"), ("김é수", "김수"), ("김é수", "김??수")]
)
def test_a_name_that_says_something_else_is_taken_as_it_was_typed(
    office: Office, name: str, typed: str
) -> None:
    assert (typed, 0) == _name_after(office, name, typed)


@pytest.mark.parametrize(("name", "saved"), [("TRUE", "true"), ("False", "FALSE")])
def test_a_name_that_a_spreadsheet_takes_for_a_truth_stays_a_name(
    office: Office, name: str, saved: str
) -> None:
    assert (name, 1) == _name_after(office, name, saved)


def test_a_name_that_somebody_capitalises_is_capitalised(office: Office) -> None:
    assert ("Kim", 0) == _name_after(office, "kim", "Kim")


def _name_after(office: Office, name: str, saved: str) -> tuple[str, int]:
    """The name in the vault after its cell came back as `saved`, and how many cells were respelled."""
    made = office.people(person(1), person(2, born="x", name=name))
    (row,) = office.sheet(made.batch_id)
    mended = office.saved([{**row, "생년월일": "20230101", "성명": saved}])
    done = office.retry(office.contract(PEOPLE), made.batch_id, mended)
    with Vault.open(office.workspace) as vault:
        (who,) = (str(one) for one in vault.ids("person", [number(2)]))
        (kept,) = vault.rows("person", "residents", [who]).values()
    return str(kept["name"]), done.respelled


def test_another_number_is_not_taken_for_the_one_it_was(office: Office) -> None:
    made = office.people(person(1), f"{number(2)},H1,2023,alive,N,이")
    (row,) = office.sheet(made.batch_id)
    mended = office.saved([{**row, "번호": "9.00102E+12", "생년월일": "20000101"}])
    done = office.retry(office.contract(PEOPLE), made.batch_id, mended)
    assert (0, {"번호: unreadable": 1}) == (done.accepted, done.reasons)


def test_the_same_file_twice_changes_nothing(office: Office, delivered: str) -> None:
    file = office.saved(_mended(office, delivered))
    office.retry(office.contract(PEOPLE), delivered, file)
    again = office.retry(office.contract(PEOPLE), delivered, file)
    assert (True, None, 0) == (again.already, again.batch_id, again.accepted)


def test_rows_that_were_mended_before_are_left_as_they_are(office: Office, delivered: str) -> None:
    first = _mended(office, delivered)
    office.retry(office.contract(PEOPLE), delivered, office.saved(first[:1]))
    first[0]["성명"] = "누군가"
    done = office.retry(office.contract(PEOPLE), delivered, office.saved(first))
    assert (3, 2, 1, 0) == (done.rows_in, done.accepted, done.mended_before, done.left)
    assert balanced(office.chain(delivered))


def test_a_row_that_is_still_wrong_has_its_new_text_and_reasons(office: Office, delivered: str) -> None:
    sheet = office.sheet(delivered)
    sheet[1]["상태"] = "dead"
    sheet[1]["생년월일"] = ""
    office.retry(office.contract(PEOPLE), delivered, office.saved(sheet[1:2]))
    row = quarantine_of(office.workspace, office.chain(delivered)).row(1, named=True)
    assert (4, "dead", None) == (row["line"], row["cell 상태"], row["cell 생년월일"])
    assert ["생년월일 is empty", "상태 is not one of alive, deceased"] == [
        one["en"] for one in row["reasons"]
    ]
    assert person(3, status="gone") == row["raw"]


def test_a_sheet_taken_before_is_refused_where_another_delivery_has_taken_the_place(
    office: Office, delivered: str
) -> None:
    file = office.saved(_mended(office, delivered))
    office.retry(office.contract(PEOPLE), delivered, file)
    office.people(person(9))
    with pytest.raises(Refused):
        office.retry(office.contract(PEOPLE), delivered, file)


def test_a_line_that_is_no_row_keeps_its_reason_until_somebody_writes_it(office: Office) -> None:
    file = office.folder / "delivery.csv"
    lines = [PEOPLE_HEADER, person(1), person(2), "cut", person(4, born="x"), *map(person, range(5, 9))]
    text = "".join(f"{line}\n" for line in lines).encode()
    file.write_bytes(text.replace("홍".encode(), b"\xff", 2).replace(b"\xff", "홍".encode(), 1))
    made = office.take_in(office.contract(PEOPLE), file)
    done = office.retry(office.contract(PEOPLE), made.batch_id, office.saved(office.sheet(made.batch_id)))
    rows = quarantine_of(office.workspace, office.chain(made.batch_id))
    told = [[one["code"] for one in reasons] for reasons in rows["reasons"]]
    assert [["bad_bytes"], ["short_row"], ["unreadable"]] == told
    assert (3, 0, 3, 3) == (done.rows_in, done.accepted, done.quarantined, done.left)
    assert {"bad_bytes": 1, "short_row": 1, "생년월일: unreadable": 1} == done.reasons
    assert balanced(office.chain(made.batch_id))


def test_a_line_that_is_no_row_is_not_taken_for_an_empty_one(office: Office) -> None:
    made = office.take_in(office.contract(NOTES), office.file(["번호,메모", "1,x", "cut", "2,y", "3,z"]))
    done = office.retry(office.contract(NOTES), made.batch_id, office.saved(office.sheet(made.batch_id)))
    assert (0, {"short_row": 1}, 1) == (done.accepted, done.reasons, done.left)


NOTES = (
    PEOPLE[: PEOPLE.index("unique")]
    + """
[[column]]
name = "number"
in_file = "번호"
parser = "text"

[[column]]
name = "note"
in_file = "메모"
parser = "text"
"""
)


def test_rows_that_say_different_things_of_one_line_stay_in_quarantine(
    office: Office, delivered: str
) -> None:
    one = _mended(office, delivered)[0]
    done = office.retry(
        office.contract(PEOPLE), delivered, office.saved([one, {**one, "생년월일": "20230102"}])
    )
    assert (2, 0, 2, {"same_line": 1}) == (done.rows_in, done.accepted, done.quarantined, done.reasons)
    assert "2023" == quarantine_of(office.workspace, office.chain(delivered))["cell 생년월일"][0]
    assert balanced(office.chain(delivered))


def test_a_row_with_the_key_of_an_accepted_one_is_no_second_truth(office: Office, delivered: str) -> None:
    one, two = office.sheet(delivered)[:2]
    one.update({"번호": number(1), "생년월일": "19900101", "성명": "홍길동"})  # what line 2 says
    two.update({"번호": number(5), "상태": "deceased"})
    done = office.retry(office.contract(PEOPLE), delivered, office.saved([one, two]))
    assert (0, 1, 1) == (done.accepted, done.duplicates, done.quarantined)
    assert {"번호: taken_key": 1} == done.reasons
    assert balanced(office.chain(delivered))


def test_the_same_row_under_another_name_is_not_the_same_row(office: Office, delivered: str) -> None:
    (one, *_) = office.sheet(delivered)
    one.update({"번호": number(1), "생년월일": "19900101", "성명": "아무개"})
    done = office.retry(office.contract(PEOPLE), delivered, office.saved([one]))
    assert (0, {"번호: taken_key": 1}) == (done.duplicates, done.reasons)


def test_a_waived_row_can_be_mended_after_all(office: Office, delivered: str) -> None:
    waive(office.workspace, office.engine, delivered, every=True, lines=(), reason="x", operator="k", now=NOW)
    done = office.retry(office.contract(PEOPLE), delivered, office.saved(_mended_of(office, delivered)))
    chain = office.chain(delivered)
    assert (1, 0, 2, True) == (done.accepted, done.left, chain.waived, balanced(chain))


def _mended_of(office: Office, batch_id: str) -> Rows:
    rows = quarantine_of(office.workspace, office.chain(batch_id)).head(1)
    cells = {name.removeprefix("cell "): rows[name][0] or "" for name in rows.columns if "cell " in name}
    return [{"batch (보류 묶음)": batch_id, "line (행)": "3", **cells, "생년월일": "20230101"}]


def test_rows_of_a_delivery_that_was_replaced_are_not_mended(office: Office, delivered: str) -> None:
    file = office.saved(_mended(office, delivered))
    newer = office.people(*map(person, range(1, 9)), extracted_on=TODAY)
    with pytest.raises(Refused, match="has taken the place") as error:
        office.retry(office.contract(PEOPLE), delivered, file)
    assert newer.batch_id in str(error.value.mend)


@pytest.mark.parametrize("cleared", [",,,,,,,,,,", ",", '"",""'])
def test_rows_that_somebody_cleared_are_no_rows(office: Office, delivered: str, cleared: str) -> None:
    file = office.saved(_mended(office, delivered)[:2])
    with file.open("ab") as sheet:
        sheet.write(f"{cleared}\r\n{cleared}\r\n".encode())
    done = office.retry(office.contract(PEOPLE), delivered, file)
    assert (2, 2, 0, 1) == (done.rows_in, done.accepted, done.quarantined, done.left)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"line (행)": ""}, "do not say which row"),
        ({"line (행)": "2"}, "do not say which row"),
        ({"line (행)": "three"}, "do not say which row"),
        ({"batch (보류 묶음)": "20260101-00000000"}, "do not say which row"),
    ],
)
def test_a_sheet_with_rows_of_something_else_is_refused_whole(
    office: Office, delivered: str, change: dict[str, str], told: str
) -> None:
    sheet = _mended(office, delivered)
    sheet[1].update(change)
    with pytest.raises(ContractBroken, match=told) as error:
        office.retry(office.contract(PEOPLE), delivered, office.saved(sheet))
    assert "line 3" in str(error.value.where)
    assert 3 == office.chain(delivered).open


def test_a_sheet_without_a_column_is_refused(office: Office, delivered: str) -> None:
    sheet = [{name: cell for name, cell in row.items() if name != "상태"} for row in office.sheet(delivered)]
    with pytest.raises(ContractBroken, match="상태"):
        office.retry(office.contract(PEOPLE), delivered, office.saved(sheet))


def test_doubts_follow_what_was_mended(office: Office, delivered: str) -> None:
    sheet = office.sheet(delivered)
    sheet[2]["번호"] = number(4)
    office.retry(office.contract(PEOPLE), delivered, office.saved(sheet[2:]))
    open_rows = doubts(office.workspace, current(office.workspace, office.engine)["residents"])
    assert open_rows is not None
    assert [(3, True), (4, True), (5, True)] == list(
        zip(open_rows["_row"], open_rows["resident"].is_not_null(), strict=True)
    )


def test_contacts_and_consents_of_mended_rows_are_kept_beside_the_others(office: Office) -> None:
    made = office.contacts(f"{number(1)},sms,Y,010-0000-0001", f"{number(2)},sms,Y,010")
    (row,) = office.sheet(made.batch_id)
    mended = office.saved([{**row, "연락처": "010-0000-0002"}])
    office.retry(office.contract(CONTACTS), made.batch_id, mended)
    with Vault.open(office.workspace) as vault:
        ids = [str(one) for one in vault.ids("person", [number(1), number(2)])]
        addresses = [row["address"] for row in vault.rows("person", "contacts", ids).values()]
    with reading(office.engine) as connection:
        agreed = connection.execute(select(contact_consent.c.subject_id, contact_consent.c.allowed)).all()
    assert {"+821000000001", "+821000000002"} == set(addresses)
    assert {(one, True) for one in ids} == {tuple(row) for row in agreed}


def test_who_lives_with_a_mended_protected_person_is_protected_too(office: Office) -> None:
    made = office.people(person(1), person(2, protected="Y", born="x"), person(3, household="H2"))
    (row,) = office.sheet(made.batch_id)
    office.retry(office.contract(PEOPLE), made.batch_id, office.saved([{**row, "생년월일": "19900101"}]))
    with Vault.open(office.workspace) as vault:
        ids = vault.ids("person", [number(1), number(2)])
    with reading(office.engine) as connection:
        assert set(ids) == set(connection.execute(select(person_state.c.subject_id)).scalars())


AMOUNTS = (
    PEOPLE[: PEOPLE.index("unique")]
    + """
unique = ["number"]

[[column]]
name = "number"
in_file = "번호"
parser = "text"
required = true

[[column]]
name = "amount"
in_file = "금액"
parser = "int"

[[column]]
name = "note"
in_file = "메모"
parser = "text"
"""
)
NOTE_COLUMN = AMOUNTS[AMOUNTS.rindex("[[column]]") :]


@pytest.mark.parametrize(
    "other",
    [
        AMOUNTS.replace('"int"', '"decimal:2"'),
        AMOUNTS.replace(NOTE_COLUMN, ""),
        AMOUNTS.replace('"note"', '"remark"'),
        AMOUNTS.replace('in_file = "메모"', 'in_file = "비고"'),
    ],
)
def test_a_sheet_is_refused_once_its_contract_reads_the_file_otherwise(office: Office, other: str) -> None:
    lines = ["번호,금액,메모", "1,500,x", "2,?,y", "3,7,z"]
    made = office.take_in(office.contract(AMOUNTS), office.file(lines))
    (row,) = office.sheet(made.batch_id)
    with pytest.raises(Refused, match="reads this file otherwise now") as error:
        office.retry(office.contract(other), made.batch_id, office.saved([{**row, "금액": "500"}]))
    assert "take the same file, delivery.csv, in again" in str(error.value.mend)
    assert 1 == office.chain(made.batch_id).open


def test_a_sheet_is_mended_in_the_delivery_that_was_read_anew(office: Office) -> None:
    lines = ["번호,금액,메모", "1,500,x", "2,?,y", "3,7,z"]
    file = office.file(lines)
    office.take_in(office.contract(AMOUNTS), file)
    other = office.contract(AMOUNTS.replace('"int"', '"decimal:2"'))
    again = office.take_in(other, file)
    (row,) = office.sheet(again.batch_id)
    office.retry(other, again.batch_id, office.saved([{**row, "금액": "500"}]))
    assert [50000, 50000, 700] == office.accepted("residents").sort("_row")["amount"].to_list()


BESIDE = (
    'foreign = [{ column = "resident", register = "residents", key = "resident", missing = "quarantine" }]'
)
WAITING = CONTACTS.replace("[[column]]", f"{BESIDE}\n\n[[column]]", 1)


def test_a_row_that_waited_for_another_register_is_judged_again(office: Office) -> None:
    office.people(person(1), extracted_on=YESTERDAY)
    rows = [f"{number(who)},sms,Y,010-0000-000{who}" for who in (1, 2)]
    made = office.take_in(office.contract(WAITING), office.file([CONTACTS_HEADER, *rows]))
    sheet = office.saved(office.sheet(made.batch_id))
    early = office.retry(office.contract(WAITING), made.batch_id, sheet)
    assert (None, False, 0, 1, 1) == (
        early.batch_id,
        early.already,
        early.accepted,
        early.quarantined,
        early.left,
    )
    assert {"번호: unknown_key": 1} == early.reasons
    office.people(person(1), person(2))
    done = office.retry(office.contract(WAITING), made.batch_id, sheet)
    assert (1, 0, True) == (done.accepted, done.left, balanced(office.chain(made.batch_id)))


def test_a_sheet_that_left_a_row_in_quarantine_is_judged_again(office: Office) -> None:
    office.people(person(1), extracted_on=YESTERDAY)
    rows = [f"{number(1)},sms,Y,010-0000-0001", f"{number(2)},sms,Y,010"]
    made = office.take_in(office.contract(WAITING), office.file([CONTACTS_HEADER, *rows]))
    (row,) = office.sheet(made.batch_id)
    sheet = office.saved([{**row, "연락처": "010-0000-0002"}])
    first = office.retry(office.contract(WAITING), made.batch_id, sheet)
    again = office.retry(office.contract(WAITING), made.batch_id, sheet)
    assert (True, None, True, 2) == (
        first.batch_id is not None,
        again.batch_id,
        again.already,
        len(office.chain(made.batch_id).pieces),
    )
    office.people(person(1), person(2))
    assert 1 == office.retry(office.contract(WAITING), made.batch_id, sheet).accepted


EDIT = st.sampled_from(["", "19900101", "x", "2026-01-05", "alive", "9001010000009", "Y", "'1", "1E5"])
PHASES = (Phase.explicit, Phase.generate)  # each example is two processes: not shrunk
EDITS = st.lists(st.tuples(st.integers(0, 5), st.sampled_from(PEOPLE_HEADER.split(",")), EDIT), max_size=8)


@given(edits=EDITS, kept=st.sets(st.integers(0, 5)), twice=st.sets(st.integers(0, 5)))
@settings(
    deadline=None, max_examples=12, phases=PHASES, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_a_clerk_saves_every_row_stays_somewhere(
    office: Office, edits: list[tuple[int, str, str]], kept: set[int], twice: set[int]
) -> None:
    bad = [person(who, born="x") for who in range(10, 15)] + ["cut"]
    new = person(1, name=f"{office.delivered}번째")  # another file each time
    made = office.people(new, *map(person, range(2, 8)), *bad)
    sheet = office.sheet(made.batch_id)
    for at, header, cell in edits:
        sheet[at][header] = cell
    rows = [row for at, row in enumerate(sheet) if at in kept]
    rows += [row for at, row in enumerate(sheet) if at in kept and at in twice]
    if not rows:
        return
    done = office.retry(office.contract(PEOPLE), made.batch_id, office.saved(rows))
    chain = office.chain(made.batch_id)
    assert done.rows_in == done.accepted + done.quarantined + done.duplicates + done.mended_before
    assert (True, done.left) == (balanced(chain), chain.open)
    with reading(office.engine) as connection:
        recorded = connection.execute(select(batch).where(batch.c.batch_id == done.batch_id)).first()
    if done.batch_id is None:  # nothing was changed
        assert (0, None) == (done.accepted, recorded)
        return
    assert recorded is not None
    assert recorded.rows_in == recorded.accepted + recorded.quarantined + recorded.duplicates
