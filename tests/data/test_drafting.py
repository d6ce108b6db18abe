"""A draft says what a file can say of itself, leaves the rest to a person, and is nothing before that."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from data.contracts import FILL_IN, read_contract
from data.drafting import Draft, draft
from data.errors import BadSettings, ContractBroken
from data.guessing import guess
from data.synth.headers import HEADERS
from tests.data.delivering import CONTACTS, PEOPLE_HEADER, Office, number, person
from tests.data.made_up import made
from tests.data.test_zeros import BORN_2001, workbook

FILLED = {
    "name": "xx/people",
    "register": "people",
    "source": "a test",
    "legal_basis": "a test",
    "title": '{ ko = "사람", en = "People" }',
    "programmes": '["xx/thing"]',
    "complete": "true",
    "unique": '["c1"]',
}


def people(count: int) -> list[str]:
    return [PEOPLE_HEADER, *(person(who, household=f"H{who // 2}", name="홍길동") for who in range(count))]


def drafted(
    office: Office, lines: list[str], *, name: str = "delivery.csv", encoding: str = "utf-8"
) -> Draft:
    return draft(office.workspace, office.file(lines, name=name, encoding=encoding), [])


def finished(text: str) -> str:
    """The draft as a person would finish it: columns are named c1, c2 …"""
    count = iter(range(1, 100))
    text = re.sub(rf'(\[\[column\]\]\nname = )"{FILL_IN}"', lambda m: f'{m[1]}"c{next(count)}"', text)
    for key, value in FILLED.items():
        quoted = (
            value
            if value[0] in "[{t" and key in ("title", "programmes", "complete", "unique")
            else f'"{value}"'
        )
        text = re.sub(rf"^{key} = [^#\n]*", f"{key} = {quoted} ", text, count=1, flags=re.M)
    return text


def test_an_unfinished_draft_is_no_contract(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "draft.toml"
    path.write_text(drafted(office, people(20)).text, "utf-8")
    with pytest.raises(
        BadSettings, match=r"is a draft: \d+ of its values are still to be filled in: name, "
    ) as told:
        read_contract(path)
    assert told.value.mend is not None and FILL_IN in told.value.mend


def test_a_plate_is_proposed_as_an_identity(office: Office) -> None:
    text = drafted(office, ["차량,용도", *(f"{at}없{at}0,private" for at in range(100, 130))]).text
    assert (
        'in_file = "차량"\nparser = "kr_plate"   # fits 30 of 30\nrequired = true\nidentity = "vehicle"'
        in text
    )


def test_a_finished_draft_takes_the_file_in(office: Office) -> None:
    lines = people(20)
    contract = office.contract(finished(drafted(office, lines).text))
    batch = office.take_in(contract, office.file(lines))
    assert (batch.accepted, batch.quarantined) == (20, 0)


@pytest.mark.parametrize("register", ["residents", "benefits", "bills", "contacts", "staff_months", "farms"])
def test_a_finished_draft_reads_every_row_of_a_clean_register(
    register: str, office: Office, tmp_path: Path
) -> None:
    made(tmp_path / "city", residents=4_000)
    file = tmp_path / "city" / f"{register}.csv"
    found = draft(office.workspace, file, [])
    fits = {header: (one.fits, one.filled) for header, one in found.columns.items()}
    assert list(fits) == list(HEADERS[register].values())
    assert [header for header, (fit, filled) in fits.items() if fit < 0.99 * filled] == []


def test_no_cell_of_a_person_is_written_into_a_draft(office: Office) -> None:
    text = drafted(office, people(40)).text
    assert [cell for cell in ("홍길동", "9001010000", "19900101", "H1") if cell in text] == []


def test_what_fits_is_counted(office: Office) -> None:
    lines = [*people(50), person(90, born="20230230"), person(91, born="")]
    text = drafted(office, lines).text
    assert 'parser = "date:%Y%m%d"   # fits 50 of 51, 1 empty' in text


def test_the_draft_says_which_columns_name_a_row(office: Office) -> None:
    assert drafted(office, people(20)).keys == (("번호",),)
    twice = ["번호,수단", *(f"{who},{channel}" for who in range(9) for channel in ("sms", "email"))]
    assert drafted(office, twice).keys == (("번호", "수단"),)


def test_names_that_other_contracts_have_for_a_header_are_told(office: Office) -> None:
    known = office.contract(CONTACTS)
    text = draft(office.workspace, office.file(people(10)), [known]).text
    assert f'name = "{FILL_IN}"   # elsewhere: resident\nin_file = "번호"' in text


@pytest.mark.parametrize("encoding", ["utf-8", "cp949", "utf-16"])
def test_every_encoding_is_recognised_and_named(office: Office, encoding: str) -> None:
    found = drafted(office, people(20), encoding=encoding)
    assert f"csv, {encoding}" in found.text.splitlines()[0] + found.text.splitlines()[1]
    assert list(found.columns) == PEOPLE_HEADER.split(",")


def test_a_title_above_the_header_and_another_delimiter_are_found(office: Office) -> None:
    lines = ["주민 명부;;;;;", *(line.replace(",", ";") for line in people(20))]
    text = drafted(office, lines).text
    assert '[file]\ndelimiter = ";"\nheader_row = 2\n' in text
    assert office.contract(finished(text)).shape.header_row == 2


def test_a_workbook_that_took_zeros_away_gets_a_contract_that_puts_them_back(office: Office) -> None:
    file = workbook(office, [int(number(who)) for who in range(1, 9)] + [int(BORN_2001)] * 3)
    text = draft(office.workspace, file, []).text
    asked = 'parser = "kr_resident_number"   # fits 11 of 11\nrequired = true\nzeros = 13'
    batch = office.take_in(office.contract(finished(text)), file)
    assert (True, 9, {"번호: zeros put back in front": 1}) == (asked in text, batch.accepted, batch.notes)


@pytest.mark.parametrize(
    ("cells", "in_spreadsheet", "found"),
    [
        (["9001011234567", "105171234567"], True, ("kr_resident_number", 13)),
        (["9001011234567", "105171234567"], False, ("int", None)),
        (["9001011234567", "0105171234567"], True, ("kr_resident_number", None)),
        (["1012345678", "1087654321"], True, ("int", None)),
        (["1234567890", "2234567890"], True, ("int", None)),
        (["105171234567"] * 9 + ["10517123456"], True, ("kr_resident_number", 13)),
        (["1011234567"] * 9 + ["105171234567"], True, ("int", None)),
    ],
)
def test_digits_are_taken_for_shortened_only_in_a_spreadsheet(
    cells: list[str], in_spreadsheet: bool, found: tuple[str, int | None]
) -> None:
    one = guess(pl.Series(cells), in_spreadsheet=in_spreadsheet)
    assert found == (one.parser, one.zeros)


def test_ten_digits_are_a_shortened_mobile_number_only_below_a_header_that_says_so() -> None:
    cells = pl.Series(["1012345678", "1087654321"])
    called = guess(cells, is_private=True, in_spreadsheet=True)
    assert ("kr_mobile", 11) == (called.parser, called.zeros)


def test_a_register_of_the_young_and_its_employers_are_drafted_from_a_workbook(office: Office) -> None:
    numbers = [f"{1 + who % 9}0517{who:07d}" for who in range(20)]
    rows = [[int(one), 1_012_345_670 + at, 1_012_345_670 + at] for at, one in enumerate(numbers)]
    found = draft(
        office.workspace, sheet_of(office, ["주민번호", "사업자등록번호", "휴대폰"], rows), []
    ).columns
    assert [("kr_resident_number", 13), ("int", None), ("kr_mobile", 11)] == [
        (one.parser, one.zeros) for one in found.values()
    ]


def sheet_of(office: Office, headers: list[str], rows: list[list[int]]) -> Path:
    path = office.folder / "numbers.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for at, row in enumerate([headers, *rows]):
            sheet.write_row(at, 0, row)
    return path


def test_a_file_without_a_header_is_refused_without_naming_a_cell(office: Office) -> None:
    with pytest.raises(ContractBroken, match="is a header") as told:
        drafted(office, [person(who) for who in range(8)])
    assert "900101" not in str(told.value)


# --- guesses --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "parser"),
    [
        (["9001010000001", "9001010000002"], "kr_resident_number"),
        (["900101-0000001", ""], "kr_resident_number"),
        (["123없4567"], "kr_plate"),
        (["010-0123-4567"], "kr_mobile"),
        (["a@gaon.example"], "email"),
        (["20260101", "20260102"], "date:%Y%m%d"),
        (["2026-01-01"], "date:iso"),
        (["2026.01.01"], "date:%Y.%m.%d"),
        (["2026/01/01"], "date:%Y/%m/%d"),
        (["12", "-3"], "int"),
        (["1,200", "△3"], "int:comma"),
        (["1.5", "2"], "decimal:2"),
        (["00123", "00456"], "text"),
        (["가나", "다라"], "text"),
        (["Y", "N"] * 5, "bool:Y/N"),
        (["여", "부"] * 5, "bool:여/부"),
        (["M", "F"] * 5, "one_of:F,M"),
        (["M", "F"] * 50 + ["X"], "one_of:F,M"),
        (["M", "F"] * 4, "text"),
        (["1", "2", "3"] * 9, "int"),
        (["20260101"] * 9 + ["모름"], "date:%Y%m%d"),
        (["20260101"] * 8 + ["모름"] * 2, "text"),
        ([""], "text"),
    ],
)
def test_the_narrowest_parser_that_reads_nearly_all_is_guessed(cells: list[str], parser: str) -> None:
    assert guess(pl.Series(cells)).parser == parser


def test_where_names_may_stand_no_word_becomes_a_code() -> None:
    assert guess(pl.Series(["홍길동", "김철수"] * 9), is_private=True).parser == "text"


def test_a_draft_says_that_a_group_is_to_be_named(office: Office) -> None:
    file = office.file(["a,b", "x,y"])
    assert 'group = { column = "resident", register = "residents"' in draft(office.workspace, file, ()).text
