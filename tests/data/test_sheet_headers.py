"""A header that a spreadsheet takes for a day goes out with a mark, and comes back with or without it."""

from __future__ import annotations

import pytest

from data.errors import ContractBroken
from tests.data.delivering import PEOPLE, PEOPLE_HEADER, Office, person

LIKE_A_DAY = "1월 생년월일"
CONTRACT = PEOPLE.replace('in_file = "생년월일"', f'in_file = "{LIKE_A_DAY}"')


def delivered(office: Office) -> str:
    lines = [PEOPLE_HEADER.replace("생년월일", LIKE_A_DAY), person(1), person(2, born="1990")]
    return office.take_in(office.contract(CONTRACT), office.file(lines)).batch_id


@pytest.mark.parametrize("header", [f"'{LIKE_A_DAY}", LIKE_A_DAY])
@pytest.mark.parametrize("delimiter", [",", ";"])
def test_rows_below_a_header_like_a_day_are_taken_back(office: Office, header: str, delimiter: str) -> None:
    batch_id = delivered(office)
    (row,) = office.sheet(batch_id)
    mended = {
        header if name == f"'{LIKE_A_DAY}" else name: "19900101" if name == f"'{LIKE_A_DAY}" else cell
        for name, cell in row.items()
    }
    path = office.folder / "mended.csv"
    path.write_text("".join(f"{delimiter.join(one)}\n" for one in (mended, mended.values())), "utf-8-sig")
    done = office.retry(office.contract(CONTRACT), batch_id, path)
    assert (f"'{LIKE_A_DAY}" in row, 1, 0) == (True, done.accepted, done.left)


def test_a_sheet_that_lacks_another_column_is_told_so(office: Office) -> None:
    batch_id = delivered(office)
    (row,) = office.sheet(batch_id)
    del row["상태"]
    with pytest.raises(ContractBroken, match="lacks the column 상태"):
        office.retry(office.contract(CONTRACT), batch_id, office.saved([row]))
