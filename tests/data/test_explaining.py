"""What a contract would do to a file is shown column by column, masked, and nothing is taken in."""

from __future__ import annotations

import pytest

from data.errors import ContractBroken
from data.explaining import Explanation, ReadCell, explain, masked
from tests.data.delivering import CONTACTS, CONTACTS_HEADER, PEOPLE, PEOPLE_HEADER, Office, number, person
from tests.data.test_zeros import BORN_2001, ZEROS, workbook


def explained(office: Office, *lines: str, show: bool = False, first: int = 3) -> Explanation:
    contract = office.contract(PEOPLE)
    return explain(office.workspace, contract, office.file(lines), first=first, show=show)


def cells(explanation: Explanation, name: str) -> tuple[ReadCell, ...]:
    return next(one.cells for one in explanation.columns if one.name == name)


def test_each_column_says_its_header_name_parser_and_rules(office: Office) -> None:
    first = explained(office, PEOPLE_HEADER, person(1)).columns[0]
    assert (first.header, first.name, first.parser, first.rules) == (
        "번호",
        "resident",
        "kr_resident_number",
        ("required", "secret", "identity person"),
    )


def test_a_cell_is_shown_as_it_stood_and_as_it_is_read(office: Office) -> None:
    made = explained(office, PEOPLE_HEADER, person(1, born="19900101"), show=True)
    assert cells(made, "birth_date") == (ReadCell(2, "19900101", "1990-01-01", ()),)


def test_unless_asked_no_cell_is_shown_but_its_shape(office: Office) -> None:
    made = explained(office, PEOPLE_HEADER, person(1, name="홍길동"))
    shown = [(cell.raw, cell.value) for column in made.columns for cell in column.cells]
    assert shown == [
        ("9999999999999", "9999999999999"),
        ("A9", "A9"),
        ("99999999", "9999-99-99"),
        ("…", "…"),
        ("…", "…"),
        ("가가가", "가가가"),
    ]


def test_no_mask_tells_which_of_a_few_values_a_cell_has(office: Office) -> None:
    """`alive` and `deceased` differ by their length."""
    made = explained(office, PEOPLE_HEADER, person(1, status="deceased"), person(2, protected="Y"))
    other = explained(office, PEOPLE_HEADER, person(1, status="alive"), person(2, protected="N"))
    assert made.columns == other.columns


def test_a_cell_that_cannot_be_accepted_says_why(office: Office) -> None:
    made = explained(office, PEOPLE_HEADER, person(1, born="20230230"), person(2, status=""))
    assert [[one["en"] for one in cell.reasons] for cell in cells(made, "birth_date")] == [
        ["생년월일 is not a date as YYYYMMDD"],
        [],
    ]
    assert [[one["en"] for one in cell.reasons] for cell in cells(made, "status")] == [[], ["상태 is empty"]]


def test_a_reason_of_the_whole_row_stands_by_its_line(office: Office) -> None:
    contract = office.contract(CONTACTS)
    rows = ["9001010000001,sms", "9001010000002,sms,Y,010-0123-4567", "9001010000002,sms,N,010-0123-4567"]
    made = explain(office.workspace, contract, office.file([CONTACTS_HEADER, *rows]))
    twice = "other rows with the same 번호, 수단 say something else"
    assert {line: [one["en"] for one in reasons] for line, reasons in made.rows.items()} == {
        2: ["the row has fewer cells than the header"],
        3: [twice],
        4: [twice],
    }


def test_a_key_of_one_column_is_told_at_its_cell(office: Office) -> None:
    made = explained(office, PEOPLE_HEADER, person(2), person(2, name="김철수"))
    told = [[one["en"] for one in cell.reasons] for cell in cells(made, "resident")]
    assert told == [["other rows with the same 번호 say something else"]] * 2


def test_only_the_first_rows_are_looked_at(office: Office) -> None:
    made = explained(office, PEOPLE_HEADER, *(person(who) for who in range(10)), first=4)
    assert [cell.line for cell in cells(made, "resident")] == [2, 3, 4, 5]


def test_a_column_that_the_file_lacks_and_one_that_nobody_reads_are_named(office: Office) -> None:
    made = explained(office, "번호,세대,생년월일,상태,보호,메모", "9001010000001,H1,19900101,alive,N,x")
    assert (made.missing, made.unused) == (("성명",), ("메모",))


def test_where_the_header_line_is_missing_no_cell_is_named_as_a_header(office: Office) -> None:
    made = explained(office, person(1), person(2))
    assert "9001010000001" not in str(made)


def test_a_cell_that_another_column_reads_is_read_by_it(office: Office) -> None:
    contract = office.contract(CONTACTS)
    file = office.file([CONTACTS_HEADER, "9001010000001,sms,Y,010-0123-4567"])
    made = explain(office.workspace, contract, file, show=True)
    assert cells(made, "address") == (ReadCell(2, "010-0123-4567", "+821001234567", ()),)


def test_a_file_that_cannot_be_read_is_refused_as_in_intake(office: Office) -> None:
    file = office.folder / "delivery.csv"
    file.write_bytes(b"%PDF-1.7 something")
    with pytest.raises(ContractBroken, match="PDF"):
        explain(office.workspace, office.contract(PEOPLE), file)


def test_a_number_whose_zeros_intake_puts_back_is_shown_as_intake_reads_it(office: Office) -> None:
    file = workbook(office, [int(BORN_2001), int(number(2))])
    made = explain(office.workspace, office.contract(ZEROS), file, show=True)
    assert cells(made, "resident") == (
        ReadCell(2, BORN_2001.lstrip("0"), BORN_2001, ()),
        ReadCell(3, number(2), number(2), ()),
    )


def test_zeros_of_a_column_that_the_file_lacks_are_no_concern(office: Office) -> None:
    file = workbook(office, [int(BORN_2001)])
    text = ZEROS.replace('in_file = "번호"', 'in_file = "주민번호"')
    assert ("주민번호",) == explain(office.workspace, office.contract(text), file).missing


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("800101-1234567", "999999-9999999"),
        ("홍길동", "가가가"),
        ("Kim o'neill@x.kr", "Aaa a'aaaaa@a.aa"),
        ("１２３", "999"),
        ("Ünsal", "Aaaaa"),
        ("", ""),
    ],
)
def test_a_mask_keeps_the_shape_of_a_text_and_nothing_else(text: str, shape: str) -> None:
    assert masked(text) == shape
